"""How the virtual radio behaves in time. Shared by the adapter and its devices."""

from dataclasses import dataclass


@dataclass
class RadioTiming:
    """Delays and habits of the virtual bluetoothd, in seconds of the asyncio loop clock.

    The defaults are quick; the three marked as bluetoothd's own are what a client has to survive on real hardware.
    """

    powered: bool = True
    advertise_every_s: float = 0.2
    """Interval between two advertisements of one device while a client scans."""
    connect_s: float = 0.003
    """From Connect to the link being up."""
    reply_s: float = 0.001
    """From the link being up to the answer to Connect."""
    resolve_s: float = 0.001
    """From that answer to ServicesResolved."""
    connect_timeout_s: float = 40.0
    """bluetoothd: Connect to an absent device hangs this long, then fails with le-connection-abort-by-local."""
    forget_after_s: float = 30.0
    """bluetoothd (TemporaryTimeout): an unpaired device not heard for this long is removed with its objects."""
    rssi_dbm: int = -60
    late_names: bool = False
    """bluetoothd: the name comes with the scan response, so it can be missing from the first sight of a device."""
