"""Guessing is slowed down by a wait that grows to a minute at most; nobody is ever locked out.

Failures are counted by what was guessed at and by where from. In a browser where the account's owner has signed in
before they are counted by that browser instead, so that a stranger's guesses make nobody wait there
(compliance reference 7.5, V6.1.1 and V6.3.1).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Final

from backend.errors import SignInFailed
from backend.store import logins
from backend.store.pool import Connection

FREE_ATTEMPTS: Final = 5
FREE_FROM_ONE_PLACE: Final = 40
"""A whole clinic may stand behind one address."""
LONGEST_WAIT: Final = timedelta(seconds=60)
FAILURES_COUNT_FOR: Final = timedelta(minutes=15)
CODE_FAILURES_COUNT_FOR: Final = timedelta(hours=24)
"""Six digits are few: after five wrong ones the wait grows to 15 minutes, which leaves about 100 tries a day."""
LONGEST_WAIT_FOR_CODES: Final = timedelta(minutes=15)


class TooManyAttempts(SignInFailed):
    """Too many attempts; wait a little and try again."""

    status = 429

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__()
        self.retry_after_s = max(1, int(retry_after.total_seconds()) + 1)


@dataclass(frozen=True, slots=True)
class Tries:
    """One thing failures are counted by, and how patient we are with it."""

    key: str
    free: int = FREE_ATTEMPTS
    longest: timedelta = LONGEST_WAIT
    count_for: timedelta = FAILURES_COUNT_FOR


def place(address: str) -> Tries:
    """Where a request came from. An IPv6 network counts as one place: its owner has addresses without end."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return Tries(f"from {address[:60]}", FREE_FROM_ONE_PLACE)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return Tries(f"from {IPv6Address(int(parsed) >> 64 << 64)}/64", FREE_FROM_ONE_PLACE)
    return Tries(f"from {address}", FREE_FROM_ONE_PLACE)


def second_factor_of(subject: str) -> Tries:
    """Codes of one account, or of one account in one browser."""
    return Tries(f"second {subject}", FREE_ATTEMPTS, LONGEST_WAIT_FOR_CODES, CODE_FAILURES_COUNT_FOR)


def refuse_guessing(conn: Connection, tries: str | Tries, now: datetime) -> None:
    """Let whoever has failed too often lately wait a little. Raises TooManyAttempts."""
    by = tries if isinstance(tries, Tries) else Tries(tries)
    failures, latest = logins.recent_failures(conn, by.key, since=now - by.count_for)
    if failures < by.free or latest is None:
        return
    wait = min(by.longest, timedelta(seconds=2.0 ** min(failures - by.free, 10)))
    if now < latest + wait:
        raise TooManyAttempts(latest + wait - now)
