"""The device families this gateway knows, and which of them a device belongs to.

A broadcast makes candidates, the services and characteristics of the connected device decide. UUIDs alone are not
enough: FFF0/FFF1/FFF2 belong to iBlow, to BACtrack Mobile and to many a thing that is no breathalyzer, the Nordic
serial service to half the market; so those families want their name as well.
"""

from device_gateway.protocol.bactrack_c6 import BactrackC6
from device_gateway.protocol.bactrack_mobile_v1 import BactrackMobileV1
from device_gateway.protocol.bactrack_mobile_v2 import BactrackMobileV2
from device_gateway.protocol.bactrack_vio import BactrackVio
from device_gateway.protocol.driver import Advertisement, Driver, ServiceTable
from device_gateway.protocol.iblow import Iblow
from device_gateway.protocol.titan import Titan
from device_gateway.protocol.unnamed_ffe2 import UnnamedFfe2

FAMILIES: tuple[type[Driver], ...] = (
    BactrackMobileV2,
    BactrackVio,
    BactrackMobileV1,
    Titan,
    Iblow,
    BactrackC6,
    UnnamedFfe2,
)
"""In the order they are tried: told by a service of their own, by their own name, by a name they share, by hand."""


def candidates(advertisement: Advertisement) -> tuple[type[Driver], ...]:
    """The families a broadcast may come from; empty for a device that is not ours."""
    return tuple(family for family in FAMILIES if family.matches(advertisement))


def confirmed(services: ServiceTable, among: tuple[type[Driver], ...]) -> type[Driver] | None:
    """The family whose services the connected device has."""
    return next((family for family in among if family.confirms(services)), None)
