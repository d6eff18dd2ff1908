"""A client's rights, for staff: everything as one file, what the client asks for, what was disclosed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from backend.services.registers import Registers
from backend.services.views import ClientOverview
from dashboard import formats
from dashboard.contexts.client import Choice
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.language import N_, Language

KINDS: Final = {
    "identity": N_("name and contact details"),
    "plan": N_("the plan"),
    "attendance": N_("which tests were made"),
    "results": N_("results without values"),
    "values": N_("breath values"),
    "answers": N_("answers in check-ins"),
    "own_words": N_("the client's own words"),
    "scores": N_("risk estimates"),
    "signals": N_("signals"),
    "contacts": N_("contact notes"),
    "messages": N_("messages between client and staff"),
    "journal_texts": N_("texts for the record"),
}
GROUNDS: Final = {
    "client_asked": N_("the client asked for it"),
    "law_requires": N_("a law requires it"),
    "harm_test": N_("tested: nobody is harmed by it"),
    "within_care": N_("within the same care"),
    "supervision": N_("supervision"),
}
"""A disclosure by consent names the consent: those in force stand in the list beside these."""
GIVEN: Final = {
    "in_person": N_("in person"),
    "in_writing": N_("in writing"),
    "own_login": N_("by the client, signed in"),
}
REFUSALS: Final = {
    "sol_5_years": N_("Social services keep a personal file five years"),
    "pdl_10_years": N_("Health care keeps a record ten years"),
    "archive_law": N_("The archive act asks for keeping"),
    "legal_hold": N_("A legal hold is in force"),
    "legal_claim": N_("It is needed for a legal claim"),
    "care_goes_on": N_("The care goes on and needs it"),
}
STATES: Final = {"open": N_("Waits for a decision"), "granted": N_("Will be erased"), "refused": N_("Kept")}
SCOPES: Final = {"own_words": N_("their own words"), "everything": N_("everything")}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the client asks for, and what came of it."""

    request_id: str
    head: str
    says: str
    at: Moment | None
    state: str
    is_open: bool
    decision: str


@dataclass(frozen=True, slots=True)
class Consented:
    """One consent. `state` says whether it is in force; `is_open` whether it can be taken back."""

    consent_id: str
    purpose: str
    recipient: str
    at: Moment | None
    how: str
    state: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One line of the disclosure register."""

    at: Moment | None
    to: str
    what: str
    masked: str
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class RightsPage:
    """The whole page."""

    frame: Frame
    client_id: str
    alias: str
    erasures: tuple[Asked, ...]
    consents: tuple[Consented, ...]
    givens: tuple[Choice, ...]
    disclosures: tuple[Disclosed, ...]
    kinds: tuple[Choice, ...]
    grounds: tuple[Choice, ...]
    refusals: tuple[Choice, ...]


def rights_page(overview: ClientOverview, found: Registers, frame: Frame, now: datetime) -> RightsPage:
    """The page about one client."""
    lang, tz = frame.lang, overview.tz
    return RightsPage(
        frame=frame,
        client_id=str(overview.client_id),
        alias=overview.alias,
        erasures=asked_lines(found.erasures, now, tz, lang),
        consents=consent_lines(found.consents, now, tz, lang),
        givens=tuple(one for one in _choices(GIVEN, lang) if one.value != "own_login"),
        disclosures=disclosure_lines(found.disclosures, now, tz, lang),
        kinds=_choices(KINDS, lang),
        grounds=(*_choices(GROUNDS, lang), *_by_consent(found, now, lang)),
        refusals=_choices(REFUSALS, lang),
    )


def consent_lines(
    rows: Sequence[dict[str, Any]], now: datetime, tz: str, lang: Language
) -> tuple[Consented, ...]:
    """Consents, for whoever may see the register."""
    return tuple(_consented(row, now, tz, lang) for row in rows)


def asked_lines(rows: Sequence[dict[str, Any]], now: datetime, tz: str, lang: Language) -> tuple[Asked, ...]:
    """Erasures the client asks for, for whoever may see the register."""
    return tuple(_asked(row, now, tz, lang) for row in rows)


def disclosure_lines(
    rows: Sequence[dict[str, Any]], now: datetime, tz: str, lang: Language
) -> tuple[Disclosed, ...]:
    """Disclosures, for whoever may see the register."""
    return tuple(_disclosed(row, now, tz, lang) for row in rows)


def _in_force(row: dict[str, Any], now: datetime) -> bool:
    return row["withdrawn_at"] is None and (row["ends_on"] is None or row["ends_on"] >= now.date())


def _by_consent(found: Registers, now: datetime, lang: Language) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            f"consent:{row['consent_id']}",
            lang.t("the client's consent: {purpose}", purpose=row["purpose"]),
            False,
        )
        for row in found.consents
        if _in_force(row, now)
    )


def _consented(row: dict[str, Any], now: datetime, tz: str, lang: Language) -> Consented:
    how = lang.t(GIVEN[row["given_how"]])
    if row["given_how"] != "own_login":
        how = lang.t("{how}, noted by {name}", how=how, name=row["recorded_by"])
    if row["withdrawn_at"] is not None:
        state = lang.t("taken back {day}", day=formats.near(row["withdrawn_at"], now, tz, lang))
    elif not _in_force(row, now):
        state = lang.t("ended {day}", day=row["ends_on"].isoformat())
    elif row["ends_on"] is not None:
        state = lang.t("in force until {day}", day=row["ends_on"].isoformat())
    else:
        state = lang.t("in force")
    return Consented(
        str(row["consent_id"]),
        row["purpose"],
        row["recipient"],
        moment(row["given_at"], now, tz, lang),
        how,
        state,
        _in_force(row, now),
    )


def _asked(row: dict[str, Any], now: datetime, tz: str, lang: Language) -> Asked:
    code = row.get("refusal_code")
    words = " ".join(filter(None, [lang.t(REFUSALS[code]) + "." if code else "", row["decision"] or ""]))
    return Asked(
        request_id=str(row["request_id"]),
        head=lang.t(SCOPES[row["scope"]]),
        says=row["says"],
        at=moment(row["asked_at"], now, tz, lang),
        state=lang.t(STATES[row["state"]]),
        is_open=row["state"] == "open",
        decision=words,
    )


def _disclosed(row: dict[str, Any], now: datetime, tz: str, lang: Language) -> Disclosed:
    ground = GROUNDS.get(row["legal_ground"], N_("the client's consent"))
    return Disclosed(
        at=moment(row["disclosed_at"], now, tz, lang),
        to=row["recipient"],
        what=", ".join(lang.t(KINDS[one]) for one in row["what"]),
        masked=", ".join(lang.t(KINDS[one]) for one in row["masked"]),
        why=f"{lang.t(ground)}: {row['words']}",
        by=row["decided_by"],
    )


def _choices(words: dict[str, str], lang: Language) -> tuple[Choice, ...]:
    return tuple(Choice(value, lang.t(text), False) for value, text in words.items())
