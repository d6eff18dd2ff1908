"""A clinic with one evening's positive and its retest, and the web server over it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from backend.services import assessment
from backend.store.pool import Database
from tests.support.care import START, Clinic, make_clinic
from tests.support.web import Web, running_web

EVENING = START.replace(hour=18, minute=30)


@dataclass
class Evening:
    clinic: Clinic
    web: Web
    now: datetime

    def assess(self, now: datetime) -> None:
        assessment.sweep(self.clinic.db, now=now)
        assessment.assess_due(self.clinic.db, now=now)

    def blow(self, after: timedelta, brac: float | None) -> None:
        """A breath later this evening, received and assessed."""
        at = self.now + after
        self.web.clock.at = at + timedelta(seconds=3)
        self.clinic.blow(at, brac)
        self.assess(self.web.clock.at)


@pytest.fixture
def evening(postgres_database: str) -> Iterator[Evening]:
    with Database(postgres_database) as db:
        clinic = make_clinic(db)
        with running_web(db, EVENING) as web:
            found = Evening(clinic, web, EVENING)
            found.blow(timedelta(0), 0.42)
            found.blow(timedelta(minutes=17), 0.40)
            yield found
