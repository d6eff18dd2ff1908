"""Which operating-system account a server process runs under, and what that account may reach."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nykter.errors import NykterError


@dataclass(frozen=True)
class ServerAccount:
    """An account to run a server under. `is_self` when it is simply the one we already run under."""

    name: str
    uid: int
    gid: int

    @property
    def is_self(self) -> bool:
        """Whether no change of account is needed."""
        return self.uid == os.geteuid()

    def popen_options(self) -> dict[str, Any]:
        """Keyword arguments for `subprocess` that start a child under this account, without our extra groups."""
        if self.is_self:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Hand one file or folder of ours to this account."""
        if not self.is_self:
            os.chown(path, self.uid, self.gid)

    def can_run(self, command: Sequence[str]) -> bool:
        """Whether this account can execute the command: tried, because modes alone do not tell."""
        try:
            outcome = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                cwd="/",
                timeout=30,
                **self.popen_options(),
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return outcome.returncode == 0

    def can_enter(self, folder: Path) -> bool:
        """Whether this account can walk down to `folder`."""
        return self.can_run([shutil.which("test") or "/usr/bin/test", "-x", str(folder)])


def account_for(preferred: Sequence[str]) -> ServerAccount:
    """Our own account, or as root the first of `preferred` and `nobody` that exists on this machine."""
    if os.geteuid() != 0:
        try:
            name = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:  # a container may run under a number without a name
            name = str(os.geteuid())
        return ServerAccount(name, os.geteuid(), os.getegid())
    for name in (*preferred, "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerAccount(name, entry.pw_uid, entry.pw_gid)
    raise NykterError(
        f"Running as root, and none of the accounts {', '.join(preferred)}, nobody exists here."
    )


def private_folder(path: Path, account: ServerAccount | None = None) -> Path:
    """Make `path` a folder only its owner can enter (0700), or check that it already is one of ours.

    Raises NykterError when something else stands there: a link, a file, or a folder of another account.
    """
    owner = account or account_for(())
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        status = path.lstat()
        if path.is_symlink() or not path.is_dir() or status.st_uid not in (owner.uid, os.geteuid()):
            raise NykterError(
                f"{path} is in the way: it is not a folder of the account {owner.name}."
            ) from None
    except OSError as error:
        raise NykterError(f"Cannot make the folder {path}: {error.strerror}.") from error
    owner.give(path)
    path.chmod(0o700)
    return path


def write_private(path: Path, text: str, account: ServerAccount | None = None) -> None:
    """Write a file only its owner can read (0600), replacing any older one in one step."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if account is not None:
        account.give(draft)
    draft.replace(path)
