"""E-mail against a real SMTP server: TLS and login, refusals for now and for good."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from backend.notify.channel import Message, TransportError
from backend.notify.email import Email, Security, SmtpServer
from nykter.runtime.ports import free_port
from tests.support.receivers import LOGIN, Certificate, MailServer, mail_server, make_certificate

NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)
ID = UUID("7f0c8a52-0b5e-4d51-9a5f-2f3f5e0f7a11")
SENDER = "Meddelande <no-reply@post.example>"
MESSAGE = Message(
    ID,
    ID,
    "anna@mail.example",
    "notices",
    2,
    1,
    "Något väntar på dig",
    "Logga in: https://x.example/n/1",
    None,
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def plain() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def channel(port: int, **options: object) -> Email:
    return Email(SmtpServer("127.0.0.1", port, "none", None, SENDER), timeout_s=2.0, **options)  # type: ignore[arg-type]


def refusal(sender: Email) -> TransportError:
    with pytest.raises(TransportError) as caught:
        sender.send(MESSAGE, now=NOW)
    assert "anna" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(("security", "from_the_start"), [("starttls", False), ("tls", True)])
def test_mail_goes_over_tls_with_a_login(
    certificate: Certificate, security: Security, from_the_start: bool
) -> None:
    with mail_server(certificate.server(), from_the_start=from_the_start) as server:
        target = SmtpServer("127.0.0.1", server.port, security, LOGIN, SENDER)
        Email(target, context=certificate.client()).send(MESSAGE, now=NOW)
        [mail] = server.mails
    assert server.logins == [LOGIN[0]]
    assert server.recipients == ["anna@mail.example"]
    assert (mail["from"], mail["subject"]) == (SENDER, MESSAGE.subject)
    assert mail["message-id"] == f"<{ID}@post.example>"
    assert mail["auto-submitted"] == "auto-generated"
    assert mail.get_content().strip() == MESSAGE.text


def test_a_server_with_another_certificate_gets_neither_mail_nor_login(certificate: Certificate) -> None:
    with mail_server(certificate.server()) as server:
        target = SmtpServer("127.0.0.1", server.port, "starttls", LOGIN, SENDER)
        error = refusal(Email(target, context=ssl.create_default_context(), timeout_s=2.0))
        assert error.blames_channel
        assert not error.permanent
        assert (server.mails, server.logins) == ([], [])


def test_a_server_without_starttls_gets_neither_mail_nor_login(plain: MailServer) -> None:
    error = refusal(Email(SmtpServer("127.0.0.1", plain.port, "starttls", LOGIN, SENDER), timeout_s=2.0))
    assert error.blames_channel
    assert (plain.mails, plain.logins) == ([], [])


def test_a_wrong_password_is_the_platforms_fault_and_disables_nobody(certificate: Certificate) -> None:
    with mail_server(certificate.server()) as server:
        target = SmtpServer("127.0.0.1", server.port, "starttls", (LOGIN[0], "fel"), SENDER)
        error = refusal(Email(target, context=certificate.client(), timeout_s=2.0))
    assert (error.blames_channel, error.permanent, error.disables) == (True, False, False)
    assert "535" in str(error)


def test_a_login_is_never_sent_in_the_clear() -> None:
    with pytest.raises(ValueError, match="TLS"):
        Email(SmtpServer("127.0.0.1", 25, "none", LOGIN, SENDER))


@pytest.mark.parametrize(
    ("answer", "permanent", "disables", "blames_channel"),
    [
        ("450 4.2.0 anna@mail.example greylisted", False, False, False),
        ("550 5.1.1 anna@mail.example unknown", True, True, False),
        ("554 5.7.1 relay access denied", False, False, True),
    ],
)
def test_what_a_refused_recipient_means(
    plain: MailServer, answer: str, permanent: bool, disables: bool, blames_channel: bool
) -> None:
    plain.rcpt = [answer]
    error = refusal(channel(plain.port))
    assert (error.permanent, error.disables, error.blames_channel) == (permanent, disables, blames_channel)
    channel(plain.port).send(MESSAGE, now=NOW)
    assert len(plain.mails) == 1


def test_a_refused_message_is_given_up_but_disables_nobody(plain: MailServer) -> None:
    plain.data = ["554 5.6.0 not wanted", "451 4.3.0 try later"]
    first, second = refusal(channel(plain.port)), refusal(channel(plain.port))
    assert (first.permanent, first.disables) == (True, False)
    assert (second.permanent, second.disables) == (False, False)


def test_silence_and_absence_are_tried_again(plain: MailServer) -> None:
    plain.slow_s = 5.0
    silent = Email(SmtpServer("127.0.0.1", plain.port, "none", None, SENDER), timeout_s=0.3)
    assert not refusal(silent).permanent
    assert not refusal(channel(free_port())).permanent


def test_a_certificate_file_is_what_is_trusted(certificate: Certificate, tmp_path: Path) -> None:
    with mail_server(certificate.server(), from_the_start=True) as server:
        stranger = make_certificate(tmp_path)
        target = SmtpServer("127.0.0.1", server.port, "tls", LOGIN, SENDER)
        assert refusal(Email(target, context=stranger.client(), timeout_s=2.0)).blames_channel
