"""Logins and topic rules for amqtt, the same as Mosquitto's.

Its own plugins hash with argon2 on the event loop (160 ms per login), which random passwords do not need.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from amqtt.contexts import Action
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session


@lru_cache(maxsize=1)
def _logins(path: str, _changed_ns: int, _inode: int) -> dict[str, Any]:
    return dict(json.loads(Path(path).read_text(encoding="utf-8")))


def read_logins(path: str) -> dict[str, Any]:
    """The logins in `path`, read again whenever the file has been replaced."""
    status = Path(path).stat()
    return _logins(path, status.st_mtime_ns, status.st_ino)


def matches(topic_filter: str, topic: str) -> bool:
    """Whether `topic` (or a narrower filter) lies within `topic_filter`, with MQTT's `+` and a final `#`."""
    wanted, given = topic_filter.split("/"), topic.split("/")
    if given and given[0] == "$share":
        given = given[2:]
    for position, part in enumerate(wanted):
        if part == "#":
            return True
        if position >= len(given) or given[position] == "#":
            return False
        if part not in ("+", given[position]):
            return False
    return len(wanted) == len(given)


class LoginPlugin(BaseAuthPlugin):
    """Lets in whoever has a login with that password, and nobody else."""

    @dataclass
    class Config:
        """Where the logins are."""

        logins_path: str = ""

    async def authenticate(self, *, session: Session) -> bool | None:
        """Whether username and password of this connection are a login of ours."""
        login = read_logins(self._get_config_option("logins_path")).get(session.username or "")
        offered = hashlib.sha256((session.password or "").encode()).hexdigest()
        return login is not None and hmac.compare_digest(login["sha256"], offered)


class TopicPlugin(BaseTopicPlugin):
    """Lets each login publish and receive only on its own topics."""

    @dataclass
    class Config:
        """Where the logins are."""

        logins_path: str = ""

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool | None:
        """Whether this login may do that with this topic."""
        if session is None or topic is None:
            return False
        login = read_logins(self._get_config_option("logins_path")).get(session.username or "")
        if login is None:
            return False
        allowed = login["write"] if action == Action.PUBLISH else login["read"]
        return any(matches(topic_filter, topic) for topic_filter in allowed)
