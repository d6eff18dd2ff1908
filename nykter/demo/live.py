"""The demo once history is in: simulated people go on living at the clock's pace."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from nykter.clock import SharedClock
from nykter.demo.folder import DemoFolder, WorldRecord
from simulators.fleet import Fleet, Station
from simulators.home import Outgoing

_REMEMBER_EVERY_S = 2.0
_RESEND_EVERY_S = 5.0
_AFTER_A_BREATH = timedelta(hours=6)


class LiveWorld:
    """What happens ten times a second while the demo runs."""

    def __init__(
        self,
        folder: DemoFolder,
        fleet: Fleet,
        record: WorldRecord,
        presented_device: str,
        look_for_overdue: Callable[[datetime], object],
    ) -> None:
        """`look_for_overdue` is called after the presenter has moved the clock."""
        self._folder, self._fleet, self._record = folder, fleet, record
        self._presented_device = presented_device
        self._look_for_overdue = look_for_overdue
        self._clock = SharedClock(folder.clock)
        self._jump_file, self._breath_file = folder.path / "jumped", folder.path / "breathed"
        self._jumped = _changed(self._jump_file)
        self._resend_at = self._remember_at = 0.0

    def tick(self) -> None:
        """Send what is due now, send again what waits too long, remember how far we are."""
        now, real = self._clock.now(), time.monotonic()
        self._fleet.send_due(now, after=self._record.played, leave_out=self._presenter_just_blew)
        if _changed(self._jump_file) != self._jumped:
            self._jumped = _changed(self._jump_file)
            self._look_for_overdue(now)
        if real >= self._resend_at:
            self._resend_at = real + _RESEND_EVERY_S
            for station in self._fleet.stations:
                station.resend()
        if real >= self._remember_at and not self._fleet.waiting:
            self._remember_at = real + _REMEMBER_EVERY_S
            self._record = replace(self._record, played_until=now.isoformat())
            self._folder.remember_world(self._record)

    def _presenter_just_blew(self, station: Station, message: Outgoing) -> bool:
        """Two people's breaths in one retest chain would contradict each other."""
        if station.home.device_id != self._presented_device:
            return False
        try:
            breathed_at = datetime.fromisoformat(self._breath_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return False
        return breathed_at <= message.due_at <= breathed_at + _AFTER_A_BREATH


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
