"""The one client whose breathalyzer is on the virtual radio: radio, gateway, and what the presenter's page is told."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import nacl.signing

from nykter.demo.presenter.stage import StageSetting
from nykter.demo.processes import Surroundings
from nykter.demo.world import Resident
from nykter.errors import NykterError
from nykter.runtime.ports import LOOPBACK, free_port
from nykter.runtime.supervisor import Supervisor
from simulators.errors import SimulatorError
from simulators.rack_control import RackClient

_RADIO_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class PresentedHome:
    """A running virtual radio with the presented client's breathalyzer, and where its gateway will answer."""

    resident: Resident
    bus_address: str
    gateway_port: int
    stage_file: Path
    setting: StageSetting

    def start_gateway(
        self, supervisor: Supervisor, surroundings: Surroundings, receipt_key: nacl.signing.VerifyKey
    ) -> None:
        """Start the gateway beside the breathalyzer."""
        child = surroundings.gateway(self.resident, self.gateway_port, self.bus_address, receipt_key)
        supervisor.add(child)


def set_up(
    supervisor: Supervisor, surroundings: Surroundings, resident: Resident, client_id: UUID
) -> PresentedHome:
    """Start the radio and write the stage file for the web process. Raises NykterError where there can be no radio."""
    folder = surroundings.folder
    rack = RackClient(folder.rack_socket)

    def answers() -> bool:
        try:
            asyncio.run(rack.ask("list"))
        except SimulatorError:
            return False
        return True

    child = surroundings.rack()
    try:
        supervisor.add(child, ready=answers, timeout_s=_RADIO_TIMEOUT_S)
    except NykterError:
        supervisor.let_go(child)
        raise
    listing = asyncio.run(rack.ask("list"))
    port = free_port()
    setting = StageSetting(
        rack_socket=folder.rack_socket,
        device=listing["devices"][0]["address"],
        gateway_url=f"http://{LOOPBACK}:{port}",
        clock_file=folder.clock,
        client_id=str(client_id),
        client_alias=resident.profile.alias,
        jump_file=folder.path / "jumped",
        breath_file=folder.path / "breathed",
    )
    stage_file = folder.path / "stage.json"
    stage_file.write_text(setting.written(), encoding="utf-8")
    return PresentedHome(resident, str(listing["bus_address"]), port, stage_file, setting)
