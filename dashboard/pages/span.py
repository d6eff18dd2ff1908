"""Which stretch of time, unit and check-in item a page was asked for."""

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Query, Request
from fastapi.responses import Response

from dashboard.contexts.client import DEFAULT_RANGE, LONGEST_DAYS, RANGES
from dashboard.units import UnitName

AHEAD = timedelta(hours=14)
"""How far ahead the graph reaches, so that the next planned tests are seen."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to show. `until` is set for people whose observation ended in the past (an imported study)."""

    days: int
    unit: UnitName
    item: str | None
    until: datetime | None

    def span(self, now: datetime, observed_to: datetime | None = None) -> tuple[datetime, datetime]:
        """The stretch in aware UTC."""
        end = self.until or (observed_to if observed_to and observed_to < now else None)
        return ((end or now) - timedelta(days=self.days), end or now + AHEAD)

    def reach(self, now: datetime) -> tuple[datetime, datetime]:
        """What a figure holds: at least twelve weeks, so that a shorter stretch can be moved back without waiting."""
        since, until = self.span(now)
        return since - timedelta(days=max(0, RANGES[-1] - self.days)), until


def wish(
    days: Annotated[int, Query(ge=1, le=LONGEST_DAYS)] = DEFAULT_RANGE,
    unit: Literal["mg", "permille"] = "mg",
    item: Annotated[str | None, Query(max_length=40)] = None,
    until: datetime | None = None,
) -> Wish:
    """The wish in the address."""
    if until is not None:
        until = until.replace(tzinfo=UTC) if until.tzinfo is None else until.astimezone(UTC)
    return Wish(days, unit, item, until)


def figure_response(request: Request, figure: object) -> Response:
    """The figure as JSON, compressed where the browser takes it (it holds no secret that could be guessed at)."""
    body = json.dumps(figure, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    headers = {"vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["content-encoding"] = gzip.compress(body, compresslevel=1, mtime=0), "gzip"
    return Response(body, media_type="application/json", headers=headers)


def csv_response(text: str, name: str) -> Response:
    """A CSV file to keep."""
    return Response(
        "\N{ZERO WIDTH NO-BREAK SPACE}" + text,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}.csv"'},
    )
