"""A base backup: the whole server copied while it works, sealed on the way, with the log that makes it consistent."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO

from nykter.backup.archive import Archive, Manifest
from nykter.backup.key import fingerprint
from nykter.backup.sealed import pieces_of, seal_file
from nykter.backup.server import DatabaseServer, last_line, program, segment_of
from nykter.errors import NykterError

_START = re.compile(
    r"write-ahead log start point: (?P<location>[0-9A-F]+/[0-9A-F]+) on timeline (?P<timeline>\d+)"
)


def create_base(server: DatabaseServer, archive: Archive, key: bytes) -> Manifest:
    """Copy the server into the archive. A copy that fails half-way leaves nothing that looks whole.

    Raises NykterError in words: no program, no right to replicate, a full disk.
    """
    facts, started_at = server.facts(), server.now()
    archive.make()
    draft = archive.new_base(datetime.fromisoformat(started_at))
    name = draft.name.removeprefix(".").removesuffix(".new")
    plain = 0

    def counted(source: IO[bytes]) -> Iterator[bytes]:
        nonlocal plain
        for piece in pieces_of(source):  # type: ignore[arg-type]  # a pipe is a BinaryIO in all but name
            plain += len(piece)
            yield piece

    command = [
        str(program("pg_basebackup", facts.major)), "--dbname", server.conninfo, "--no-password", "--verbose",
        "--pgdata", "-", "--format", "tar", "--wal-method", "fetch", "--checkpoint", "fast", "--label", name,
        "--manifest-checksums", "SHA256",
    ]  # fmt: skip
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, env=server.environment
        ) as copying:
            assert copying.stdout is not None
            try:
                digest = seal_file(draft / "base.sealed", counted(copying.stdout), key, f"base/{name}")
            except OSError as error:
                copying.kill()
                raise NykterError(f"The backup could not be written: {error.strerror}.") from error
        said.seek(0)
        words = said.read()
    start = _START.search(words)
    if copying.returncode != 0 or start is None:
        (draft / "base.sealed").unlink(missing_ok=True)
        draft.rmdir()
        raise NykterError(f"The database could not be copied: {last_line(words)}")
    manifest = Manifest(
        name=name, started_at=started_at, finished_at=server.now(), system_identifier=facts.system_identifier,
        postgres_version=facts.version, superuser=facts.superuser, segment_bytes=facts.segment_bytes,
        first_segment=segment_of(start["location"], int(start["timeline"]), facts.segment_bytes),
        plain_bytes=plain, sealed_bytes=(draft / "base.sealed").stat().st_size, sha256=digest, key=fingerprint(key),
    )  # fmt: skip
    archive.keep_base(draft, manifest, key)
    return manifest
