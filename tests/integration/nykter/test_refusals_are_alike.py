"""A client one may not see, one of another tenant and one who does not exist: the same answer after the same work.

Times themselves are measured by `make bench`; here the database is asked the same questions in the same order,
whichever of the three it is. What differs is whether an index finds a row, and that is measured there.
"""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from backend.access.route_actions import ROUTE_ACTIONS
from backend.store.pool import Database
from tests.integration.nykter.test_every_route_and_caller import (
    ANYWHERE,
    STREAMS,
    Caller,
    World,
    is_for,
    make_world,
)
from tests.support.servers import TestDatabases

STRANGERS = {"other", "support"}
"""A clinician of the same unit without a care relation, and technical support of the same tenant."""


@pytest.fixture(scope="module")
def world(postgres_server: TestDatabases) -> Iterator[World]:
    with postgres_server.fresh() as url, Database(url) as db:
        made = make_world(db)
        yield made
        made.loop.run_until_complete(made.browser.aclose())
        made.loop.close()


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that any connection of this process runs meanwhile, without its parameters."""
    seen: list[str] = []
    lock, run = threading.Lock(), psycopg.Cursor.execute

    def execute(self: Any, query: Any, *given: Any, **named: Any) -> Any:
        text = query if isinstance(query, bytes | str) else query.as_string(self)
        plain = text.decode() if isinstance(text, bytes) else text
        with lock:
            seen.append(re.sub(r"\s+", " ", plain).strip())
        return run(self, query, *given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.Cursor, "execute", execute)
        yield seen


def routes() -> list[str]:
    return [
        route
        for route, action in ROUTE_ACTIONS.items()
        if "{client_id}" in route and action not in ANYWHERE and route not in STREAMS
    ]


def the_three(world: World) -> dict[str, str]:
    [abroad] = world.clinic.rows("SELECT client_id FROM client WHERE tenant_id = 'annan'")
    return {
        "forbidden": world.samples["client_id"],
        "of another tenant": str(abroad["client_id"]),
        "nobody": str(uuid4()),
    }


def asked(
    world: World, route: str, caller: Caller, samples: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, str, str, list[str]]:
    with statements(monkeypatch) as seen:
        status, to, text = world.call(route, caller, samples)
    return status, to, text, seen


@pytest.mark.requirement("L4", "D4")
@pytest.mark.timeout(300)
def test_the_same_answer_after_the_same_statements_whoever_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = []
    compared = 0
    for route in routes():
        for caller in world.callers:
            if caller.name not in STRANGERS or is_for(caller, ROUTE_ACTIONS[route]):
                continue
            told = {
                name: asked(world, route, caller, {**world.samples, "client_id": one}, monkeypatch)
                for name, one in the_three(world).items()
            }
            compared += 1
            first = told["forbidden"]
            assert first[3], f"{route}: no statement was seen"
            for name, one in told.items():
                if one != first:
                    wrong.append(
                        f"{route} by {caller.name}, {name}: {one[:3]} after {len(one[3])}, not {len(first[3])}"
                    )
    assert compared > 50
    assert wrong == [], "\n".join(wrong)


def test_a_question_more_for_a_client_that_exists_would_be_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison itself: the assigned clinician's page asks much more than the refusal."""
    people = {one.name: one for one in world.callers}
    route = "GET /clients/{client_id}"
    seen = asked(world, route, people["assigned"], world.samples, monkeypatch)
    refused = asked(world, route, people["other"], world.samples, monkeypatch)
    assert (seen[0], refused[0]) == (200, 404)
    assert len(seen[3]) > len(refused[3]) > 3
