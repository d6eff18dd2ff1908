"""Every page and every call of the API, by every caller of two tenants, in one process: generated, nothing left out.

For each route that is not for a caller: no success, no word of the client, and the same answer for the client's own id
as for one that nobody has. For each that is: it opens. A new route needs a line in backend/access/route_actions.py; a
new name in a path needs a sample in `SAMPLES`.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from backend.access.matrix import ACTIONS, may, reach
from backend.access.principal import SYSTEM, Principal, Role
from backend.access.route_actions import ROUTE_ACTIONS
from backend.services import (
    assessment,
    auth,
    contacts,
    enrolment,
    journal_texts,
    messages,
    pauses,
    plans,
    relatives,
)
from backend.services.plan_drafts import Draft
from backend.store.pool import Database
from nykter.web import create_app
from tests.support.care import DAILY, PASSWORD, START, Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import Plain, SetClock

NOW = START + timedelta(hours=9)
CANARY = "kanariefågel"
"""Stands in everything that was written about the client; nobody who may not see them ever reads it."""
COOKIE = "nykter_login"
ANYWHERE = {"public", "own_account"}
STREAMS = {"GET /live"}
"""Never ends; who gets it and what comes out of it is tested in test_live_changes.py."""
OPENS_ELSEWHERE = {
    "GET /n/{delivery_id}",
    "GET /clients/{client_id}/photos/{device_id}/{boot_id}/{sequence}/picture.jpg",
    "GET /api/v1/dead-letters/{letter_id}",
    "GET /operations/dead-letters/{letter_id}",
    "GET /api/v1/models/{model_id}/card",
    "GET /models/{model_id}/card",
    "GET /manager/access/checks/{check_id}",
    "GET /applications/{application_id}",
    "GET /applications/{application_id}/complete",
    "GET /api/v1/applications/{application_id}",
    "GET /journal/{journal_id}",
    "GET /own/forms/{request_id}",
    "GET /api/v1/unit/deletions/{case_id}/certificate",
    "GET /deletions/{case_id}/certificate.json",
}
"""Things this clinic has none of: only that they stay shut is looked at here."""
_SPAN = "?since=2026-03-01T00:00:00Z&until=2026-03-02T00:00:00Z"
QUERIES = {"/api/v1/clients/{client_id}/series": _SPAN, "/api/v1/me/series": _SPAN}
"""What an address must be asked with to be understood."""
FORM = {
    "reason": "other", "note": "Egna ord om det", "words": "Egna ord om det här", "body": "Hej", "month": "2026-03-01",
    "outcome": "justified", "channel": "phone", "happened_at": "2026-03-01T10:00", "days": "7", "written_by": "person",
    "alias": "K-01", "minutes": "5", "kind": "review", "until": "2026-03-04T08:00", "decision": "granted",
}  # fmt: skip


@dataclass
class Caller:
    """Somebody with a login; `principal` is None for nobody."""

    name: str
    principal: Principal | None
    token: str
    csrf: str

    @property
    def role(self) -> Role | None:
        return self.principal.role if self.principal else None


@dataclass
class World:
    clinic: Clinic
    app: FastAPI
    browser: httpx.AsyncClient
    loop: asyncio.AbstractEventLoop
    callers: list[Caller]
    samples: Mapping[str, str]
    operations: Mapping[str, Any]

    def call(self, route: str, caller: Caller, samples: Mapping[str, str]) -> tuple[int, str, str]:
        """Status, address sent to, and text, with every id taken out."""
        method, path = route.split(" ")
        address = re.sub(r"{(\w+)(?::path)?}", lambda found: samples[found[1]], path) + QUERIES.get(path, "")
        headers = {"accept-language": "sv"}
        more: dict[str, Any] = {}
        if caller.token:
            headers["cookie"] = f"{COOKIE}={caller.token}"
            headers["x-csrf-token"] = caller.csrf
        if method in {"POST", "PUT"}:
            more = (
                {"json": self.body(method, path)}
                if path.startswith("/api/")
                else {"data": {**FORM, "csrf_token": caller.csrf}}
            )
        answer = self.loop.run_until_complete(self.browser.request(method, address, headers=headers, **more))
        text = answer.text
        for value in (one for one in samples.values() if len(one) > 8):
            text = text.replace(value, "<id>")
        return answer.status_code, answer.headers.get("location", ""), text

    def body(self, method: str, path: str) -> Any:
        """A body that fits the schema, so that what refuses is the rule and not the form."""
        operation = self.operations.get(path, {}).get(method.lower(), {})
        schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        return example(schema, self.operations["$defs"]) if schema else {}


def example(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Any:
    """The least value that a JSON Schema of ours describes."""
    if "$ref" in schema:
        return example(defs[schema["$ref"].rsplit("/", 1)[1]], defs)
    if "anyOf" in schema:
        return example(schema["anyOf"][0], defs)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    if kind == "object":
        wanted = schema.get("required", [])
        return {
            name: example(one, defs) for name, one in schema.get("properties", {}).items() if name in wanted
        }
    if kind == "array":
        return [example(schema["items"], defs) for _ in range(schema.get("minItems", 0))]
    if kind == "string":
        form = {"date-time": "2026-03-02T08:00:00Z", "date": "2026-03-02", "uuid": str(UUID(int=7))}
        return form.get(
            schema.get("format", ""), "ord om det" + "x" * max(0, schema.get("minLength", 0) - 10)
        )
    return {"boolean": True, "integer": schema.get("minimum", 1), "number": schema.get("minimum", 1)}.get(
        kind or ""
    )


def routes_of(app: FastAPI) -> set[str]:
    found: set[str] = set()
    for one in app.routes:
        contexts: Any = one.effective_route_contexts() if hasattr(one, "effective_route_contexts") else [one]
        for route in contexts:
            found |= {f"{method} {route.path}" for method in route.methods or () if method != "HEAD"}
    return found


@pytest.fixture(scope="module")
def world(postgres_server: TestDatabases) -> Iterator[World]:
    with postgres_server.fresh() as url, Database(url) as db:
        made = make_world(db)
        yield made
        made.loop.run_until_complete(made.browser.aclose())
        made.loop.close()


def make_world(db: Database) -> World:
    clinic = make_clinic(db)
    abroad = make_clinic(db, tenant_id="annan")
    clinic.blow(NOW - timedelta(minutes=40), 0.42)
    clinic.blow(NOW - timedelta(minutes=20), 0.42)
    assessment.sweep(db, now=NOW)
    assessment.assess_due(db, now=NOW)
    samples = _written(clinic)
    _, token, _ = relatives.invite(db, clinic.client, "Mamma", "Kim", now=NOW)
    mother = relatives.accept(db, token, username="mamma", display_name="Karin", password=PASSWORD, now=NOW)
    people = {
        "assigned": clinic.anna,
        "other": clinic.bo,
        "client": clinic.client,
        "chief": add_account(clinic, "chefen", "manager"),
        "support": add_account(clinic, "olle", "operator"),
        "researcher": add_account(clinic, "fia", "researcher"),
        "relative": Principal(mother, clinic.tenant_id, "relative", None, None, "Karin", "sv"),
        "abroad": abroad.anna,
        "client abroad": abroad.client,
        "chief abroad": add_account(abroad, "chefen-annan", "manager"),
    }
    clock = SetClock(NOW)
    app = create_app(Plain(), db, clock, None)
    app.state.machine_clock = clock
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    browser = httpx.AsyncClient(transport=transport, base_url="http://nykter.test", timeout=30)
    return World(
        clinic,
        app,
        browser,
        asyncio.new_event_loop(),
        [_signed_in(db, name, who) for name, who in people.items()] + [Caller("nobody", None, "", "")],
        samples,
        {**app.openapi()["paths"], "$defs": app.openapi()["components"]["schemas"]},
    )


def _signed_in(db: Database, name: str, who: Principal) -> Caller:
    with db.transaction(SYSTEM) as conn:
        row = conn.execute(
            b"SELECT username FROM account WHERE account_id = %s", (who.account_id,)
        ).fetchone()
    assert row is not None
    login = auth.sign_in(db, row["username"], PASSWORD, policy=Plain().sign_in_policy, now=NOW)
    return Caller(name, who, login.token, login.csrf_token)


def _written(clinic: Clinic) -> dict[str, str]:
    """Something of each kind about the client, with the canary in it, by the name it has in paths."""
    db, anna, client = clinic.db, clinic.anna, clinic.client_id
    contact = contacts.add(db, anna, client, "phone", True, CANARY, NOW - timedelta(hours=1), now=NOW)
    messages.send(db, clinic.client, client, CANARY, now=NOW)
    journal = journal_texts.draft(db, anna, client, NOW.date(), NOW.date(), "three_lines", now=NOW)
    plan = plans.propose(db, anna, client, Draft([DAILY[0]]), reason=CANARY, now=NOW)
    pause = pauses.request(
        db, clinic.client, client, NOW + timedelta(days=1), NOW + timedelta(days=2), reason=CANARY, now=NOW
    )
    enrolment.create_client(
        db, SYSTEM, clinic.unit_id, alias="K-02", timezone="Europe/Stockholm", started_on=NOW.date(),
        display_name=CANARY, now=NOW,
    )  # fmt: skip
    alert = clinic.rows("SELECT alert_id FROM alert WHERE client_id = %s", client)[0]["alert_id"]
    return {
        "client_id": str(client), "alert_id": str(alert), "contact_id": str(contact), "journal_id": str(journal),
        "plan_id": str(plan), "pause_id": str(pause), "unit_id": str(clinic.unit_id), "device_id": clinic.device_id,
        **NOTHING,
    }  # fmt: skip


NOTHING = {
    **{
        name: str(uuid4())
        for name in (
            "duty_id", "model_id", "application_id", "link_id", "contact_point_id", "notice_id", "code_id",
            "excuse_id", "event_id", "emergency_id", "check_id", "delivery_id", "form_id",
            "request_id", "case_id", "consent_id", "identity_id", "login_id", "key",
            "phone_id", "account_id", "relative_id", "view_id", "cover_id",
        )
    },
    "letter_id": "1", "scope": "plan", "form": "csv", "instrument": "phq9", "code": "y" * 43, "serial": "ABC",
    "boot_id": "aaaaaaaaaaaaaaaa", "sequence": "1",
    "year": "2026", "month": "3",
    "kind": "review", "name": "cut_offs", "token": "x" * 43, "version": "0",
}  # fmt: skip
"""Samples of names in paths for which the clinic has nothing, or that name no thing of anybody's."""
UNKNOWN = {
    name: str(uuid4())
    for name in ("client_id", "alert_id", "contact_id", "journal_id", "plan_id", "pause_id", "unit_id")
} | {"device_id": "gw-nobodys-1"}


def is_for(caller: Caller, action: str) -> bool:
    """Whether the caller is one whom the action lets at this client, this unit or these machines."""
    role = caller.role
    if action == "public":
        return True
    if role is None:
        return False
    how_far = reach(role, action)
    if how_far in {"self", "unit", "tenant", "equipment"} and "abroad" not in caller.name:
        # a researcher's tenant is a research tenant, which the clinic is not
        return role != "researcher" or how_far == "self"
    return (how_far == "care" and caller.name == "assigned") or (how_far == "own" and caller.name == "client")


def knows_k_01(caller: Caller) -> bool:
    """Their own client's alias: the other tenant has a K-01, too."""
    return caller.name in {"assigned", "client"} or "abroad" in caller.name


def about_somebody(route: str) -> bool:
    return any(f"{{{name}}}" in route for name in UNKNOWN)


def test_every_route_has_an_action(world: World) -> None:
    there = routes_of(world.app)
    missing = sorted(there - set(ROUTE_ACTIONS), key=lambda route: route.split(" ")[1])
    assert missing == [], (
        "New routes. Add to backend/access/route_actions.py, sorted by path, each with the action it is:\n"
        + "\n".join(f'    "{route}": "<action>",' for route in missing)
        + f"\nActions: {', '.join(ACTIONS)}."
    )
    assert sorted(set(ROUTE_ACTIONS) - there) == [], (
        "these routes are gone: remove them from route_actions.py"
    )
    names = {name for route in there for name in re.findall(r"{(\w+)", route)}
    assert names <= set(world.samples), (
        f"Add a sample for {sorted(names - set(world.samples))} in {__name__} (`_written`, or `NOTHING`)"
    )


@pytest.mark.timeout(300)
def test_no_route_gives_anything_to_whom_it_is_not_for(world: World) -> None:
    wrong: list[str] = []
    unknown = {**world.samples, **UNKNOWN}
    for route, action in ROUTE_ACTIONS.items():
        if action in ANYWHERE or route in STREAMS:
            continue
        for caller in world.callers:
            if is_for(caller, action):
                continue
            status, to, text = world.call(route, caller, world.samples)
            said = f"{route} by {caller.name} ({action}): {status} {to} {text[:200]!r}"
            if caller.principal is None:
                if status != 401 and not (status == 303 and to.startswith("/login")):
                    wrong.append(f"nobody is not asked to sign in: {said}")
            elif about_somebody(route):
                if status not in {303, 403, 404, 422} or (status == 303 and to not in {"/", "/me", "/me/"}):
                    wrong.append(f"not shut: {said}")
                # a client knows that they exist themselves, and is told what their own role may not
                is_own = caller.name == "client"
                if not is_own and (status, to, text) != world.call(route, caller, unknown):
                    wrong.append(f"tells a client that exists from one that does not: {said}")
            elif caller.role is not None and not may(caller.role, action) and status in {200, 201, 204}:
                wrong.append(f"open to a role that may not: {said}")
            # the form of an emergency says again what was written into it
            names = "K-01" in text and route != "POST /emergency" and not knows_k_01(caller)
            if status >= 500 or CANARY in text.lower() or names:
                wrong.append(f"says too much: {said}")
    assert wrong == [], "\n".join(wrong)


@pytest.mark.timeout(120)
def test_every_page_and_reading_call_opens_for_whom_it_is_for(world: World) -> None:
    wrong = []
    for route, action in ROUTE_ACTIONS.items():
        if not route.startswith("GET ") or action in ANYWHERE or route in STREAMS | OPENS_ELSEWHERE:
            continue
        for caller in world.callers:
            if is_for(caller, action):
                status, to, text = world.call(route, caller, world.samples)
                if status != 200 and not (status == 303 and to.startswith(("/me", "/"))):
                    wrong.append(f"{route} by {caller.name} ({action}): {status} {to} {text[:200]!r}")
    assert wrong == [], "\n".join(wrong)


def test_ones_own_and_open_addresses_say_nothing_about_a_client_to_anybody_else(world: World) -> None:
    wrong = []
    for route, action in ROUTE_ACTIONS.items():
        if action not in ANYWHERE or route in STREAMS or "log" in route or "enrol" in route:
            continue
        for caller in world.callers:
            if caller.name in {"assigned", "client", "relative"}:
                continue
            status, _, text = world.call(route, caller, world.samples)
            names = "K-01" in text and not knows_k_01(caller)
            if (status >= 500 and route != "GET /readyz") or CANARY in text.lower() or names:
                wrong.append(f"{route} by {caller.name}: {status} {text[:200]!r}")
    assert wrong == [], "\n".join(wrong)
