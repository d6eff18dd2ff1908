"""Every operation of the API as every role, with another tenant's names and numbers planted: `make fuzz-api`.

Nothing may end in a fault of the server, differ from the description, or hold a datum of the other tenant.
"""

import argparse
import io
import logging
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.failures import FailureGroup

from backend.services import alerts, assessment, check_ins, contacts, journal_texts, messages
from backend.store.pool import Database
from tests.support.care import START, Clinic, add_account, make_clinic
from tests.support.servers import plain_databases
from tests.support.web import Web, running_web

CANARY = "KANARIE-ANDRA-KOMMUNEN"
NOW = START + timedelta(days=1)
_NEVER = {("post", "/api/v1/logins"), ("delete", "/api/v1/logins/current")}
"""What would sign the caller out or slow everybody down; sign-in has tests of its own."""


@dataclass
class Found:
    """What a run came to: cases and answers by status, and every fault in words."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Stage:
    """A running server, its callers, and what belongs to the other tenant."""

    web: Web
    callers: Mapping[str, httpx.Client]
    own_ids: Sequence[UUID]
    other_ids: Sequence[UUID]


@contextmanager
def staged(database_url: str) -> Iterator[Stage]:
    """Two clinics with everything in them, and somebody of each role signed in at the first."""
    with Database(database_url) as db:
        ours, theirs = make_clinic(db, tenant_id="kommun"), make_clinic(db, tenant_id="annan")
        for clinic, word in ((ours, "vanligt"), (theirs, CANARY)):
            _fill(db, clinic, word)
        with db.transaction(theirs.anna) as conn:
            conn.execute("UPDATE client SET alias = %s, display_name = %s", (f"{CANARY}-1", CANARY))
            conn.execute("UPDATE account SET display_name = %s", (CANARY,))
            conn.execute("UPDATE unit SET name = %s", (CANARY,))
        for name, role in (("chef", "manager"), ("drift", "operator"), ("forskare", "researcher")):
            add_account(ours, name, role)  # type: ignore[arg-type]
        with running_web(db, NOW) as web:
            names = {
                "clinician": "anna-kommun", "stranger": "bo-kommun", "client": "klient-kommun", "manager": "chef",
                "operator": "drift", "researcher": "forskare",
            }  # fmt: skip
            callers = {role: web.bearer(name) for role, name in names.items()}
            yield Stage(web, {**callers, "nobody": web.browser()}, _ids(ours), _ids(theirs))


def fuzz(stage: Stage, *, per_operation: int, seed: int = 1, found: Found | None = None) -> Found:
    """Send that many cases to each operation as each role; another seed makes other ones."""
    found = Found() if found is None else found
    load_all_checks()
    schema = schemathesis.openapi.from_dict(
        httpx.get(f"{stage.web.url}/api/v1/openapi.json", timeout=60).raise_for_status().json()
    )
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        if (operation.method.lower(), operation.path) not in _NEVER:
            for role, client in stage.callers.items():
                _one(stage, operation, role, client, found, per_operation, seed)
    return found


def _one(
    stage: Stage,
    operation: Any,
    role: str,
    client: httpx.Client,
    found: Found,
    cases: int,
    seed: int,
) -> None:
    @settings(
        max_examples=cases, deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @hypothesis.seed(seed)
    @given(
        case=operation.as_strategy(),
        whose=st.sampled_from(("ours", "theirs", "made up")),
        at=st.integers(0, 10**6),
    )
    def send(case: Any, whose: str, at: int) -> None:
        if whose != "made up":
            ids = stage.own_ids if whose == "ours" else stage.other_ids
            for name in case.path_parameters or {}:
                if name.endswith("_id"):
                    case.path_parameters[name] = str(ids[(at + seed) % len(ids)])
        headers = (
            {"authorization": client.headers["authorization"]} if "authorization" in client.headers else {}
        )
        try:
            answer = case.call(base_url=stage.web.url, headers=headers, timeout=30)
        except Exception as error:  # noqa: BLE001 - whatever it was, the run goes on and tells it
            found.faults.append(f"{role} {operation.label}: {type(error).__name__}: {error}")
            return
        found.cases += 1
        found.statuses[answer.status_code] += 1
        text = _text_of(answer.content)
        if CANARY in text or any(str(one) in text and not _echoed(case, one) for one in stage.other_ids):
            found.faults.append(f"{role} {operation.label}: the other tenant's data in {answer.status_code}")
        if answer.status_code >= 500:
            found.faults.append(
                f"{role} {operation.label}: {answer.status_code} for {case.as_curl_command()}"
            )
            return
        try:
            case.validate_response(answer, checks=_fitting())
        except FailureGroup as group:
            found.faults += [f"{role} {operation.label}: {one}" for one in group.exceptions]
        except InvalidSchema:  # it does not know `prefixItems` of JSON Schema 2020-12
            found.faults += [f"{role} {operation.label}: {one}" for one in _against(operation, answer)]

    send()


def _against(operation: Any, answer: Any) -> list[str]:
    """How an answer differs from what the description says, by a validator of the whole of JSON Schema."""
    document: dict[str, Any] = operation.schema.raw_schema
    told = document["paths"][operation.path][operation.method.lower()]["responses"][str(answer.status_code)]
    schema = {**told["content"]["application/json"]["schema"], "components": document["components"]}
    return [one.message for one in Draft202012Validator(schema).iter_errors(answer.json())]


def _text_of(content: bytes) -> str:
    """What an answer holds; an export is looked into."""
    if not content.startswith(b"PK"):
        return content.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return file.read("data.json").decode()


def _fitting() -> list[Any]:
    return CHECKS.get_by_names(
        [
            "not_a_server_error",
            "status_code_conformance",
            "content_type_conformance",
            "response_schema_conformance",
        ]
    )


def _echoed(case: Any, one: UUID) -> bool:
    return str(one) in str(case.path_parameters) or str(one) in str(case.body) or str(one) in str(case.query)


def _fill(db: Database, clinic: Clinic, word: str) -> None:
    for minutes, brac in ((0, 0.42), (20, 0.41)):
        at = START.replace(hour=18, minute=30) + timedelta(minutes=minutes)
        clinic.blow(at, brac)
        assessment.assess_due(db, now=at + timedelta(seconds=5))
    contacts.add(db, clinic.anna, clinic.client_id, "phone", True, word, NOW, now=NOW)
    messages.send(db, clinic.client, clinic.client_id, word, now=NOW)
    check_ins.submit(db, clinic.client, (), True, word, (), now=NOW)
    journal_texts.draft(db, clinic.anna, clinic.client_id, START.date(), START.date(), "three_lines", now=NOW)
    for alert in alerts.open_alerts(db, clinic.anna, now=NOW):
        alerts.act(db, clinic.anna, alert.alert_id, word, now=NOW)


def _ids(clinic: Clinic) -> list[UUID]:
    """Every identity of the tenant that an address may name."""
    tables = (
        "client",
        "alert",
        "contact",
        "message",
        "journal_text",
        "plan",
        "test_window",
        "account",
        "unit",
    )
    return [
        row["id"]  # type: ignore[misc]
        for table in tables
        for row in clinic.rows(f"SELECT {table.replace('test_', '').replace('_text', '')}_id AS id FROM {table} "
                               "WHERE tenant_id = %s LIMIT 3", clinic.tenant_id)
    ]  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it and print the figures; status 1 with any fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(arguments)
    logging.disable(logging.INFO)
    began = time.monotonic()
    with plain_databases() as databases, databases.fresh() as url, staged(url) as stage:
        found, seed = Found(), args.seed
        while found.cases < args.cases:
            # Round by round, so that whoever stops it early has seen every operation as every role.
            fuzz(stage, per_operation=2, seed=seed, found=found)
            seed += 1
            answers = dict(sorted(found.statuses.items()))
            print(f"{found.cases} cases in {time.monotonic() - began:.0f} s; answers: {answers}", flush=True)
            for fault in list(dict.fromkeys(found.faults))[:5]:
                print(f"  {fault[:400]}", flush=True)
    for fault, times in Counter(found.faults).most_common(40):
        print(f"{times} x {fault[:1500]}")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
