"""One's own account: password, second factors, passkeys, logins, phones."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from backend.errors import Conflict, SignInFailed
from backend.services import own_logins, passkeys, phones, second_factors
from backend.services.guessing import TooManyAttempts
from backend.services.password_rules import PasswordRefused
from backend.services.sign_in_steps import ProofNeeded
from dashboard.contexts.sign_in import AppPage, ProvePage, RecoveryPage, account_page, password_problem
from dashboard.cookies import asker_of, machine_now, provider_of, renewed, site_of, value_of
from dashboard.qr import qr_svg
from dashboard.site import OnForm, OnVisit, Visit, field, rendered, see_other

router = APIRouter(prefix="/account", include_in_schema=False)
ZONE = "Europe/Stockholm"


@router.get("")
def page(on: OnVisit) -> HTMLResponse:
    """All of it."""
    return _page(on)


@router.post("/password")
def change_password(on: OnVisit, form: OnForm) -> Response:
    """Change the password, knowing the old one."""
    old, new = (str(form.get(name, "")) for name in ("old", "new"))
    now = machine_now(on.request)
    try:
        login = own_logins.change_password(
            on.db, on.principal, _token(on), old, new, asker=asker_of(on.request), now=now
        )
    except PasswordRefused as error:
        return _page(on, password_problem(error, on.lang), error.status)
    except TooManyAttempts as error:
        return _page(on, on.lang.t("Too many attempts. Wait a minute and try again."), error.status)
    except SignInFailed:
        return _page(on, on.lang.t("The present password is wrong."), 422)
    return renewed(on.request, see_other("/account", "password_changed"), login)


@router.get("/prove")
def prove_page(on: OnVisit) -> Response:
    """Ask who this is."""
    return on.page("account_prove.html", ProvePage(on.frame(), None))


@router.post("/prove")
def prove(on: OnVisit, form: OnForm) -> Response:
    """Check it."""
    secret = form.get("secret", "")
    try:
        login = own_logins.prove(
            on.db,
            on.principal,
            _token(on),
            secret if isinstance(secret, str) else "",
            now=machine_now(on.request),
        )
    except SignInFailed as error:
        words = on.lang.t("That is neither your password nor a code that fits.")
        if isinstance(error, TooManyAttempts):
            words = on.lang.t("Too many attempts. Wait a minute and try again.")
        context = ProvePage(on.frame(), words)
        return rendered(on.request, "account_prove.html", on.lang, context, 422)
    return renewed(on.request, see_other("/account", "proved"), login)


@router.post("/app")
def offer_app(on: OnVisit, _checked: OnForm) -> Response:
    """Show the secret for an authenticator app."""
    try:
        _require_proved(on)
        return _app(on)
    except ProofNeeded:
        return see_other("/account/prove")
    except Conflict:
        return see_other("/account")


@router.post("/app/confirm")
def confirm_app(on: OnVisit, form: OnForm) -> Response:
    """Take the app into use; the login gets a new secret, and the recovery codes are shown this once."""
    now = machine_now(on.request)
    try:
        _require_proved(on)
        codes = second_factors.confirm_totp(
            on.db, on.principal, field(form, "code"), asker=asker_of(on.request), now=now
        )
    except ProofNeeded:
        return see_other("/account/prove")
    except TooManyAttempts:
        return _app(on, on.lang.t("Too many attempts. Wait a while and try again."))
    except SignInFailed:
        return _app(
            on,
            on.lang.t("That code does not fit, or it was used already. Wait for the next one and try again."),
        )
    login = own_logins.renew_after_factor(on.db, on.principal, _token(on), now=now)
    return renewed(on.request, _codes(on, codes), login)


@router.post("/app/remove")
def remove_app(on: OnVisit, _checked: OnForm) -> Response:
    """Remove the authenticator app."""
    try:
        _require_proved(on)
    except ProofNeeded:
        return see_other("/account/prove")
    second_factors.remove_totp(on.db, on.principal, asker=asker_of(on.request), now=machine_now(on.request))
    return see_other("/account", "factor_removed")


@router.post("/recovery")
def new_codes(on: OnVisit, _checked: OnForm) -> Response:
    """Make new recovery codes, shown this once."""
    try:
        _require_proved(on)
    except ProofNeeded:
        return see_other("/account/prove")
    codes = second_factors.new_recovery_codes(
        on.db, on.principal, asker=asker_of(on.request), now=machine_now(on.request)
    )
    return _codes(on, codes)


@router.post("/passkeys/{key}/remove")
def remove_passkey(key: str, on: OnVisit, _checked: OnForm) -> Response:
    """Forget a passkey."""
    try:
        _require_proved(on)
    except ProofNeeded:
        return see_other("/account/prove")
    passkeys.remove(on.db, on.principal, key, asker=asker_of(on.request), now=machine_now(on.request))
    return see_other("/account", "factor_removed")


@router.post("/identities/{identity_id}/remove")
def remove_identity(identity_id: UUID, on: OnVisit, _checked: OnForm) -> Response:
    """Unlink an e-identification."""
    try:
        _require_proved(on)
    except ProofNeeded:
        return see_other("/account/prove")
    own_logins.remove_identity(on.db, on.principal, identity_id, now=machine_now(on.request))
    return see_other("/account", "factor_removed")


@router.post("/logins/{login_id}/end")
def end_login(login_id: UUID, on: OnVisit, _checked: OnForm) -> Response:
    """End one of one's logins. Taking access away needs no further proof."""
    own_logins.end_one(on.db, on.principal, login_id, now=machine_now(on.request))
    return see_other("/account", "login_ended")


@router.post("/logins/end-others")
def end_others(on: OnVisit, _checked: OnForm) -> Response:
    """End every other login."""
    own_logins.end_others(on.db, on.principal, _token(on), now=machine_now(on.request))
    return see_other("/account", "logins_ended")


@router.post("/phones/{phone_id}/end")
def end_phone(phone_id: UUID, on: OnVisit, _checked: OnForm) -> Response:
    """Let a phone of one's own in no more."""
    phones.end_own(on.db, on.principal, phone_id, now=machine_now(on.request))
    return see_other("/account", "phone_ended")


def _token(on: Visit) -> str:
    return value_of(on.request, "login")


def _require_proved(on: Visit) -> None:
    own_logins.require_proved(on.db, on.principal, _token(on), now=machine_now(on.request))


def _page(on: Visit, problem: str | None = None, status: int = 200) -> HTMLResponse:
    now = machine_now(on.request)
    found = own_logins.overview(on.db, on.principal, _token(on), now=now)
    provider = provider_of(on.request)
    context = account_page(
        found,
        on.frame(),
        now,
        ZONE,
        can_passkey=site_of(on.request).can_have_passkeys,
        provider=provider.settings.name if provider else "",
        told_at={"client": "/me/places", "relative": ""}.get(on.principal.role, "/account/places"),
        problem=problem,
    )
    return rendered(on.request, "account.html", on.lang, context, status)


def _app(on: Visit, problem: str | None = None) -> Response:
    offered = second_factors.offer_totp(on.db, on.principal, now=machine_now(on.request))
    letters = " ".join(offered.secret[at : at + 4] for at in range(0, len(offered.secret), 4))
    context = AppPage(
        on.frame(),
        "/account",
        on.csrf_token,
        "/account/app/confirm",
        "/account",
        qr_svg(offered.uri),
        letters,
        problem,
    )
    return rendered(on.request, "login_app.html", on.lang, context, 422 if problem else 200)


def _codes(on: Visit, codes: tuple[str, ...]) -> Response:
    return on.page("recovery_codes.html", RecoveryPage(on.frame(), "/account", codes))
