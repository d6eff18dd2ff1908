"""The child processes of the demo: the same commands an operator would run, with the demo's settings."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nacl.signing

from nykter.clock import CLOCK_FILE_VARIABLE
from nykter.commands.serve import DEMO_STAGE_FILE_VARIABLE
from nykter.demo.folder import DemoFolder
from nykter.demo.world import TENANT, Resident
from nykter.runtime.broker import Broker, login_url
from nykter.runtime.child import ChildProcess, nykter_command

HEARTBEAT_S = 300
"""Of the presented client's gateway, in the demo's time."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the processes share."""

    folder: DemoFolder
    database_url: str
    broker: Broker

    def backend(self, **more: str) -> dict[str, str]:
        """Settings of a backend process. Holds secrets: it goes into environments only."""
        return {
            "NYKTER_DATABASE_URL": self.database_url,
            "NYKTER_DATA_KEY_FILE": str(self.folder.data_key),
            CLOCK_FILE_VARIABLE: str(self.folder.clock),
            **more,
        }

    def _child(self, name: str, command: list[str], environment: Mapping[str, str]) -> ChildProcess:
        return ChildProcess(name, command, log=self.folder.logs / f"{name}.log", environment=environment)

    def ingest(self) -> ChildProcess:
        """`nykter ingest`."""
        environment = self.backend(
            NYKTER_MQTT_URL=login_url(self.broker, self.broker.backend),
            NYKTER_RECEIPT_KEY_FILE=str(self.folder.receipt_key),
            NYKTER_PHOTO_PUBLIC_KEY=self.folder.photo_public_key(),
            # It need not be asked: amqtt does not answer MQTT 5 at all, and finding that out takes two seconds.
            NYKTER_MQTT_VERSION="3.1.1" if self.broker.name == "amqtt" else "auto",
        )
        return self._child("ingest", nykter_command("ingest"), environment)

    def worker(self) -> ChildProcess:
        """`nykter worker`."""
        self.folder.signing_key(self.folder.audit_key)  # made when absent
        environment = self.backend(
            NYKTER_AUDIT_FOLDER=str(self.folder.audit), NYKTER_AUDIT_KEY_FILE=str(self.folder.audit_key)
        )
        return self._child("worker", nykter_command("worker"), environment)

    def web(self, port: int, stage_file: Path | None) -> ChildProcess:
        """`nykter serve`, with the presenter's page when there is a stage."""
        environment = self.backend(
            NYKTER_PORT=str(port),
            NYKTER_COOKIE_SECURE="false",
            NYKTER_PHOTO_KEY_FILE=str(self.folder.photo_key),
            NYKTER_STAFF_SECOND_FACTOR="optional",
        )
        if stage_file is not None:
            environment[DEMO_STAGE_FILE_VARIABLE] = str(stage_file)
        return self._child("web", nykter_command("serve"), environment)

    def rack(self) -> ChildProcess:
        """The virtual Bluetooth radio with one breathalyzer on it."""
        command = [
            sys.executable, "-m", "simulators.rack_process",
            "--control", str(self.folder.rack_socket),
            "--devices", "1",
        ]  # fmt: skip
        return self._child("breathalyzer", command, {})

    def gateway(
        self, resident: Resident, port: int, bus_address: str, receipt_key: nacl.signing.VerifyKey
    ) -> ChildProcess:
        """`nykter gateway run` beside the presented client."""
        login = self.broker.add_gateway(TENANT, resident.device_id)
        environment = {
            "DBUS_SYSTEM_BUS_ADDRESS": bus_address,
            CLOCK_FILE_VARIABLE: str(self.folder.clock),
            "NYKTER_GATEWAY_DEVICE_ID": resident.device_id,
            "NYKTER_GATEWAY_TENANT": TENANT,
            "NYKTER_GATEWAY_MQTT_URL": login_url(self.broker, login),
            "NYKTER_GATEWAY_KEY_FILE": str(self.folder.path / "keys" / f"{resident.device_id}.key"),
            "NYKTER_GATEWAY_SERVER_PUBLIC_KEY": bytes(receipt_key).hex(),
            "NYKTER_GATEWAY_OUTBOX_PATH": str(self.folder.gateway / "outbox.sqlite"),
            "NYKTER_GATEWAY_ZONE": resident.profile.zone,
            "NYKTER_GATEWAY_PORT": str(port),
            "NYKTER_GATEWAY_HEARTBEAT_S": str(HEARTBEAT_S),
        }
        return self._child("gateway", nykter_command("gateway", "run"), environment)
