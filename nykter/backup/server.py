"""The database server a backup is taken of: its facts, its version's programs, and how those programs log in."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from nykter.errors import NykterError
from nykter.runtime.postgres_binaries import available_binaries


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a backup needs to know of the server."""

    version: str
    system_identifier: str
    segment_bytes: int
    superuser: str

    @property
    def major(self) -> int:
        """PostgreSQL's major version."""
        return int(self.version.split(".")[0])


class DatabaseServer:
    """A running server, by a URL of one of its databases whose user may replicate."""

    def __init__(self, url: str) -> None:
        parts = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
        password = parts.pop("password", None)
        parts.pop("dbname", None)
        self._url = url
        self.conninfo = make_conninfo(**parts)
        # A command line can be read by everybody on the machine; an environment only by its owner.
        self.environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"} | (
            {"PGPASSWORD": password} if password else {}
        )

    def facts(self) -> ServerFacts:
        """Raises NykterError when the server does not answer."""
        query = (
            "SELECT current_setting('server_version'), system_identifier::text,"
            " pg_size_bytes(current_setting('wal_segment_size')), pg_get_userbyid(10) FROM pg_control_system()"
        )
        row = self._one(query)
        return ServerFacts(str(row[0]).split()[0], str(row[1]), int(str(row[2])), str(row[3]))

    def now(self) -> str:
        """The server's clock, ISO 8601 in UTC."""
        query = (
            """SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""
        )
        return str(self._one(query)[0])

    def _one(self, query: str) -> tuple[object, ...]:
        try:
            with psycopg.connect(self._url, connect_timeout=10, autocommit=True) as conn:
                row = conn.execute(query.encode()).fetchone()
        except psycopg.Error as error:
            raise NykterError(f"The database cannot be asked: {str(error).strip()}") from error
        assert row is not None
        return row


def segment_of(location: str, timeline: int, segment_bytes: int) -> str:
    """The name of the log segment that holds a location such as 0/2000028."""
    high, low = (int(part, 16) for part in location.split("/"))
    return f"{timeline:08X}{high:08X}{low // segment_bytes:08X}"


def program(name: str, major: int) -> Path:
    """One of PostgreSQL's client programs, of the server's own major version or a newer one. Raises NykterError."""
    fitting = sorted(
        (found for found in available_binaries() if found.major >= major and (found.bin / name).exists()),
        key=lambda found: found.major,
    )
    if fitting:
        return fitting[0].bin / name
    if (on_path := shutil.which(name)) is not None and _major_of(on_path) >= major:
        return Path(on_path)
    raise NykterError(
        f"{name} of PostgreSQL {major} or newer was not found. Install the package postgresql-client-{major}."
    )


def run_program(command: Sequence[str], environment: Mapping[str, str], timeout_s: float) -> str:
    """Run one to its end and return what it said. Raises NykterError with its last words."""
    try:
        outcome = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            env=dict(environment),
            timeout=timeout_s,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NykterError(f"{Path(command[0]).name} could not be run: {error}.") from error
    if outcome.returncode != 0:
        raise NykterError(f"{Path(command[0]).name} failed: {last_line(outcome.stdout + outcome.stderr)}")
    return outcome.stdout + outcome.stderr


def last_line(text: str) -> str:
    """The end of what a program said."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it left no message."


def _major_of(path: str) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30).stdout
    digits = said.rsplit(" ", 1)[-1].split(".")[0].strip()
    return int(digits) if digits.isdigit() else 0
