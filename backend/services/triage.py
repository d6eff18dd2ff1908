"""The triage list: every client the principal may see, in the order in which a person is needed."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from backend.access.principal import Principal
from backend.access.visibility import visible_clients
from backend.domain.triage import ORDER, OpenAlert, Place, TriageFacts, Unsettled, place
from backend.domain.wording import Sentence
from backend.errors import Forbidden
from backend.services.access_log import log_look
from backend.services.alert_budget import budget_of, unanswered_of
from backend.services.alert_views import open_alerts_of
from backend.services.fleet import system_alert_of
from backend.services.risk_views import risk_view
from backend.services.views import (
    AlertView,
    DayMark,
    DayState,
    NextContact,
    RiskView,
    Text,
    TriageList,
    TriageRow,
)
from backend.store import identity_photos
from backend.store import triage as store
from backend.store.pool import Database, Row

STRIP_DAYS = 28
_ACTION = "triage_list"


def triage_list(db: Database, principal: Principal, *, now: datetime) -> TriageList:
    """The caseload. Raises Forbidden for a client: their own page is another one."""
    if not principal.may("list.read"):
        raise Forbidden
    with db.transaction(principal) as conn:
        clients = visible_clients(conn, principal, now)
        rows = store.rows(conn, clients, principal.account_id, now=now)
        alerts = {client: found[0] for client, found in open_alerts_of(conn, clients).items()}
        risks = store.newest_risk(conn, clients, now=now)
        log_look(conn, principal, clients, _ACTION, is_refresh=True, now=now)
        spent = budget_of(conn, principal, clients, now=now)
        silent = system_alert_of(conn, principal.tenant_id)
        unanswered = unanswered_of(conn, principal)
        pictures = identity_photos.waiting(conn, clients) if principal.gives_care else {}
    placed = []
    for row in rows:
        alert = alerts.get(row["client_id"])
        risk = risk_view(risks[row["client_id"]]) if row["client_id"] in risks else None
        where = place(_facts(row, alert, risk), now)
        placed.append((where.key, _row(row, where, alert, risk, pictures.get(row["client_id"], 0))))
    placed.sort(key=lambda one: one[0])
    order = tuple(_text(rule) for rule in ORDER)
    return TriageList(tuple(row for _, row in placed), now, order, spent, silent, unanswered)


def _facts(row: Row, alert: AlertView | None, risk: RiskView | None) -> TriageFacts:
    return TriageFacts(
        alias=row["alias"],
        timezone=row["timezone"],
        alert=None if alert is None else _open_alert(alert),
        unsettled=(
            None
            if row["unsettled_state"] is None
            else Unsettled(row["unsettled_state"], row["unsettled_at"], row["unsettled_brac"] or 0.0)
        ),
        battery_level=row["battery_level"],
        last_error=row["last_error"],
        calibration_state=row["calibration_state"],
        status_at=row["status_at"],
        reviewed_at=row["reviewed_at"],
        followed_since=row["created_at"],
        last_data_at=row["last_data_at"],
        is_study=row["is_study"],
        is_estimated=risk is not None and risk.probability is not None,
    )


def _open_alert(alert: AlertView) -> OpenAlert:
    """The alert with the newest evidence of its own kind: what made it what it is."""
    own = [line for line in alert.evidence if line.kind == alert.kind] or list(alert.evidence)
    newest = max(own, key=lambda line: line.at)
    return OpenAlert(
        alert.kind,
        alert.tier,
        alert.state,
        alert.began_at or alert.opened_at,
        Sentence(newest.text.sv, newest.text.en),
        is_snoozed=alert.snoozed_until is not None,
    )


def _row(row: Row, where: Place, alert: AlertView | None, risk: RiskView | None, pictures: int) -> TriageRow:
    return TriageRow(
        client_id=row["client_id"],
        alias=row["alias"],
        display_name=row["display_name"],
        group=where.group,
        why=_text(where.why),
        since=where.since,
        alert=alert,
        strip=strip(row),
        coverage_percent=coverage_percent(row["planned"] or (), row["taken"] or ()),
        last_data_at=row["last_data_at"],
        last_reviewed_at=row["reviewed_at"],
        last_reviewed_by=row["reviewed_by"],
        owner=row["owner"],
        risk=risk,
        tz=row["timezone"],
        next_contact=(
            None
            if row["next_at"] is None
            else NextContact(row["next_at"], row["next_by"], row["next_is_visit"])
        ),
        stands_in_for=row["stands_in_for"],
        pictures_waiting=pictures,
        is_own=row["is_own"],
    )


def strip(row: Mapping[str, Any]) -> tuple[DayMark, ...]:
    """The 28 days up to `last_day`, gaps included: a day nothing is known about is a gap, never sober."""
    last: date = row["last_day"]
    if row["days"] is None:
        return _gaps(last)
    return _strip(last, *(tuple(row[name]) for name in ("days", "states", "planned", "taken", "peaks")))


@lru_cache(maxsize=1 << 13)
def _strip(last: date, *columns: tuple[Any, ...]) -> tuple[DayMark, ...]:
    """The list is asked for again and again, and few clients' days have changed since: as a whole a strip is found in a
    third of the time its marks take one by one.
    """
    marks = list(_gaps(last))
    first = last - timedelta(days=STRIP_DAYS - 1)
    for mark in map(_mark, *columns):
        marks[(mark.day - first).days] = mark
    return tuple(marks)


def coverage_percent(planned: Any, taken: Any) -> int:
    """Share of planned tests that were taken, in whole per cent; 0 where none was planned."""
    total = sum(planned)
    return round(100 * min(sum(taken), total) / total) if total else 0


@lru_cache(maxsize=1 << 16)
def _mark(day: date, state: DayState, planned: int, taken: int, peak: float | None) -> DayMark:
    """Days of many clients look alike, and the list is asked for again and again."""
    return DayMark(day, state, planned, taken, peak)


@lru_cache(maxsize=4096)
def _gaps(last: date) -> tuple[DayMark, ...]:
    return tuple(
        DayMark(last - timedelta(days=back), "gap", 0, 0, None) for back in range(STRIP_DAYS - 1, -1, -1)
    )


def _text(sentence: Sentence) -> Text:
    return Text(sentence.sv, sentence.en)
