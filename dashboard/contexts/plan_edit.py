"""The plan editor: the form as written, what is wrong with it, and what it would mean."""

from dataclasses import dataclass
from datetime import datetime

from backend.services.plan_page import PlanPageView
from backend.services.plan_views import PreviewView
from backend.services.views import Text
from dashboard import formats, words
from dashboard.contexts.client import Choice
from dashboard.contexts.page import Frame
from dashboard.contexts.risk import say
from dashboard.language import N_, Language
from dashboard.pages.plan_form import MOST_ROWS, NUMBERS, PlanForm, Row
from dashboard.week import WEEKDAYS, Week, week

HOLIDAYS = (
    ("as_usual", N_("as any such day")),
    ("never", N_("not on public holidays")),
    ("only", N_("on public holidays only")),
)
_RULES = {
    "trace_mg_per_l": N_("Trace of alcohol from (mg/L)"),
    "positive_mg_per_l": N_("Positive test from (mg/L)"),
    "tolerance_mg_per_l": N_("A retest confirms within (mg/L)"),
    "retest_after_min": N_("Retest at the earliest after (min)"),
    "retest_within_min": N_("Retest at the latest after (min)"),
    "late_grace_min": N_("A late test counts for (min)"),
    "lost_contact_hours": N_("Contact counts as lost after (h)"),
}


@dataclass(frozen=True, slots=True)
class EditRow:
    """One row of the form: field names begin with `key`."""

    key: str
    number: int
    days: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    holidays: tuple[Choice, ...]
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class RuleField:
    """A limit or a wait."""

    name: str
    text: str
    value: str


@dataclass(frozen=True, slots=True)
class PlanEditPage:
    """The whole page. `problem` says what must be put right before the plan can be shown or sent."""

    frame: Frame
    client_id: str
    alias: str
    zone: str
    windows: tuple[EditRow, ...]
    random: tuple[EditRow, ...]
    more: bool
    rules: tuple[RuleField, ...]
    test_to_zero: bool
    photo: bool
    starts_on: str
    first_day: str
    reason: str
    problem: str | None
    week: Week | None
    is_new: bool
    later: str | None
    """When a plan begins that is set already: nothing can be put before it."""


def edit_page(
    view: PlanPageView,
    written: PlanForm,
    frame: Frame,
    now: datetime,
    *,
    seen: PreviewView | None,
    problem: str | None = None,
) -> PlanEditPage:
    """The editor as it stands."""
    lang = frame.lang
    return PlanEditPage(
        frame=frame,
        client_id=str(view.client_id),
        alias=view.alias,
        zone=view.tz,
        windows=tuple(_row("w", n, row, lang) for n, row in enumerate(written.windows)),
        random=tuple(_row("r", n, row, lang) for n, row in enumerate(written.random)),
        more=max(len(written.windows), len(written.random)) < MOST_ROWS,
        rules=tuple(RuleField(name, lang.t(_RULES[name]), written.rules.get(name, "")) for name in NUMBERS),
        test_to_zero="test_to_zero" in written.switches,
        photo="photo" in written.switches,
        starts_on=written.starts_on,
        first_day=formats.local_day(now, view.tz).isoformat(),
        reason=written.reason,
        problem=problem,
        week=None if seen is None else week(seen, lang),
        is_new=view.current is None,
        later=None if view.coming is None else formats.moment(view.coming.valid_from, view.tz, lang),
    )


def spoken(said: Text, lang: Language) -> str:
    """What a service says is wrong, as a sentence."""
    return say(said, lang) + "."


def _row(letter: str, number: int, row: Row, lang: Language) -> EditRow:
    return EditRow(
        key=f"{letter}{number}",
        number=number,
        days=tuple(Choice(str(day), lang.t(WEEKDAYS[day - 1]), day in row.days) for day in range(1, 8)),
        kinds=tuple(
            Choice(kind, lang.t(text), kind == row.fields.get("kind")) for kind, text in words.WINDOWS.items()
        ),
        holidays=tuple(
            Choice(use, lang.t(text), use == row.fields.get("holidays")) for use, text in HOLIDAYS
        ),
        fields=dict(row.fields),
    )
