"""Builds the channels from the settings, and says why one of them is off."""

import ssl
from pathlib import Path
from urllib.parse import unquote, urlsplit

from backend.notify.channel import Channel, Channels, ContactKind
from backend.notify.email import Email, Security, SmtpServer
from backend.notify.sms import Sms, SmsProvider, elks
from backend.notify.webhook import Webhook
from nykter.errors import NykterError
from nykter.settings import ChannelSettings

SHORTEST_KEY = 32
_SECURITY: dict[str, tuple[Security, int]] = {
    "smtp": ("starttls", 587),
    "smtps": ("tls", 465),
    "smtp+plain": ("none", 25),
}
_OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def channels_from(settings: ChannelSettings) -> Channels:
    """Every channel that is set up. Raises NykterError for settings that contradict each other."""
    if settings.public_url is None:
        return Channels({}, None)
    made: dict[ContactKind, Channel | None] = {
        "email": _email(settings),
        "sms": _sms(settings),
        "webhook": _webhook(settings),
    }
    return Channels(
        {kind: channel for kind, channel in made.items() if channel is not None}, settings.public_url
    )


def why_off(settings: ChannelSettings) -> dict[ContactKind, str]:
    """For each channel that is off, the variables that would turn it on."""
    missing: dict[ContactKind, list[str]] = {
        "email": _absent(NYKTER_SMTP_URL=settings.smtp_url, NYKTER_SMTP_FROM=settings.smtp_from),
        "sms": _absent(NYKTER_SMS_PROVIDER=settings.sms_provider, NYKTER_SMS_FROM=settings.sms_from),
        "webhook": _absent(
            NYKTER_WEBHOOK_KEY=settings.webhook_key, NYKTER_WEBHOOK_HOSTS=settings.webhook_hosts
        ),
    }
    if settings.public_url is None:
        missing = {kind: ["NYKTER_PUBLIC_URL", *names] for kind, names in missing.items()}
    return {kind: ", ".join(names) for kind, names in missing.items() if names}


def _absent(**values: object) -> list[str]:
    return [name for name, value in values.items() if not value]


def _email(settings: ChannelSettings) -> Channel | None:
    if settings.smtp_url is None or not settings.smtp_from:
        return None
    url = urlsplit(settings.smtp_url.get_secret_value())
    if url.scheme not in _SECURITY or not url.hostname:
        raise NykterError(
            "NYKTER_SMTP_URL must look like smtp://user:password@host:587 (or smtps://, or "
            "smtp+plain://localhost:25)",
            exit_code=2,
        )
    security, port = _SECURITY[url.scheme]
    login = (unquote(url.username), unquote(url.password or "")) if url.username else None
    if security == "none" and (login or url.hostname not in _OWN_MACHINE):
        raise NykterError(
            "NYKTER_SMTP_URL: without TLS mail goes only to a relay on the same machine, and without a login",
            exit_code=2,
        )
    if login and not "".join(login).isascii():
        raise NykterError("NYKTER_SMTP_URL: user and password may hold ASCII letters only", exit_code=2)
    if "@" not in settings.smtp_from or not settings.smtp_from.isprintable():
        raise NykterError("NYKTER_SMTP_FROM must hold an address", exit_code=2)
    server = SmtpServer(url.hostname, url.port or port, security, login, settings.smtp_from)
    return Email(server, context=_context(settings.smtp_ca_file))


def _sms(settings: ChannelSettings) -> Channel | None:
    if settings.sms_provider is None or not settings.sms_from:
        return None
    password = settings.sms_password.get_secret_value() if settings.sms_password else ""
    login = (settings.sms_user, password) if settings.sms_user else None
    if settings.sms_provider == "46elks":
        if login is None:
            raise NykterError("46elks needs NYKTER_SMS_USER and NYKTER_SMS_PASSWORD", exit_code=2)
        provider = elks(*login, settings.sms_from)
        if settings.sms_url:
            provider = elks(*login, settings.sms_from, settings.sms_url)
    elif settings.sms_url is None:
        raise NykterError(f"The {settings.sms_provider} provider needs NYKTER_SMS_URL", exit_code=2)
    else:
        to_field, from_field, text_field = settings.sms_fields.split(",")
        token = settings.sms_token.get_secret_value() if settings.sms_token else None
        provider = SmsProvider(
            settings.sms_url,
            settings.sms_from,
            settings.sms_provider,
            to_field,
            from_field,
            text_field,
            login=login,
            token=token,
        )
    url = urlsplit(provider.url)
    if url.scheme != "https" and url.hostname not in _OWN_MACHINE:
        raise NykterError("NYKTER_SMS_URL must be https:// (http:// only to this machine)", exit_code=2)
    return Sms(provider, verify=_context(settings.sms_ca_file))


def _webhook(settings: ChannelSettings) -> Channel | None:
    if settings.webhook_key is None or not settings.webhook_hosts:
        return None
    key = settings.webhook_key.get_secret_value()
    if len(key) < SHORTEST_KEY:
        raise NykterError(f"NYKTER_WEBHOOK_KEY has at least {SHORTEST_KEY} characters", exit_code=2)
    hosts = [host.strip() for host in settings.webhook_hosts.split(",") if host.strip()]
    return Webhook(key.encode(), hosts, verify=_context(settings.webhook_ca_file))


def _context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise NykterError(f"{ca_file} cannot be used as a file of certificates", exit_code=2) from error
