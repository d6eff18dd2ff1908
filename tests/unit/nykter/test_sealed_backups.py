"""Sealed files and their archive: opened only with the right key, under the right name, and whole."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nykter.backup.archive import Archive, Manifest
from nykter.backup.key import create_key, fingerprint, load_key
from nykter.backup.sealed import DamagedBackup, open_file, seal_file
from nykter.commands.backup import moment_of
from nykter.errors import NykterError

KEY, OTHER = b"\x01" * 32, b"\x02" * 32
PIECES = [bytes([n]) * 700_000 + str(n).encode() * 99 for n in range(5)]


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    path = tmp_path / "x.sealed"
    # Random-looking content, so that several pieces remain after packing.
    seal_file(path, (KEY + os.urandom(900_000) for _ in range(4)), KEY, "base/x")
    return path


def _read(path: Path, key: bytes = KEY, name: str = "base/x") -> bytes:
    return b"".join(open_file(path, key, name))


@pytest.mark.parametrize("pieces", [[], [b""], [b"a"], PIECES])
def test_what_was_sealed_comes_out_again(tmp_path: Path, pieces: list[bytes]) -> None:
    seal_file(tmp_path / "f", pieces, KEY, "base/x")
    assert _read(tmp_path / "f") == b"".join(pieces)
    assert (tmp_path / "f").stat().st_mode & 0o077 == 0


@pytest.mark.requirement("G6")
def test_another_key_or_another_name_opens_nothing(sealed: Path) -> None:
    with pytest.raises(DamagedBackup):
        _read(sealed, OTHER)
    with pytest.raises(DamagedBackup):
        _read(sealed, name="base/y")


@pytest.mark.parametrize("place", [0, 20, 45, 1_000_000, -1])
def test_one_changed_bit_is_found(sealed: Path, place: int) -> None:
    content = bytearray(sealed.read_bytes())
    content[place] ^= 1
    sealed.write_bytes(content)
    with pytest.raises(DamagedBackup):
        _read(sealed)


@pytest.mark.parametrize("kept", [0, 10, 30, 50, 1_048_576 + 61, 2_000_000, -1])
def test_a_file_cut_short_is_found(sealed: Path, kept: int) -> None:
    sealed.write_bytes(sealed.read_bytes()[:kept])
    with pytest.raises(DamagedBackup):
        _read(sealed)


def test_a_file_with_something_behind_it_is_found(sealed: Path) -> None:
    sealed.write_bytes(sealed.read_bytes() + b"x")
    with pytest.raises(DamagedBackup):
        _read(sealed)


def test_a_key_file_is_private_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key"
    create_key(path)
    key = load_key(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o077 == 0
    assert fingerprint(key) != fingerprint(KEY)
    with pytest.raises(NykterError, match="exists already"):
        create_key(path)
    path.chmod(0o644)
    with pytest.raises(NykterError, match="chmod 600"):
        load_key(path)


def _manifest(name: str, finished_at: datetime, first_segment: str) -> Manifest:
    return Manifest(
        name, finished_at.isoformat(), finished_at.isoformat(), "1", "18.4", "nykter", 2**24, first_segment,
        1, 1, "00" * 32, fingerprint(KEY),
    )  # fmt: skip


NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Three backups, ten days apart, and the log from before the first on."""
    made = Archive(tmp_path / "archive")
    made.make()
    for number, age in enumerate((30, 20, 10)):
        at = NOW - timedelta(days=age)
        draft = made.new_base(at)
        made.keep_base(draft, _manifest(f"b{number}", at, f"0000000100000000000000{0xFD + number:02X}"), KEY)
    for position in range(0xFC, 0x103):
        (made.wal / f"{1:08X}{position // 256:08X}{position % 256:08X}.sealed").touch()
    (made.wal / "000000010000000100000003.partial.sealed").touch()
    return made


def test_the_log_goes_on_across_its_files_of_four_gigabytes(archive: Archive) -> None:
    first = archive.manifests()[0]
    assert len(archive.segments_for(first)) == 7
    assert archive.gap_after(first) is None
    (archive.wal / "000000010000000100000000.sealed").unlink()
    assert archive.gap_after(first) == "0000000100000000000000FF"


def test_what_a_wanted_day_needs_is_kept(archive: Archive) -> None:
    removed = list(archive.prune(older_than=NOW - timedelta(days=15)))
    assert removed == ["b0", "0000000100000000000000FC", "0000000100000000000000FD"]
    assert [one.name for one in archive.manifests()] == ["b1", "b2"]


@pytest.mark.requirement("G6")
def test_a_changed_manifest_is_found(archive: Archive) -> None:
    path = archive.bases / "b1" / "manifest.json"
    content = json.loads(path.read_text())
    archive.check(archive.manifests()[1], KEY)
    path.write_text(json.dumps(content | {"first_segment": "0000000100000000000000FF"}))
    with pytest.raises(DamagedBackup):
        archive.check(archive.manifests()[1], KEY)


def test_a_moment_has_an_offset() -> None:
    assert moment_of("latest") is None
    assert moment_of("2026-03-29T02:30:00+02:00") == datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    for wrong in ("yesterday", "2026-03-29T02:30:00"):
        with pytest.raises(NykterError, match="write it like"):
            moment_of(wrong)
