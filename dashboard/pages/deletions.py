"""Removal of whole records: what may go, a case of two people, and the certificate."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.errors import Invalid
from backend.services import deletion, two_persons
from dashboard.contexts.deletions import deletions_page
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(prefix="/deletions", include_in_schema=False)
HERE = "/deletions"


@router.get("")
def page(on: OnVisit) -> Response:
    """The dry run for a manager, and the unit's cases for managers and clinicians."""
    cases = deletion.cases(on.db, on.principal)
    due = deletion.due(on.db, on.principal, now=on.now) if on.principal.may("unit.manage") else None
    return on.page("deletions.html", deletions_page(due, cases, on.frame(), on.now))


@router.post("")
def propose(on: OnVisit, form: OnForm) -> RedirectResponse:
    """Propose that a record goes."""
    try:
        record_id = UUID(field(form, "record_id"))
    except ValueError as error:
        raise Invalid from error
    deletion.propose(on.db, on.principal, record_id, field(form, "words"), now=on.now)
    return see_other(HERE, "deletion_proposed")


@router.post("/{case_id}/approve")
def approve(case_id: UUID, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """Agree, as somebody else than who proposed it."""
    try:
        deletion.approve(on.db, on.principal, case_id, now=on.now)
    except two_persons.SameHand:
        return see_other(HERE, "deletion_same_hand")
    except two_persons.SamePerson:
        return see_other(HERE, "deletion_same_person")
    return see_other(HERE, "deletion_approved")


@router.post("/{case_id}/withdraw")
def withdraw(case_id: UUID, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """Take a case back."""
    deletion.withdraw(on.db, on.principal, case_id, now=on.now)
    return see_other(HERE, "deletion_withdrawn")


@router.get("/{case_id}/certificate.json")
def certificate(case_id: UUID, on: OnVisit) -> Response:
    """The certificate, byte for byte as its digest was made. It names nobody."""
    text = deletion.certificate(on.db, on.principal, case_id)
    named = {"content-disposition": f'attachment; filename="certificate-{str(case_id)[:8]}.json"'}
    return Response(text.encode(), media_type="application/json", headers=named)
