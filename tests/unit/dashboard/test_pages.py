"""Rendered pages as trees, from made-up views."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from starlette.datastructures import FormData

import dashboard
from backend.domain.triage_filter import TriageFilter
from backend.services.triage_views import Unanswered
from dashboard.assets import Assets
from dashboard.contexts.client import client_page
from dashboard.contexts.own import looks_of
from dashboard.contexts.own_around import around
from dashboard.contexts.page import Frame, frame
from dashboard.contexts.places import places_page
from dashboard.contexts.risk import risk_card
from dashboard.contexts.triage import triage_page
from dashboard.language import CODES, Code, language
from dashboard.problems import OWN_WORDS, own_words
from dashboard.templating import Templates
from tests.support import views
from tests.support.own_pages import home


class Someone:
    def __init__(self, name: str, role: str) -> None:
        self.display_name = name
        self.role = role


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates(Assets())


def of(code: Code, role: str = "clinician") -> Frame:
    return frame(language(code), "/", Someone("Sara Lind", role), "the-token")


def triage(templates: Templates, code: Code = "sv") -> BeautifulSoup:
    return BeautifulSoup(
        templates.render("triage.html", code, triage_page(views.triage_list(), of(code))), "html.parser"
    )


def client(templates: Templates, code: Code = "sv", alert: bool = True) -> BeautifulSoup:
    life = views.Life(3)
    overview = life.overview(views.alert("worsening_risk", number=3) if alert else None)
    page = client_page(overview, life.series(), of(code), views.NOW, 28, "mg", None)
    return BeautifulSoup(templates.render("client.html", code, page), "html.parser")


def own(templates: Templates, code: Code = "sv") -> BeautifulSoup:
    return home(templates, of(code, "client"))


def one(tree: BeautifulSoup | Tag, selector: str) -> Tag:
    found = tree.select(selector)
    assert len(found) == 1, (selector, len(found))
    return found[0]


def test_the_same_client_never_stands_twice_in_the_list(templates: Templates) -> None:
    ids = [row["data-client"] for row in triage(templates).select(".row")]
    assert len(ids) == len(set(ids)) == 40


def test_groups_stand_in_the_services_order_with_the_stable_ones_folded(templates: Templates) -> None:
    tree = triage(templates)
    groups = [group["data-group"] for group in tree.select(".group")]
    assert groups == ["confirmed_positive", "worsening", "lost_contact", "device", "review_due", "stable"]
    assert [group["data-group"] for group in tree.select("details.group")] == ["stable"]
    assert not one(tree, "details.group").has_attr("open")


def test_a_row_says_why_since_when_coverage_data_and_review(templates: Templates) -> None:
    row = triage(templates).select(".row")[0]
    assert one(row, ".why").get_text() == "0,42 mg/L i går kväll, omtestet 0,40 mg/L"
    assert one(row, ".since").get_text().startswith("Pågår sedan igår 22:05")
    assert "Sara Lind" in one(row, ".c-review").get_text()
    assert "%" in one(row, ".cover").get_text()
    assert "dagar:" in str(one(row, "svg")["aria-label"])


def test_a_start_before_the_breath_in_the_reason_is_told_as_the_start_of_several_events(
    templates: Templates,
) -> None:
    found = views.triage_list()
    alert = found.rows[0].alert
    assert alert is not None
    newest = replace(alert.evidence[0], at=alert.opened_at + timedelta(hours=3))
    other = replace(newest, kind="missed_tests")
    row = replace(found.rows[0], alert=replace(alert, evidence=(*alert.evidence, newest, other)))
    page = triage_page(replace(found, rows=(row,)), of("sv"))
    tree = BeautifulSoup(templates.render("triage.html", "sv", page), "html.parser")
    said = one(tree, ".since").get_text()
    assert said.startswith("Pågår sedan igår 22:05")
    assert said.endswith("2 händelser, den nyaste nämns här")


def test_a_stable_client_has_no_start_of_anything(templates: Templates) -> None:
    assert triage(templates).select(".g-stable .row") and not triage(templates).select(".g-stable .since")


def test_the_page_says_how_the_order_is_made(templates: Templates) -> None:
    assert "Bekräftad alkohol, nyast först" in triage(templates).get_text()


def test_a_clients_page_has_every_card_and_each_form_its_token(templates: Templates) -> None:
    tree = client(templates)
    assert one(tree, ".alert h2").get_text() == "Kan behöva ett samtal"
    assert [b["value"] for b in tree.select("[name=channel]")][:3] == ["phone", "visit", "letter"]
    for form in tree.select("form[method=post]"):
        assert one(form, "[name=csrf_token]")["value"] == "the-token"


def test_nobody_is_asked_to_call_or_review_a_person_of_an_imported_study(templates: Templates) -> None:
    life = views.Life(3)
    overview = replace(life.overview(None), study="dora", observed_to=views.NOW - timedelta(days=900))
    page = client_page(overview, life.series(), of("sv", "researcher"), views.NOW, 28, "mg", None)
    tree = BeautifulSoup(templates.render("client.html", "sv", page), "html.parser")
    acts = {str(form["action"]).rsplit("/", 1)[-1] for form in tree.select("form[method=post]")}
    assert acts == {"language", "logout", "export.csv"}


@pytest.mark.requirement("H11")
def test_the_risk_card_gives_reasons_for_and_against_and_no_percentage(templates: Templates) -> None:
    card = one(client(templates), ".risk")
    assert card.select(".raises li")
    assert card.select(".lowers li")
    assert "%" not in card.get_text()
    assert "2026.1-test" in card.get_text()


def test_a_multiple_of_next_to_nothing_is_told_as_low_and_a_cut_off_one_as_more_than() -> None:
    rare, often = views.risk(views.NOW, 0.02, usual=0.004), views.risk(views.NOW, 0.9, usual=0.01)
    low, high = (risk_card((score,), views.NOW, views.TZ, language("en")) for score in (rare, often))
    assert low is not None and high is not None
    assert low.heading == "Low, though above the client's usual"
    assert low.likeness is not None and low.likeness.startswith("Of a hundred days like this one")
    assert high.heading == "More than 4.9 times the client's usual"


def test_too_little_data_is_said_in_the_place_of_an_estimate(templates: Templates) -> None:
    life = views.Life(3)
    overview = replace(life.overview(), risk=(views.risk(views.NOW, None),))
    page = client_page(overview, life.series(), of("sv"), views.NOW, 28, "mg", None)
    tree = BeautifulSoup(templates.render("client.html", "sv", page), "html.parser")
    assert one(tree, ".risk .level").get_text() == "För lite underlag för att säga något"


def test_the_graph_has_a_sentence_and_a_table_that_say_the_same(templates: Templates) -> None:
    tree = client(templates)
    assert "planerade test" in one(tree, "#graph-words").get_text()
    assert one(tree, "#graph")["aria-describedby"] == "graph-words"
    assert len(tree.select("table tbody tr")) > 20


def test_the_same_look_on_the_same_day_stands_once_with_its_number() -> None:
    entry = views.LOOKED[0]
    again = [replace(entry, at=entry.at - timedelta(minutes=n)) for n in range(3)]
    (look,) = looks_of(again, views.NOW, views.TZ, language("sv"))
    assert look.times == 3
    assert look.who == "Behandlare, Beroendemottagningen"


@pytest.mark.parametrize("code", CODES)
@pytest.mark.requirement("I2")
def test_no_page_holds_an_inline_script_or_style(templates: Templates, code: Code) -> None:
    for tree in (triage(templates, code), client(templates, code), own(templates, code)):
        assert not tree.select("style, [style], [onclick], [onload]")
        assert not [s for s in tree.select("script") if not s.get("src") or s.get_text()]
        assert tree.html is not None
        assert tree.html["lang"] == code


@pytest.mark.parametrize("code", CODES)
def test_every_field_has_a_label_and_every_id_is_unique(templates: Templates, code: Code) -> None:
    for tree in (triage(templates, code), client(templates, code), own(templates, code)):
        ids = [tag["id"] for tag in tree.select("[id]")]
        assert len(ids) == len(set(ids))
        for field in tree.select("input:not([type=hidden]), select, textarea"):
            labelled = field.find_parent("label") or tree.select(f"label[for={field.get('id')}]")
            assert labelled, str(field)


def test_own_words_are_escaped(templates: Templates) -> None:
    life = views.Life(3)
    overview = replace(life.overview(), alias="<script>alert(1)</script>")
    page = client_page(overview, life.series(), of("sv"), views.NOW, 28, "mg", None)
    html = templates.render("client.html", "sv", page)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_of_thousands_who_need_nobody_the_first_are_shown_and_any_can_be_sought() -> None:
    many = views.triage_list(40)
    stable = [row for row in many.rows if row.group == "stable"]
    thousands = replace(
        many,
        rows=(*many.rows, *(replace(stable[0], alias=f"S-{n:04}", display_name=None) for n in range(2000))),
    )
    page = triage_page(thousands, of("sv"))
    group = page.groups[-1]
    assert (len(group.rows), group.count) == (200, 2000 + len(stable))
    assert page.count == 2040
    (found,) = triage_page(thousands, of("sv"), "s-1999").groups
    assert [row.alias for row in found.rows] == ["S-1999"]
    assert triage_page(thousands, of("sv"), "ingen").groups == ()


def test_a_manager_without_clients_is_sent_to_the_unit_and_named_no_client(templates: Templates) -> None:
    nobody = replace(views.triage_list(), rows=(), unanswered=Unanswered(1, views.NOW))
    page = triage_page(nobody, of("en", "manager"), wish=TriageFilter())
    tree = BeautifulSoup(templates.render("triage.html", "en", page), "html.parser")
    assert one(tree, ".news a")["href"] == "/manager/unit"
    assert one(tree, "#groups .empty a")["href"] == "/manager/unit"
    assert "no clients yet" not in tree.get_text()


def test_a_clinician_without_clients_is_told_that_they_come_when_assigned(templates: Templates) -> None:
    page = triage_page(replace(views.triage_list(), rows=()), of("en"), wish=TriageFilter())
    tree = BeautifulSoup(templates.render("triage.html", "en", page), "html.parser")
    assert "assigned to you" in one(tree, "#groups .empty").get_text()


@pytest.mark.parametrize(
    ("sent_in", "note"),
    [("sv", "This is how it looks; the texts come in Swedish:"), ("en", "This is how it looks:")],
)
def test_the_example_of_a_message_says_so_when_it_comes_in_another_language(
    templates: Templates, sent_in: str, note: str
) -> None:
    page = places_page((), of("en"), None, "/account/places", ("…", sent_in), views.NOW, views.TZ)
    tree = BeautifulSoup(templates.render("places.html", "en", page), "html.parser")
    assert one(tree, "figcaption").get_text() == note
    assert [field["value"] for field in tree.select("[name=kind]")] == ["email", "sms", "webhook"]


def test_a_client_is_not_offered_a_programs_address(templates: Templates) -> None:
    frame_of = of("sv", "client")
    own_page = around(None, frame_of, "", None)
    page = places_page((), frame_of, own_page, "/me/places", ("…", "sv"), views.NOW, views.TZ)
    assert [kind.value for kind in page.add.kinds] == ["email", "sms"]


def test_words_of_every_large_field_are_given_back_when_a_form_is_refused() -> None:
    named = {
        name
        for path in (Path(dashboard.__file__).parent / "templates").glob("*.html")
        for name in re.findall(r'<textarea[^>]*?\bname="([^"]*)"', path.read_text())
    }
    # Days off are no words, and their page comes back filled in.
    assert named - {"closed"} <= set(OWN_WORDS)
    sent = FormData([("words", " Ja "), ("password", "p"), ("note", ""), ("code", "1")])
    assert own_words(sent) == ("Ja",)
