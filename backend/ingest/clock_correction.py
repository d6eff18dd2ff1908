"""A message from a gateway whose clock was far off, with its times set right by what a person found out. Pure.

The gateway's own time of writing and the breathalyzer's clock stay as they were said; what was signed stays beside it.
"""

from datetime import timedelta

from contracts.background import Background
from contracts.check_in import CheckIn, DrinkingReport
from contracts.device_status import DeviceStatus
from contracts.photo import Photo
from contracts.reading import Reading


def corrected(
    message: Reading | CheckIn | DeviceStatus | Background | Photo, by: timedelta
) -> Reading | CheckIn | DeviceStatus | Background | Photo:
    """The message as if the clock had been right. `by`: right time minus the gateway's. Raises OverflowError."""
    match message:
        case Reading():
            return message.model_copy(update={"measured_at": message.measured_at + by})
        case CheckIn():
            drinking = tuple(_report(one, by) for one in message.drinking)
            return message.model_copy(update={"answered_at": message.answered_at + by, "drinking": drinking})
        case DeviceStatus():
            return message.model_copy(update={"sent_at": message.sent_at + by})
        case Background():
            return message.model_copy(update={"collected_at": message.collected_at + by})
        case Photo():
            return message.model_copy(update={"taken_at": message.taken_at + by})


def _report(one: DrinkingReport, by: timedelta) -> DrinkingReport:
    ended = one.ended_at and one.ended_at + by
    return one.model_copy(update={"started_at": one.started_at + by, "ended_at": ended})
