"""Contexts of the pages about signing in and about one's own account."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup

from backend.services.accounts import StaffAccount
from backend.services.own_logins import AccountEvent, OwnAccount
from backend.services.password_rules import ADVISED_LENGTH, LEAST_LENGTH, PasswordRefused
from backend.services.phones import ClientPhones, Phone
from dashboard import words
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.language import N_, Language

PASSWORD_PROBLEMS: dict[str, str] = {
    "short": N_("The password is too short. It needs at least 10 characters."),
    "long": N_("The password is too long. It may have 200 characters."),
    "common": N_("This password is among those that are tried first. Choose another one: a few words, say."),
    "own": N_("This password is made of your name, your workplace or this service's name. Choose another one."),
    "same": N_("This is the password you have now. Choose another one."),
}  # fmt: skip
METHODS: dict[str, str] = {
    "password": N_("password"),
    "totp": N_("password and authenticator app"),
    "recovery": N_("password and recovery code"),
    "passkey": N_("passkey"),
    "oidc": N_("e-identification"),
    "code": N_("one-time code"),
    "device": N_("phone"),
}
EVENTS: dict[str, str] = {
    "signed_in": N_("Signed in"),
    "password_set": N_("Password changed"),
    "totp_added": N_("Authenticator app added"),
    "totp_removed": N_("Authenticator app removed"),
    "recovery_codes_made": N_("New recovery codes made"),
    "recovery_code_used": N_("A recovery code was used"),
    "passkey_added": N_("Passkey added"),
    "passkey_removed": N_("Passkey removed"),
    "identity_added": N_("E-identification linked"),
    "identity_removed": N_("E-identification unlinked"),
    "phone_added": N_("A phone was let in"),
    "phone_ended": N_("A phone is let in no more"),
    "phone_copied": N_("A phone's login had been copied, so it was ended"),
    "login_ended": N_("A login was ended"),
    "other_logins_ended": N_("All other logins were ended"),
    "logins_ended": N_("Signed out everywhere"),
    "code_invite": N_("A code to begin with was made"),
    "code_password": N_("A code for a new password was made"),
    "code_restart": N_("A code for a new start was made"),
    "confirmed": N_("Confirmed to be in the right hands"),
    "code_phone": N_("A link for a phone was made"),
    "disabled": N_("The account was closed"),
    "enabled": N_("The account was opened again"),
}


def password_problem(error: PasswordRefused, lang: Language) -> str:
    """Why a password cannot be used, in words."""
    return lang.t(PASSWORD_PROBLEMS[error.why])


@dataclass(frozen=True, slots=True)
class StepPage:
    """A page of a sign-in under way. `csrf_token` is the step's own."""

    frame: Frame
    next: str
    csrf_token: str
    problem: str | None = None
    can_passkey: bool = False
    name: str = ""
    username: str = ""
    least: int = LEAST_LENGTH
    advised: int = ADVISED_LENGTH


@dataclass(frozen=True, slots=True)
class AppPage:
    """An authenticator app to set up: its QR code, the same in letters, and where its first code goes."""

    frame: Frame
    next: str
    csrf_token: str
    action: str
    back: str
    qr: Markup
    secret: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class RecoveryPage:
    """Recovery codes, shown once."""

    frame: Frame
    next: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProvePage:
    """Prove anew who one is."""

    frame: Frame
    problem: str | None


@dataclass(frozen=True, slots=True)
class AwayPage:
    """On to the identity provider."""

    frame: Frame
    address: str
    provider: str


@dataclass(frozen=True, slots=True)
class LoginLine:
    """One place where one is signed in."""

    login_id: str
    what: str
    browser: str
    since: Moment | None
    seen: Moment | None
    is_this: bool


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A passkey or an e-identity."""

    key: str
    name: str
    since: Moment | None
    used: Moment | None


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """A client's phone."""

    phone_id: str
    name: str
    since: Moment | None
    by: str
    used: Moment | None
    ended: Moment | None
    was_copied: bool


@dataclass(frozen=True, slots=True)
class EventLine:
    """Something that was done with the account."""

    at: Moment | None
    what: str
    more: str


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One's own account."""

    frame: Frame
    username: str
    has_password: bool
    totp: Moment | None
    recovery_left: int
    passkeys: tuple[KeyLine, ...]
    identities: tuple[KeyLine, ...]
    logins: tuple[LoginLine, ...]
    phones: tuple[PhoneLine, ...]
    events: tuple[EventLine, ...]
    is_proved: bool
    can_passkey: bool
    provider: str
    is_client: bool
    password_problem: str | None
    told_at: str
    """The page with the person's places outside these pages; empty for whoever is told nothing."""
    least: int = LEAST_LENGTH
    advised: int = ADVISED_LENGTH


@dataclass(frozen=True, slots=True)
class StaffLine:
    """One account of the unit."""

    account_id: str
    name: str
    username: str
    role: str
    unit: str
    state: str
    seen: Moment | None
    is_disabled: bool
    is_own: bool
    can_have_code: bool
    is_started: bool
    let_in_by: str
    can_confirm: bool


@dataclass(frozen=True, slots=True)
class CodeCard:
    """A code just made: shown this once."""

    code: str
    until: Moment | None
    name: str
    link: str = ""
    qr: Markup | None = None


@dataclass(frozen=True, slots=True)
class AccountsPage:
    """The unit's accounts."""

    frame: Frame
    lines: tuple[StaffLine, ...]
    can_invite: bool
    made: CodeCard | None
    problem: str | None
    typed: Mapping[str, str] = field(default_factory=dict)
    """What was sent with an invitation that could not be made."""


@dataclass(frozen=True, slots=True)
class PhonesPage:
    """A client's phones, for staff."""

    frame: Frame
    client_id: str
    alias: str
    phones: tuple[PhoneLine, ...]
    waiting: Moment | None
    made: CodeCard | None


@dataclass(frozen=True, slots=True)
class WelcomePage:
    """A client's phone, asked whether it is theirs."""

    frame: Frame
    name: str
    code: str
    next: str = "/me/"
    """Where it leads: to pages whose title and icon say nothing of what they are about."""


def account_page(
    found: OwnAccount,
    frame: Frame,
    now: datetime,
    zone: str,
    *,
    can_passkey: bool,
    provider: str,
    told_at: str,
    problem: str | None = None,
) -> AccountPage:
    """The page of one's own account."""
    lang = frame.lang

    def at(instant: datetime | None) -> Moment | None:
        return moment(instant, now, zone, lang)

    return AccountPage(
        frame,
        found.username,
        found.has_password,
        at(found.totp_since),
        found.recovery_left,
        tuple(KeyLine(one.key, one.name, at(one.created_at), at(one.used_at)) for one in found.passkeys),
        tuple(
            KeyLine(str(one.identity_id), one.issuer, at(one.created_at), at(one.used_at))
            for one in found.identities
        ),
        tuple(
            LoginLine(
                str(one.login_id),
                lang.t(METHODS[one.method]),
                one.browser or lang.t("unknown browser"),
                at(one.created_at),
                at(one.seen_at),
                one.is_this,
            )
            for one in found.logins
        ),
        tuple(phone_line(one, now, zone, lang) for one in found.phones),
        tuple(_event(one, now, zone, lang) for one in found.events),
        found.is_proved,
        can_passkey,
        provider,
        frame.is_client,
        problem,
        told_at,
    )


def phone_line(phone: Phone, now: datetime, zone: str, lang: Language) -> PhoneLine:
    """A client's phone in words."""
    return PhoneLine(
        str(phone.phone_id),
        phone.name,
        moment(phone.let_in_at, now, zone, lang),
        phone.let_in_by or "",
        moment(phone.used_at, now, zone, lang),
        moment(phone.ended_at, now, zone, lang),
        phone.was_copied,
    )


def phones_page(
    found: ClientPhones, frame: Frame, client_id: str, now: datetime, zone: str, made: CodeCard | None
) -> PhonesPage:
    """The page of a client's phones."""
    lang = frame.lang
    lines = tuple(phone_line(one, now, zone, lang) for one in found.phones)
    waiting = moment(found.waiting_until, now, zone, lang)
    return PhonesPage(frame, client_id, found.alias, lines, waiting, made)


def staff_line(account: StaffAccount, now: datetime, zone: str, lang: Language) -> StaffLine:
    """An account of the unit in words."""
    if account.is_disabled:
        state = lang.t("closed")
    elif not account.is_started and account.code_until is None:
        state = lang.t("invited; the code has run out")
    elif not account.is_started:
        state = lang.t("invited")
    elif not account.has_factor:
        state = lang.t("without a second factor")
    else:
        state = lang.t("in use")
    return StaffLine(
        str(account.account_id),
        account.display_name,
        account.username,
        lang.t(words.ROLES.get(account.role, account.role)),
        account.unit or "",
        state,
        moment(account.seen_at, now, zone, lang),
        account.is_disabled,
        account.is_own,
        account.can_have_code,
        account.is_started,
        ", ".join(account.let_in_by),
        account.can_confirm,
    )


def _event(event: AccountEvent, now: datetime, zone: str, lang: Language) -> EventLine:
    more = [event.browser] if event.browser else []
    if event.by is not None:
        more.append(lang.t("by {name}", name=event.by))
    known = EVENTS.get(event.kind)
    return EventLine(
        moment(event.at, now, zone, lang), lang.t(known) if known else event.kind, ", ".join(more)
    )
