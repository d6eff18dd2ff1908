"""What a benchmark yields, and how it is shown."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `ratio` compares it with the figure called `ratio_to`, measured in the same run."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    ratio_to: str | None = None

    def against(self, other: "Figure") -> "Figure":
        """The same figure with its ratio to another one of the same unit."""
        return Figure(self.name, self.value, self.unit, round(self.value / other.value, 3), other.name)

    def named(self, name: str) -> "Figure":
        """The same number under another name."""
        return Figure(name, self.value, self.unit)

    def as_json(self) -> dict[str, Any]:
        """As it stands in bench.json."""
        return {**asdict(self), "value": _rounded(self.value)}


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines of aligned text."""
    names = max((len(one.name) for one in figures), default=0)
    return "\n".join(
        f"{one.name:<{names}}  {_value(one):>12} {one.unit:<14}{_ratio(one)}".rstrip() for one in figures
    )


def _value(one: Figure) -> str:
    return f"{_rounded(one.value):,}"


def _rounded(value: float) -> float | int:
    return round(value) if abs(value) >= 1000 else round(value, 1 if abs(value) >= 10 else 3)


def _ratio(one: Figure) -> str:
    return "" if one.ratio is None else f"{one.ratio:.2f} of {one.ratio_to}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of all lie (nearest rank). Raises ValueError when there are none."""
    if not values:
        raise ValueError("no values")
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]
