"""SMS and webhook against a real HTTP server: what is posted, how it is signed, and what each answer means."""

import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from urllib.parse import parse_qs
from uuid import UUID

import pytest

from backend.notify.channel import Message, TransportError
from backend.notify.sms import Sms, SmsProvider, elks
from backend.notify.webhook import Webhook, secret_of
from nykter.runtime.ports import free_port
from tests.support.receivers import Certificate, WebServer, make_certificate, web_server

NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)
ID = UUID("7f0c8a52-0b5e-4d51-9a5f-2f3f5e0f7a11")
POINT = UUID("0b0c8a52-0b5e-4d51-9a5f-2f3f5e0f7a22")
KEY = b"k" * 32
TEXT = "Något väntar på dig. Logga in för att se: https://x.example/n/1"
MESSAGE = Message(ID, POINT, "+46701234567", "notices", 2, 1, "Något väntar", TEXT, "https://x.example/n/1")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def provider() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


@pytest.fixture
def receiver(certificate: Certificate) -> Iterator[WebServer]:
    with web_server(certificate.server()) as server:
        yield server


def refusal(channel: Sms | Webhook, message: Message = MESSAGE) -> TransportError:
    with pytest.raises(TransportError) as caught:
        channel.send(message, now=NOW)
    assert message.address not in str(caught.value)
    return caught.value


def test_the_first_provider_gets_a_form_with_a_basic_login(provider: WebServer) -> None:
    Sms(elks("u1", "p1", "Meddelande", f"{provider.url}/a1/sms")).send(MESSAGE, now=NOW)
    [posted] = provider.posted
    assert posted.path == "/a1/sms"
    assert posted.headers["authorization"] == "Basic dTE6cDE="
    assert posted.headers["idempotency-key"] == str(ID)
    assert parse_qs(posted.body.decode()) == {
        "from": ["Meddelande"],
        "to": ["+46701234567"],
        "message": [TEXT],
        "dontlog": ["message"],
    }


def test_another_provider_gets_json_with_its_own_field_names_and_a_token(provider: WebServer) -> None:
    chosen = SmsProvider(
        f"{provider.url}/send", "Meddelande", "json", "recipient", "originator", "body", token="t-1"
    )
    Sms(chosen).send(MESSAGE, now=NOW)
    [posted] = provider.posted
    assert posted.headers["authorization"] == "Bearer t-1"
    assert json.loads(posted.body) == {
        "recipient": "+46701234567",
        "originator": "Meddelande",
        "body": TEXT,
    }


@pytest.mark.parametrize(
    ("status", "permanent", "disables", "blames_channel"),
    [
        (400, True, True, False),
        (401, False, False, True),
        (402, False, False, True),
        (403, False, False, True),
        (404, False, False, True),
        (429, False, False, False),
        (500, False, False, False),
        (302, False, False, False),
    ],
)
def test_what_a_providers_answer_means(
    provider: WebServer, status: int, permanent: bool, disables: bool, blames_channel: bool
) -> None:
    provider.answers = [(status, {"location": f"{provider.url}/elsewhere"})]
    error = refusal(Sms(elks("u", "p", "M", provider.url)))
    assert (error.permanent, error.disables, error.blames_channel) == (permanent, disables, blames_channel)
    assert len(provider.posted) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        ("soon", None),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
    ],
)
def test_a_server_may_say_when_to_come_back(provider: WebServer, header: str, seconds: float | None) -> None:
    provider.answers = [(429, {"retry-after": header})]
    assert refusal(Sms(elks("u", "p", "M", provider.url))).retry_after_s == seconds


def test_silence_and_absence_are_tried_again(provider: WebServer) -> None:
    provider.slow_s = 2.0
    assert not refusal(Sms(elks("u", "p", "M", provider.url), timeout_s=0.2)).permanent
    assert not refusal(Sms(elks("u", "p", "M", f"http://127.0.0.1:{free_port()}"))).permanent


def webhook(certificate: Certificate) -> Webhook:
    return Webhook(KEY, ["127.0.0.1"], verify=certificate.client())


def test_a_receiver_can_verify_a_webhook(receiver: WebServer, certificate: Certificate) -> None:
    message = replace(MESSAGE, address=f"{receiver.url}/hook?x=1")
    webhook(certificate).send(message, now=NOW)
    webhook(certificate).send(message, now=NOW + timedelta(minutes=1))
    first, second = receiver.posted
    for posted in (first, second):
        signed = posted.headers["notice-timestamp"].encode() + b"." + posted.body
        wanted = hmac.new(secret_of(KEY, POINT).encode(), signed, sha256).hexdigest()
        assert hmac.compare_digest(posted.headers["notice-signature"], wanted)
        assert posted.headers["idempotency-key"] == str(ID)
        assert posted.path == "/hook?x=1"
    assert first.body == second.body
    assert first.headers["notice-timestamp"] != second.headers["notice-timestamp"]
    assert json.loads(first.body)["link"] == MESSAGE.link
    assert secret_of(KEY, POINT) != secret_of(KEY, ID)


@pytest.mark.parametrize("address", ["https://localhost:1/x", "http://127.0.0.1:1/x", "https://10.0.0.1/x"])
def test_a_webhook_goes_to_allowed_hosts_over_tls_only(address: str, certificate: Certificate) -> None:
    error = refusal(webhook(certificate), replace(MESSAGE, address=address))
    assert (error.permanent, error.disables) == (True, True)


def test_a_webhook_is_not_redirected_elsewhere(receiver: WebServer, certificate: Certificate) -> None:
    receiver.answers = [(307, {"location": f"{receiver.url}/inside"})]
    assert not refusal(webhook(certificate), replace(MESSAGE, address=receiver.url)).permanent
    assert len(receiver.posted) == 1


@pytest.mark.parametrize(("status", "permanent"), [(400, True), (410, True), (404, False), (503, False)])
def test_what_a_receivers_answer_means(
    receiver: WebServer, certificate: Certificate, status: int, permanent: bool
) -> None:
    receiver.answers = [(status, {})]
    error = refusal(webhook(certificate), replace(MESSAGE, address=receiver.url))
    assert (error.permanent, error.disables) == (permanent, permanent)


def test_a_receiver_with_another_certificate_gets_nothing(receiver: WebServer) -> None:
    assert not refusal(Webhook(KEY, ["127.0.0.1"]), replace(MESSAGE, address=receiver.url)).permanent
    assert receiver.posted == []
