"""Which settings turn a channel on, and which are refused in words."""

from pathlib import Path
from uuid import UUID

import pytest

from backend.notify.webhook import secret_of
from nykter.channels import channels_from, why_off
from nykter.cli import main
from nykter.diagnosis.channels import settings_of_channels
from nykter.errors import NykterError
from nykter.settings import ChannelSettings

ROOT = Path(__file__).parents[3]
EVERYTHING = {
    "PUBLIC_URL": "https://x.example",
    "SMTP_URL": "smtp://relay:hush@mail.example",
    "SMTP_FROM": "Meddelande <no-reply@post.example>",
    "SMS_PROVIDER": "46elks",
    "SMS_USER": "u",
    "SMS_PASSWORD": "hush",
    "SMS_FROM": "Meddelande",
    "WEBHOOK_KEY": "hush" * 8,
    "WEBHOOK_HOSTS": "hook.example, other.example",
}


def settings(monkeypatch: pytest.MonkeyPatch, **values: str | None) -> ChannelSettings:
    for name, value in {**EVERYTHING, **values}.items():
        if value is None:
            monkeypatch.delenv(f"NYKTER_{name}", raising=False)
        else:
            monkeypatch.setenv(f"NYKTER_{name}", value)
    return ChannelSettings.from_environment()


def test_without_settings_every_channel_is_off_and_doctor_says_what_is_missing() -> None:
    assert channels_from(ChannelSettings.from_environment()).by_kind == {}
    found = {one.what: one for one in settings_of_channels()}
    assert {one.state for one in found.values()} == {"note"}
    assert "NYKTER_SMTP_URL" in found["email"].do
    assert "NYKTER_SMS_PROVIDER" in found["sms"].do
    assert "NYKTER_WEBHOOK_KEY" in found["webhook"].do


def test_with_everything_every_channel_is_on_and_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = settings(monkeypatch)
    assert set(channels_from(chosen).by_kind) == {"email", "sms", "webhook"}
    assert why_off(chosen) == {}
    assert "hush" not in repr(chosen)
    assert {one.state for one in settings_of_channels()} == {"ok"}


def test_without_an_address_to_link_to_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = settings(monkeypatch, PUBLIC_URL=None)
    assert channels_from(chosen).by_kind == {}
    assert set(why_off(chosen).values()) == {"NYKTER_PUBLIC_URL"}


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "smtp"
    file.touch(0o600)
    file.write_text("smtps://relay:other@mail.example\n")
    monkeypatch.setenv("NYKTER_SMTP_URL_FILE", str(file))
    chosen = settings(monkeypatch, SMTP_URL=None)
    assert chosen.smtp_url is not None
    assert chosen.smtp_url.get_secret_value() == "smtps://relay:other@mail.example"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SMTP_URL", "mail.example"),
        ("SMTP_URL", "smtp+plain://mail.example"),
        ("SMTP_URL", "smtp+plain://relay:hush@localhost"),
        ("SMTP_URL", "smtp://relay:h%C3%A5sh@mail.example"),
        ("SMTP_FROM", "Meddelande"),
        ("SMS_USER", None),
        ("SMS_URL", "http://sms.example/send"),
        ("SMS_PROVIDER", "form"),
        ("SMS_PROVIDER", "pigeon"),
        ("SMS_FIELDS", "to,from"),
        ("WEBHOOK_KEY", "hush"),
        ("SMTP_CA_FILE", "absent.pem"),
        ("PUBLIC_URL", "x.example"),
    ],
)
def test_what_cannot_work_is_refused_without_showing_a_secret(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str | None
) -> None:
    with pytest.raises(NykterError) as caught:
        channels_from(settings(monkeypatch, **{variable: value}))
    assert "hush" not in str(caught.value)
    assert [one.state for one in settings_of_channels()] == ["fault"]


def test_a_sender_that_tells_is_pointed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    settings(monkeypatch, PUBLIC_URL="https://nykter.kommun.example")
    assert [one.what for one in settings_of_channels() if one.state == "note"] == ["sender"]


def test_the_secret_of_a_webhook_is_printed_where_the_key_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    point = "0b0c8a52-0b5e-4d51-9a5f-2f3f5e0f7a22"
    assert main(["webhook-secret", point]) == 2
    settings(monkeypatch)
    capsys.readouterr()
    assert main(["webhook-secret", point]) == 0
    assert capsys.readouterr().out.strip() == secret_of(("hush" * 8).encode(), UUID(point))


def test_every_setting_of_the_channels_is_documented() -> None:
    text = (ROOT / "docs/notifications.md").read_text(encoding="utf-8")
    assert [name for name in ChannelSettings.model_fields if f"NYKTER_{name.upper()}" not in text] == []
