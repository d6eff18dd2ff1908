"""`nykter ca init|issue|revoke|crl|show`: the deployment's own certificate authority."""

import argparse
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nykter.errors import NykterError

if TYPE_CHECKING:
    from nykter.ca.authority import Authority

_VARIABLE = "NYKTER_CA_PASSPHRASE"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommands. The key's passphrase comes from NYKTER_CA_PASSPHRASE or …_FILE."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    init = actions.add_parser("init", help="make the authority")
    init.add_argument("--name", default="Nykter", help="as it stands in its certificate (default: Nykter)")
    issue = actions.add_parser("issue", help="make a key and a certificate for a server or a client")
    kind = issue.add_mutually_exclusive_group(required=True)
    kind.add_argument(
        "--server", metavar="HOST", nargs="+", help="names and addresses the broker answers under"
    )
    kind.add_argument("--client", metavar="NAME", help="`backend`, or TENANT.DEVICE for a gateway")
    issue.add_argument("--out", type=Path, required=True, help="folder for certificate.pem and key.pem")
    revoke = actions.add_parser("revoke", help="trust no certificate of this name any more")
    revoke.add_argument("--name", required=True)
    crl = actions.add_parser("crl", help="write the broker's files again: ca.pem, crl.pem, acl")
    show = actions.add_parser("show", help="what was issued, until when, and what is due for renewal")
    for one in (init, issue, revoke, crl, show):
        one.add_argument("--folder", type=Path, required=True, help="where the authority lives")


def run(args: argparse.Namespace) -> int:
    """See `nykter.cli`."""
    from nykter.ca.authority import Authority
    from nykter.clock import SystemClock
    from nykter.runtime.secret_setting import setting

    now = SystemClock().now()
    passphrase = setting(_VARIABLE, os.environ)
    if args.action == "init":
        authority = Authority.create(args.folder, args.name, passphrase, now=now)
        print(f"authority   {args.folder / 'ca.pem'}\nkey         {args.folder / 'ca.key'}"
              f"{'' if passphrase else ' (no passphrase)'}\nbroker      {authority.broker_folder}")  # fmt: skip
        return 0
    authority = Authority(args.folder, passphrase)
    if args.action == "issue":
        return _issue(authority, args, now)
    if args.action == "revoke":
        count = authority.revoke(args.name, now=now)
        if not count:
            raise NykterError(f"No certificate in force bears the name {args.name}.")
        print(f"{count} revoked. Let the broker read its files again (SIGHUP).")
    elif args.action == "crl":
        print(authority.refresh(now=now))
    else:
        _show(authority, now)
    return 0


def _issue(authority: "Authority", args: argparse.Namespace, now: datetime) -> int:
    from nykter.ca.certificates import Use
    from nykter.runtime.account import write_private

    if (args.out / "key.pem").exists():
        raise NykterError(f"{args.out / 'key.pem'} exists already; a key is never replaced silently.")
    name, use = (args.client, Use.CLIENT) if args.client else (args.server[0], Use.SERVER)
    certificate, key = authority.issue(name, use, args.server or (), now=now)
    args.out.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(args.out / "key.pem", key)
    write_private(args.out / "certificate.pem", certificate)
    print(f"certificate {args.out / 'certificate.pem'}\nkey         {args.out / 'key.pem'}")
    return 0


def _show(authority: "Authority", now: datetime) -> None:
    print(f"authority until {authority.certificate.not_valid_after_utc:%Y-%m-%d}")
    for one in authority.issued():
        until = datetime.fromisoformat(one.not_after)
        state = "revoked" if one.revoked_at else "in force" if until > now else "run out"
        print(f"{one.name:64} {one.use:6} until {until:%Y-%m-%d}  {state}")
