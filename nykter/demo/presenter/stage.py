"""What the presenter's page acts on: the virtual breathalyzer, the gateway beside it, and the demo's clock."""

import json
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from nykter.clock import SharedClock, jump
from nykter.errors import NykterError
from simulators.errors import SimulatorError
from simulators.rack_control import RackClient

QUICK_PACE = 50.0
"""The device's part of a test in half a second, so that what follows can be watched."""
DEVICE_PACE = 1.0
_TIMEOUT_S = 5.0
_RETEST_MARGIN = timedelta(seconds=2)
LONGEST_JUMP = timedelta(days=2)


_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""The gateway's page is plain HTTP on this machine; loading the world's authorities for it took 60 ms per request."""


class StageError(NykterError):
    """Something on the stage cannot do what was asked."""


@dataclass(frozen=True, slots=True)
class StageSetting:
    """Where the things on the stage are; written by the demo, read by the web process."""

    rack_socket: Path
    device: str
    gateway_url: str
    clock_file: Path
    client_id: str
    client_alias: str
    jump_file: Path
    """Touched after the clock was moved, so that the demo looks for overdue work at once."""
    breath_file: Path
    """Holds the demo time of the presenter's last breath: the simulated person does not blow right after it."""

    def written(self) -> str:
        """As JSON text."""
        return json.dumps({name: _plain(getattr(self, name)) for name in self.__slots__})

    @classmethod
    def read(cls, path: Path) -> "StageSetting":
        """From a file. Raises NykterError when it is not one."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            for name in ("rack_socket", "clock_file", "jump_file", "breath_file"):
                content[name] = Path(content[name])
            return cls(**content)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NykterError(f"{path} does not describe a demo stage.") from error


class Stage:
    """Acts for the presenter. Every method raises StageError in words when a part does not answer."""

    def __init__(self, setting: StageSetting) -> None:
        self.setting = setting
        self._rack = RackClient(setting.rack_socket)
        self._clock = SharedClock(setting.clock_file)

    async def state(self) -> dict[str, Any]:
        """Everything the page shows: clock, device, gateway."""
        answer = await self._ask_rack("list")
        device = next((d for d in answer["devices"] if d["address"] == self.setting.device), None)
        return {
            "now": self._clock.now().isoformat(),
            "speed": self._clock.speed,
            "device": device,
            "gateway": await self._gateway("GET", "/api/state"),
        }

    async def blow(self, brac_mg_per_l: float, blow: str, *, as_device: bool) -> dict[str, Any]:
        """Give the device its next breath and start a test. While a retest is awaited, the clock is moved to its time.

        Returns how many minutes the clock was moved.
        """
        moved = await self._reach_retest_time()
        pace = DEVICE_PACE if as_device else QUICK_PACE
        await self._ask_rack("calm", device=self.setting.device)
        await self._ask_rack("switch", device=self.setting.device, on=True)
        await self._ask_rack("set", device=self.setting.device, pace=pace)
        await self._ask_rack("blow", device=self.setting.device, brac_mg_per_l=brac_mg_per_l, blow=blow)
        self.setting.breath_file.write_text(self._clock.now().isoformat(), encoding="ascii")
        await self._gateway("POST", "/api/test/start", {"waited_15_min": True})
        return {"moved_minutes": round(moved.total_seconds() / 60)}

    async def fail(self, fault: str) -> dict[str, Any]:
        """The next test ends in this fault."""
        await self._ask_rack("fail", device=self.setting.device, fault=fault)
        return {}

    async def cut_link(self) -> dict[str, Any]:
        """Drop the Bluetooth link in the middle of the next blow, or now when a test is under way."""
        await self._ask_rack("cut_link", device=self.setting.device, at="blowing")
        return {}

    async def move_clock(self, by: timedelta) -> dict[str, Any]:
        """Move the demo's clock on for everybody."""
        if not timedelta(0) < by <= LONGEST_JUMP:
            raise StageError("the clock moves forward, and by two days at most")
        self._jump(by)
        return {"moved_minutes": round(by.total_seconds() / 60)}

    async def _reach_retest_time(self) -> timedelta:
        due = (await self._gateway("GET", "/api/state")).get("retest_due_at")
        if due is None:
            return timedelta(0)
        left = datetime.fromisoformat(due) - self._clock.now() + _RETEST_MARGIN
        if left <= timedelta(0):
            return timedelta(0)
        self._jump(left)
        return left

    def _jump(self, by: timedelta) -> None:
        jump(self.setting.clock_file, by)
        self.setting.jump_file.touch()

    async def _ask_rack(self, do: str, **fields: object) -> dict[str, Any]:
        try:
            return await self._rack.ask(do, **fields)
        except SimulatorError as error:
            raise StageError(f"The virtual breathalyzer does not answer: {error}.") from error

    async def _gateway(self, method: str, path: str, body: object | None = None) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(
                base_url=self.setting.gateway_url, timeout=_TIMEOUT_S, verify=_NO_AUTHORITIES, trust_env=False
            ) as http:
                response = await http.request(method, path, json=body)
                content: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise StageError("The gateway does not answer; it is started again by itself.") from error
        if response.is_error:
            raise StageError(str(content.get("error", "gateway_error")))
        return content


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value
