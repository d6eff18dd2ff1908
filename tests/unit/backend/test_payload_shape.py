"""Operators see the form of a message, never what is in it."""

import json

import pytest

from backend.domain.payload_shape import LINES, shape_of
from backend.services.dead_letters import KNOWN_NAMES
from contracts.topics import Kind
from tests.support.messages import MadeUpGateway


def test_a_readings_fields_are_named_with_kind_and_length_but_no_value_is_told() -> None:
    gateway = MadeUpGateway()
    payload = gateway.seal(Kind.READING, gateway.reading("0.420"))
    shape = shape_of(payload, KNOWN_NAMES)
    assert shape.is_envelope
    told = {one.path: (one.kind, one.length) for one in shape.fields}
    assert told["body.brac_mg_per_l"] == ("text", 5)
    assert told["body.breathalyzer.model"] == ("text", 9)
    assert told["body.frames"] == ("list", 8)
    everything = repr(shape)
    assert "0.420" not in everything
    assert "Made-up" not in everything
    assert gateway.device_id not in everything


def test_a_name_that_no_contract_knows_is_told_by_its_length_only() -> None:
    shape = shape_of(json.dumps({"Anna Andersson": {"boot_id": "x"}}).encode(), KNOWN_NAMES)
    assert [one.path for one in shape.fields] == ["?(14)", "?(14).boot_id"]
    assert "Anna" not in repr(shape)


@pytest.mark.parametrize("payload", [b"", b"\xff\xfeAnna 19121212-1212", b"[" * 100_000, b'{"a": ' * 5000])
def test_what_is_no_json_is_masked(payload: bytes) -> None:
    shape = shape_of(payload, KNOWN_NAMES)
    assert not shape.is_json
    assert shape.fields == ()
    assert not any(word in shape.beginning for word in ("Anna", "1912"))
    assert len(shape.beginning) <= 160


def test_there_is_an_end_to_it() -> None:
    deep: object = "x"
    for _ in range(50):
        deep = {"body": deep}
    assert len(shape_of(json.dumps(deep).encode(), KNOWN_NAMES).fields) < 10
    assert len(shape_of(json.dumps({str(i): 1 for i in range(999)}).encode(), KNOWN_NAMES).fields) == LINES
