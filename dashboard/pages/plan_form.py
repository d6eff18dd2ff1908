"""The plan editor's form: rows as a person fills them in, kept as written until they make a plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from backend.errors import Invalid
from backend.services.plan_drafts import Draft
from backend.services.plan_views import WrittenPlan
from dashboard import site

MOST_ROWS = 12
NUMBERS = (
    "trace_mg_per_l",
    "positive_mg_per_l",
    "retest_after_min",
    "retest_within_min",
    "tolerance_mg_per_l",
    "late_grace_min",
    "lost_contact_hours",
)
SWITCHES = ("test_to_zero", "photo")
NEW_WINDOW = {"kind": "breath_test", "opens": "07:00", "closes": "09:00", "holidays": "as_usual"}
NEW_RANDOM = {"per_week": "2", "earliest": "10:00", "latest": "20:00", "open_min": "90", "min_gap_min": "240"}
_EVERY_DAY = frozenset(range(1, 8))


@dataclass(frozen=True, slots=True)
class Row:
    """One window, or one rule of random tests: its weekdays and its other fields as written."""

    days: frozenset[int]
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PlanForm:
    """The whole form as written."""

    windows: tuple[Row, ...] = ()
    random: tuple[Row, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)
    switches: frozenset[str] = frozenset()
    starts_on: str = ""
    reason: str = ""

    def draft(self) -> Draft:
        """What it comes to. Raises Invalid where a number is none; what else is wrong the service says."""
        windows = [{"weekdays": sorted(row.days), **row.fields} for row in self.windows]
        random = [
            {
                "weekdays": sorted(row.days),
                **{name: _whole_or_time(name, value) for name, value in row.fields.items()},
            }
            for row in self.random
        ]
        rules: dict[str, Any] = {name: _number(value) for name, value in self.rules.items() if value}
        return Draft(windows, {**rules, **{name: name in self.switches for name in SWITCHES}}, random)

    def start(self, tz: str, now: datetime) -> datetime | None:
        """When it begins: None is at once, else the day's first moment in the client's zone. Raises Invalid."""
        if not self.starts_on:
            return None
        try:
            day = date.fromisoformat(self.starts_on)
        except ValueError as error:
            raise Invalid from error
        start = datetime.combine(day, time(0), ZoneInfo(tz))
        return None if day == now.astimezone(ZoneInfo(tz)).date() else start

    def after(self, act: str) -> "PlanForm":
        """The form once a row was added or taken away; itself for any other act."""
        if act == "add_window" and len(self.windows) < MOST_ROWS:
            return replace(self, windows=(*self.windows, Row(_EVERY_DAY, NEW_WINDOW)))
        if act == "add_random" and len(self.random) < MOST_ROWS:
            return replace(self, random=(*self.random, Row(_EVERY_DAY, NEW_RANDOM)))
        what, _, number = act.rpartition("_")
        if number.isdecimal() and what == "drop_window":
            return replace(self, windows=_without(self.windows, int(number)))
        if number.isdecimal() and what == "drop_random":
            return replace(self, random=_without(self.random, int(number)))
        return self


def form_of_plan(written: WrittenPlan, decimal_comma: bool) -> PlanForm:
    """The form filled with a plan."""

    def text(value: object) -> str:
        said = f"{value:g}" if isinstance(value, int | float) else str(value)
        return said.replace(".", ",") if decimal_comma else said

    return PlanForm(
        windows=tuple(
            Row(
                frozenset(one["weekdays"]),
                {name: str(one.get(name, NEW_WINDOW[name])) for name in NEW_WINDOW},
            )
            for one in written.windows
        ),
        random=tuple(
            Row(
                frozenset(one["weekdays"]),
                {name: str(one.get(name, NEW_RANDOM[name])) for name in NEW_RANDOM},
            )
            for one in written.random
        ),
        rules={name: text(written.rules[name]) for name in NUMBERS if name in written.rules},
        switches=frozenset(name for name in SWITCHES if written.rules.get(name)),
    )


def form_as_posted(form: FormData) -> PlanForm:
    """The form as it was sent. Raises Invalid for what no page of ours sends."""
    return PlanForm(
        windows=_rows(form, "w", tuple(NEW_WINDOW)),
        random=_rows(form, "r", tuple(NEW_RANDOM)),
        rules={name: site.field(form, name) for name in NUMBERS},
        switches=frozenset(name for name in SWITCHES if site.field(form, name)),
        starts_on=site.field(form, "starts_on"),
        reason=site.field(form, "reason"),
    )


def _rows(form: FormData, letter: str, names: tuple[str, ...]) -> tuple[Row, ...]:
    rows = []
    for number in range(MOST_ROWS):
        if f"{letter}{number}-{names[0]}" not in form:
            break
        days = [str(day) for day in form.getlist(f"{letter}{number}-day")]
        if not all(day in "1234567" and len(day) == 1 for day in days):
            raise Invalid
        fields = {name: site.field(form, f"{letter}{number}-{name}") for name in names}
        rows.append(Row(frozenset(map(int, days)), fields))
    return tuple(rows)


def _without(rows: tuple[Row, ...], number: int) -> tuple[Row, ...]:
    return tuple(row for place, row in enumerate(rows) if place != number)


def _whole_or_time(name: str, value: str) -> str | int:
    return value if name in {"earliest", "latest"} else int(_number(value))


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ".").replace("\N{NO-BREAK SPACE}", ""))
    except ValueError as error:
        raise Invalid from error
