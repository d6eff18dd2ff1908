"""Names on the bus: interfaces and errors of bluetoothd (source: the D-Bus API documents of the BlueZ project)."""

from dbus_fast import Message, MessageType

BLUEZ = "org.bluez"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"
SERVICE = "org.bluez.GattService1"
CHARACTERISTIC = "org.bluez.GattCharacteristic1"
DESCRIPTOR = "org.bluez.GattDescriptor1"

UNKNOWN_OBJECT = "org.freedesktop.DBus.Error.UnknownObject"
UNKNOWN_METHOD = "org.freedesktop.DBus.Error.UnknownMethod"
UNKNOWN_PROPERTY = "org.freedesktop.DBus.Error.UnknownProperty"
READ_ONLY = "org.freedesktop.DBus.Error.PropertyReadOnly"


class BluezError(Exception):
    """A method call ends in a D-Bus error reply with this name and text."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name if "." in name else f"org.bluez.Error.{name}"
        self.text = text


def reply(call: Message, signature: str = "", *body: object) -> Message:
    """A successful answer to a method call."""
    return Message.new_method_return(call, signature, list(body))


def error_reply(call: Message, error: BluezError) -> Message:
    """The answer that carries `error`."""
    return Message(
        message_type=MessageType.ERROR,
        reply_serial=call.serial,
        destination=call.sender,
        error_name=error.name,
        signature="s",
        body=[error.text],
    )
