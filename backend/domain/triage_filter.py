"""Which rows of the list somebody asked for. Pure; what a filter leaves out is counted, never silently gone."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from backend.domain.triage import GROUPS, TriageGroup

Whose = Literal["all", "mine", "cover"]
"""`mine`: the clients whose own clinician one is; `cover`: those of a colleague on leave."""
WHOSE: Final[tuple[Whose, ...]] = get_args(Whose)


@dataclass(frozen=True, slots=True)
class TriageFilter:
    """The wish. No groups: all of them."""

    groups: tuple[TriageGroup, ...] = ()
    whose: Whose = "all"
    untaken: bool = False
    """Only what has an open signal that nobody has taken."""

    @property
    def is_set(self) -> bool:
        """Whether it leaves anything out."""
        return self != TriageFilter()


def read_filter(groups: list[str], whose: str, untaken: bool) -> TriageFilter:
    """The filter in an address or a saved view; what is not known is left out."""
    known: tuple[TriageGroup, ...] = tuple(g for g in GROUPS if g in groups)
    return TriageFilter(known, next((w for w in WHOSE if w == whose), "all"), untaken)


def keeps(wish: TriageFilter, group: TriageGroup, *, is_mine: bool, is_cover: bool, is_untaken: bool) -> bool:
    """Whether a row is wanted."""
    if wish.groups and group not in wish.groups:
        return False
    if wish.untaken and not is_untaken:
        return False
    return {"all": True, "mine": is_mine, "cover": is_cover}[wish.whose]
