"""Why an alert rang: rule or model, inputs and limits, whom it was told to, and how right such alerts had been by then.

From what was stored with it, as it was then. Nothing is worked out again from data that came later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import require_visible, visible_clients
from backend.domain.alert_reasons import Cause, cause_of
from backend.domain.precision import Share
from backend.domain.risk import HORIZON_HOURS
from backend.domain.wording import Sentence
from backend.errors import Forbidden, NotFound
from backend.services.alert_views import alert_view
from backend.services.risk_views import risk_view
from backend.services.views import AlertView, RiskView, Text, TrackRecord
from backend.store import access_log, escalations
from backend.store import alerts as store
from backend.store.pool import Connection, Database, Row


@dataclass(frozen=True, slots=True)
class FactView:
    """An input or a limit in words; `at` when it was."""

    name: Text
    value: Text
    at: datetime | None


@dataclass(frozen=True, slots=True)
class CauseView:
    """One line of evidence: which rule, from which inputs, against which limits, and what would have been otherwise.

    `score` is the stored estimate behind a signal of the model; None for rules, and where it has been removed since.
    """

    at: datetime
    text: Text
    rule: Text
    is_model: bool
    inputs: tuple[FactView, ...]
    limits: tuple[FactView, ...]
    otherwise: tuple[Text, ...]
    score: RiskView | None


@dataclass(frozen=True, slots=True)
class TellingView:
    """Somebody who was to be told, and one message to them. `channel` None: no message went out (yet)."""

    name: str
    due_at: datetime
    notice_state: str
    channel: str | None
    state: str | None
    attempts: int
    finished_at: datetime | None
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class WhyView:
    """Everything the page says. Causes are newest first; `record` is of the time at which the alert opened."""

    alert: AlertView
    tz: str
    causes: tuple[CauseView, ...]
    tellings: tuple[TellingView, ...]
    record: TrackRecord


def why(db: Database, principal: Principal, alert_id: UUID, *, now: datetime) -> WhyView:
    """Why it rang. Raises NotFound for those who may not see the client, Forbidden for a client."""
    with db.transaction(principal) as conn:
        visible_clients(conn, principal, now)  # only their rows can be found at all
        whose = store.whose(conn, alert_id)
        if whose is None:
            raise NotFound
        client = require_visible(conn, principal, whose["client_id"], now)
        if not principal.may("care.read"):
            raise Forbidden
        row = store.one_of(conn, client, alert_id)
        if row is None:
            raise NotFound
        access_log.write(conn, principal, [client], "alert_explained", now=now)
        changes = store.changes_of(conn, [alert_id]).get(alert_id, [])
        steps = escalations.steps_of(conn, [alert_id]).get(alert_id, [])
        causes = [cause_of(line, row["timezone"]) for line in row["evidence"]]
        scores = _scores(conn, client, causes)
        relevant, n = store.record_before(conn, client, row["kind"], row["opened_at"])
        return WhyView(
            alert_view(row, changes, steps),
            row["timezone"],
            cause_views(causes, scores),
            tuple(_telling(one) for one in store.told_of(conn, client, alert_id)),
            TrackRecord(relevant, n, Share(relevant, n).is_enough),
        )


def cause_views(causes: Sequence[Cause], scores: Mapping[datetime, RiskView]) -> tuple[CauseView, ...]:
    """The causes as values for the faces, newest first, each with the score behind it where a model spoke."""
    return tuple(_cause(one, scores.get(one.at)) for one in sorted(causes, key=lambda c: c.at, reverse=True))


def _scores(conn: Connection, client: VisibleClientId, causes: Sequence[Cause]) -> dict[datetime, RiskView]:
    found = {}
    for one in causes:
        if one.is_model:
            score = store.score_behind(conn, client, one.at, HORIZON_HOURS)
            if score is not None:
                found[one.at] = risk_view(score)
    return found


def _cause(one: Cause, score: RiskView | None) -> CauseView:
    return CauseView(
        one.at,
        _text(one.text),
        _text(one.rule),
        one.is_model,
        tuple(FactView(_text(f.name), _text(f.value), f.at) for f in one.inputs),
        tuple(FactView(_text(f.name), _text(f.value), f.at) for f in one.limits),
        tuple(_text(said) for said in one.otherwise),
        score if one.is_model else None,
    )


def _telling(row: Row) -> TellingView:
    return TellingView(
        row["name"] or "",
        row["due_at"],
        row["notice_state"],
        row["channel"],
        row["state"],
        row["attempts"] or 0,
        row["finished_at"],
        row["opened_at"],
    )


def _text(sentence: Sentence) -> Text:
    return Text(sentence.sv, sentence.en)
