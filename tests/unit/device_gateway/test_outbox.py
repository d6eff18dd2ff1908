import sqlite3
from pathlib import Path
from typing import Any

import pytest

from contracts.envelope import open_envelope
from contracts.receipt import Verdict
from contracts.topics import Kind
from device_gateway.errors import OutboxError, OutboxFullError
from device_gateway.outbox import Outbox
from tests.support.gateway import SIGNER, HandClock, opened, receipt_for, status


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite3"


def numbers(outbox: Outbox) -> list[int]:
    return [row.sequence for row in outbox.waiting(0, 10_000)]


def test_messages_are_numbered_in_order_and_signed(path: Path) -> None:
    outbox = opened(path)
    for uptime_s in range(3):
        outbox.write(Kind.STATUS, status(uptime_s))
    rows = outbox.waiting(0, 10)
    assert [row.sequence for row in rows] == [1, 2, 3]
    assert {row.boot_id for row in rows} == {outbox.boot_id}
    assert all(SIGNER.sealed_by_us(Kind.STATUS, open_envelope(row.sealed)) for row in rows)


def test_the_file_is_durable_and_private(path: Path) -> None:
    outbox = opened(path)
    assert outbox._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert outbox._database.execute("PRAGMA synchronous").fetchone() == (2,)
    for file in path.parent.glob("outbox.sqlite3*"):
        assert file.stat().st_mode & 0o077 == 0, file.name


def test_numbers_go_on_after_a_restart_and_are_never_used_again(path: Path) -> None:
    outbox = opened(path)
    outbox.write(Kind.STATUS, status())
    outbox.settle(receipt_for(*outbox.waiting(0, 1)))
    boot_id = outbox.boot_id
    outbox.close()
    again = opened(path)
    assert again.boot_id == boot_id
    assert again.write(Kind.STATUS, status()).sequence == 2


def test_a_message_leaves_by_its_receipt_only(path: Path) -> None:
    outbox = opened(path)
    for _ in range(3):
        outbox.write(Kind.STATUS, status())
    second = outbox.waiting(0, 10)[1]
    assert outbox.settle(receipt_for(second)) == [second.position]
    assert numbers(outbox) == [1, 3]
    assert outbox.settle(receipt_for(second)) == []


def test_a_duplicate_verdict_is_as_good_as_stored(path: Path) -> None:
    outbox = opened(path)
    outbox.write(Kind.STATUS, status())
    outbox.settle(receipt_for(*outbox.waiting(0, 1), verdict=Verdict.DUPLICATE))
    assert outbox.depth().waiting == 0


def test_a_receipt_for_other_bytes_frees_nothing(path: Path) -> None:
    outbox = opened(path)
    outbox.write(Kind.STATUS, status())
    assert outbox.settle(receipt_for(*outbox.waiting(0, 1), digest="00" * 32)) == []
    assert (outbox.depth().waiting, outbox.mismatched_receipts) == (1, 1)


def test_a_refused_message_is_kept_apart(path: Path) -> None:
    outbox = opened(path)
    outbox.write(Kind.STATUS, status(), summary={"type": "test"})
    outbox.settle(receipt_for(*outbox.waiting(0, 1), verdict=Verdict.REFUSED))
    assert (outbox.depth().waiting, outbox.depth().refused) == (0, 1)
    assert outbox.shown(1)[0].verdict is Verdict.REFUSED
    assert outbox._database.execute("SELECT length(sealed) > 100 FROM refused").fetchone() == (1,)


def test_a_conflict_starts_new_numbers(path: Path) -> None:
    outbox = opened(path)
    outbox.write(Kind.STATUS, status())
    before = outbox.boot_id
    outbox.settle(receipt_for(*outbox.waiting(0, 1), verdict=Verdict.CONFLICT))
    assert outbox.boot_id != before
    assert outbox.write(Kind.STATUS, status()).sequence == 1


def test_a_message_that_cannot_be_built_uses_up_no_number(path: Path) -> None:
    outbox = opened(path)

    def broken(boot_id: str, sequence: int) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        outbox.write(Kind.STATUS, broken, notes={"chain": "x"})  # type: ignore[arg-type]
    assert outbox.note("chain") is None
    assert outbox.write(Kind.STATUS, status()).sequence == 1


def test_notes_change_in_the_same_transaction(path: Path) -> None:
    outbox = opened(path)
    outbox.set_note("open_run", "{}")
    outbox.write(Kind.READING, status(), notes={"open_run": None, "chain": "x"})
    assert (outbox.note("open_run"), outbox.note("chain")) == (None, "x")


def test_a_full_outbox_says_so_and_keeps_what_it_has(path: Path) -> None:
    outbox = opened(path, limit_bytes=300_000)
    with pytest.raises(OutboxFullError):
        for _ in range(10_000):
            outbox.write(Kind.STATUS, status())
    written = outbox.depth().waiting
    assert written > 20
    assert numbers(outbox) == list(range(1, written + 1))
    outbox.settle(receipt_for(*outbox.waiting(0, 400)))
    assert outbox.write(Kind.STATUS, status()).sequence == written + 1


def test_a_second_process_is_kept_off(path: Path) -> None:
    first = opened(path)
    with pytest.raises(OutboxError, match="another gateway"):
        opened(path)
    first.close()
    opened(path).close()


def test_a_damaged_file_is_put_aside_and_its_messages_carried_over(path: Path) -> None:
    outbox = opened(path)
    for uptime_s in range(200):
        outbox.write(Kind.STATUS, status(uptime_s))
    boot_id = outbox.boot_id
    outbox.close()
    content = bytearray(path.read_bytes())
    page = len(content) // 4096 // 2 * 4096
    content[page : page + 4096] = b"\xa5" * 4096
    path.write_bytes(content)

    again = opened(path)
    assert again.damaged_at is not None
    assert again.boot_id != boot_id
    carried = again.waiting(0, 1000)
    assert 100 < len(carried) < 200
    assert {row.boot_id for row in carried} == {boot_id}
    assert carried[0].sequence == 1
    assert carried[-1].sequence == 200
    assert len(list(path.parent.glob("outbox.sqlite3.damaged-*"))) >= 1
    assert again.write(Kind.STATUS, status()).sequence == 1


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.3, 0.77, 0.999])
def test_a_truncated_file_never_stops_the_gateway(path: Path, kept: float) -> None:
    outbox = opened(path)
    for uptime_s in range(60):
        outbox.write(Kind.STATUS, status(uptime_s))
    outbox.close()
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    again = opened(path)
    again.write(Kind.STATUS, status())
    keys = [(row.boot_id, row.sequence) for row in again.waiting(0, 1000)]
    assert len(keys) == len(set(keys)) >= 1


@pytest.mark.parametrize("kept", [0.0, 0.2, 0.5, 0.9])
def test_a_truncated_log_loses_only_its_end(path: Path, kept: float) -> None:
    outbox = opened(path)
    for uptime_s in range(60):
        outbox.write(Kind.STATUS, status(uptime_s))
    log = path.with_name(path.name + "-wal").read_bytes()
    main = path.read_bytes()
    outbox.close()
    path.write_bytes(main)
    path.with_name(path.name + "-wal").write_bytes(log[: int(len(log) * kept)])
    again = opened(path)
    assert numbers(again) == list(range(1, len(numbers(again)) + 1))
    again.write(Kind.STATUS, status())


def test_damage_found_while_running_is_survived(path: Path) -> None:
    outbox = opened(path)
    outbox.write(Kind.STATUS, status())
    database = outbox._database

    class Breaking:
        def __init__(self) -> None:
            self.broken = False

        def __getattr__(self, name: str) -> object:
            return getattr(database, name)

        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            if statement.startswith("INSERT INTO message") and not self.broken:
                self.broken = True
                error = sqlite3.DatabaseError("database disk image is malformed")
                error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
                raise error
            return database.execute(statement, *values)

    outbox._database = Breaking()  # type: ignore[assignment]
    key = outbox.write(Kind.STATUS, status(1))
    assert (key.sequence, outbox.damaged_at is not None) == (1, True)
    assert len(outbox.waiting(0, 10)) == 2


def test_shown_lines_are_kept_short_but_never_lose_what_waits(path: Path) -> None:
    clock = HandClock()
    outbox = opened(path, clock)
    outbox.write(Kind.READING, status(), summary={"n": 0})
    for number in range(1, 260):
        outbox.write(Kind.READING, status(), summary={"n": number})
        outbox.settle(receipt_for(*outbox.waiting(1, 1)))
    lines = outbox.shown(1000)
    assert len(lines) <= 202
    assert lines[-1].summary == {"n": 0}
    assert lines[-1].verdict is None
