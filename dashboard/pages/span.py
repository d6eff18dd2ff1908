"""Which stretch of time, unit and check-in item a page was asked for."""

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Query, Request
from fastapi.responses import Response

from backend.errors import Invalid
from backend.services.views import ClientSeries
from dashboard import formats
from dashboard.contexts.client import DEFAULT_RANGE, LONGEST_DAYS, RANGES, chosen_item
from dashboard.decimation import WHOLE, Near, is_thinned, near_of, thinned
from dashboard.figures import Figure, client_figure
from dashboard.language import Language
from dashboard.units import UNITS, UnitName

AHEAD = timedelta(hours=14)
"""How far ahead the graph reaches, so that the next planned tests are seen."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to show. `until` is set for people whose observation ended in the past (an imported study)."""

    days: int
    unit: UnitName
    item: str | None
    until: datetime | None
    seen: tuple[datetime, datetime] | None = None
    """What is seen of a long figure, as the figure's axis has it: wall clock of the client's zone."""

    def span(self, now: datetime, observed_to: datetime | None = None) -> tuple[datetime, datetime]:
        """The stretch in aware UTC."""
        end = self.until or (observed_to if observed_to and observed_to < now else None)
        return ((end or now) - timedelta(days=self.days), end or now + AHEAD)

    def near(self, series: ClientSeries) -> Near | None:
        """The stretch of the series that is to be drawn finely; None where nobody has zoomed in."""
        if self.seen is None or not is_thinned(series):
            return None
        tz = formats.zone(series.tz)
        seen_from, seen_to = (at.replace(tzinfo=tz).astimezone(UTC) for at in self.seen)
        seen_from, seen_to = max(seen_from, series.since), min(seen_to, series.until)
        return near_of(series, seen_from, seen_to) if seen_from < seen_to else None

    def reach(self, now: datetime) -> tuple[datetime, datetime]:
        """What a figure holds: at least twelve weeks, so that a shorter stretch can be moved back without waiting."""
        since, until = self.span(now)
        return since - timedelta(days=max(0, RANGES[-1] - self.days)), until


def wish(
    days: Annotated[int, Query(ge=1, le=LONGEST_DAYS)] = DEFAULT_RANGE,
    unit: Literal["mg", "permille"] = "mg",
    item: Annotated[str | None, Query(max_length=40)] = None,
    until: datetime | None = None,
    seen_from: datetime | None = None,
    seen_to: datetime | None = None,
) -> Wish:
    """The wish in the address. Raises Invalid when what is seen is turned round."""
    if until is not None:
        until = until.replace(tzinfo=UTC) if until.tzinfo is None else until.astimezone(UTC)
    if seen_from is None or seen_to is None:
        return Wish(days, unit, item, until)
    seen = seen_from.replace(tzinfo=None), seen_to.replace(tzinfo=None)
    if not seen[0] < seen[1]:
        raise Invalid
    return Wish(days, unit, item, until, seen)


def drawn(series: ClientSeries, lang: Language, shown: Wish, now: datetime) -> Figure:
    """The figure of a series, finer where somebody looks closely.

    `whole`: the stretch in which every mark is drawn, as the axis has it; empty when marks are left out everywhere,
    None when none is left out at all.
    """
    near = shown.near(series)
    item = chosen_item(series, shown.item)
    made = client_figure(thinned(series, near=near), lang, UNITS[shown.unit], item, shown.span(now)[0])
    whole = [formats.wall(at, series.tz) for at in near] if near and near[1] - near[0] <= WHOLE else []
    return {**made, "whole": whole if is_thinned(series) else None}


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
