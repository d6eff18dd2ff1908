"""Questionnaires: asked for, answered by the client, typed in by staff; scores over time and the safety route."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import own_client, require_visible, visible_clients
from backend.domain.instruments import AnswerError, Sex
from backend.domain.questionnaires import (
    HIGHEST,
    INSTRUMENTS,
    PAPER_BACK,
    SAFETY_TEXT,
    Instrument,
    Scored,
    choices,
    scored,
)
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services.unit_settings import cut_offs_of
from backend.services.views import Text
from backend.store import access_log, assessment_queue, enrolment, unit_settings
from backend.store import questionnaires as store
from backend.store.pool import Connection, Database, Row

Source = Literal["client", "talk", "paper"]
__all__ = ["HIGHEST", "INSTRUMENTS", "Instrument", "choices"]


@dataclass(frozen=True, slots=True)
class FormResult:
    """A form as stored, with the limit that counted then."""

    questionnaire_id: UUID
    instrument: Instrument
    answers: tuple[int, ...]
    total: int
    band: str
    cut_off: int
    asks_for_safety: bool
    source: Source
    answered_at: datetime
    entered_by: str
    entered_at: datetime
    withdrawn_at: datetime | None
    withdraw_reason: str | None


@dataclass(frozen=True, slots=True)
class FormRequest:
    """A form a client was asked for."""

    request_id: UUID
    instrument: Instrument
    asked_at: datetime
    asked_by: str


@dataclass(frozen=True, slots=True)
class FormsView:
    """A client's forms, newest first, what is asked for, and what the unit has agreed on for safety."""

    client_id: UUID
    alias: str
    tz: str
    results: tuple[FormResult, ...]
    requests: tuple[FormRequest, ...]
    cut_offs: Mapping[Instrument, int]
    """Today's limits for this person."""
    sex: Sex
    born_year: int | None
    safety_text: Text


@dataclass(frozen=True, slots=True)
class Stored:
    """A form was stored. `asks_for_safety`: a person must look at once, and the client is shown help numbers."""

    questionnaire_id: UUID
    asks_for_safety: bool


def ask(db: Database, principal: Principal, client_id: UUID, instrument: str, *, now: datetime) -> UUID:
    """Ask the client for a form. Raises NotFound, Forbidden, Invalid, Conflict while it is asked for already."""
    request_id, wanted = uuid4(), _instrument(instrument)
    with db.transaction(principal) as conn:
        client = _for_staff(conn, principal, client_id, now)
        if not store.ask(
            conn,
            client,
            request_id=request_id,
            tenant_id=principal.tenant_id,
            instrument=wanted,
            asked_by=principal.account_id,
            now=now,
        ):
            raise Conflict
        access_log.write(conn, principal, [client], "form_asked", now=now)
    return request_id


def take_back(db: Database, principal: Principal, request_id: UUID, *, now: datetime) -> None:
    """Ask no more. Raises NotFound for strangers, Forbidden, Conflict when it was answered or taken back."""
    with db.transaction(principal) as conn:
        client_id = store.client_of_request(conn, request_id)
        if client_id is None:
            raise NotFound
        client = _for_staff(conn, principal, client_id, now)
        if store.close_request(conn, client, request_id, now=now) is None:
            raise Conflict


def answer(
    db: Database, principal: Principal, request_id: UUID, answers: Sequence[int | None], *, now: datetime
) -> Stored:
    """The client answers a form they were asked for.

    Raises NotFound for anybody else, Invalid when an answer is missing, Conflict when it is asked for no more.
    """
    with db.transaction(principal) as conn:
        client = own_client(principal)
        if store.client_of_request(conn, request_id) != client:
            raise NotFound
        instrument = store.close_request(conn, client, request_id, now=now)
        if instrument is None:
            raise Conflict
        kept = _keep(conn, principal, client, cast("Instrument", instrument), answers, "client", now, now=now)
        store.answer_request(conn, request_id, kept.questionnaire_id)
        return kept


def enter(
    db: Database,
    principal: Principal,
    client_id: UUID,
    instrument: str,
    answers: Sequence[int | None],
    source: Source,
    answered_at: datetime,
    *,
    sex: Sex | None = None,
    now: datetime,
) -> Stored:
    """Staff type in a form from paper or from a talk. `sex`: for the cut-off where no application told it.

    Raises NotFound for strangers, Forbidden, Invalid for a missing answer or an instant to come or too long ago.
    """
    wanted = _instrument(instrument)
    if source not in {"talk", "paper"} or not now - PAPER_BACK <= answered_at <= now:
        raise Invalid
    with db.transaction(principal) as conn:
        client = _for_staff(conn, principal, client_id, now)
        return _keep(conn, principal, client, wanted, answers, source, answered_at, sex=sex, now=now)


def withdraw(
    db: Database, principal: Principal, questionnaire_id: UUID, reason: str, *, now: datetime
) -> None:
    """Mark a form as typed in wrongly: it stays, and counts no more. Raises NotFound, Forbidden, Invalid, Conflict."""
    said = reason.strip()
    if len(said) < 3 or len(said) > 2000:
        raise Invalid("a reason in words is needed")
    with db.transaction(principal) as conn:
        visible_clients(conn, principal, now)  # only their rows can be found at all
        client_id = store.client_of(conn, questionnaire_id)
        if client_id is None:
            raise NotFound
        client = _for_staff(conn, principal, client_id, now)
        if not store.withdraw(conn, client, questionnaire_id, principal.account_id, said, now=now):
            raise Conflict
        access_log.write(conn, principal, [client], "form_withdrawn", now=now)


def of_client(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> FormsView:
    """A client's forms for staff. Raises NotFound for strangers, Forbidden for a client or researcher."""
    with db.transaction(principal) as conn:
        client = _for_staff(conn, principal, client_id, now)
        access_log.write(conn, principal, [client], "forms_opened", now=now)
        return _view(conn, client, now=now)


def own(db: Database, principal: Principal, *, now: datetime) -> FormsView:
    """The client's own forms, and those they are asked for. Raises NotFound for anybody who is no client."""
    with db.transaction(principal) as conn:
        return _view(conn, own_client(principal), now=now)


def asked(db: Database, principal: Principal) -> tuple[FormRequest, ...]:
    """What the client is asked to fill in. Raises NotFound for anybody who is no client."""
    with db.transaction(principal) as conn:
        return tuple(FormRequest(**one) for one in store.open_requests(conn, own_client(principal)))


def _keep(
    conn: Connection,
    principal: Principal,
    client: VisibleClientId,
    instrument: Instrument,
    answers: Sequence[int | None],
    source: Source,
    answered_at: datetime,
    *,
    sex: Sex | None = None,
    now: datetime,
) -> Stored:
    found = _scored(conn, client, instrument, answers, sex, now)
    questionnaire_id = uuid4()
    store.add(
        conn,
        client,
        questionnaire_id=questionnaire_id,
        tenant_id=principal.tenant_id,
        instrument=instrument,
        answers=list(found.answers),
        total=found.total,
        band=found.band,
        cut_off=found.limit,
        asks_for_safety=found.asks_for_safety,
        source=source,
        answered_at=answered_at,
        entered_by=principal.account_id,
        now=now,
    )
    access_log.write(conn, principal, [client], "form_saved", now=now)
    if found.asks_for_safety:  # the alert is raised by the next assessment, which is woken at once
        assessment_queue.enqueue(conn, {client: now}, now=now)
        assessment_queue.wake_worker(conn)
    return Stored(questionnaire_id, found.asks_for_safety)


def _scored(
    conn: Connection,
    client: VisibleClientId,
    instrument: Instrument,
    answers: Sequence[int | None],
    sex: Sex | None,
    now: datetime,
) -> Scored:
    told, born = _about(store.about(conn, client))
    limits = cut_offs_of(conn, unit_settings.unit_of_client(conn, client), now=now)
    try:
        return scored(instrument, answers, sex or told, None if born is None else now.year - born, limits)
    except AnswerError as error:
        raise Invalid(str(error)) from error


def _view(conn: Connection, client: VisibleClientId, *, now: datetime) -> FormsView:
    row = enrolment.client(conn, client)
    assert row is not None, "a visible client exists"
    unit_id = unit_settings.unit_of_client(conn, client)
    limits, (sex, born) = cut_offs_of(conn, unit_id, now=now), _about(store.about(conn, client))
    agreed = unit_settings.in_force(conn, unit_id, at=now).get("safety_text")
    return FormsView(
        client_id=client,
        alias=row["alias"],
        tz=row["timezone"],
        results=tuple(_result(one) for one in store.of_client(conn, client)),
        requests=tuple(FormRequest(**one) for one in store.open_requests(conn, client)),
        cut_offs={
            "audit": limits.audit(sex, None if born is None else now.year - born),
            "audit_c": limits.audit_c(sex),
            "phq9": limits.phq9,
            "gad7": limits.gad7,
        },
        sex=sex,
        born_year=born,
        safety_text=Text(agreed, agreed) if agreed else Text(SAFETY_TEXT.sv, SAFETY_TEXT.en),
    )


def _about(row: Row | None) -> tuple[Sex, int | None]:
    return ("not_said", None) if row is None else (row["sex"] or "not_said", row["born_year"])


def _result(row: Mapping[str, Any]) -> FormResult:
    return FormResult(**{**row, "answers": tuple(row["answers"])})


def _instrument(name: str) -> Instrument:
    if name not in INSTRUMENTS:
        raise Invalid("unknown form")
    return name


def _for_staff(conn: Connection, principal: Principal, client_id: UUID, now: datetime) -> VisibleClientId:
    client = require_visible(conn, principal, client_id, now)
    if not principal.may("care.read"):
        raise Forbidden
    return client
