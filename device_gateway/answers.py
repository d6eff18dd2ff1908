"""What clients say in their own words: check-ins, and comments on one test or miss."""

from collections.abc import Mapping
from decimal import Decimal

from contracts.base import Message
from contracts.check_in import About
from contracts.clock import Clock
from contracts.topics import Kind
from device_gateway.messages import ITEMS, SCALE, Origin, check_in_of
from device_gateway.writer import Wanted, Writer

_MAX_COMMENT = 2000


class Answers:
    """Of one gateway."""

    def __init__(self, writer: Writer, origin: Origin, clock: Clock) -> None:
        self._writer, self._origin, self._clock = writer, origin, clock

    def check_in(self, answers: Mapping[str, int], *, drank: bool | None, comment: str | None) -> bool:
        """Keep a check-in; False when nothing was answered. Raises ValueError for unknown items or values."""
        low, high = SCALE
        if not set(answers) <= set(ITEMS) or any(not low <= value <= high for value in answers.values()):
            raise ValueError("an unknown item or a value outside 0 to 10")
        return self._keep("check_in", answers, drank, comment, None)

    def comment(self, text: str, about: About) -> bool:
        """Keep a comment on one test or miss; False for no words at all."""
        return bool(text.strip()) and self._keep("comment", {}, None, text, about)

    def _keep(
        self,
        line: str,
        answers: Mapping[str, int],
        drank: bool | None,
        comment: str | None,
        about: About | None,
    ) -> bool:
        text = (comment or "").strip()[:_MAX_COMMENT] or None
        if not answers and drank is None and text is None:
            return False
        at = self._clock.now()
        values = {item: Decimal(value) for item, value in answers.items()}

        def build(boot_id: str, sequence: int) -> Message:
            return check_in_of(
                self._origin,
                boot_id,
                sequence,
                answered_at=at,
                answers=values,
                drank=drank,
                comment=text,
                about=about,
            )

        self._writer.write(Wanted(Kind.CHECK_IN, build, {"type": line}))
        return True
