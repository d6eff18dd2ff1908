"""Who may log in at the broker and which topics each may write and read; kept in one private file."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.topics import ROOT, UPWARD, Kind
from nykter.errors import NykterError
from nykter.runtime.account import write_private
from nykter.runtime.broker import BACKEND_USER, Credentials

# Mosquitto's own default. The passwords are random (144 bits): slow hashing would protect nothing.
_PBKDF2_ITERATIONS = 101


@dataclass(frozen=True)
class Login:
    """One account at the broker with the topic filters it may publish to and receive from."""

    username: str
    password: str
    write: tuple[str, ...]
    read: tuple[str, ...]


class BrokerLogins:
    """The logins in `<folder>/logins.json` (0600), made with the backend's login the first time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "logins.json"
        self._passwords: dict[str, str] = {}
        if self._path.exists():
            try:
                self._passwords = dict(json.loads(self._path.read_text(encoding="utf-8")))
            except (OSError, ValueError) as error:
                raise NykterError(
                    f"{self._path} cannot be read ({error}). Remove it to make new logins."
                ) from error
        self._ensure(BACKEND_USER)

    def backend(self) -> Credentials:
        """The backend's login."""
        return Credentials(BACKEND_USER, self._passwords[BACKEND_USER])

    def gateway(self, tenant_id: str, device_id: str) -> tuple[Credentials, bool]:
        """A gateway's login, and whether it is new."""
        username = f"{tenant_id}.{device_id}"
        is_new = self._ensure(username)
        return Credentials(username, self._passwords[username]), is_new

    def forget(self, tenant_id: str, device_id: str) -> None:
        """A gateway's login is no longer one. Safe to repeat."""
        if self._passwords.pop(f"{tenant_id}.{device_id}", None) is not None:
            self._write()

    def all(self) -> list[Login]:
        """Every login with what it may do."""
        return [login_named(name, password) for name, password in self._passwords.items()]

    def _ensure(self, username: str) -> bool:
        if username in self._passwords:
            return False
        self._passwords[username] = secrets.token_urlsafe(18)
        self._write()
        return True

    def _write(self) -> None:
        write_private(self._path, json.dumps(self._passwords, indent=1) + "\n")


def login_named(username: str, password: str = "") -> Login:
    """What the bearer of this name may do: `backend` everything of ours, `tenant.device` its own device's topics.

    Without a password for those who show a certificate instead.
    """
    if username == BACKEND_USER:
        return Login(username, password, (f"{ROOT}/#",), (f"{ROOT}/#", "$SYS/#"))
    tenant, _, device = username.partition(".")
    own = f"{ROOT}/{tenant}/{device}"
    downward = [kind for kind in Kind if kind not in UPWARD]
    return Login(
        username,
        password,
        tuple(f"{own}/{kind}" for kind in UPWARD),
        tuple(f"{own}/{kind}" for kind in downward),
    )


def mosquitto_password_line(login: Login) -> str:
    """One line of a Mosquitto 2 password file: PBKDF2 with SHA-512. No command line sees it."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", login.password.encode(), salt, _PBKDF2_ITERATIONS)
    encoded = "$".join(base64.b64encode(part).decode("ascii") for part in (salt, digest))
    return f"{login.username}:$7${_PBKDF2_ITERATIONS}${encoded}\n"


def mosquitto_acl(logins: list[Login]) -> str:
    """A Mosquitto ACL file: whatever is not listed for a user is refused."""
    lines = []
    for login in logins:
        lines.append(f"user {login.username}")
        lines += [f"topic write {topic}" for topic in login.write]
        lines += [f"topic read {topic}" for topic in login.read]
    return "\n".join(lines) + "\n"


def digest_logins(logins: list[Login]) -> dict[str, Any]:
    """The same for our amqtt process: SHA-256 of each (random) password, and the topic filters."""
    return {
        login.username: {
            "sha256": hashlib.sha256(login.password.encode()).hexdigest(),
            "write": login.write,
            "read": login.read,
        }
        for login in logins
    }
