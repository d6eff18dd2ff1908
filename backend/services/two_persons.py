"""Whether two accounts are two persons, where it takes two (decision 0019).

Whoever hands over a code for an account could have used the code themselves. For a time such an account may therefore
be in two hands: its owner's, and those of whoever handed over the code, and of whoever had handed one to them before.
Two accounts are two persons when no hand is on both. An account that somebody independent has confirmed is in its
owner's hands alone.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from backend.errors import Conflict
from backend.store import sign_in as store
from backend.store.pool import Connection

APART: Final = timedelta(days=90)
"""How long after a code was used it counts (decision 0019)."""


class SamePerson(Conflict):
    """Whoever proposed it cannot approve it; it takes two people."""


class SameHand(SamePerson):
    """One of the two got in lately by a code of the other, or both by a code of the same person.

    It takes two people. Another manager of the unit or technical support can confirm the account, under Accounts.
    """


def require_two(conn: Connection, first: UUID, second: UUID, *, now: datetime) -> None:
    """Raises SamePerson when one account, SameHand when one person may hold both."""
    if first == second:
        raise SamePerson
    held_by = given_by(conn, now=now)
    if hands(held_by, first) & hands(held_by, second):
        raise SameHand


def given_by(conn: Connection, *, now: datetime) -> dict[UUID, set[UUID]]:
    """For each account of the tenant that got in lately by a code and was not confirmed since: who gave the code."""
    found: dict[UUID, set[UUID]] = {}
    for row in store.every(conn, "codes_of_others", since=now - APART):
        found.setdefault(row["account_id"], set()).add(row["issued_by"])
    return found


def hands(held_by: dict[UUID, set[UUID]], account: UUID) -> frozenset[UUID]:
    """Everybody who may hold an account: its owner, who gave it a code, who gave them one, and so on. Pure."""
    found: set[UUID] = set()
    waiting: list[UUID] = [account]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(held_by.get(one, ()))
    return frozenset(found)
