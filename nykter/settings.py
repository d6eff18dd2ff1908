"""Settings of the backend's processes, from NYKTER_* variables. Built in the entry point and passed down.

A secret may also stand in a file: NYKTER_DATABASE_URL_FILE instead of NYKTER_DATABASE_URL. None has a default.
"""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from backend.ingest.broker_address import BrokerAddress, Version
from backend.services.identity_provider import ProviderSettings
from backend.services.sign_in_steps import SignInPolicy
from nykter.errors import NykterError

PREFIX = "NYKTER_"
_MOST_JUDGES = 4


def _mqtt_url(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise ValueError("must look like mqtt://user:password@host:port (mqtts:// with TLS)")
    return value


def _seed(value: SecretStr) -> SecretStr:
    try:
        seed = bytes.fromhex(value.get_secret_value().strip())
    except ValueError:
        seed = b""
    if len(seed) != 32:
        raise ValueError("must be an Ed25519 seed: 64 hex digits")
    return value


def _photo_key(value: SecretStr) -> SecretStr:
    try:
        lengths = {len(bytes.fromhex(part.strip())) for part in value.get_secret_value().split(",")}
    except ValueError:
        lengths = set()
    if lengths != {32}:
        raise ValueError("must be one or more X25519 private keys, 64 hex digits each, separated by commas")
    return value


class EnvironmentSettings(BaseSettings):
    """How settings are read: arguments, then variables, then files of secrets."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    @classmethod
    def from_environment(cls) -> Self:
        """The settings of this process. Raises NykterError naming each variable that is missing or wrong."""
        try:
            return cls()
        except ValidationError as error:
            lines = (
                f"{PREFIX}{'_'.join(map(str, detail['loc'])).upper()}: {detail['msg']}"
                for detail in error.errors(include_url=False, include_input=False, include_context=False)
            )
            raise NykterError(
                "Settings are missing or wrong:\n  " + "\n  ".join(lines), exit_code=2
            ) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (the base class's signature)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then variables, then the files that `<NAME>_FILE` points to."""
        return init_settings, env_settings, _SecretFiles(settings_cls, os.environ)


class BackendSettings(EnvironmentSettings):
    """What every process of the backend needs."""

    database_url: SecretStr
    """PostgreSQL connection string or URL. A secret: it may hold a password."""
    metrics_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Port on 127.0.0.1, and only there, where this process tells its metrics; none by itself."""
    clock_file: Path | None = None
    """The demo's shared clock; without it the machine's own."""


class IngestSettings(BackendSettings):
    """`nykter ingest`."""

    mqtt_url: Annotated[SecretStr, AfterValidator(_mqtt_url)]
    """The broker, with the backend's login."""
    mqtt_ca_file: Path | None = None
    """For mqtts://: certificates to trust instead of the system's."""
    mqtt_certificate_file: Path | None = None
    mqtt_certificate_key_file: Path | None = None
    """For a broker that knows us by our certificate (`nykter ca issue --client backend`)."""
    receipt_key: Annotated[SecretStr, AfterValidator(_seed)]
    """Ed25519 seed that signs receipts, 64 hex digits; usually in a file (0600): NYKTER_RECEIPT_KEY_FILE."""
    ingest_name: Annotated[str, Field(pattern=r"^ingest(-[a-z0-9]{1,20})?$")] = "ingest"
    """Name of this ingest at the broker and among the beats; a second process is ingest-2."""

    ingest_share: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] | None = None
    """Group whose ingests divide the stream among them (`$share`); without it each of them is given everything."""
    photo_public_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """The public half of the newest photo key; without it no picture is asked for, whatever plans say."""
    mqtt_version: Version = Version.AUTO
    """Which MQTT to speak; by itself 5, and 3.1.1 where the broker does not know that."""
    ingest_judges: Annotated[int, Field(ge=0, le=32)] | None = None
    """Processes that verify and parse beside this one; by itself one for each core where there are several,
    at most four."""

    @property
    def judges(self) -> int:
        """How many judging processes to start."""
        if self.ingest_judges is not None:
            return self.ingest_judges
        cores = os.cpu_count() or 1
        return min(cores, _MOST_JUDGES) if cores > 1 else 0

    @property
    def broker(self) -> BrokerAddress:
        """The broker, and how we show who we are."""
        return BrokerAddress.from_url(
            self.mqtt_url.get_secret_value(),
            self.mqtt_ca_file,
            self.mqtt_version,
            self.mqtt_certificate_file,
            self.mqtt_certificate_key_file,
        )

    @property
    def receipt_seed(self) -> bytes:
        """The 32 bytes of the receipt key."""
        return bytes.fromhex(self.receipt_key.get_secret_value().strip())


class AuditSettings(EnvironmentSettings):
    """What proves the access log outside the database; either may be missing."""

    audit_folder: Path | None = None
    """Where the heads of the access log's chains are written down, outside the database; without it nowhere."""
    audit_key: Annotated[SecretStr, AfterValidator(_seed)] | None = None
    """Ed25519 seed that signs the end of a month of the access log, 64 hex digits. Without it no month ever ends."""

    @property
    def audit_seed(self) -> bytes | None:
        """The 32 bytes of the audit key."""
        return None if self.audit_key is None else bytes.fromhex(self.audit_key.get_secret_value().strip())


class WorkerSettings(BackendSettings, AuditSettings):
    """`nykter worker`."""

    model_file: Path | None = None
    """The risk model's artifact; without it the one that ships with the package."""


class ChannelSettings(EnvironmentSettings):
    """How `nykter worker` tells people outside the pages. A channel whose settings are missing is off."""

    public_url: Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$")] | None = None
    """Where the pages are for those who read a message: every message links there. Its name should be neutral."""
    smtp_url: SecretStr | None = None
    """smtp://user:password@host:587 (STARTTLS), smtps://…:465 (TLS), smtp+plain://localhost:25 (no TLS, no login)."""
    smtp_from: str | None = None
    """The sender, an address, perhaps with a neutral name: Meddelande <no-reply@example.org>."""
    smtp_ca_file: Path | None = None
    """Certificates to trust instead of the system's."""
    sms_provider: Literal["46elks", "form", "json"] | None = None
    """46elks, or any provider that takes a form or JSON at `sms_url`."""
    sms_url: Annotated[str, Field(pattern=r"^https?://[^\s@]+$")] | None = None
    """Where messages are posted; 46elks has its own."""
    sms_from: str | None = None
    """The sender shown: a number, or up to 11 letters and digits; neutral."""
    sms_user: str | None = None
    """User name of HTTP basic authentication."""
    sms_password: SecretStr | None = None
    """Its password."""
    sms_token: SecretStr | None = None
    """Bearer token, for providers that take one instead."""
    sms_fields: Annotated[str, Field(pattern=r"^[\w-]+,[\w-]+,[\w-]+$")] = "to,from,message"
    """What a form or JSON provider calls recipient, sender and text."""
    sms_ca_file: Path | None = None
    webhook_key: SecretStr | None = None
    """From it each webhook's own secret is derived; at least 32 characters."""
    webhook_hosts: str = ""
    """The only hosts webhooks may go to, separated by commas."""
    webhook_ca_file: Path | None = None


class ServeSettings(BackendSettings):
    """`nykter serve`."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    cookie_secure: bool = True
    """False only where pages are served over plain http on one's own machine."""
    public_url: Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$")] | None = None
    """Where the pages are, as browsers see it. Passkeys are bound to its name; without it, to the name asked for."""
    staff_second_factor: Literal["required", "optional", "optional_even_in_public"] = "required"
    """`optional` is for one's own machine only, over plain http; elsewhere it takes the longer word to leave it out."""
    oidc_issuer: Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$")] | None = None
    """An OpenID Connect provider people may sign in by; with client id and secret. See docs/sign-in.md."""
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = "e-legitimation"
    """What its button is called."""
    oidc_scopes: str = "openid"
    oidc_acr_values: str = ""
    """Levels or methods to ask for, in order of preference, separated by spaces."""
    oidc_required_acr: str = ""
    """Levels that are accepted, separated by spaces; each of them counts as two factors. Empty: any, counted as one."""
    oidc_subject_claim: str = "sub"
    """The claim that names a person; never a personal identity number."""
    oidc_acr_claim: str = "acr"
    model_file: Path | None = None
    enrol_broker_url: str | None = None
    """mqtts://host:8883 as gateways reach the broker, without a login. Without it no gateway can be enrolled here."""
    enrol_ca_folder: Path | None = None
    """The deployment's own authority (`nykter ca init`): gateways are given certificates."""
    enrol_logins_folder: Path | None = None
    """Or the folder of `nykter broker-login`: gateways are given passwords."""
    enrol_broker_ca_file: Path | None = None
    """With passwords: the certificate gateways should trust at the broker; none: what their system trusts."""
    ca_passphrase: SecretStr | None = None
    """Of the authority's key; NYKTER_CA_PASSPHRASE_FILE for a file."""
    photo_key: Annotated[SecretStr, AfterValidator(_photo_key)] | None = None
    """What opens pictures (`nykter photo-key`), 64 hex digits; several separated by commas. Usually in a file:
    NYKTER_PHOTO_KEY_FILE. Only this process has it."""
    security_contact: Annotated[str, Field(pattern=r"^(mailto:|https://|tel:)\S+$")] | None = None
    """Where weaknesses are reported, in /.well-known/security.txt: mailto:security@example.org or https://…"""
    receipt_public_key: str | None = None
    """The public half of the receipt key, 64 hex digits; several separated by commas while it is changed."""

    @model_validator(mode="after")
    def _own_machine_only(self) -> Self:
        is_own = _is_loopback(self.host) and not self.cookie_secure
        if self.public_url is not None:
            is_own = is_own and _is_loopback(urlsplit(self.public_url).hostname or "")
        if self.staff_second_factor == "optional" and not is_own:
            raise ValueError(
                "NYKTER_STAFF_SECOND_FACTOR=optional is for pages on this machine over plain http only; "
                "say optional_even_in_public if you mean it"
            )
        return self

    @model_validator(mode="after")
    def _whole_provider(self) -> Self:
        given = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(one is not None for one in given) and None in given:
            raise ValueError("NYKTER_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET belong together")
        if any(
            word in self.oidc_subject_claim.lower() for word in ("personal", "coordination", "personnummer")
        ):
            raise ValueError("NYKTER_OIDC_SUBJECT_CLAIM must not be a personal identity number")
        if self.oidc_issuer is not None:
            parts = urlsplit(self.oidc_issuer)
            if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
                raise ValueError("NYKTER_OIDC_ISSUER must be https://")
        return self

    @property
    def sign_in_policy(self) -> SignInPolicy:
        """What signing in asks for."""
        return SignInPolicy(staff_second_factor=self.staff_second_factor == "required")

    @property
    def identity_provider(self) -> ProviderSettings | None:
        """Who else tells us who somebody is; None where nobody is named."""
        if self.oidc_issuer is None or self.oidc_client_id is None or self.oidc_client_secret is None:
            return None
        return ProviderSettings(
            self.oidc_issuer,
            self.oidc_client_id,
            self.oidc_client_secret.get_secret_value(),
            self.oidc_name,
            self.oidc_scopes,
            self.oidc_acr_values,
            tuple(self.oidc_required_acr.split()),
            self.oidc_subject_claim,
            self.oidc_acr_claim,
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class _SecretFiles(PydanticBaseSettingsSource):
    """Values of secret settings from the files named by `<NAME>_FILE`; an unreadable file is an error, not a gap."""

    def __init__(self, settings_cls: type[BaseSettings], environment: Mapping[str, str]) -> None:
        super().__init__(settings_cls)
        self._environment = environment

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """The value of one setting, or None where there is no file for it."""
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        path = self._environment.get(variable)
        if not path or field.annotation not in (SecretStr, SecretStr | None):
            return None, field_name, False
        try:
            return read_secret(Path(path)), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not text"
            raise NykterError(f"{variable}: {path} cannot be read: {reason}", exit_code=2) from error

    def __call__(self) -> dict[str, Any]:
        """Every setting that has a file."""
        fields = self.settings_cls.model_fields
        found = {name: self.get_field_value(field, name)[0] for name, field in fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def read_secret(path: Path) -> str:
    """What a file of one secret holds. Raises NykterError when others may open it; OSError, UnicodeDecodeError."""
    if path.stat().st_mode & 0o007:
        raise NykterError(
            f"{path} holds a secret and may be opened by anybody here: chmod 600 it", exit_code=2
        )
    return path.read_text(encoding="utf-8").strip()
