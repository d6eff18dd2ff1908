"""The example messages of contracts/examples, shared by the gateway's and the backend's tests.

`<model>-<version>.<what>.json` is a body; `<model>-<version>.<what>.sealed.json` and
`<model>-<version>.sealed.<what>.json` are signed envelopes, made with the test keys below.
"""

from dataclasses import dataclass
from pathlib import Path

from nacl.signing import SigningKey

from contracts.base import Message
from contracts.schema import MESSAGES
from contracts.topics import Kind

EXAMPLES = Path(__file__).resolve().parents[2] / "contracts" / "examples"
GATEWAY_KEY = SigningKey(bytes(range(32)))
"""Signs the sealed messages of the example gateway `gw-example-1`. For tests only."""
BACKEND_KEY = SigningKey(bytes(range(32, 64)))
"""Signs the sealed receipt. For tests only."""

_KINDS = {
    "reading-1": Kind.READING,
    "check-in-1": Kind.CHECK_IN,
    "device-status-1": Kind.STATUS,
    "background-1": Kind.BACKGROUND,
    "photo-1": Kind.PHOTO,
    "receipt-1": Kind.RECEIPT,
    "resend-1": Kind.RESEND,
    "plan-1": Kind.PLAN,
}


@dataclass(frozen=True)
class Example:
    """One file."""

    name: str
    model: type[Message]
    kind: Kind
    raw: bytes

    def __str__(self) -> str:
        return self.name


def valid(*, sealed: bool = False) -> list[Example]:
    """Messages every reader must take."""
    return _load("valid", sealed=sealed)


def invalid(*, sealed: bool = False) -> list[Example]:
    """Messages every reader must refuse (sealed ones: by their signature)."""
    return _load("invalid", sealed=sealed)


def example(name: str) -> Example:
    """One valid example by its file name without `.json`."""
    return next(e for e in (*valid(), *valid(sealed=True)) if e.name == name)


def _load(folder: str, *, sealed: bool) -> list[Example]:
    found = []
    for path in sorted((EXAMPLES / folder).glob("*.json")):
        if (".sealed" in path.name) is sealed:
            stem = path.name.split(".")[0]
            raw = path.read_bytes().rstrip(b"\n")
            found.append(Example(path.name.removesuffix(".json"), MESSAGES[stem], _KINDS[stem], raw))
    return found
