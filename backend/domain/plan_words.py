"""A plan in words, and what changed between two of them: for the person it is about as much as for staff."""

from collections.abc import Sequence

from backend.domain.plan_parts import HolidayUse, RandomRule, WindowKind, WindowRule
from backend.domain.plans import Plan, Rules
from backend.domain.wording import Sentence

_KIND: dict[WindowKind, Sentence] = {
    "breath_test": Sentence("Utandningstest", "Breath test"),
    "check_in": Sentence("Dagsfrågor", "Check-in"),
    "visit": Sentence("Besök", "Visit"),
}
_DAYS_SV = ("mån", "tis", "ons", "tors", "fre", "lör", "sön")
_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOLIDAYS: dict[HolidayUse, Sentence] = {
    "as_usual": Sentence("", ""),
    "never": Sentence(", inte på helgdagar", ", not on public holidays"),
    "only": Sentence(", bara på helgdagar", ", on public holidays only"),
}
_RULES: dict[str, tuple[Sentence, str]] = {
    "trace_mg_per_l": (Sentence("Spår av alkohol från", "Trace of alcohol from"), "mg/L"),
    "positive_mg_per_l": (Sentence("Positivt test från", "Positive test from"), "mg/L"),
    "retest_after_min": (Sentence("Omtest tidigast efter", "Retest at the earliest after"), "min"),
    "retest_within_min": (Sentence("Omtest senast efter", "Retest at the latest after"), "min"),
    "tolerance_mg_per_l": (Sentence("Omtest bekräftar inom", "Retest confirms within"), "mg/L"),
    "late_grace_min": (Sentence("Sent test räknas upp till", "A late test counts for up to"), "min"),
    "lost_contact_hours": (Sentence("Kontakten räknas som bruten efter", "Contact is lost after"), "h"),
}

_TO_ZERO = Sentence(
    "Nya test tills värdet är under gränsen", "Tests are repeated until the value is below the limit"
)
_PHOTO = Sentence("Bild tas vid testet", "A picture is taken at the test")
_NO_PHOTO = Sentence("Ingen bild tas vid testet", "No picture is taken at the test")
_NOT_TO_ZERO = Sentence(
    "Inga fler test tills värdet är under gränsen",
    "Tests are no longer repeated until the value is below the limit",
)


def describe_window(rule: WindowRule) -> Sentence:
    """A recurring window, such as `Utandningstest mån–fre 07:00–09:00`."""
    kind, days, use = _KIND[rule.kind], weekdays(rule.weekdays), _HOLIDAYS[rule.holidays]
    span = f"{rule.opens:%H:%M}–{rule.closes:%H:%M}"
    return Sentence(f"{kind.sv} {days.sv} {span}{use.sv}", f"{kind.en} {days.en} {span}{use.en}")


def describe_random(rule: RandomRule) -> Sentence:
    """A rule of random tests, such as `Slumpvisa test: 2 i veckan, någon gång mellan 10:00 och 20:00, alla dagar`."""
    kind, days = _KIND[rule.kind], weekdays(rule.weekdays)
    early, late = f"{rule.earliest:%H:%M}", f"{rule.latest:%H:%M}"
    return Sentence(
        f"{kind.sv} vid slumpvis tid: {rule.per_week} i veckan, någon gång mellan {early} och {late}, {days.sv}, "
        f"öppet {rule.open_min} min",
        f"{kind.en} at a random time: {rule.per_week} a week, some time between {early} and {late}, {days.en}, "
        f"open for {rule.open_min} min",
    )


def describe(plan: Plan) -> tuple[Sentence, ...]:
    """Every window and random rule of a plan; one sentence that says so when there is none."""
    said = (*map(describe_window, plan.windows), *map(describe_random, plan.random))
    return said or (Sentence("Inga planerade test", "No planned tests"),)


def describe_rules(rules: Rules) -> tuple[Sentence, ...]:
    """Every limit and wait with its value, and what happens beside the test."""
    said = [_rule(name, f"{_number(getattr(rules, name))}") for name in _RULES]
    if rules.test_to_zero:
        said.append(_TO_ZERO)
    return (*said, _PHOTO if rules.photo else _NO_PHOTO)


def changes(old: Plan | None, new: Plan) -> tuple[Sentence, ...]:
    """What is different in the new plan: taken away, added, and rules with both values. Empty when nothing is."""
    if old is None:
        return describe(new)
    before, after = _lines(old), _lines(new)
    gone = [Sentence(f"Tas bort: {one.sv}", f"Removed: {one.en}") for one in before if one not in after]
    came = [Sentence(f"Läggs till: {one.sv}", f"Added: {one.en}") for one in after if one not in before]
    zone = (
        []
        if old.timezone == new.timezone
        else [
            Sentence(
                f"Tidszon: {old.timezone} → {new.timezone}", f"Time zone: {old.timezone} → {new.timezone}"
            )
        ]
    )
    return (*zone, *gone, *came, *_rule_changes(old.rules, new.rules))


def weekdays(days: frozenset[int]) -> Sentence:
    """Weekdays in words: all days, a run such as mån–fre, or one by one."""
    if len(days) == 7:
        return Sentence("alla dagar", "every day")
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return Sentence(_runs(runs, _DAYS_SV), _runs(runs, _DAYS_EN))


def _runs(runs: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    said = []
    for run in runs:
        if len(run) > 2:
            said.append(f"{names[run[0] - 1]}–{names[run[-1] - 1]}")
        else:
            said += [names[day - 1] for day in run]
    return ", ".join(said)


def _lines(plan: Plan) -> list[Sentence]:
    return [*map(describe_window, plan.windows), *map(describe_random, plan.random)]


def _rule_changes(old: Rules, new: Rules) -> list[Sentence]:
    found = []
    for name in _RULES:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            found.append(_rule(name, f"{_number(before)} → {_number(after)}"))
    if old.test_to_zero != new.test_to_zero:
        found.append(_TO_ZERO if new.test_to_zero else _NOT_TO_ZERO)
    if old.photo != new.photo:
        found.append(_PHOTO if new.photo else _NO_PHOTO)
    return found


def _rule(name: str, value: str) -> Sentence:
    what, unit = _RULES[name]
    return Sentence(f"{what.sv}: {value.replace('.', ',')} {unit}", f"{what.en}: {value} {unit}")


def _number(value: float) -> str:
    return f"{value:g}"
