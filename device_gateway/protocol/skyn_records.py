"""The records of a Skyn's memory as the contract's records. Times by the sensor's own clock; counts without a unit."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from contracts.background import BackgroundRecord, RecordKind

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""A sensor that lost its power begins counting at 1970: such times are no times."""


def moment(unix_s: int) -> datetime | None:
    """The sensor's seconds as an instant; None when its clock was not set."""
    at = datetime.fromtimestamp(unix_s, UTC)
    return at if at >= _EARLIEST else None


def records_of(
    raw: Iterable[bytes], at: datetime | None = None, interval_s: int = 0
) -> tuple[list[BackgroundRecord], datetime | None, int]:
    """Every record, in order; of an unknown kind only its bytes. `at`, `interval_s`: where the records before ended.

    Also returns where these end: the time of the next sample, and the seconds between samples.
    """
    found: list[BackgroundRecord] = []
    for one in raw:
        kind = one[0]
        if kind == 0:
            at, seconds = moment(int.from_bytes(one[2:6], "little")), int.from_bytes(one[6:8], "little")
            interval_s = seconds
            found.append(
                BackgroundRecord(kind=RecordKind.CLOCK, raw=one.hex(), device_time=at, interval_s=seconds)
            )
        elif kind == 1:
            found.append(_sample(one, at))
            at = None if at is None else at + timedelta(seconds=interval_s)
        elif kind == 2:
            told = moment(int.from_bytes(one[2:6], "little"))
            found.append(BackgroundRecord(kind=RecordKind.EVENT, raw=one.hex(), device_time=told))
        else:
            found.append(BackgroundRecord(kind=RecordKind.OTHER, raw=one.hex()))
    return found, at, interval_s


def _sample(one: bytes, at: datetime | None) -> BackgroundRecord:
    return BackgroundRecord(
        kind=RecordKind.SAMPLE,
        raw=one.hex(),
        device_time=at,
        alcohol_counts=int.from_bytes(one[1:3], "big"),
        temperature_counts=int.from_bytes(one[4:6], "little", signed=True),
        motion_counts=int.from_bytes(one[6:8], "little"),
    )
