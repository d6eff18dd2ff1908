"""Settings: complete or refused in words, secrets from files, nothing secret shown."""

from pathlib import Path

import pytest

from nykter.errors import NykterError
from nykter.settings import BackendSettings, IngestSettings, ServeSettings

SEED = "0b" * 32


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("NYKTER_DATABASE_URL", "postgresql://u:database-secret@h/d")
    monkeypatch.setenv("NYKTER_MQTT_URL", "mqtt://u:broker-secret@h:1")
    monkeypatch.setenv("NYKTER_RECEIPT_KEY", SEED)
    return monkeypatch


def test_secrets_are_read_and_never_shown(variables: pytest.MonkeyPatch) -> None:
    settings = IngestSettings.from_environment()
    assert settings.receipt_seed == bytes.fromhex(SEED)
    assert "secret" not in repr(settings)
    assert SEED not in repr(settings)


def test_a_secret_may_stand_in_a_file(variables: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.touch(0o600)
    file.write_text("host=elsewhere\n")
    variables.delenv("NYKTER_DATABASE_URL")
    variables.setenv("NYKTER_DATABASE_URL_FILE", str(file))
    assert BackendSettings.from_environment().database_url.get_secret_value() == "host=elsewhere"


def test_a_secret_file_that_cannot_be_read_is_an_error(variables: pytest.MonkeyPatch, tmp_path: Path) -> None:
    variables.delenv("NYKTER_RECEIPT_KEY")
    variables.setenv("NYKTER_RECEIPT_KEY_FILE", str(tmp_path / "absent"))
    with pytest.raises(NykterError, match="NYKTER_RECEIPT_KEY_FILE"):
        IngestSettings.from_environment()


def test_a_secret_file_open_to_everybody_is_refused(variables: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(SEED)
    file.chmod(0o644)
    variables.delenv("NYKTER_RECEIPT_KEY")
    variables.setenv("NYKTER_RECEIPT_KEY_FILE", str(file))
    with pytest.raises(NykterError, match="chmod 600"):
        IngestSettings.from_environment()


def test_what_is_missing_or_wrong_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NYKTER_MQTT_URL", "http://u:hush@h")
    monkeypatch.setenv("NYKTER_RECEIPT_KEY", "abcd")
    with pytest.raises(NykterError) as caught:
        IngestSettings.from_environment()
    text = str(caught.value)
    assert all(name in text for name in ("NYKTER_DATABASE_URL", "NYKTER_MQTT_URL", "NYKTER_RECEIPT_KEY"))
    assert "hush" not in text
    assert caught.value.exit_code == 2


def test_cookies_are_secure_unless_said_otherwise(variables: pytest.MonkeyPatch) -> None:
    assert ServeSettings.from_environment().cookie_secure is True
    variables.setenv("NYKTER_COOKIE_SECURE", "false")
    assert ServeSettings.from_environment().cookie_secure is False


def test_a_second_factor_is_left_out_on_ones_own_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NYKTER_DATABASE_URL", "dbname=test")
    assert ServeSettings.from_environment().sign_in_policy.staff_second_factor
    monkeypatch.setenv("NYKTER_STAFF_SECOND_FACTOR", "optional")
    with pytest.raises(NykterError, match="on this machine"):  # over TLS: other people reach it
        ServeSettings.from_environment()
    monkeypatch.setenv("NYKTER_COOKIE_SECURE", "false")
    assert not ServeSettings.from_environment().sign_in_policy.staff_second_factor
    for name, value in (("NYKTER_HOST", "0.0.0.0"), ("NYKTER_PUBLIC_URL", "https://moln.example.org")):  # noqa: S104
        with monkeypatch.context() as here:
            here.setenv(name, value)
            with pytest.raises(NykterError, match="on this machine"):
                ServeSettings.from_environment()
            here.setenv("NYKTER_STAFF_SECOND_FACTOR", "optional_even_in_public")
            assert not ServeSettings.from_environment().sign_in_policy.staff_second_factor


def test_an_identity_provider_is_named_in_full_and_never_by_a_personal_number(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NYKTER_DATABASE_URL", "dbname=test")
    assert ServeSettings.from_environment().identity_provider is None
    monkeypatch.setenv("NYKTER_OIDC_ISSUER", "https://idp.example.org")
    with pytest.raises(NykterError, match="belong together"):
        ServeSettings.from_environment()
    secret = tmp_path / "secret"
    secret.write_text("hemligt\n")
    secret.chmod(0o600)
    monkeypatch.setenv("NYKTER_OIDC_CLIENT_ID", "nykter")
    monkeypatch.setenv("NYKTER_OIDC_CLIENT_SECRET_FILE", str(secret))
    monkeypatch.setenv("NYKTER_OIDC_REQUIRED_ACR", "loa3 loa4")
    found = ServeSettings.from_environment().identity_provider
    assert found is not None
    assert (found.client_secret, found.required_acr) == ("hemligt", ("loa3", "loa4"))
    monkeypatch.setenv("NYKTER_OIDC_SUBJECT_CLAIM", "https://id.oidc.se/claim/personalIdentityNumber")
    with pytest.raises(NykterError, match="personal identity number"):
        ServeSettings.from_environment()
    monkeypatch.delenv("NYKTER_OIDC_SUBJECT_CLAIM")
    monkeypatch.setenv("NYKTER_OIDC_ISSUER", "http://idp.example.org")
    with pytest.raises(NykterError, match="https"):
        ServeSettings.from_environment()
