"""The demo's data folder: what is where, and what the next start needs to know about this one."""

import json
import secrets
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import nacl.public
import nacl.signing

from backend.store.deployment_keys import DeploymentKeys, new_key
from nykter.data_keys import keys_in_file
from nykter.demo.options import DemoOptions
from nykter.errors import NykterError
from nykter.runtime.account import write_private

_LEAST_FREE_BYTES = 400 * 1024 * 1024
_FULL_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WorldRecord:
    """Choices that are baked into the data, and how far history has been played (all instants aware UTC)."""

    seed: int
    clients: int
    days: int
    began_at: str
    """Start of the first day of history."""
    played_until: str
    """Every message due up to here has its receipt."""

    @property
    def began(self) -> datetime:
        """`began_at` as an instant."""
        return datetime.fromisoformat(self.began_at)

    @property
    def played(self) -> datetime:
        """`played_until` as an instant."""
        return datetime.fromisoformat(self.played_until)


class DemoFolder:
    """Paths below DATA. Everything in it is private to the user who runs the demo."""

    def __init__(self, path: Path) -> None:
        """Makes the folder if needed. Raises NykterError when it cannot be used or the disk is nearly full."""
        try:
            path.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(path).free
        except OSError as error:
            raise NykterError(
                f"DATA={path} cannot be used: {error.strerror}. Choose another folder with DATA=."
            ) from error
        if free < _LEAST_FREE_BYTES:
            raise NykterError(
                f"Only {free // 2**20} MB are free where DATA={path} lies; "
                f"the demo needs {_LEAST_FREE_BYTES // 2**20} MB. "
                "Free some space or choose another folder with DATA=."
            )
        self.path = path.absolute()

    def refuse_full_disk(self) -> None:
        """Raises NykterError when nothing more can be written."""
        if shutil.disk_usage(self.path).free < _FULL_BYTES:
            raise self.disk_full()

    def disk_full(self) -> NykterError:
        """What to say when it is."""
        return NykterError(f"The disk is full where DATA={self.path} lies. Free some space and start again.")

    postgres = property(lambda self: self.path / "postgres")
    broker = property(lambda self: self.path / "broker")
    logs = property(lambda self: self.path / "logs")
    clock = property(lambda self: self.path / "clock.json")
    gateway = property(lambda self: self.path / "gateway")
    rack_socket = property(lambda self: self.path / "rack.sock")
    summary = property(lambda self: self.path / "demo.json")
    receipt_key = property(lambda self: self.path / "receipt.key")
    audit = property(lambda self: self.path / "audit")
    audit_key = property(lambda self: self.path / "audit.key")
    data_key = property(lambda self: self.path / "data.key")
    photo_key = property(lambda self: self.path / "photo.key")

    def world(self) -> WorldRecord | None:
        """What an earlier start left behind; None when there was none. Raises NykterError when it cannot be read."""
        content = self._read_json("world.json")
        if content is None:
            return None
        try:
            return WorldRecord(**content)
        except TypeError as error:
            raise NykterError(self._unreadable("world.json")) from error

    def remember_world(self, record: WorldRecord) -> None:
        """Keep the record for the next start; replaced in one step."""
        self._write_json("world.json", asdict(record))

    def summary_content(self) -> dict[str, Any]:
        """What demo.json says; empty before the first start."""
        return self._read_json("demo.json") or {}

    def write_summary(self, content: dict[str, Any]) -> None:
        """URL and logins for people and scripts."""
        self._write_json("demo.json", content)

    def signing_key(self, path: Path) -> nacl.signing.SigningKey:
        """The Ed25519 key in a file of 64 hex digits (0600), made when absent."""
        if not path.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_private(path, secrets.token_bytes(32).hex() + "\n")
        try:
            return nacl.signing.SigningKey(bytes.fromhex(path.read_text(encoding="ascii").strip()))
        except ValueError as error:
            raise NykterError(f"{path} is not a key. Remove the data folder to start afresh.") from error

    def data_keys(self) -> DeploymentKeys:
        """The keys of this demo's free text, made when absent."""
        if not self.data_key.exists():
            write_private(self.data_key, new_key() + "\n")
        return keys_in_file(self.data_key)

    def photo_public_key(self) -> str:
        """The public half of the key that opens pictures, made when absent."""
        private = bytes(self.signing_key(self.photo_key))
        return bytes(nacl.public.PrivateKey(private).public_key).hex()

    def home_key(self, device_id: str) -> nacl.signing.SigningKey:
        """The key of a simulated home's gateway."""
        return self.signing_key(self.path / "keys" / f"{device_id}.key")

    def check_matches(self, options: DemoOptions, record: WorldRecord) -> None:
        """Raises NykterError when other people were asked for than the folder holds."""
        wanted = (options.seed, options.clients, options.days)
        held = (record.seed, record.clients, record.days)
        if wanted != held:
            raise NykterError(
                f"DATA={self.path} holds {held[1]} clients with {held[2]} days (SEED={held[0]}). "
                "Start with those numbers, "
                "choose another folder with DATA=, or remove this one.",
                exit_code=2,
            )

    def _read_json(self, name: str) -> Any:
        path = self.path / name
        try:
            return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        except (OSError, ValueError) as error:
            raise NykterError(self._unreadable(name)) from error

    def _write_json(self, name: str, content: Any) -> None:
        beside = self.path / f".{name}"
        write_private(beside, json.dumps(content, indent=2) + "\n")
        beside.replace(self.path / name)

    def _unreadable(self, name: str) -> str:
        return f"{self.path / name} cannot be read. Remove the data folder to start afresh."
