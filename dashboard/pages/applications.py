"""The application desk: list, links, typing in, completing, deciding."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from backend.errors import Conflict, Invalid
from backend.services import application_decisions, applications
from backend.services.applications import AlreadyDecided
from dashboard.contexts.application import NewPage, application_page, desk_page, form_fields
from dashboard.cookies import site_of
from dashboard.pages.application_form import content_of, windows_of
from dashboard.site import OnForm, OnVisit, Visit, field, see_other

router = APIRouter(prefix="/applications", include_in_schema=False)
MOST_WINDOWS = 12


@router.get("")
def desk(on: OnVisit) -> Response:
    """The unit's applications."""
    return _desk(on, None)


@router.post("/links")
def issue_link(on: OnVisit, form: OnForm) -> HTMLResponse:
    """A one-time link; its address is shown on the page that answers, and nowhere again."""
    who = field(form, "written_by")
    if who not in {"person", "referrer"}:
        raise Invalid
    token, _ = applications.issue_link(
        on.db, on.principal, "person" if who == "person" else "referrer", now=on.now
    )
    return _desk(on, f"{site_of(on.request).origin}/apply/{token}")


@router.post("/links/{link_id}/withdraw")
def revoke_link(link_id: UUID, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """Withdraw a link."""
    applications.revoke_link(on.db, on.principal, link_id, now=on.now)
    return see_other("/applications", "link_withdrawn")


@router.get("/new")
def new(on: OnVisit) -> Response:
    """The form for typing in. The desk's own rule decides who may."""
    applications.desk(on.db, on.principal, now=on.now)
    return _form(on, {}, "/applications/new")


@router.post("/new")
def type_in(on: OnVisit, form: OnForm) -> Response:
    """Save a typed application."""
    content = content_of(form)
    source = "paper" if field(form, "source") == "paper" else "staff"
    try:
        made = applications.submit_by_staff(on.db, on.principal, content, source, now=on.now)  # type: ignore[arg-type]
    except Invalid:
        return _form(on, content, "/applications/new", has_problem=True)
    return see_other(f"/applications/{made}", "application_saved")


@router.get("/{application_id}")
def page(application_id: UUID, on: OnVisit) -> Response:
    """One application with the proposal."""
    view = applications.one(on.db, on.principal, application_id, now=on.now)
    return on.page("application.html", application_page(view, on.frame(), on.now))


@router.get("/{application_id}/complete")
def completing(application_id: UUID, on: OnVisit) -> Response:
    """The form filled with what is known."""
    view = applications.one(on.db, on.principal, application_id, now=on.now)
    return _form(on, view.content.stored(), f"/applications/{application_id}/complete", version=view.version)


@router.post("/{application_id}/complete")
def complete(application_id: UUID, on: OnVisit, form: OnForm) -> Response:
    """Save what was missing as a new version."""
    path, content, version = (
        f"/applications/{application_id}",
        content_of(form),
        _version(field(form, "version")),
    )
    try:
        applications.complete(
            on.db, on.principal, application_id, content, field(form, "reason"), version=version, now=on.now
        )
    except Invalid:
        return _form(on, content, f"{path}/complete", version=version, has_problem=True)
    except Conflict:
        return see_other(path, "application_moved")
    return see_other(path, "application_completed")


@router.post("/{application_id}/decide")
def decide(application_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """A person decides: as proposed, with changes, or no."""
    path, what, said = f"/applications/{application_id}", field(form, "decision"), field(form, "words")
    version = _version(field(form, "version"))
    try:
        if what == "reject":
            application_decisions.reject(
                on.db, on.principal, application_id, said, version=version, now=on.now
            )
            return see_other(path, "application_rejected")
        alias = field(form, "alias")
        if what == "approve":
            application_decisions.approve(
                on.db, on.principal, application_id, said, version=version, alias=alias, now=on.now
            )
        elif what == "change":
            application_decisions.change(
                on.db,
                on.principal,
                application_id,
                said,
                windows_of(form, MOST_WINDOWS),
                version=version,
                alias=alias,
                now=on.now,
            )
        else:
            raise Invalid
    except AlreadyDecided:
        return see_other(path, "application_moved")
    except Conflict as error:
        return see_other(
            path, "alias_taken" if type(error).__name__ == "AlreadyThere" else "application_moved"
        )
    return see_other(path, "application_approved")


def _desk(on: Visit, fresh: str | None) -> HTMLResponse:
    found = applications.desk(on.db, on.principal, now=on.now)
    return on.page("applications.html", desk_page(found, on.frame(), on.now, fresh))


def _form(
    on: Visit, written: dict[str, Any], action: str, *, version: int | None = None, has_problem: bool = False
) -> HTMLResponse:
    problem = on.lang.t("Something could not be read, or the reason is missing. Look through the form.")
    context = NewPage(
        on.frame(),
        form_fields(on.lang, written, about_oneself=False),
        action,
        version,
        problem if has_problem else None,
    )
    return on.page("application_new.html", context)


def _version(text: str) -> int:
    if not text.isdecimal():
        raise Invalid
    return int(text)
