"""The page of risk models and the page of a model's card."""

from dataclasses import dataclass
from datetime import datetime

from backend.domain.model_states import STEPS, ModelState
from backend.services.models import CheckView, ModelView, MonitorView, Registry
from dashboard import formats
from dashboard.contexts.page import Frame
from dashboard.language import N_, Language

HOME_ZONE = "Europe/Stockholm"
"""Managers' pages show times here; a client's own page shows the client's."""
STATES: dict[ModelState, str] = {
    "training": N_("Being trained"),
    "failed": N_("Training came to nothing"),
    "candidate": N_("Trained, not used"),
    "shadow": N_("In the shadow"),
    "active": N_("In use"),
    "retired": N_("Out of use"),
}
_TAKE: dict[ModelState, str] = {
    "shadow": N_("Run in the shadow"),
    "active": N_("Put to use"),
    "retired": N_("Take out of use"),
}
_VERDICTS = {
    "too_few": N_("Too few scores to say"),
    "steady": N_("Fits"),
    "watch": N_("Watch it"),
    "shifted": N_("No longer fits"),
}
_OUTCOMES = {"issue": N_("Issue"), "passed": N_("Passed"), "not_applicable": N_("Cannot be checked")}


@dataclass(frozen=True, slots=True)
class Take:
    """A step a person may take."""

    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a model's history."""

    when: str
    who: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Check:
    """One check's outcome in words."""

    outcome: str
    is_issue: bool
    hours: int
    text: str


@dataclass(frozen=True, slots=True)
class Model:
    """One model with what may be done with it."""

    model_id: str
    version: str
    state: str
    kind: str
    trained_on: str
    failure: str | None
    checks: tuple[Check, ...]
    issues: int
    steps: tuple[Step, ...]
    takes: tuple[Take, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """One look at scores given."""

    when: str
    version: str
    hours: int
    verdict: str
    kind: str
    figures: str


@dataclass(frozen=True, slots=True)
class ModelsPage:
    """The whole page."""

    frame: Frame
    is_on: bool
    scoring_with: str
    is_training: bool
    models: tuple[Model, ...]
    switches: tuple[Step, ...]
    looks: tuple[Look, ...]
    beside: tuple[str, ...]
    judged: str


@dataclass(frozen=True, slots=True)
class CardPage:
    """The card as headings, paragraphs and points, in order: (`h`, `p` or `li`, text)."""

    frame: Frame
    parts: tuple[tuple[str, str], ...]


def models_page(found: Registry, frame: Frame) -> ModelsPage:
    """The registry in words."""
    lang = frame.lang
    on, off = lang.t("Scores turned on"), lang.t("Scores turned off")
    return ModelsPage(
        frame=frame,
        is_on=found.is_on,
        scoring_with=found.scoring_with,
        is_training=any(model.state == "training" for model in found.models),
        models=tuple(_model(model, lang) for model in found.models),
        switches=tuple(
            Step(_when(s.at, lang), s.by, on if s.is_on else off, s.reason) for s in found.switches
        ),
        looks=tuple(_look(one, lang) for one in found.monitors[:20]),
        beside=tuple(
            lang.t(
                "{hours} hours, {decisions} decisions: on average the shadow says {shadow} %, the other {active} %.",
                hours=row["horizon_hours"],
                decisions=row["decisions"],
                shadow=formats.decimal(100 * row["shadow_mean"], lang, 1),
                active=formats.decimal(100 * row["active_mean"], lang, 1),
            )
            for row in found.shadow_beside_active
        ),
        judged=_judged(found.judged, lang),
    )


def card_page(markdown: str, frame: Frame) -> CardPage:
    """The card's Markdown (headings, paragraphs and points only) as parts."""
    parts = []
    for line in filter(None, map(str.strip, markdown.splitlines())):
        if line.startswith("#"):
            parts.append(("h", line.lstrip("# ")))
        elif line.startswith("- "):
            parts.append(("li", line[2:]))
        else:
            parts.append(("p", line))
    return CardPage(frame, tuple(parts))


def _model(model: ModelView, lang: Language) -> Model:
    takes = [Take(new, lang.t(_TAKE[new])) for new in STEPS[model.state]]
    return Model(
        str(model.model_id),
        f"{model.name} {model.version}",
        lang.t(STATES[model.state]),
        model.state,
        model.trained_on,
        model.failure,
        tuple(_check(check, lang) for check in model.checks),
        sum(check.outcome == "issue" for check in model.checks),
        tuple(
            Step(_when(c.at, lang), c.by or lang.t("The system"), lang.t(STATES[c.new]), c.reason)
            for c in model.changes
        ),
        tuple(take for take in takes if take.state != "active" or model.may_be_activated),
    )


def _check(check: CheckView, lang: Language) -> Check:
    outcome = lang.t(_OUTCOMES[check.outcome])
    return Check(outcome, check.outcome == "issue", check.horizon_hours, check.explanation)


def _look(one: MonitorView, lang: Language) -> Look:
    figures = one.figures
    said = lang.t(
        "{events} of {labelled} scored days were followed by drinking, {expected} expected",
        events=figures["events"],
        labelled=figures["labelled"],
        expected=formats.decimal(figures["expected"], lang, 1),
    )
    return Look(
        _when(one.measured_at, lang),
        one.model_version,
        one.horizon_hours,
        lang.t(_VERDICTS[one.verdict]),
        one.verdict,
        f"{said}.",
    )


def _judged(judged: dict[str, int], lang: Language) -> str:
    total = sum(judged.values())
    if not total:
        return lang.t("No signal about worsening has been closed by a person yet.")
    return lang.t(
        "Of a year's {total} closed signals about worsening {useful} led to a contact, {not_useful} were not relevant.",
        total=total,
        useful=judged.get("contacted", 0),
        not_useful=judged.get("not_relevant", 0),
    )


def _when(at: datetime, lang: Language) -> str:
    return formats.moment(at, HOME_ZONE, lang)
