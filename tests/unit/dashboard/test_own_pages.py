"""The client's own pages as trees, from made-up views."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup

from backend.services.plan_views import DraftView, PauseView, PlanHistory, PlanView, WrittenPlan
from backend.services.views import CheckInNote, ClientSeries, Text
from dashboard.assets import Assets
from dashboard.contexts.own_check_in import OwnCheckIn, check_in_form, own_offline
from dashboard.contexts.own_days import own_days
from dashboard.contexts.own_home import RESULT_ICONS, Todo
from dashboard.contexts.own_plan import own_plan
from dashboard.contexts.own_talk import away
from dashboard.contexts.page import Frame, frame
from dashboard.language import CODES, Code, language
from dashboard.templating import Templates
from tests.support import views
from tests.support.own_pages import around_of, coming, home


class Client:
    display_name = "Kim"
    role = "client"


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates(Assets())


def of(code: Code = "sv", here: str = "/me/", *, is_easy: bool = False) -> Frame:
    return frame(language(code, is_easy), here, Client(), "the-token")


def rendered(templates: Templates, name: str, page: Any) -> BeautifulSoup:
    lang = page.frame.lang
    return BeautifulSoup(templates.render(name, lang.code, page, is_easy=lang.is_easy), "html.parser")


def every_page(templates: Templates, code: Code) -> list[BeautifulSoup]:
    on = of(code)
    around, now, series = around_of(on), views.NOW, views.Life(3).series()
    return [
        home(templates, on, None, None, Todo("/me/plan", "x")),
        rendered(templates, "own_check_in.html", OwnCheckIn(on, around, check_in_form(on.lang))),
        rendered(templates, "own_offline.html", own_offline(coming(1), views.TZ, on, around, now)),
        rendered(templates, "own_days.html", own_days(series, on, around, now)),
        rendered(templates, "own_plan.html", own_plan(history(), (pause(),), coming(1), views.TZ, on, around, now)),
    ]  # fmt: skip


def history() -> PlanHistory:
    written = WrittenPlan(views.TZ, (), (), {})
    says, began = (Text("Test varje dag", "A test every day"),), views.NOW - timedelta(days=20)
    plan = PlanView(
        views.uuid(1), 1, began, None, began, "Sara", "Enligt samtal", None, None, written, says, says
    )
    draft = DraftView(views.uuid(2), None, views.NOW, "Sara", "Färre test", written, says, says)
    return PlanHistory((plan,), (draft,))


def pause() -> PauseView:
    begins = views.NOW + timedelta(days=3)
    return PauseView(
        views.uuid(3), begins, begins + timedelta(days=2), "Resa", "requested", views.NOW, "Kim", None, None, None
    )  # fmt: skip


def test_home_says_what_is_next_what_waits_and_where_to_turn(templates: Templates) -> None:
    tree = home(templates, of(), None, coming(1, 13), Todo("/me/messages", "1 nytt meddelande"))
    assert [p.get_text() for p in tree.select("#next .big")] == ["Utandningstest idag 09:05–11:05"]
    turn_to = ["tel:112", "tel:1177", "tel:0812345600", "/me/help"]
    assert [a["href"] for a in tree.select(".help-now a")] == turn_to
    assert (
        "Ingen läser detta nu. Mottagningen läser igen från imorgon 08:00."
        in tree.select(".help-now")[0].get_text()
    )
    assert tree.select(".todo a")[0]["href"] == "/me/messages"


def test_all_that_is_open_now_stands_under_next(templates: Templates) -> None:
    ahead = (*coming(-1), replace(coming(-0.5)[0], kind="check_in"), *coming(12))
    texts = [p.get_text() for p in home(templates, of(), None, ahead).select("#next .big")]
    assert texts == ["Utandningstest idag 07:05–09:05", "Frågor idag 07:35–09:35"]


def test_advice_is_given_while_a_retest_can_still_be_made_and_not_the_day_after(templates: Templates) -> None:
    life = views.Life(3)
    for hours, words in ((1, "blås igen efter 15 minuter"), (20, "Spår av alkohol.")):
        trace = views.reading(views.NOW - timedelta(hours=hours), 0.06, "trace")
        tree = home(templates, of(), replace(life.series(), readings=(trace,)))
        assert words in tree.select(".latest")[0].get_text()


def test_a_result_is_a_picture_beside_words_and_never_a_colour(templates: Templates) -> None:
    for state in RESULT_ICONS:
        tree = home(
            templates,
            of(),
            replace(views.Life(3).series(), readings=(views.reading(views.NOW, 0.2, state),)),
        )
        latest = tree.select(".latest")[0]
        assert latest["class"] == ["latest"]
        assert len(latest.get_text()) > 30


@pytest.mark.parametrize("code", CODES)
def test_pages_hold_no_inline_code_and_every_field_has_a_label(templates: Templates, code: Code) -> None:
    for tree in every_page(templates, code):
        assert not tree.select("style, [style], [onclick], [onload]")
        assert not [s for s in tree.select("script") if not s.get("src") or s.get_text()]
        ids = [tag["id"] for tag in tree.select("[id]")]
        assert len(ids) == len(set(ids))
        for field in tree.select("input:not([type=hidden]), select, textarea"):
            assert field.find_parent("label") or tree.select(f"label[for={field.get('id')}]"), str(field)
        for form in tree.select("form[method=post]"):
            assert form.select("[name=csrf_token]")


@pytest.mark.parametrize("code", CODES)
def test_title_icon_and_pages_say_nothing_of_what_this_is_about(templates: Templates, code: Code) -> None:
    name = {"sv": "Min dag", "en": "My day"}[code]
    for tree in every_page(templates, code):
        assert tree.title is not None
        assert tree.title.get_text().endswith(f" · {name}")
        assert "Nykter" not in tree.get_text()
        assert "icons/icon.svg" in str(tree.select("link[rel=icon]")[0]["href"])
        assert "tel:112" in str(tree.select(".help-now")[0])
        assert tree.select("a.hide")[0]["href"] == "/me/away"


def test_easy_read_is_a_choice_beside_the_languages(templates: Templates) -> None:
    tree = home(templates, of("sv", is_easy=True))
    assert "Ingen läser nu." in tree.select(".help-now")[0].get_text()
    assert [b["value"] for b in tree.select("[name=language]")] == ["sv", "en", "sv-easy", "en-easy"]
    assert tree.select("[name=language][aria-pressed]")[0]["value"] == "sv-easy"
    assert tree.html is not None and tree.html["lang"] == "sv"


def series_of(**more: Any) -> ClientSeries:
    return replace(
        views.Life(3).series(), readings=(), windows=(), check_ins=(), drinking=(), contacts=(), **more
    )


def test_a_day_says_what_became_of_each_test_and_blames_nobody(templates: Templates) -> None:
    at = views.NOW - timedelta(days=1, hours=4)
    late = views.window(at - timedelta(hours=2), "late", 1)
    blow = views.reading(late.met_at or at, 0.0, "ok", 7)
    missed = views.window(at - timedelta(days=1), "missed", 2)
    words = CheckInNote(views.NOW, None, "Jag sov", missed.opens_at)
    series = replace(series_of(), readings=(blow,), windows=(late, missed), check_ins=(words,))
    page = own_days(series, of(), around_of(of()), views.NOW)
    assert [day.day for day in page.days[:2]] == ["idag, onsdag 18 mars", "igår, tisdag 17 mars"]
    assert len(page.days) == 14
    [line] = page.days[1].lines
    assert (line.what, line.detail) == ("Utandningstest", "Ingen alkohol, 0,00\N{NO-BREAK SPACE}mg/L, sent")
    assert line.about == f"test/gw-0001/{'0' * 16}/7"
    [gap] = page.days[2].lines
    assert (gap.detail, gap.comments, gap.about) == ("inte gjort", ("Jag sov",), f"window/{missed.window_id}")
    assert "Jag sov" in rendered(templates, "own_days.html", page).select(".mine")[0].get_text()


def test_what_is_not_known_is_told_as_not_known() -> None:
    window = views.window(views.NOW - timedelta(days=1), "not_received", 1)
    [line] = own_days(replace(series_of(), windows=(window,)), of(), around_of(of()), views.NOW).days[1].lines
    assert line.detail == "inget har kommit än; det kan vara på väg"


def test_a_proposed_plan_waits_for_yes_or_no_and_a_set_one_can_be_signed_off(templates: Templates) -> None:
    page = own_plan(history(), (pause(),), coming(1), views.TZ, of(), around_of(of()), views.NOW)
    tree = rendered(templates, "own_plan.html", page)
    asked = {str(form["action"]) for form in tree.select("form[method=post]")}
    assert {f"/me/plan/{views.uuid(2)}/agree", f"/me/plan/{views.uuid(2)}/decline"} <= asked
    assert f"/me/plan/{views.uuid(1)}/agree" in asked
    assert "mottagningen har inte bestämt än" in tree.select(".pauses")[0].get_text()
    assert f"/me/pauses/{views.uuid(3)}/end" in asked


def test_the_page_without_network_has_no_name_no_result_and_no_way_that_leads_nowhere(
    templates: Templates,
) -> None:
    on = of()
    tree = rendered(
        templates, "own_offline.html", own_offline(coming(1), views.TZ, on, around_of(on), views.NOW)
    )
    assert "Kim" not in tree.get_text()
    assert "mg/L" not in tree.get_text()
    assert {str(form["action"]) for form in tree.select("form")} == {"/me/check-ins"}
    assert not tree.select("nav")


def test_the_cover_is_an_almanac_with_the_weeks_own_numbers(templates: Templates) -> None:
    page = away(date(2026, 3, 14), language("sv"))
    assert page.heading == "mars 2026"
    assert [week for week, _ in page.weeks] == [9, 10, 11, 12, 13, 14]
    assert page.weeks[0][1] == (None, None, None, None, None, None, 1)
    text = templates.render("own_away.html", "sv", page)
    assert not {"prov", "test", "alkohol", "nykter", "vård"} & set(text.lower().split())


def test_the_day_on_which_the_clock_changes_is_one_day_with_its_hours_told_apart() -> None:
    night = views.NOW.replace(month=10, day=25, hour=0, minute=30)
    blows = tuple(
        views.reading(night + timedelta(hours=hour), 0.0, "ok", number) for number, hour in enumerate((0, 1))
    )
    now = night + timedelta(hours=12)
    page = own_days(replace(series_of(), readings=blows), of(), around_of(of()), now)
    assert [line.time for line in page.days[0].lines] == ["02:30 (sommartid)", "02:30 (normaltid)"]
