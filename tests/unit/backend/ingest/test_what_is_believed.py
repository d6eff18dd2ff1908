"""Which messages are believed, and who is told when one is not."""

from datetime import timedelta
from uuid import uuid4

import pytest

from backend.ingest.arrival import Arrival
from backend.ingest.verification import Accepted, Refused, judge
from backend.store.gateways import Gateway
from contracts.envelope import MAX_MESSAGE_BYTES, key_id_of
from contracts.topics import Kind, Topic
from tests.support.messages import NOW, MadeUpGateway, gateways


def enrolled(*made: MadeUpGateway, revoked: bool = False) -> dict[str, Gateway]:
    return {
        one.device_id: Gateway(
            one.device_id, one.tenant_id, one.client_id, one.public_key, key_id_of(one.public_key),
            NOW if revoked else None,
        )
        for one in made
    }  # fmt: skip


def refused(arrival: Arrival, known: dict[str, Gateway]) -> Refused:
    judged = judge(arrival, known, now=NOW)
    assert isinstance(judged, Refused)
    return judged


def test_a_signed_reading_is_accepted_with_the_very_bytes_that_were_signed() -> None:
    gateway = MadeUpGateway()
    reading = gateway.reading("0.420")
    judged = judge(
        Arrival(gateway.topic(Kind.READING), gateway.seal(Kind.READING, reading)), enrolled(gateway), now=NOW
    )
    assert isinstance(judged, Accepted)
    assert judged.signed.body == reading.canonical_bytes()
    assert judged.signed.message == reading
    assert judged.signed.client_id == gateway.client_id
    assert judged.unknown_fields == ()


@pytest.mark.parametrize("kind", [Kind.CHECK_IN, Kind.STATUS])
def test_check_ins_and_statuses_are_accepted_too(kind: Kind) -> None:
    gateway = MadeUpGateway()
    message = gateway.check_in() if kind is Kind.CHECK_IN else gateway.status()
    judged = judge(Arrival(gateway.topic(kind), gateway.seal(kind, message)), enrolled(gateway), now=NOW)
    assert isinstance(judged, Accepted)
    assert judged.signed.message == message


def test_fields_of_a_newer_gateway_are_ignored_and_counted() -> None:
    gateway = MadeUpGateway()
    body = gateway.altered(gateway.reading(), mood="fine", breath={"shape": 1})
    judged = judge(
        Arrival(gateway.topic(Kind.READING), gateway.seal(Kind.READING, body)), enrolled(gateway), now=NOW
    )
    assert isinstance(judged, Accepted)
    assert set(judged.unknown_fields) == {"mood", "breath"}
    assert judged.signed.body == body


def test_nobody_is_told_about_a_forged_message_because_a_receipt_deletes_the_true_one() -> None:
    """Whoever can publish could otherwise repeat a true body with a false signature and have it thrown away."""
    gateway = MadeUpGateway()
    payload = gateway.sealed_reading()
    # in the middle: at the end there are bits of base64 that mean nothing
    forged = payload[:-40] + (b"A" if payload[-40:-39] != b"A" else b"B") + payload[-39:]
    judged = refused(Arrival(gateway.topic(Kind.READING), forged), enrolled(gateway))
    assert judged.reason == "signature"
    assert judged.answerable is None


@pytest.mark.requirement("D2", "H13")
def test_a_reading_signed_by_another_gateway_is_not_believed() -> None:
    mine, other = gateways(2)
    payload = other.seal(Kind.READING, mine.reading())
    judged = refused(Arrival(mine.topic(Kind.READING), payload), enrolled(mine, other))
    assert (judged.reason, judged.answerable) == ("unknown_key", None)


def test_a_gateway_may_not_speak_for_another_one() -> None:
    mine, other = gateways(2)
    payload = mine.seal(Kind.READING, other.reading())
    judged = refused(Arrival(mine.topic(Kind.READING), payload), enrolled(mine, other))
    assert judged.reason == "foreign_device"
    assert judged.answerable is not None


def test_a_true_message_on_another_tenants_topic_is_set_aside_and_nobody_is_told() -> None:
    gateway = MadeUpGateway()
    topic = str(Topic("annankommun", gateway.device_id, Kind.READING))
    judged = refused(Arrival(topic, gateway.sealed_reading()), enrolled(gateway))
    assert (judged.reason, judged.answerable) == ("foreign_topic", None)


def test_a_reading_sent_again_as_a_status_is_not_believed() -> None:
    gateway = MadeUpGateway()
    judged = refused(Arrival(gateway.topic(Kind.STATUS), gateway.sealed_reading()), enrolled(gateway))
    assert (judged.reason, judged.answerable) == ("signature", None)


def test_an_unknown_gateway_is_set_aside_without_an_answer() -> None:
    gateway = MadeUpGateway()
    judged = refused(Arrival(gateway.topic(Kind.READING), gateway.sealed_reading()), {})
    assert (judged.reason, judged.answerable) == ("unknown_gateway", None)


def test_a_revoked_gateway_is_told_that_it_is() -> None:
    gateway = MadeUpGateway()
    judged = refused(
        Arrival(gateway.topic(Kind.READING), gateway.sealed_reading()), enrolled(gateway, revoked=True)
    )
    assert judged.reason == "revoked_gateway"
    assert judged.answerable is not None


def test_a_message_of_a_future_version_is_kept_and_its_gateway_told() -> None:
    gateway = MadeUpGateway()
    reading = gateway.reading()
    body = gateway.altered(reading, schema_version=2)
    judged = refused(
        Arrival(gateway.topic(Kind.READING), gateway.seal(Kind.READING, body)), enrolled(gateway)
    )
    assert judged.reason == "version"
    assert judged.answerable is not None
    assert (judged.answerable.boot_id, judged.answerable.sequence) == (reading.boot_id, reading.sequence)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("brac_mg_per_l", "-0.100"),
        ("measured_at", "2026-03-02T08:00:00"),
        ("timezone", "+01:00"),
        ("attempt", 0),
    ],
)
def test_a_signed_message_against_its_contract_is_refused_without_its_values_in_the_reason(
    field: str, value: object
) -> None:
    gateway = MadeUpGateway()
    body = gateway.altered(gateway.reading("0.420"), **{field: value})
    judged = refused(
        Arrival(gateway.topic(Kind.READING), gateway.seal(Kind.READING, body)), enrolled(gateway)
    )
    assert judged.reason == "invalid"
    assert field in judged.detail
    assert "0.420" not in judged.detail
    assert judged.answerable is not None


@pytest.mark.parametrize("body", [b"{}", b'{"boot_id": 7}', b"{" + b'"a":{' * 5000 + b"}" * 5001])
def test_a_signed_body_without_a_key_cannot_be_answered(body: bytes) -> None:
    gateway = MadeUpGateway()
    judged = refused(
        Arrival(gateway.topic(Kind.READING), gateway.seal(Kind.READING, body)), enrolled(gateway)
    )
    assert (judged.reason, judged.answerable) == ("invalid", None)


@pytest.mark.parametrize(
    "payload", [b"", b"\x00", b"{}", b'{"body":', b"\xff" * 300, b'{"body":{}' + b"x" * 200], ids=range(6)
)
def test_noise_is_malformed(payload: bytes) -> None:
    gateway = MadeUpGateway()
    assert refused(Arrival(gateway.topic(Kind.READING), payload), enrolled(gateway)).reason == "malformed"


def test_what_is_too_large_is_not_even_parsed() -> None:
    gateway = MadeUpGateway()
    arrival = Arrival(gateway.topic(Kind.READING), b"x" * (MAX_MESSAGE_BYTES + 1))
    assert refused(arrival, enrolled(gateway)).reason == "oversized"


@pytest.mark.parametrize(
    "topic", ["", "nykter/v1/a/b", "other/v1/aa/gw-1/reading", "nykter/v1/aa/gw-1/receipt"]
)
def test_foreign_topics_are_refused(topic: str) -> None:
    assert refused(Arrival(topic, b"{}"), {}).reason == "topic"


@pytest.mark.parametrize("off", [timedelta(days=1, minutes=1), timedelta(days=-401)])
@pytest.mark.requirement("H8")
def test_a_clock_far_off_is_set_aside_and_told(off: timedelta) -> None:
    gateway = MadeUpGateway()
    payload = gateway.sealed_reading(measured_at=NOW + off)
    judged = refused(Arrival(gateway.topic(Kind.READING), payload), enrolled(gateway))
    assert judged.reason == "clock_far_off"
    assert judged.answerable is not None


@pytest.mark.parametrize("off", [timedelta(hours=23), timedelta(days=-399)])
def test_an_early_clock_or_a_late_upload_is_stored(off: timedelta) -> None:
    gateway = MadeUpGateway()
    payload = gateway.sealed_reading(measured_at=NOW + off)
    judged = judge(Arrival(gateway.topic(Kind.READING), payload), enrolled(gateway), now=NOW)
    assert isinstance(judged, Accepted)


@pytest.mark.requirement("H4")
def test_the_client_is_the_one_the_gateway_is_enrolled_for_whatever_the_message_says() -> None:
    gateway = MadeUpGateway()
    body = gateway.altered(gateway.reading(), client_id=str(uuid4()))
    judged = judge(
        Arrival(gateway.topic(Kind.READING), gateway.seal(Kind.READING, body)), enrolled(gateway), now=NOW
    )
    assert isinstance(judged, Accepted)
    assert judged.signed.client_id == gateway.client_id
