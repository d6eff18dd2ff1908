"""The two units of the BrAC graph. Permille is computed from breath, never measured, and always labelled so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from backend.domain.permille import estimated_permille
from dashboard import formats
from dashboard.language import N_, Language

UnitName = Literal["mg", "permille"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the vertical axis: how mg/L becomes it, and how it is written."""

    name: UnitName
    title: str
    of: Callable[[float], float]
    write: Callable[[float, Language], str]

    def text(self, mg_per_l: float, lang: Language) -> str:
        """The value with its unit, in words of this axis."""
        return self.write(self.of(mg_per_l), lang)


UNITS: dict[UnitName, Unit] = {
    "mg": Unit("mg", N_("Breath alcohol, mg/L"), float, formats.brac),
    "permille": Unit(
        "permille", N_("Blood alcohol, ‰, computed from breath"), estimated_permille, formats.permille
    ),
}
