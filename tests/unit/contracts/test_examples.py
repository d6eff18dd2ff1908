import pytest
from nacl.exceptions import BadSignatureError

from contracts.envelope import key_id_of, open_envelope, seal, signed_text
from contracts.errors import ContractError
from contracts.reading import Reading
from tests.support.contract_examples import (
    BACKEND_KEY,
    GATEWAY_KEY,
    Example,
    example,
    invalid,
    valid,
)


@pytest.mark.parametrize("given", valid(), ids=str)
def test_a_valid_example_is_read(given: Example) -> None:
    parsed = given.model.read(given.raw)
    assert parsed.unknown_fields == () or "newer-sender" in given.name


@pytest.mark.parametrize("given", [e for e in valid() if "newer-sender" not in e.name], ids=str)
def test_a_valid_example_is_canonical(given: Example) -> None:
    assert given.model.read(given.raw).value.canonical_bytes() == given.raw


@pytest.mark.parametrize("given", invalid(), ids=str)
def test_an_invalid_example_is_refused(given: Example) -> None:
    with pytest.raises(ContractError):
        given.model.read(given.raw)


def test_every_model_has_examples_of_both_kinds() -> None:
    assert {e.model for e in valid()} == {e.model for e in invalid()}


def test_fields_of_a_newer_sender_are_ignored_and_named() -> None:
    newer = example("reading-1.newer-sender")
    parsed = newer.model.read(newer.raw)
    assert set(parsed.unknown_fields) == {"altitude_m", "breathalyzer.colour"}
    assert parsed.value == Reading.read(example("reading-1.complete").raw).value


@pytest.mark.parametrize("given", valid(sealed=True), ids=str)
def test_a_sealed_example_carries_a_valid_signature(given: Example) -> None:
    envelope = open_envelope(given.raw)
    key = BACKEND_KEY if given.kind == "receipt" else GATEWAY_KEY
    assert envelope.key_id == key_id_of(bytes(key.verify_key))
    key.verify_key.verify(signed_text(given.kind.value, envelope.body), envelope.signature)
    again = seal(given.kind.value, envelope.body, envelope.key_id, lambda text: key.sign(text).signature)
    assert again == given.raw


@pytest.mark.parametrize("given", invalid(sealed=True), ids=str)
def test_a_tampered_envelope_does_not_verify(given: Example) -> None:
    envelope = open_envelope(given.raw)
    with pytest.raises(BadSignatureError):
        GATEWAY_KEY.verify_key.verify(signed_text(given.kind.value, envelope.body), envelope.signature)
