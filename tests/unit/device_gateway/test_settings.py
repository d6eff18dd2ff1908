from pathlib import Path

import pytest

from device_gateway.errors import SettingsError
from device_gateway.publisher import BrokerAddress
from device_gateway.settings import PREFIX, GatewaySettings

GIVEN = {
    "DEVICE_ID": "gw-anna",
    "TENANT": "testkommun",
    "MQTT_URL": "mqtt://127.0.0.1:1883",
    "KEY_FILE": "/nowhere/key",
    "SERVER_PUBLIC_KEY": "ab" * 32,
    "OUTBOX_PATH": "/nowhere/outbox.sqlite3",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(PREFIX + name, value)


def test_the_environment_is_enough() -> None:
    settings = GatewaySettings.from_environment()
    assert settings.zone == "Europe/Stockholm"
    assert settings.retest_rules.wait_minutes == 15
    assert settings.server_public_keys == (b"\xab" * 32,)
    assert settings.broker == BrokerAddress("127.0.0.1", 1883)


def test_settings_cannot_be_changed() -> None:
    settings = GatewaySettings.from_environment()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]


def test_a_password_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("a:b/c\n")
    monkeypatch.setenv(f"{PREFIX}MQTT_USER", "gw-anna")
    monkeypatch.setenv(f"{PREFIX}MQTT_PASSWORD_FILE", str(tmp_path / "password"))
    broker = GatewaySettings.from_environment().broker
    assert (broker.username, broker.password) == ("gw-anna", "a:b/c")
    assert "a:b/c" not in repr(GatewaySettings.from_environment())


def test_an_unreadable_password_file_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}MQTT_PASSWORD_FILE", "/nowhere/password")
    with pytest.raises(SettingsError, match="cannot be read"):
        GatewaySettings.from_environment()


def test_a_login_in_the_address_is_unquoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}MQTT_URL", "mqtts://gw:a%2Fb@broker.example")
    assert GatewaySettings.from_environment().broker == BrokerAddress(
        "broker.example", 8883, True, "gw", "a/b"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEVICE_ID", "gw/+/1"),
        ("MQTT_URL", "http://x"),
        ("SERVER_PUBLIC_KEY", "abc"),
        ("SERVER_PUBLIC_KEY", ""),
        ("ZONE", "Etc/GMT+1"),
        ("TRACE_LIMIT_MG_PER_L", "0.2"),
        ("RETEST_GIVE_UP_MINUTES", "15"),
    ],
)
def test_wrong_values_are_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError, match="missing or wrong") as raised:
        GatewaySettings.from_environment()
    assert PREFIX in str(raised.value)


def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(f"{PREFIX}KEY_FILE")
    with pytest.raises(SettingsError, match="NYKTER_GATEWAY_KEY_FILE"):
        GatewaySettings.from_environment()
