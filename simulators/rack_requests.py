"""The requests a device rack understands, and carrying them out. The wire is in `simulators.rack_control`."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from simulators.breathalyzers.breath import Blow as BlowKind
from simulators.breathalyzers.breath import Breath, DeviceState, Fault
from simulators.device_rack import DeviceRack, build_device
from simulators.errors import SimulatorError

Answer = dict[str, Any]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ListDevices(_Request):
    """All devices and the bus address."""

    do: Literal["list"]


class Watch(_Request):
    """All devices, then every change."""

    do: Literal["watch"]


class Blow(_Request):
    """The next breath of a device."""

    do: Literal["blow"]
    device: str
    brac_mg_per_l: float = Field(ge=0, le=10)
    blow: BlowKind = BlowKind.GOOD
    mouth_alcohol_mg_per_l: float = Field(default=0.0, ge=0, le=10)
    reaction_s: float = Field(default=1.0, ge=0, le=60)


class Fail(_Request):
    """Force a fault."""

    do: Literal["fail"]
    device: str
    fault: Fault
    at: DeviceState | None = None


class CutLink(_Request):
    """Drop the Bluetooth link."""

    do: Literal["cut_link"]
    device: str
    at: DeviceState | None = None


class Calm(_Request):
    """Take back what has not struck yet."""

    do: Literal["calm"]
    device: str


class SetDevice(_Request):
    """Change what a device is like."""

    do: Literal["set"]
    device: str
    pace: float | None = Field(default=None, gt=0, le=100_000)
    battery_mv: int | None = Field(default=None, ge=0, le=0xFFFF)
    temperature_c: float | None = Field(default=None, ge=-60, le=90)
    days_since_calibration: float | None = Field(default=None, ge=0)


class Switch(_Request):
    """Press the power button."""

    do: Literal["switch"]
    device: str
    on: bool


class Move(_Request):
    """Carry a device away or back."""

    do: Literal["move"]
    device: str
    near: bool


class Radio(_Request):
    """Switch or pull the adapter."""

    do: Literal["radio"]
    powered: bool | None = None
    plugged: bool | None = None


class Add(_Request):
    """One more device."""

    do: Literal["add"]
    family: str
    number: int = Field(ge=0, le=0xFFFF)
    pace: float = Field(default=1.0, gt=0, le=100_000)
    seed: int | None = Field(default=None, ge=0)


DeviceRequest = Blow | Fail | CutLink | Calm | SetDevice | Switch | Move
_AnyRequest = Annotated[ListDevices | Watch | DeviceRequest | Radio | Add, Field(discriminator="do")]
_PARSER: TypeAdapter[ListDevices | Watch | DeviceRequest | Radio | Add] = TypeAdapter(_AnyRequest)


def parse(line: bytes) -> ListDevices | Watch | DeviceRequest | Radio | Add:
    """One request from its JSON. Raises SimulatorError that says in words what is wrong with it."""
    try:
        return _PARSER.validate_json(line)
    except ValidationError as error:
        raise SimulatorError(_in_words(error)) from error


def carry_out(rack: DeviceRack, request: ListDevices | DeviceRequest | Radio | Add) -> Answer:
    """Do what a request says and return the answer. Raises SimulatorError for an unknown device or family."""
    match request:
        case ListDevices():
            return {"ok": True, "bus_address": rack.bus_address, "devices": all_devices(rack)}
        case Radio():
            _set_radio(rack, request)
            return {"ok": True}
        case Add():
            device = build_device(request.family, request.number, pace=request.pace, seed=request.seed)
            rack.add(device)
            return {"ok": True, "device": asdict(device.snapshot())}
        case _:
            return _carry_out_on_device(rack, request)


def _carry_out_on_device(rack: DeviceRack, request: DeviceRequest) -> Answer:
    device = rack.device(request.device)
    match request:
        case Blow():
            device.give(
                Breath(
                    request.brac_mg_per_l,
                    request.blow,
                    mouth_alcohol_mg_per_l=request.mouth_alcohol_mg_per_l,
                    reaction_s=request.reaction_s,
                )
            )
        case Fail():
            device.fail(request.fault, request.at)
        case CutLink():
            device.cut_link(request.at)
        case Calm():
            device.calm()
        case SetDevice():
            device.adjust(
                pace=request.pace,
                battery_mv=request.battery_mv,
                temperature_c=request.temperature_c,
                days_since_calibration=request.days_since_calibration,
            )
        case Switch():
            (device.switch_on if request.on else device.switch_off)()
        case Move():
            (rack.radio.bring_back if request.near else rack.radio.carry_away)(device.address)
    return {"ok": True, "device": asdict(device.snapshot())}


def _set_radio(rack: DeviceRack, request: Radio) -> None:
    adapter = rack.radio.adapter
    if request.plugged is not None:
        (adapter.plug_in if request.plugged else adapter.unplug)()
    if request.powered is not None:
        adapter.set_powered(request.powered)


def all_devices(rack: DeviceRack) -> list[Answer]:
    """Every device of the rack as JSON-ready values."""
    return [asdict(snapshot) for snapshot in rack.snapshots()]


def _in_words(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}".lstrip(": ")
        for problem in error.errors(include_url=False)
    )
