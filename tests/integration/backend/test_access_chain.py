"""The access log proves itself: whatever is done to it behind the services' back, the check finds."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from nacl.signing import SigningKey

from backend.access.principal import SYSTEM
from backend.domain import access_chain as chain
from backend.domain.access_chain import Head
from backend.errors import Forbidden
from backend.notify.channel import Channels, Message
from backend.services import access_chain, retention
from backend.store import access_chain as store
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from nykter.audit_file import AnchorFile
from nykter.cli import main
from tests.support.servers import TestDatabases
from tests.support.web import SetClock

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MARCH, FEBRUARY = date(2026, 3, 1), date(2026, 2, 1)
KEY = SigningKey(bytes(range(32)))
LONG_AFTER = datetime(2040, 1, 1, tzinfo=UTC)
"""When the checks look."""
Spoil = Callable[[psycopg.Connection[tuple[object, ...]], list[int]], object]


@pytest.fixture(scope="module")
def shared(postgres_server: TestDatabases) -> Iterator[Database]:
    with postgres_server.fresh() as url, Database(url) as db:
        with psycopg.connect(url) as conn:
            conn.execute(
                "INSERT INTO tenant VALUES ('aa', 'Akommun', 'region', '{}', %s), ('bb', 'B', 'region', '{}', %s)",
                (NOW, NOW),
            )
        yield db


@pytest.fixture
def db(shared: Database) -> Database:
    """Two tenants' log of two months: 40 rows in four links, and nothing of an earlier test."""
    behind(shared, "TRUNCATE access_log, access_seal, access_month_end")
    look(shared, "aa", 10, NOW)
    look(shared, "bb", 10, NOW)
    access_chain.seal(shared, SYSTEM)
    look(shared, "aa", 10, NOW)
    look(shared, "aa", 10, NOW - timedelta(days=20))
    access_chain.seal(shared, SYSTEM)
    # the sealer waits ten minutes for late transactions; here they are over
    behind(shared, "UPDATE access_seal SET made_at = made_at - interval '11 minutes'")
    return shared


def look(db: Database, tenant: str, times: int, at: datetime) -> None:
    with psycopg.connect(db.conninfo) as conn:
        for _ in range(times):
            conn.execute(
                "INSERT INTO access_log (tenant_id, at, account_id, unit_id, client_id, action)"
                " VALUES (%s, %s, %s, %s, %s, 'client_overview')",
                (tenant, at, uuid4(), uuid4(), uuid4()),
            )


def behind(db: Database, *statements: str) -> None:
    """What somebody with the database's own rights can do: no trigger stops them."""
    with psycopg.connect(db.conninfo) as conn:
        conn.execute("SET session_replication_role = replica")
        conn.execute("ALTER TABLE access_log DISABLE TRIGGER USER")
        for table in ("access_seal", "access_month_end"):
            conn.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        for statement in statements:
            conn.execute(statement.encode())
        for table in ("access_log", "access_seal", "access_month_end"):
            conn.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())


def entries(db: Database, tenant: str = "aa") -> list[int]:
    with psycopg.connect(db.conninfo) as conn:
        found = conn.execute(
            "SELECT entry_id FROM access_log WHERE tenant_id = %s ORDER BY entry_id", (tenant,)
        )
        return [int(row[0]) for row in found]


def faults(db: Database, anchored: list[Head] | None = None) -> list[tuple[str, str, int | None]]:
    check = access_chain.verify(db, SYSTEM, anchored or (), keys=[KEY.verify_key], now=LONG_AFTER)
    return [(one.fault, one.tenant_id, one.entry_id) for one in check.findings]


def test_a_log_that_nobody_touched_is_found_whole(db: Database) -> None:
    check = access_chain.verify(db, SYSTEM, access_chain.heads(db, SYSTEM), now=LONG_AFTER)
    assert (check.chains, check.links, check.entries, check.anchored, check.findings) == (3, 4, 40, 3, ())
    assert access_chain.seal(db, SYSTEM) == 0


@pytest.mark.parametrize("column", ["at", "account_id", "unit_id", "client_id", "action", "emergency_id"])
@pytest.mark.requirement("D6")
def test_a_changed_row_is_found(db: Database, column: str) -> None:
    new = {"at": "at + interval '1 microsecond'", "action": "'x'"}.get(column, "gen_random_uuid()")
    row = entries(db)[7]
    behind(db, f"UPDATE access_log SET {column} = {new} WHERE entry_id = {row}")
    assert faults(db) == [("changed", "aa", row)]


def test_a_row_given_to_another_tenant_is_found_in_both(db: Database) -> None:
    row = entries(db)[3]
    behind(db, f"UPDATE access_log SET tenant_id = 'bb' WHERE entry_id = {row}")
    assert set(faults(db)) == {("changed", "aa", row), ("not_sealed", "bb", row)}


@pytest.mark.requirement("D6")
def test_a_removed_row_is_found(db: Database) -> None:
    row = entries(db)[5]
    behind(db, f"DELETE FROM access_log WHERE entry_id = {row}")
    assert faults(db) == [("removed", "aa", row)]


def test_a_row_put_in_afterwards_is_found(db: Database) -> None:
    behind(
        db,
        "INSERT INTO access_log (entry_id, tenant_id, at, account_id, action) OVERRIDING SYSTEM VALUE"
        f" VALUES (-1, 'aa', '{NOW.isoformat()}', gen_random_uuid(), 'x')",
    )
    assert faults(db) == [("not_sealed", "aa", -1)]


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (
            "UPDATE access_seal SET digests = set_byte(digests, 0, 1 # get_byte(digests, 0)) WHERE number = 1",
            "link_changed",
        ),
        (
            "DELETE FROM access_seal WHERE tenant_id = 'aa' AND month = '2026-03-01' AND number = 1",
            "link_missing",
        ),
    ],
)
def test_a_changed_or_missing_link_is_found(db: Database, spoil: str, fault: str) -> None:
    behind(db, spoil)
    assert fault in {one[0] for one in faults(db)}


@pytest.mark.requirement("D6")
def test_an_end_that_was_cut_off_with_its_rows_is_found_by_the_heads_written_down(db: Database) -> None:
    anchored = access_chain.heads(db, SYSTEM)
    behind(
        db,
        "DELETE FROM access_log l USING access_seal s WHERE l.entry_id = ANY (s.entry_ids) AND s.number = 2",
        "DELETE FROM access_seal WHERE number = 2",
    )
    assert faults(db) == []
    assert faults(db, anchored) == [("rolled_back", "aa", None)]


def test_a_whole_month_that_was_taken_away_is_found_by_the_heads_written_down(db: Database) -> None:
    anchored = access_chain.heads(db, SYSTEM)
    behind(
        db, "DELETE FROM access_log WHERE tenant_id = 'bb'", "DELETE FROM access_seal WHERE tenant_id = 'bb'"
    )
    assert faults(db) == []
    assert faults(db, anchored) == [("rolled_back", "bb", None)]


def test_a_chain_that_was_made_anew_over_other_rows_is_found_by_the_heads_written_down(db: Database) -> None:
    anchored = access_chain.heads(db, SYSTEM)
    behind(db, f"DELETE FROM access_log WHERE entry_id = {entries(db, 'bb')[0]}", "DELETE FROM access_seal")
    while access_chain.seal(db, SYSTEM):
        pass
    assert faults(db) == []
    assert {one[0] for one in faults(db, anchored)} >= {"replaced"}


def test_a_row_that_is_committed_late_is_sealed_all_the_same(db: Database) -> None:
    with psycopg.connect(db.conninfo) as slow:
        slow.execute(
            "INSERT INTO access_log (tenant_id, at, account_id, action) VALUES ('aa', %s, %s, 'x')",
            (NOW, uuid4()),
        )
        look(db, "aa", 2, NOW)
        assert access_chain.seal(db, SYSTEM) == 2
    assert access_chain.seal(db, SYSTEM) == 1
    assert faults(db) == []


def test_only_one_seals_at_a_time_and_nobody_waits(db: Database) -> None:
    look(db, "aa", 1, NOW)
    with psycopg.connect(db.conninfo) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtext('nykter access seal'))")
        assert access_chain.seal(db, SYSTEM) == 0
    assert access_chain.seal(db, SYSTEM) == 1


@pytest.mark.parametrize("role", ["nykter_app", "nykter_system", None])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access_log SET action = 'y'",
        "DELETE FROM access_log",
        "UPDATE access_seal SET digest = previous",
        "DELETE FROM access_seal",
        "TRUNCATE access_log",
    ],
)
def test_nobody_changes_or_removes_what_was_logged(db: Database, statement: str, role: str | None) -> None:
    with psycopg.connect(db.conninfo) as conn:
        conn.execute(
            "SELECT set_config('nykter.tenant', 'aa', false), set_config('nykter.scope', 'maintenance', false)"
        )
        if role is not None:
            conn.execute(f"SET ROLE {role}".encode())
        with pytest.raises((psycopg.errors.RaiseException, psycopg.errors.InsufficientPrivilege)):
            conn.execute(statement.encode())


@pytest.mark.requirement("D6", "L1", "L7")
def test_no_month_ends_before_five_years_are_over(db: Database) -> None:
    early = datetime(2031, 3, 31, 23, tzinfo=UTC)
    with pytest.raises(psycopg.errors.CheckViolation):
        access_chain.end_months(db, SYSTEM, "aa", (), KEY, before=early + timedelta(days=30), now=early)


def test_a_month_that_was_ended_in_a_time_to_come_hides_no_removed_row(db: Database) -> None:
    """Whoever has the database's rights can sign with a key of their own and say any time, but not make it true."""
    anchored = access_chain.heads(db, SYSTEM)
    forged = datetime(2090, 1, 1, tzinfo=UTC)
    with db.transaction(SYSTEM_SCOPE) as conn:
        head = next(one for one in anchored if one.tenant_id == "aa")
        own, said = SigningKey.generate(), chain.end_statement(head, forged)
        store.add_end(conn, head, bytes(own.verify_key), own.sign(said).signature, now=forged)
        conn.execute(
            "DELETE FROM access_log WHERE tenant_id = 'aa'"
            " AND date_trunc('month', at AT TIME ZONE 'UTC')::date = %s",
            (head.month,),
        )
    assert faults(db, anchored) == [("end_unsigned", "aa", None), ("end_early", "aa", None)]


@pytest.mark.requirement("D6")
def test_a_months_end_signed_with_a_key_of_the_forgers_own_is_found(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the database alone: the right head, a time that may be, a signature that fits the key beside it."""
    place = AnchorFile(tmp_path)
    monkeypatch.setenv("NYKTER_DATABASE_URL", db.conninfo)
    monkeypatch.setenv("NYKTER_AUDIT_FOLDER", str(tmp_path))
    monkeypatch.setattr("nykter.clock.clock_from_environment", lambda: SetClock(LONG_AFTER))
    access_chain.anchor(db, SYSTEM, place, key=KEY, now=NOW)
    head = next(one for one in place.heads() if (one.tenant_id, one.month) == ("aa", FEBRUARY))
    at, forger = datetime(2035, 1, 1, tzinfo=UTC), SigningKey.generate()
    with db.transaction(SYSTEM_SCOPE) as conn:
        said = chain.end_statement(head, at)
        store.add_end(conn, head, bytes(forger.verify_key), forger.sign(said).signature, now=at)
    behind(db, "DELETE FROM access_log WHERE tenant_id = 'aa' AND at < '2026-03-01'")
    assert main(["audit", "verify"]) == 1
    assert "aa  2026-02: the end of the month is signed by NO KEY kept outside" in capsys.readouterr().out

    # Naming the right key beside the forged signature, or another signature, helps as little.
    for spoil in (f"public_key = '\\x{bytes(KEY.verify_key).hex()}'", f"signature = '\\x{'00' * 64}'"):
        behind(db, f"UPDATE access_month_end SET {spoil}")
        assert main(["audit", "verify"]) == 1
        assert "signed by NO KEY" in capsys.readouterr().out

    # Signed with the key whose public half was written down, it is a true end; without that key none is believed.
    behind(db, "TRUNCATE access_month_end")
    with db.transaction(SYSTEM_SCOPE) as conn:
        store.add_end(
            conn, head, bytes(KEY.verify_key), KEY.sign(chain.end_statement(head, at)).signature, now=at
        )
    assert main(["audit", "verify"]) == 0
    monkeypatch.delenv("NYKTER_AUDIT_FOLDER")
    capsys.readouterr()
    assert main(["audit", "verify"]) == 1
    assert "signed by NO KEY" in capsys.readouterr().out


def test_the_keys_that_sign_ends_stand_in_the_file_and_cannot_be_slipped_in(
    db: Database, tmp_path: Path
) -> None:
    place, other = AnchorFile(tmp_path), SigningKey.generate()
    for key in (KEY, KEY, other):
        access_chain.anchor(db, SYSTEM, place, key=key, now=NOW)
    assert place.keys() == [KEY.verify_key, other.verify_key]
    assert len(place.heads()) == 3
    text = place.path.read_text(encoding="ascii")
    place.path.write_text(text.replace(bytes(KEY.verify_key).hex(), "00" * 32), encoding="ascii")
    with pytest.raises(ValueError, match="line 1"):
        place.keys()


def test_an_old_month_goes_behind_a_signed_end_and_the_rest_still_holds(db: Database) -> None:
    anchored = access_chain.heads(db, SYSTEM)
    later = datetime(2031, 3, 20, tzinfo=UTC)
    assert retention.retain(db, SYSTEM, now=later)  # without a key everything stays
    assert len(entries(db)) == 30
    gone = {
        (one.tenant_id, one.rows)
        for one in retention.retain(db, SYSTEM, now=later, audit_key=KEY)
        if one.rows
    }
    assert gone == {("aa", 10)}
    assert faults(db, anchored) == []
    row = entries(db)[0]
    behind(db, f"UPDATE access_log SET action = 'y' WHERE entry_id = {row}")
    assert faults(db, anchored) == [("changed", "aa", row)]
    behind(db, "UPDATE access_month_end SET entries = 9")
    assert ("end_unsigned", "aa", None) in faults(db, anchored)


def test_heads_are_written_down_once_and_a_changed_file_is_refused(db: Database, tmp_path: Path) -> None:
    place = AnchorFile(tmp_path)
    assert access_chain.anchor(db, SYSTEM, place, now=NOW) == 3
    assert access_chain.anchor(db, SYSTEM, place, now=NOW) == 0
    look(db, "bb", 1, NOW)
    access_chain.seal(db, SYSTEM)
    assert access_chain.anchor(db, SYSTEM, place, now=NOW) == 1
    assert [one.number for one in place.heads() if one.tenant_id == "bb"] == [1, 2]
    with place.path.open("ab") as stream:
        stream.write(b'{"torn')
    look(db, "bb", 1, NOW)
    access_chain.seal(db, SYSTEM)
    assert access_chain.anchor(db, SYSTEM, place, now=NOW) == 1
    assert len(place.heads()) == 5
    lines = place.path.read_bytes().splitlines(keepends=True)
    place.path.write_bytes(b"".join(lines[:1] + lines[2:]))
    with pytest.raises(ValueError, match="line 2"):
        place.heads()


def test_the_command_says_what_it_found(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NYKTER_DATABASE_URL", db.conninfo)
    monkeypatch.setenv("NYKTER_AUDIT_FOLDER", str(tmp_path))
    assert main(["audit", "seal"]) == 0
    assert main(["audit", "verify"]) == 0
    assert "Nothing was changed." in capsys.readouterr().out
    assert main(["audit", "heads", "--tenant", "bb"]) == 0
    assert capsys.readouterr().out.startswith("bb  2026-03  link 1  10 rows  ")
    row = entries(db)[0]
    behind(db, f"DELETE FROM access_log WHERE entry_id = {row}", "DELETE FROM access_seal WHERE number = 2")
    assert main(["audit", "verify"]) == 1
    said = capsys.readouterr().out
    assert f"aa  2026-03: row {row} was REMOVED" in said
    assert "aa  2026-03: link 2 was written down and is GONE" in said


def test_the_archivist_is_told_the_heads_and_nothing_about_anybody(db: Database) -> None:
    sent: list[Message] = []

    class Post:
        def send(self, message: Message, *, now: datetime) -> None:
            sent.append(message)

    settings = '{"archivist": {"kind": "email", "address": "arkiv@example.org"}}'
    with psycopg.connect(db.conninfo) as conn:
        conn.execute(f"UPDATE tenant SET settings = '{settings}' WHERE tenant_id = 'aa'".encode())
    channels = Channels({"email": Post()}, None)
    assert access_chain.send_heads(db, SYSTEM, channels, now=NOW) == 1
    assert access_chain.send_heads(db, SYSTEM, channels, now=NOW + timedelta(hours=1)) == 1
    assert sent[0] == sent[1]
    assert sent[0].address == "arkiv@example.org"
    standing = access_chain.heads(db, SYSTEM, "aa")
    assert all(one.digest.hex() in sent[0].text for one in standing)
    with psycopg.connect(db.conninfo) as conn:
        [client] = conn.execute("SELECT client_id::text FROM access_log LIMIT 1").fetchall()
    assert str(client[0]) not in sent[0].text


def test_only_the_system_seals_and_checks(db: Database) -> None:
    person = SYSTEM.__class__(UUID(int=1), "aa", "manager", None, None, "M", "sv")
    for call in (access_chain.seal, access_chain.heads, partial(access_chain.verify, now=LONG_AFTER)):
        with pytest.raises(Forbidden):
            call(db, person)


def test_a_months_chain_begins_with_its_tenant_and_month() -> None:
    assert len({chain.genesis(tenant, month) for tenant in ("aa", "bb") for month in (MARCH, FEBRUARY)}) == 4
