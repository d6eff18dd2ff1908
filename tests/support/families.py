"""One simulated device of every family, and its broadcast and services as a gateway sees them."""

from device_gateway.protocol.driver import Advertisement, ServiceTable
from simulators.breathalyzers.scripted import ScriptedBreathalyzer
from simulators.device_rack import build_device
from simulators.peripheral import Peripheral

DRIVER_OF = {
    "bactrack_c6": "bactrack_c6",
    "bactrack_c8": "bactrack_c6",
    "bactrack_mobile_v1": "bactrack_mobile_v1",
    "bactrack_mobile_v2": "bactrack_mobile_v2",
    "bactrack_vio": "bactrack_vio",
    "titan": "titan",
    "iblow": "iblow",
    "unnamed_ffe2": "unnamed_ffe2",
}
"""Simulated family -> name of the driver that belongs to it."""


def device_of(family: str, *, pace: float = 1.0) -> ScriptedBreathalyzer:
    """A fresh device."""
    return build_device(family, 1, pace=pace)


def heard(device: Peripheral, *, chosen: bool = False) -> Advertisement:
    """The device's broadcast."""
    told = device.advertisement
    assert told is not None
    return Advertisement(told.local_name, frozenset(told.service_uuids), chosen)


def table(device: Peripheral) -> ServiceTable:
    """The device's services in the words of bleak."""
    return {
        service.uuid: {
            characteristic.uuid: frozenset(characteristic.flags) for characteristic in service.characteristics
        }
        for service in device.services
    }
