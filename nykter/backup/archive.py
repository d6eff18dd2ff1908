"""The archive folder: what lies where, and how far one can go back with it.

base/<UTC time>/base.sealed, manifest.json     a copy of the whole database server
wal/<segment>.sealed, <segment>.partial.sealed its log, 16 MB at a time; the last one as far as it goes
spool/                                         plain log on its way into wal/; only its owner may enter
"""

import hmac
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from nykter.backup.sealed import DamagedBackup, sync_folder
from nykter.errors import NykterError
from nykter.runtime.account import write_private

_SEGMENT = re.compile(r"^(?P<segment>[0-9A-F]{24})(?P<partial>\.partial)?\.sealed$")
_HISTORY = re.compile(r"^[0-9A-F]{8}\.history\.sealed$")
_STAMP = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of one base backup. Instants are the database server's clock, UTC."""

    name: str
    started_at: str
    finished_at: str
    """The earliest moment this backup can be restored to."""
    system_identifier: str
    postgres_version: str
    superuser: str
    """Name of the account that owns the whole server."""
    segment_bytes: int
    first_segment: str
    """The log from here on is needed beside it."""
    plain_bytes: int
    sealed_bytes: int
    sha256: str
    key: str
    """Fingerprint of the key that opens it."""

    @property
    def major(self) -> int:
        """PostgreSQL's major version: only that one can open it."""
        return int(self.postgres_version.split(".")[0])

    @property
    def restorable_from(self) -> datetime:
        """`finished_at` as an instant."""
        return datetime.fromisoformat(self.finished_at)


class Archive:
    """A folder of backups."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.bases, self.wal, self.spool = self.path / "base", self.path / "wal", self.path / "spool"

    def make(self) -> None:
        """Make the folders (0700). Raises NykterError when that is not possible."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.bases, self.wal, self.spool):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise NykterError(f"{self.path} cannot be used for backups: {error.strerror}.") from error

    def new_base(self, at: datetime) -> Path:
        """A draft folder for one base backup; `keep_base` makes it count."""
        draft = self.bases / f".{at.astimezone(UTC).strftime(_STAMP)}.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        return draft

    def keep_base(self, draft: Path, manifest: Manifest, key: bytes) -> None:
        """Write the manifest with its authentication code and give the folder its name."""
        content = asdict(manifest)
        text = json.dumps({**content, "code": _code(content, key)}, indent=1, sort_keys=True)
        write_private(draft / "manifest.json", text + "\n")
        draft.rename(self.bases / manifest.name)
        sync_folder(self.bases)

    def manifests(self) -> list[Manifest]:
        """Every base backup, oldest first, as it says of itself (see `check`)."""
        found = (
            _read_manifest(path)[0]
            for path in sorted(self.bases.glob("*/manifest.json"))
            if path.parent.name[0] != "."
        )
        return sorted(found, key=lambda one: one.finished_at)

    def check(self, manifest: Manifest, key: bytes) -> None:
        """Raises DamagedBackup unless the manifest is as it was written with this key."""
        content, code = _read_manifest(self.bases / manifest.name / "manifest.json")
        if not hmac.compare_digest(_code(asdict(content), key), code):
            raise DamagedBackup(f"{manifest.name}: the manifest was changed, or written with another key.")

    def base_file(self, manifest: Manifest) -> Path:
        """The sealed copy of the server."""
        return self.bases / manifest.name / "base.sealed"

    def segments(self) -> dict[str, Path]:
        """Sealed log by the name the server asks for; the partial last one counts where there is no whole one."""
        found: dict[str, Path] = {}
        for path in sorted(self.wal.iterdir()) if self.wal.is_dir() else ():
            match = _SEGMENT.match(path.name)
            if match and (not match["partial"] or match["segment"] not in found):
                found[match["segment"]] = path
        return found

    def histories(self) -> list[Path]:
        """Sealed histories of timelines: one for each earlier restore that was gone on with."""
        return [path for path in sorted(self.wal.glob("*.sealed")) if _HISTORY.match(path.name)]

    def segments_for(self, manifest: Manifest) -> dict[str, Path]:
        """The log needed to go on from a base backup, in order."""
        first = _position(manifest.first_segment, manifest.segment_bytes)
        return {
            name: path
            for name, path in sorted(
                self.segments().items(), key=lambda item: _position(item[0], manifest.segment_bytes)
            )
            if _position(name, manifest.segment_bytes) >= first
        }

    def gap_after(self, manifest: Manifest) -> str | None:
        """The last segment before a hole in the log behind a base backup; None when there is no hole."""
        before: str | None = None
        for name in self.segments_for(manifest):
            if (
                before
                and _position(name, manifest.segment_bytes) > _position(before, manifest.segment_bytes) + 1
            ):
                return before
            before = name
        return None

    def log_reaches(self) -> datetime | None:
        """When the log was last taken in (this machine's clock, by the file's age)."""
        ages = [path.stat().st_mtime for path in self.segments().values()]
        return datetime.fromtimestamp(max(ages), UTC) if ages else None

    def prune(self, *, older_than: datetime) -> Iterator[str]:
        """Remove base backups not needed to reach any moment since `older_than`, and the log before the oldest kept."""
        manifests = self.manifests()
        needed = [one for one in manifests if one.restorable_from >= older_than]
        before = [one for one in manifests if one.restorable_from < older_than]
        keep = [*before[-1:], *needed]
        for manifest in before[:-1]:
            shutil.rmtree(self.bases / manifest.name)
            yield manifest.name
        if keep:
            size = keep[0].segment_bytes
            first = min(_position(one.first_segment, size) for one in keep)
            for name, path in self.segments().items():
                if _position(name, size) < first:
                    path.unlink()
                    yield name


def sealed_name(path: Path) -> str:
    """The name a log file is sealed under: its own, without the ending."""
    return f"wal/{path.name.removesuffix('.sealed')}"


def _position(segment: str, segment_bytes: int) -> int:
    """A segment's place in the log, whatever its timeline."""
    per_log = 2**32 // segment_bytes
    return int(segment[8:16], 16) * per_log + int(segment[16:24], 16)


def _code(content: dict[str, object], key: bytes) -> str:
    text = json.dumps(content, sort_keys=True).encode()
    return blake2b(text, key=key, digest_size=32, person=b"nykter-manifest").hexdigest()


def _read_manifest(path: Path) -> tuple[Manifest, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        code = str(content.pop("code"))
        return Manifest(**content), code
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DamagedBackup(f"{path} cannot be understood.") from error
