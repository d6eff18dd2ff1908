"""The draft for the record says what is known, what is not, and that it is a basis and no assessment."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from backend.domain.journal_draft import Facts, Trend, draft, signed_digest

WEEK = Facts(
    since=date(2026, 3, 2),
    until=date(2026, 3, 8),
    attendance={"on_time": 9, "late": 1, "missed": 2, "not_received": 2, "outage": 1},
    results={"ok": 9, "positive_confirmed": 1, "incomplete": 1},
    highest_mg_per_l={"ok": 0.02, "positive_confirmed": 0.42},
    check_ins_planned=7,
    check_ins_answered=5,
    trends=(
        Trend("craving", 6.2, 4.0, 5),
        Trend("sleep_quality", 5.0, 5.3, 5),
        Trend("mood_valence", None, 4.0, 2),
    ),
    contacts={"phone": 2, "visit": 1},
    devices=("BACtrack C8",),
    outage_hours=1.5,
    reported_drinking_days=1,
)


def test_half_a_page_holds_every_axis_apart() -> None:
    text = draft(WEEK, "half_page").sv
    for said in (
        "Period 2026-03-02–2026-03-08. Täckning 71 % (10 av 14 test gjorda).",
        "9 i tid, 1 sent, 2 missade, 2 inte mottagna",
        "1 under driftavbrott hos oss",
        "1 positivt, bekräftat med omtest, 1 blås utan resultat.",
        "Högsta bekräftade värde 0,42 mg/L (beräknat 0,84 ‰).",
        "5 besvarade av 7 planerade",
        "sug 6,2 (högre än förra perioden, 4,0)",
        "sömn 5,0 (i stort sett som förra perioden, 5,3)",
        "mående för få svar",
        "Egen uppgift om drickande: 1 dag.",
        "Kontakter: 2 telefonsamtal, 1 besök.",
        "BACtrack C8",
        "Driftavbrott hos oss: 1,5 timmar.",
        "Underlag, ej bedömning.",
    ):
        assert said in text, said


def test_one_of_a_kind_is_told_as_one_and_several_as_several() -> None:
    assert "1 blow without a result." in draft(WEEK, "half_page").en
    one = draft(
        replace(
            WEEK,
            attendance=dict.fromkeys(("on_time", "late", "missed", "not_received", "excused"), 1),
            still_open=1,
            contacts={"phone": 1, "message": 1, "letter": 2},
        ),
        "half_page",
    )
    assert (
        "1 i tid, 1 sent, 1 missat, 1 inte mottaget (utrustningen har inte hörts av), 1 undantaget, "
        in one.sv
    )
    assert "1 ännu inte avgjort." in one.sv
    assert "Kontakter: 1 telefonsamtal, 1 meddelande, 2 brev." in one.sv
    assert "Contacts: 1 telephone call, 1 message, 2 letters." in one.en
    several = draft(replace(WEEK, results={"positive_unconfirmed": 2, "incomplete": 3}), "half_page")
    assert "2 positiva utan omtest, 3 blås utan resultat." in several.sv
    assert "3 blows without a result." in several.en


def test_three_lines_are_three_lines() -> None:
    text = draft(WEEK, "three_lines")
    assert len(text.sv.splitlines()) == len(text.en.splitlines()) == 3
    assert "sug 6,2" in text.sv
    assert "sömn" not in text.sv
    assert text.en.endswith("A basis, not an assessment.")


@pytest.mark.requirement("H1")
def test_what_was_not_received_is_never_read_as_sobriety() -> None:
    silent = replace(WEEK, attendance={"not_received": 14}, results={}, highest_mg_per_l={})
    text = draft(silent, "three_lines").sv
    assert "Täckning 0 % (0 av 14" in text
    assert "säger inget om nykterhet" in text
    assert "utan alkohol" not in text


def test_without_planned_tests_there_is_no_coverage() -> None:
    nothing = Facts(date(2026, 3, 2), date(2026, 3, 8), {"paused": 14}, {}, {}, 0, 0, (), {}, (), 0.0)
    text = draft(nothing, "half_page")
    assert nothing.coverage_percent is None
    assert "Inga test var planerade" in text.sv
    assert "14 under paus" in text.sv
    assert "%" not in text.en


def test_no_positive_value_means_no_highest_value() -> None:
    sober = replace(WEEK, results={"ok": 9, "trace": 1}, highest_mg_per_l={"ok": 0.02, "trace": 0.08})
    assert "värde " not in draft(sober, "three_lines").sv
    assert "value " not in draft(sober, "three_lines").en


@pytest.mark.parametrize(
    ("highest", "sv", "en"),
    [
        (
            {"positive_confirmed": 0.42, "positive_unconfirmed": 0.31, "abnormal_confirmation": 0.42},
            "Högsta bekräftade värde 0,42 mg/L (beräknat 0,84 ‰).",
            "Highest confirmed value 0.42 mg/L (computed 0.84 ‰).",
        ),
        (
            {"positive_confirmed": 0.42, "positive_unconfirmed": 0.5, "abnormal_confirmation": 0.6},
            (
                "Högsta bekräftade värde 0,42 mg/L (beräknat 0,84 ‰). "
                "Ett högre värde är inte bekräftat: 0,60 mg/L (beräknat 1,20 ‰), omtestet avvek."
            ),
            (
                "Highest confirmed value 0.42 mg/L (computed 0.84 ‰). "
                "A higher value is not confirmed: 0.60 mg/L (computed 1.20 ‰), the retest differed."
            ),
        ),
        (
            {"abnormal_confirmation": 0.6},
            "Högsta värde 0,60 mg/L (beräknat 1,20 ‰), omtestet avvek; inget är bekräftat med omtest.",
            "Highest value 0.60 mg/L (computed 1.20 ‰), the retest differed; none is confirmed by a retest.",
        ),
        (
            {"positive_unconfirmed": 0.18, "positive_pending": 0.12},
            "Högsta värde 0,18 mg/L (beräknat 0,36 ‰), utan omtest; inget är bekräftat med omtest.",
            "Highest value 0.18 mg/L (computed 0.36 ‰), without a retest; none is confirmed by a retest.",
        ),
        (
            {"positive_pending": 0.18},
            "Högsta värde 0,18 mg/L (beräknat 0,36 ‰), väntar på omtest; inget är bekräftat med omtest.",
            "Highest value 0.18 mg/L (computed 0.36 ‰), waiting for a retest; none is confirmed by a retest.",
        ),
    ],
)
def test_a_value_that_no_retest_confirmed_is_never_told_as_the_highest_confirmed(
    highest: dict[str, float], sv: str, en: str
) -> None:
    text = draft(replace(WEEK, results=dict.fromkeys(highest, 1), highest_mg_per_l=highest), "three_lines")
    assert text.sv.splitlines()[1].partition("Resultat: ")[2].partition(". ")[2] == sv
    assert text.en.splitlines()[1].partition("Results: ")[2].partition(". ")[2] == en


def test_the_digest_changes_with_every_part_of_what_was_signed() -> None:
    client, signer, at = UUID(int=1), UUID(int=2), datetime(2026, 3, 9, 8, tzinfo=UTC)
    since, until = WEEK.since, WEEK.until
    digests = {
        signed_digest(client, since, until, "text", signer, at),
        signed_digest(signer, since, until, "text", signer, at),
        signed_digest(client, until, until, "text", signer, at),
        signed_digest(client, since, until, "text.", signer, at),
        signed_digest(client, since, until, "text", client, at),
        signed_digest(client, since, until, "text", signer, at.replace(hour=9)),
    }
    assert len(digests) == 6
