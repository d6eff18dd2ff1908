"""Settings of one gateway, from NYKTER_GATEWAY_* variables. Built in the entry point and passed down, frozen."""

import os
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.base import DeviceId, TenantId, ZoneName
from device_gateway.errors import SettingsError
from device_gateway.outbox import DEFAULT_LIMIT_BYTES
from device_gateway.publisher import BrokerAddress
from device_gateway.retest import RetestRules

PREFIX = "NYKTER_GATEWAY_"
_PASSWORD_FILE = f"{PREFIX}MQTT_PASSWORD_FILE"
_KEY_LENGTH = 32


def _broker_url(value: str) -> str:
    BrokerAddress.of(value)
    return value


def _address(value: str) -> str:
    return str(ip_address(value))


def _public_keys(value: str) -> str:
    if not value.strip() or any(len(key) != _KEY_LENGTH for key in _keys_in(value)):
        raise ValueError("one or more Ed25519 public keys, 64 hex digits each, separated by commas")
    return value


def _keys_in(value: str) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(part.strip()) for part in value.split(","))


class GatewaySettings(BaseSettings):
    """Everything a gateway is told from outside. Limits in mg/L breath, durations in minutes or seconds as named."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    device_id: DeviceId
    tenant: TenantId
    mqtt_url: Annotated[str, AfterValidator(_broker_url)]
    """mqtt://host:1883 or mqtts://host:8883; may carry `user:password@`."""
    mqtt_user: str | None = None
    mqtt_password: SecretStr | None = None
    """Or in a file: NYKTER_GATEWAY_MQTT_PASSWORD_FILE."""
    mqtt_ca_file: Path | None = None
    mqtt_certificate_file: Path | None = None
    mqtt_certificate_key_file: Path | None = None
    key_file: Path
    """The gateway's Ed25519 key, made by `nykter gateway enrol`, readable by its owner only."""
    server_public_key: Annotated[str, AfterValidator(_public_keys)]
    """The backend's receipt key: 64 hex digits; several separated by commas while it is changed."""
    server: str | None = None
    """https:// address of the web pages, where the certificate is renewed; `nykter gateway enrol` writes it."""
    server_ca_file: Path | None = None
    """Certificate to trust there; None: what the system trusts."""
    outbox_path: Path
    outbox_limit_mb: Annotated[int, Field(ge=1, le=100_000)] = DEFAULT_LIMIT_BYTES // 1024 // 1024
    zone: ZoneName = "Europe/Stockholm"
    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    """Of the client's page, on 127.0.0.1; 0 = any free one."""
    home_address: Annotated[str, AfterValidator(_address)] | None = None
    """An address of this machine on the home network (0.0.0.0: all of them) where phones reach the page, too, once they
    were told the code (`nykter gateway phone`); None: only this machine itself."""
    language: Annotated[str, Field(pattern="^(sv|en)$")] = "sv"
    heartbeat_s: Annotated[int, Field(ge=5, le=3600)] = 60
    bluetooth_adapter: str | None = None
    breathalyzer_address: str | None = None
    """Use only the breathalyzer with this Bluetooth address; None = any known one."""
    background_address: str | None = None
    """Bluetooth address of a background sensor (BACtrack Skyn) to read as well; None = none."""
    background_every_s: Annotated[int, Field(ge=60, le=86_400)] = 900
    camera: Path | None = None
    """Device file of a camera (/dev/video0) that takes the picture at the blow, where the plan asks for one; None: the
    client's phone is asked."""
    trace_limit_mg_per_l: Annotated[Decimal, Field(gt=0, le=1)] = Decimal("0.050")
    positive_limit_mg_per_l: Annotated[Decimal, Field(gt=0, le=1)] = Decimal("0.100")
    retest_wait_minutes: Annotated[int, Field(ge=1, le=120)] = 15
    retest_give_up_minutes: Annotated[int, Field(ge=15, le=24 * 60)] = 120
    retest_tolerance_mg_per_l: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.095")
    max_retests: Annotated[int, Field(ge=0, le=20)] = 2
    test_to_zero: bool = False
    """Ask for one retest after another until a value lies below the trace limit, if the plan says so."""
    permille_factor: Annotated[Decimal, Field(gt=1, lt=3)] = Decimal("2.0")
    """For the computed permille beside the measured mg/L (Swedish limits: 0.10 mg/L against 0.20 permille)."""

    @model_validator(mode="after")
    def _limits_in_order(self) -> Self:
        if not self.trace_limit_mg_per_l < self.positive_limit_mg_per_l:
            raise ValueError("the trace limit must lie below the positive limit")
        if self.retest_give_up_minutes <= self.retest_wait_minutes:
            raise ValueError("a retest cannot be given up before it is due")
        return self

    @classmethod
    def from_environment(cls) -> Self:
        """The settings of this process. Raises SettingsError naming each variable that is missing or wrong."""
        given: dict[str, Any] = {}
        if path := os.environ.get(_PASSWORD_FILE):
            given["mqtt_password"] = _secret_from(Path(path))
        try:
            return cls(**given)
        except ValidationError as error:
            lines = (
                f"{PREFIX}{'_'.join(map(str, d['loc'])).upper() or '*'}: {d['msg']}"
                for d in error.errors(include_url=False, include_input=False, include_context=False)
            )
            raise SettingsError("Settings are missing or wrong:\n  " + "\n  ".join(lines)) from None

    @property
    def server_public_keys(self) -> tuple[bytes, ...]:
        """The receipt keys as bytes."""
        return _keys_in(self.server_public_key)

    @property
    def broker(self) -> BrokerAddress:
        """The broker with this gateway's login."""
        address = BrokerAddress.of(self.mqtt_url)
        password = self.mqtt_password.get_secret_value() if self.mqtt_password else address.password
        return BrokerAddress(
            host=address.host,
            port=address.port,
            tls=address.tls,
            username=self.mqtt_user or address.username,
            password=password,
            ca_file=self.mqtt_ca_file,
            certificate_file=self.mqtt_certificate_file,
            certificate_key_file=self.mqtt_certificate_key_file,
        )

    @property
    def retest_rules(self) -> RetestRules:
        """The limits as the pure decisions take them."""
        return RetestRules(
            trace_mg_per_l=self.trace_limit_mg_per_l,
            positive_mg_per_l=self.positive_limit_mg_per_l,
            wait_minutes=self.retest_wait_minutes,
            give_up_minutes=self.retest_give_up_minutes,
            tolerance_mg_per_l=self.retest_tolerance_mg_per_l,
            max_retests=self.max_retests,
            test_to_zero=self.test_to_zero,
        )


def _secret_from(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{_PASSWORD_FILE}: {path} cannot be read") from error
