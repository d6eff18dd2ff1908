"""MQTT topics: built and parsed in one place. `nykter/v1/<tenant>/<device>/<kind>`."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from contracts.errors import ContractError

ROOT = "nykter/v1"


class Kind(StrEnum):
    """What a topic carries. Upward: reading, check-in, status, background, photo. Downward: receipt, resend, plan."""

    READING = "reading"
    CHECK_IN = "check-in"
    STATUS = "status"
    BACKGROUND = "background"
    """Samples of a background sensor; never a breath test."""
    PHOTO = "photo"
    """A sealed picture of a blow, where the plan asks for one."""
    RECEIPT = "receipt"
    RESEND = "resend"
    PLAN = "plan"
    """What the client is to do, for the gateway at home."""


UPWARD = (Kind.READING, Kind.CHECK_IN, Kind.STATUS, Kind.BACKGROUND, Kind.PHOTO)
"""The kinds a gateway publishes and the backend stores; they share one sequence."""

_SLUG = r"[a-z0-9][a-z0-9-]{1,47}"
_PATTERN = re.compile(rf"^{ROOT}/(?P<tenant>{_SLUG})/(?P<device>{_SLUG})/(?P<kind>[a-z-]+)$")


@dataclass(frozen=True, slots=True)
class Topic:
    """A parsed topic."""

    tenant_id: str
    device_id: str
    kind: Kind

    def __str__(self) -> str:
        """The topic as MQTT names it."""
        return f"{ROOT}/{self.tenant_id}/{self.device_id}/{self.kind.value}"


@lru_cache(maxsize=50_000)
def parse(topic: str) -> Topic:
    """Parse a topic; raises ContractError (reason `topic`) when it is not one of ours.

    Remembered, because ingest asks three times for each message and gateways are few; what is not ours never is, and
    what is ours is short.
    """
    match = _PATTERN.match(topic)
    if match is None or match["kind"] not in set(Kind):
        raise ContractError("not a Nykter topic", reason="topic")
    return Topic(match["tenant"], match["device"], Kind(match["kind"]))


def subscriptions() -> tuple[str, ...]:
    """The topic filters that the backend's ingest subscribes to."""
    return tuple(f"{ROOT}/+/+/{kind.value}" for kind in UPWARD)
