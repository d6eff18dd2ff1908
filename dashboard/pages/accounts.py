"""Accounts of the unit's staff, for its manager and for technical support."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.datastructures import FormData

from backend.errors import Conflict, Invalid
from backend.services import accounts
from backend.services.account_codes import IssuedCode
from dashboard.contexts.page import moment
from dashboard.contexts.sign_in import AccountsPage, CodeCard, staff_line
from dashboard.cookies import machine_now
from dashboard.pages.account import ZONE
from dashboard.site import OnForm, OnVisit, Visit, field, rendered, see_other

router = APIRouter(prefix="/accounts", include_in_schema=False)


@router.get("")
def page(on: OnVisit) -> Response:
    """Who has an account."""
    return _page(on)


@router.post("")
def invite(on: OnVisit, form: OnForm) -> Response:
    """A new account. Its code is shown in the answer itself and never again."""
    name = field(form, "display_name")
    try:
        made = accounts.invite(
            on.db,
            on.principal,
            field(form, "username"),
            name,
            field(form, "role"),
            now=machine_now(on.request),
        )
    except Conflict:
        problem = on.lang.t("That username is taken. Choose another one.")
        return _page(on, problem=problem, typed=_typed(form))
    except Invalid:
        problem = on.lang.t(
            "A username has 2 to 80 letters a to z, digits or . _ @ -, and a name at least two letters."
        )
        return _page(on, problem=problem, typed=_typed(form))
    return _page(on, made, name)


@router.post("/{account_id}/code")
def code(account_id: UUID, on: OnVisit, form: OnForm) -> Response:
    """A code to hand over in person, shown this once."""
    purpose = field(form, "purpose")
    try:
        made = accounts.issue_code(on.db, on.principal, account_id, purpose, now=machine_now(on.request))
    except accounts.StartedAlready:
        return _page(
            on, problem=on.lang.t("This account is in use already. Make a code for a new password instead.")
        )
    return _page(on, made, field(form, "name"))


@router.post("/{account_id}/sign-out")
def sign_out(account_id: UUID, on: OnVisit, _checked: OnForm) -> Response:
    """Sign somebody out everywhere."""
    accounts.end_logins(on.db, on.principal, account_id, now=machine_now(on.request))
    return see_other("/accounts", "signed_out_everywhere")


@router.post("/{account_id}/confirm")
def confirm(account_id: UUID, on: OnVisit, _checked: OnForm) -> Response:
    """Say that an account is in the right hands."""
    accounts.confirm(on.db, on.principal, account_id, now=machine_now(on.request))
    return see_other("/accounts", "account_confirmed")


@router.post("/{account_id}/disable")
def disable(account_id: UUID, on: OnVisit, _checked: OnForm) -> Response:
    """Close an account."""
    accounts.set_disabled(on.db, on.principal, account_id, is_disabled=True, now=machine_now(on.request))
    return see_other("/accounts", "account_disabled")


@router.post("/{account_id}/enable")
def enable(account_id: UUID, on: OnVisit, _checked: OnForm) -> Response:
    """Open an account again."""
    accounts.set_disabled(on.db, on.principal, account_id, is_disabled=False, now=machine_now(on.request))
    return see_other("/accounts", "account_enabled")


def _typed(form: FormData) -> dict[str, str]:
    return {name: field(form, name) for name in ("display_name", "username", "role")}


def _page(
    on: Visit,
    made: IssuedCode | None = None,
    name: str = "",
    problem: str | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    now = machine_now(on.request)
    found = accounts.of_staff(on.db, on.principal, now=now)
    card = CodeCard(made.code, moment(made.ends_at, now, ZONE, on.lang), name) if made else None
    context = AccountsPage(
        on.frame(),
        tuple(staff_line(one, now, ZONE, on.lang) for one in found),
        on.principal.may("unit.manage"),
        card,
        problem,
        typed or {},
    )
    return rendered(on.request, "accounts.html", on.lang, context, 422 if problem else 200)
