"""Random and damaged notifications for the transdermal sensor's driver and the records made of them."""

import random

from device_gateway.protocol.skyn import MOST_RECORDS, NOTIFY, Count, Records, Skyn
from device_gateway.protocol.skyn_records import records_of
from simulators.transdermal.skyn import clock_record, event_record, sample_record


def fuzz_skyn(frames: int, dice: random.Random) -> int:
    """Feed so many; returns how many records were understood. Raises AssertionError when something is wrong."""
    driver, at, interval_s, understood = Skyn(), None, 0, 0
    for _ in range(frames):
        for event in driver.feed(NOTIFY if dice.randrange(50) else "2a19", _frame(dice)):
            if isinstance(event, Count):
                assert 0 <= event.records <= MOST_RECORDS
            if isinstance(event, Records):
                found, at, interval_s = records_of(event.raw, at, interval_s)
                assert [bytes.fromhex(record.raw) for record in found] == list(event.raw)
                understood += len(found)
    return understood


def _frame(dice: random.Random) -> bytes:
    records = (
        clock_record(dice.randrange(2**32), dice.randrange(2**16)),
        sample_record(dice.randrange(2**16), dice.randrange(-(2**15), 2**15), dice.randrange(2**16)),
        event_record(dice.randrange(2**32), dice.randrange(256)),
        dice.randbytes(8),
    )
    talk = (
        b"\x80" + dice.randbytes(4),
        b"\x82" + dice.randbytes(2),
        b"\x93" + dice.randbytes(4),
        b"\x94" + b"".join(dice.choices(records, k=dice.randrange(5))),
        dice.randbytes(dice.randrange(40)),
    )
    said = bytearray(dice.choice(talk))
    if said and dice.randrange(4) == 0:
        said[dice.randrange(len(said))] = dice.randrange(256)
    return bytes(said[: dice.randrange(len(said) + 1)] if dice.randrange(8) == 0 else said)
