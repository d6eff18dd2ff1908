"""What can be told about a message that was refused without telling what is in it. Pure.

A payload is personal data, whether or not it could be read. Whoever looks after the machines needs to see what is wrong
with its form: its size, whether it is an envelope, which fields it has, of which type and length. Values are never
shown; names only when a contract of ours knows them, because a name can be made up, too.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

LINES = 60
_BEGINNING = 160
_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Field:
    """One field: where it stands, what it is, and how long (text: characters; list, object: members)."""

    path: str
    kind: str
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of a payload."""

    size: int
    is_envelope: bool
    is_json: bool
    fields: tuple[Field, ...]
    beginning: str
    """The first bytes with every letter as `x`, every digit as `0`, what is not printable ASCII as `·`."""


def shape_of(payload: bytes, known: frozenset[str]) -> Shape:
    """The shape of a payload; `known`: field names that may be shown."""
    try:
        found: Any = json.loads(payload)
        is_json = True
    except (ValueError, RecursionError):
        found, is_json = None, False
    is_envelope = isinstance(found, dict) and found.keys() == {"body", "key_id", "signature"}
    fields = tuple(islice(_fields(found, "", known, 0), LINES)) if is_json else ()
    return Shape(len(payload), is_envelope, is_json, fields, _masked(payload[:_BEGINNING]))


def _fields(value: Any, path: str, known: frozenset[str], depth: int) -> Iterator[Field]:
    match value:
        case dict():
            if path:
                yield Field(path, "object", len(value))
            if depth < _DEPTH:
                for name, inner in value.items():
                    shown = name if name in known else f"?({len(name)})"
                    yield from _fields(inner, f"{path}.{shown}" if path else shown, known, depth + 1)
        case list():
            yield Field(path or "[]", "list", len(value))
            if value and depth < _DEPTH:
                yield from _fields(value[0], f"{path}[0]", known, depth + 1)
        case _:
            length = len(value) if isinstance(value, str) else None
            yield Field(path or "?", _KINDS.get(type(value), "?"), length)


_KINDS = {str: "text", bool: "yes_no", int: "number", float: "number", type(None): "empty"}


def _masked(start: bytes) -> str:
    return "".join(map(_mask, start))


def _mask(byte: int) -> str:
    character = chr(byte)
    if not 0x20 <= byte < 0x7F:
        return "·"
    if character.isdigit():
        return "0"
    return "x" if character.isalpha() else character
