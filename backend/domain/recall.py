"""Which breathalyzers a recall is about: by model, a range of serial numbers, and firmware. Pure."""

import re
from dataclasses import dataclass

_PARTS = re.compile(r"\d+|\D+")


@dataclass(frozen=True, slots=True)
class RecallWish:
    """What is looked for; what is empty leaves nothing out. Letters count alike, large or small."""

    model: str = ""
    first_serial: str = ""
    last_serial: str = ""
    firmware: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether it leaves nothing out at all."""
        return not (self.model or self.first_serial or self.last_serial or self.firmware)

    def takes_device(self, model: str, serial: str | None) -> bool:
        """Whether a breathalyzer is meant by model and serial number. One without a number lies in no range."""
        if self.model and self.model.casefold() not in model.casefold():
            return False
        if not (self.first_serial or self.last_serial):
            return True
        if not serial:
            return False
        here = _order(serial)
        return not (
            (self.first_serial and here < _order(self.first_serial))
            or (self.last_serial and here > _order(self.last_serial))
        )

    def takes_firmware(self, firmware: str | None) -> bool:
        """Whether a firmware is meant. A device that tells none is not left out: nobody knows what it has."""
        return not self.firmware or firmware is None or firmware.casefold() == self.firmware.casefold()


def _order(serial: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers within a serial number count as numbers: A9 comes before A10."""
    parts = _PARTS.findall(serial.casefold().strip())
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
