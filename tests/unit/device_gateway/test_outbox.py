import random
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from contracts.envelope import open_envelope
from contracts.receipt import Verdict
from contracts.resend import ResendRequest
from contracts.topics import Kind
from device_gateway.errors import OutboxError, OutboxFullError
from device_gateway.outbox import Outbox
from device_gateway.signing import Signer, create_key, load_key, remember_key
from tests.support.gateway import OPENED, SIGNER, START, HandClock, opened, receipt_for, status


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


@pytest.mark.requirement("D3", "H5")
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


def _delivered(outbox: Outbox, *ages_h: int) -> None:
    """Readings whose receipts were signed so many hours before START."""
    for age_h in ages_h:
        outbox.write(Kind.READING, status())
        receipt = receipt_for(*outbox.waiting(0, 1))
        outbox.settle(receipt.model_copy(update={"received_at": START - timedelta(hours=age_h)}))


def _request(asked_h: int = 0, since_h: int = 3) -> ResendRequest:
    return ResendRequest(
        device_id="gw-test-1",
        asked_at=START + timedelta(hours=asked_h),
        delivered_since=START - timedelta(hours=since_h),
    )


def test_what_was_delivered_since_a_moment_is_sent_again_once(path: Path) -> None:
    outbox = opened(path)
    _delivered(outbox, 5, 4, 3, 2)
    assert outbox.recall(_request()) == 2
    assert numbers(outbox) == [3, 4]
    assert outbox.recall(_request()) == 0, "the broker keeps the request and repeats it"
    outbox.settle(receipt_for(*outbox.waiting(0, 10)))
    assert outbox.recall(_request()) == 0
    assert outbox.recall(_request(asked_h=1, since_h=24)) == 4, "a later request, further back"
    assert sorted(numbers(outbox)) == [1, 2, 3, 4]


def test_heartbeats_are_not_kept_after_delivery(path: Path) -> None:
    outbox = opened(path)
    outbox.write(Kind.STATUS, status())
    outbox.settle(receipt_for(*outbox.waiting(0, 1)))
    assert outbox.recall(_request()) == 0


def test_delivered_messages_are_kept_for_two_weeks(path: Path) -> None:
    outbox = opened(path)
    _delivered(outbox, 24 * 15, 24 * 13, 0)
    assert outbox.recall(_request(since_h=24 * 30)) == 2


def test_what_is_kept_after_delivery_gives_way_to_what_waits(path: Path) -> None:
    kept, fresh = opened(path, limit_bytes=300_000), opened(path.with_name("fresh"), limit_bytes=300_000)
    for _ in range(300):
        kept.write(Kind.READING, status())
        kept.settle(receipt_for(*kept.waiting(0, 1)))
    for outbox in (fresh, kept):
        with pytest.raises(OutboxFullError):
            for _ in range(10_000):
                outbox.write(Kind.READING, status())
    assert kept.depth().waiting > fresh.depth().waiting * 0.9


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
    assert [row.sequence for row in carried] == list(range(1, 201))
    assert {row.boot_id for row in carried} == {boot_id}
    assert len(list(path.parent.glob("outbox.sqlite3.damaged-*"))) >= 1
    assert again.write(Kind.STATUS, status()).sequence == 1


def test_what_the_key_before_signed_is_carried_over_too_and_a_strangers_is_not(tmp_path: Path) -> None:
    key_file, path = tmp_path / "gateway.key", tmp_path / "outbox.sqlite3"
    before = create_key(key_file)
    outbox = Outbox(path, before, HandClock(), limit_bytes=64 * 1024 * 1024)
    for uptime_s in range(3):
        outbox.write(Kind.STATUS, status(uptime_s))
    outbox.close()
    remember_key(key_file, before)
    key_file.unlink()
    create_key(key_file)
    path.write_bytes(b"\xa5" * 8192)
    again = Outbox(path, load_key(key_file), HandClock(), limit_bytes=64 * 1024 * 1024)
    OPENED.append(again)
    assert numbers(again) == [1, 2, 3]
    other_key = Signer.of(SigningKey.generate())
    assert not other_key.sealed_by_us(Kind.STATUS, open_envelope(again.waiting(0, 1)[0].sealed))


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
    assert len(keys) == len(set(keys)) == 61


@pytest.mark.parametrize("kept", [0.0, 0.2, 0.5, 0.9])
def test_a_truncated_log_loses_nothing(path: Path, kept: float) -> None:
    outbox = opened(path)
    for uptime_s in range(60):
        outbox.write(Kind.STATUS, status(uptime_s))
    log = path.with_name(path.name + "-wal").read_bytes()
    main = path.read_bytes()
    outbox.close()
    path.write_bytes(main)
    path.with_name(path.name + "-wal").write_bytes(log[: int(len(log) * kept)])
    again = opened(path)
    assert numbers(again) == list(range(1, 61))
    assert again.write(Kind.STATUS, status()).sequence in {1, 61}


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


def files(path: Path) -> dict[str, bytes]:
    """The outbox as it lies on the disk now."""
    return {file.name: file.read_bytes() for file in path.parent.glob(path.name + "*")}


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.requirement("H5")
def test_a_power_cut_that_cuts_the_database_anywhere_loses_and_doubles_nothing(path: Path, seed: int) -> None:
    dice = random.Random(seed)
    outbox = opened(path)
    for number in range(dice.randrange(1, 30)):
        outbox.set_note("open_run", str(number))
        outbox.write(Kind.STATUS, status(number), notes={"open_run": None}, summary={"n": number})
        if dice.randrange(4) == 0:
            outbox.settle(receipt_for(*outbox.waiting(0, dice.randrange(1, 4))))
    outbox.set_note("open_run", "last")
    expected = {(row.boot_id, row.sequence) for row in outbox.waiting(0, 1000)}
    on_disk = files(path)
    outbox.close()
    for name, content in on_disk.items():
        (path.parent / name).write_bytes(content)
    for name in (path.name, path.name + "-wal"):
        if name in on_disk and dice.randrange(3):
            (path.parent / name).write_bytes(on_disk[name][: dice.randrange(len(on_disk[name]) + 1)])
    again = opened(path)
    keys = [(row.boot_id, row.sequence) for row in again.waiting(0, 1000)]
    assert expected <= set(keys), f"seed {seed}"
    assert len(keys) == len(set(keys))
    assert again.note("open_run") == "last"
    assert sorted(sequence for _, sequence in keys) == [sequence for _, sequence in keys]
    new = again.write(Kind.STATUS, status())
    assert new not in keys


def test_a_torn_last_line_of_the_redo_log_is_passed_over(path: Path) -> None:
    outbox = opened(path)
    outbox.write(Kind.STATUS, status())
    outbox.close()
    log = path.with_name(path.name + ".redo")
    log.write_bytes(log.read_bytes() + b'0badc0de {"n": 17, "bo')
    path.unlink()
    again = opened(path)
    assert numbers(again) == [1]
    assert again.damaged_at is not None


def test_what_the_database_could_not_commit_is_not_done_again(path: Path) -> None:
    outbox = opened(path)
    outbox.write(Kind.STATUS, status())
    database = outbox._database

    class Failing:
        def __init__(self) -> None:
            self.left = 1

        def __getattr__(self, name: str) -> object:
            return getattr(database, name)

        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            if statement == "COMMIT" and self.left:
                self.left -= 1
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR
                raise error
            return database.execute(statement, *values)

    outbox._database = Failing()  # type: ignore[assignment]
    with pytest.raises(OutboxError):
        outbox.write(Kind.STATUS, status(1), notes={"chain": "x"})
    outbox.write(Kind.STATUS, status(2))
    outbox.close()
    path.unlink()
    path.with_name(path.name + "-wal").unlink(missing_ok=True)
    again = opened(path)
    assert numbers(again) == [1, 2]
    assert again.note("chain") is None


def test_the_redo_log_forgets_what_has_left(path: Path) -> None:
    outbox = opened(path)
    outbox.write(Kind.STATUS, status())
    log = path.with_name(path.name + ".redo")
    outbox._redo._size = 10**7
    outbox.settle(receipt_for(*outbox.waiting(0, 1)))
    assert log.stat().st_size < 1000


def test_the_reserve_lets_readings_in_when_the_room_is_gone_and_is_asked_for_again(path: Path) -> None:
    outbox = opened(path, limit_bytes=400_000)
    with pytest.raises(OutboxFullError):
        for _ in range(10_000):
            outbox.write(Kind.STATUS, status(), essential=False)
    assert outbox.holds_reserve()
    outbox.write(Kind.READING, status())
    assert not outbox.holds_reserve()
    while outbox.depth().waiting:
        outbox.settle(receipt_for(*outbox.waiting(0, 400)))
    assert outbox.holds_reserve()
    assert outbox.fill_percent() < 75


def test_a_disk_that_is_full_gives_up_the_reserve_and_then_says_so(small_disk: Path) -> None:
    outbox = opened(small_disk / "outbox.sqlite3")
    filler = small_disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        for _ in range(10_000):
            file.write(bytes(4096))
    written = 0
    with pytest.raises(OutboxFullError):
        for _ in range(10_000):
            outbox.write(Kind.READING, status())
            written += 1
    assert written > 20
    assert not outbox.holds_reserve()
    filler.unlink()
    outbox.write(Kind.READING, status())
    assert numbers(outbox) == list(range(1, written + 2))
    outbox.settle(receipt_for(*outbox.waiting(0, 400)))
    assert outbox.holds_reserve()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small file system can only be mounted by root")
    yield place
    for outbox in OPENED:
        outbox.close()
    OPENED.clear()
    subprocess.run(["umount", "-l", str(place)], check=True)
