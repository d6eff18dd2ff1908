"""Restore to a moment, in a new folder: base backup, then the log up to the moment, then a server of its own."""

import json
import shlex
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

import psycopg
from psycopg import sql

from nykter.backup.archive import Archive, Manifest, sealed_name
from nykter.backup.key import fingerprint
from nykter.backup.sealed import DamagedBackup, open_file, sha256_of
from nykter.errors import NykterError
from nykter.runtime.account import ServerAccount, account_for, private_folder, write_private
from nykter.runtime.home import home_for
from nykter.runtime.postgres import EmbeddedPostgres
from nykter.runtime.postgres_folder import SUPERUSER, new_password

_LONGEST_RECOVERY_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Restored:
    """Where the restored database lies and how far it goes."""

    cluster: Path
    manifest: Manifest
    last_commit_at: datetime | None
    """Of the last transaction that was replayed from the log; None when none was."""


def choose_base(archive: Archive, moment: datetime | None, key: bytes) -> Manifest:
    """The newest base backup that was finished by `moment`. Raises NykterError when the archive does not go back."""
    fitting = [one for one in archive.manifests() if moment is None or one.restorable_from <= moment]
    if not fitting:
        raise NykterError(
            f"No backup in {archive.path} goes back so far. `nykter backup list` says which moments can be reached."
        )
    chosen = fitting[-1]
    if chosen.key != fingerprint(key):
        raise NykterError(f"{chosen.name} was sealed with another key (its fingerprint: {chosen.key}).")
    archive.check(chosen, key)
    return chosen


def restore(archive: Archive, folder: Path, key: bytes, moment: datetime | None) -> Restored:
    """Everything committed by `moment` (the database's clock; None: all there is) into `folder`, and nothing after it.

    `folder` must not hold a database. It becomes one that `EmbeddedPostgres` starts, and whose `cluster` any other
    PostgreSQL of the same major version does. What fails leaves no half-restored database behind. Raises NykterError.
    """
    manifest = choose_base(archive, moment, key)
    account = account_for(("postgres",))
    folder.parent.mkdir(parents=True, exist_ok=True)
    private_folder(folder, account)
    home = home_for(folder, account)
    if (home / "cluster").exists():
        raise NykterError(
            f"{folder} holds a database already; a restore never touches one. Choose a new folder."
        )
    draft, log = home / "cluster.new", home / "wal"
    for left in (draft, log):
        shutil.rmtree(left, ignore_errors=True)
    try:
        _unpack(archive, manifest, key, draft, account)
        _unpack_log(archive, manifest, key, log, account)
        draft.rename(home / "cluster")
        return _recover(folder, home, log, manifest, moment, account)
    except BaseException:
        shutil.rmtree(home / "cluster", ignore_errors=True)
        raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(log, ignore_errors=True)


class _Pieces:
    """What `tarfile` needs of a stream: `read`."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._held = pieces, b""

    def read(self, size: int) -> bytes:
        while len(self._held) < size and (piece := next(self._pieces, None)) is not None:
            self._held += piece
        found, self._held = self._held[:size], self._held[size:]
        return found

    def finish(self) -> None:
        """Read to the end: only then the sealed file is known to be whole."""
        for _ in self._pieces:
            continue


def _unpack(archive: Archive, manifest: Manifest, key: bytes, target: Path, account: ServerAccount) -> None:
    private_folder(target, account)
    pieces = _Pieces(open_file(archive.base_file(manifest), key, f"base/{manifest.name}"))
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", pieces), mode="r|") as copy:
            for member in copy:
                if not (member.isfile() or member.isdir()):
                    raise DamagedBackup(f"{manifest.name} holds a link; tablespaces are not supported.")
                if not (target / member.name).resolve().is_relative_to(target.resolve()):
                    raise DamagedBackup(f"{manifest.name} holds a file that lies outside it.")
                # Python 3.11 has the filter from 3.11.4 on; what it keeps out is refused above in any case.
                more: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
                copy.extract(member, target, **more)
        pieces.finish()
    except (tarfile.TarError, OSError) as error:
        raise NykterError(f"{manifest.name} could not be unpacked: {error}.") from error
    _compare(manifest.name, target)
    for path in target.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
        account.give(path)
    (target / "recovery.signal").touch(mode=0o600)
    account.give(target / "recovery.signal")


def _compare(name: str, target: Path) -> None:
    """Every file against the list the server itself made while it was copied (backup_manifest).

    PostgreSQL's own pg_verifybackup does the same, but the one in the wheel ends with a crash.
    """
    listed = json.loads((target / "backup_manifest").read_text(encoding="utf-8"))["Files"]
    for entry in listed:
        path = target / str(entry.get("Path") or bytes.fromhex(entry["Encoded-Path"]).decode())
        if not path.is_file() or sha256_of(path) != entry["Checksum"]:
            raise DamagedBackup(f"{name}: {path.relative_to(target)} is not what the server sent.")


def _unpack_log(
    archive: Archive, manifest: Manifest, key: bytes, target: Path, account: ServerAccount
) -> None:
    private_folder(target, account)
    needed = archive.segments_for(manifest)
    needed |= {path.name.removesuffix(".sealed"): path for path in archive.histories()}
    for name, path in needed.items():
        with (target / name).open("wb") as file:
            for piece in open_file(path, key, sealed_name(path)):
                file.write(piece)
        account.give(target / name)


def _recover(
    folder: Path, home: Path, log: Path, manifest: Manifest, moment: datetime | None, account: ServerAccount
) -> Restored:
    quoted = shlex.quote(str(log)).replace("%", "%%")
    settings = {
        "restore_command": f"cp {quoted}/%f %p",
        "recovery_target_action": "promote",
        "hot_standby": "off",
        # The original's settings may lie outside of its data (Debian keeps them in /etc), or let nobody in here.
        "config_file": str(_own(log, "server.conf", "", account)),
        "hba_file": str(_own(log, "hba.conf", "local all all trust\n", account)),
        "ident_file": str(_own(log, "ident.conf", "", account)),
        "archive_mode": "off",
        # What the original loaded (TimescaleDB for one) need not be installed here to replay its log.
        "shared_preload_libraries": "",
    }
    if moment is not None:
        settings["recovery_target_time"] = moment.astimezone(UTC).isoformat(sep=" ")
    write_private(home / "password", new_password(), account)
    server = EmbeddedPostgres(
        folder, database="postgres", settings=settings, start_timeout_s=_LONGEST_RECOVERY_S
    )
    url = server.start()
    try:
        with psycopg.connect(url, user=manifest.superuser, autocommit=True) as conn:
            row = conn.execute("SELECT pg_last_xact_replay_timestamp()").fetchone()
            _set_password(conn, (home / "password").read_text(encoding="utf-8"))
            conn.execute("CHECKPOINT")
    finally:
        server.stop()
    return Restored(home / "cluster", manifest, row[0] if row else None)


def _own(folder: Path, name: str, text: str, account: ServerAccount) -> Path:
    write_private(folder / name, text, account)
    return folder / name


def _set_password(conn: psycopg.Connection[tuple[object, ...]], password: str) -> None:
    """Give an embedded server's superuser the new folder's password; another server's accounts are left alone."""
    if conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [SUPERUSER]).fetchone():
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
        conn.execute(statement.format(sql.Identifier(SUPERUSER), sql.Literal(password)))
