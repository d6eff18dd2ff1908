"""Renews the certificate by itself before it ends, with longer and longer waits while that fails, and says so."""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from device_gateway.enrolment import DUE, certificate_life, renew
from device_gateway.errors import EnrolmentError, KeyFileError

log = logging.getLogger(__name__)

LOOK_EVERY: Final = timedelta(hours=6)
FIRST_WAIT: Final = timedelta(minutes=30)
LONGEST_WAIT: Final = timedelta(hours=24)
TELL_BELOW: Final = 1 / 6
"""Of its life: with less left somebody is told. Of 180 days that is a month in which people can help (assumption)."""


class Renewal:
    """Of one gateway with a folder of `nykter gateway enrol`. `look` blocks: call it in a thread."""

    def __init__(
        self,
        folder: Path,
        server: str,
        ca_file: Path | None,
        now: Callable[[], datetime],
        *,
        on_trouble: Callable[[str], None] = lambda _code: None,
    ) -> None:
        self._folder, self._server, self._ca_file, self._now = folder, server, ca_file, now
        self._on_trouble = on_trouble
        self._next: datetime | None = None
        self._failures = 0
        self.is_urgent = False
        """The certificate ends soon and could not be renewed: a person must look."""

    def is_time(self) -> bool:
        """Whether to look now; a clock that was set does not silence it."""
        now = self._now()
        return self._next is None or not now < self._next <= now + LONGEST_WAIT + LOOK_EVERY

    def look(self) -> bool:
        """Renew when it is due; True when it was renewed. Never raises: what goes wrong is told and tried again."""
        now = self._now()
        self._next = now + LOOK_EVERY * random.uniform(0.8, 1.2)
        try:
            left = certificate_life(self._folder, now=now)
            if left is None or left > DUE:
                self.is_urgent, self._failures = False, 0
                return False
            self.is_urgent = left < TELL_BELOW
            renew(self._server, self._folder, now=now, ca_file=self._ca_file)
        except (EnrolmentError, KeyFileError) as error:
            self._failures += 1
            wait = min(FIRST_WAIT * 2 ** min(self._failures - 1, 10), LONGEST_WAIT)
            self._next = now + wait * random.uniform(0.75, 1.25)
            log.warning("the certificate could not be renewed (attempt %d): %s", self._failures, error)
            self._on_trouble("renewal_failed")
            return False
        self.is_urgent, self._failures = False, 0
        log.info("the certificate is renewed")
        return True
