"""`nykter broker-login`: logins at a Mosquitto of one's own: password file, ACL, and the address to hand out."""

import argparse
from pathlib import Path
from urllib.parse import quote


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose login it is."""
    parser.add_argument("--folder", type=Path, required=True, help="where `passwords` and `acl` are written")
    parser.add_argument("--host", required=True, help="the broker's name, as in its certificate")
    parser.add_argument("--tenant", help="of a gateway; without tenant and device: the backend's own login")
    parser.add_argument("--device", help="the gateway's id")


def run(args: argparse.Namespace) -> int:
    """Make the login when it is new, write both files and print the address. Raises NykterError."""
    from contracts.topics import Kind, Topic, parse
    from nykter.errors import NykterError
    from nykter.runtime.account import write_private
    from nykter.runtime.broker_logins import BrokerLogins, mosquitto_acl, mosquitto_password_line

    if (args.tenant is None) != (args.device is None):
        raise NykterError("A gateway's login needs both --tenant and --device.", exit_code=2)
    if args.tenant is not None:
        try:
            parse(str(Topic(args.tenant, args.device, Kind.READING)))
        except ValueError as error:
            raise NykterError(
                "Tenant and device are lower-case letters, digits and -.", exit_code=2
            ) from error
    args.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    logins = BrokerLogins(args.folder)
    backend = logins.backend()
    login = backend if args.tenant is None else logins.gateway(args.tenant, args.device)[0]
    write_private(args.folder / "passwords", "".join(map(mosquitto_password_line, logins.all())))
    write_private(args.folder / "acl", mosquitto_acl(logins.all()))
    print(f"mqtts://{quote(login.username)}:{quote(login.password)}@{args.host}:8883")
    return 0
