"""How a gateway stands at a moment, for its page."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from contracts.reading import DriverGrade
from device_gateway.agenda import AgendaView
from device_gateway.link import Bluetooth
from device_gateway.outbox import Depth, ShownRow
from device_gateway.protocol.events import BatteryState
from device_gateway.publisher import PublisherState
from device_gateway.retest import Chain, Level
from device_gateway.test_run import Run


@dataclass(slots=True)
class DeviceSeen:
    """What the last contact with the breathalyzer told."""

    driver: str | None = None
    model: str | None = None
    serial: str | None = None
    seen_at: datetime | None = None
    battery: BatteryState | None = None


@dataclass(frozen=True, slots=True)
class PhotoAsked:
    """The picture the plan asks for. `run_id`: the run the client's phone may bring one for now; empty for none."""

    wanted: bool = False
    by_camera: bool = False
    taken: bool = False
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class GatewayState:
    """How the gateway stands, for its page. Instants are UTC."""

    now: datetime
    run: Run | None
    value_mg_per_l: Decimal | None
    level: Level | None
    chain: Chain | None
    bluetooth: Bluetooth
    depth: Depth
    publisher: PublisherState
    unwritten: int
    """Finished runs and check-ins that could not be written yet: the disk is full."""
    damaged_at: datetime | None
    shown: tuple[ShownRow, ...]
    last_error: tuple[str, datetime] | None
    retest_wait_minutes: int = 15
    alarms: tuple[str, ...] = ()
    model: str | None = None
    grade: DriverGrade | None = None
    """What the knowledge of the breathalyzer seen last rests on."""
    agenda: AgendaView = field(default_factory=AgendaView)
    reminder: int = 0
    """How many reminders of the retest were due so far; a new one sounds."""
    photo: PhotoAsked = field(default_factory=PhotoAsked)

    @property
    def testing(self) -> bool:
        """A run is under way."""
        return self.run is not None and not self.run.ended
