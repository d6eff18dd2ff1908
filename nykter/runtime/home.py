"""Where a server process keeps its files: the folder it was given, unless its account cannot get there."""

import hashlib
import os
import shutil
from pathlib import Path

from nykter.errors import NykterError
from nykter.runtime.account import ServerAccount, private_folder, write_private

_ROOT_DATA = Path("/var/lib/nykter")


def home_for(folder: Path, account: ServerAccount) -> Path:
    """The folder the server really uses: `folder`, or as root one under /var/lib when its account cannot get there.

    No mode outside our own folders is ever changed, so data under a private home is out of reach for the account a
    root-started server runs under; then the data lies elsewhere and the file `LOCATION` in `folder` says where. Without
    that file what lies there belonged to a folder that was removed since, and is removed too.
    """
    private_folder(folder, account)
    if account.can_enter(folder):
        return folder
    if not account.is_self:
        os.chown(folder, os.geteuid(), os.getegid())
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    home, location = _ROOT_DATA / digest, folder / "LOCATION"
    try:
        _ROOT_DATA.mkdir(mode=0o711, parents=True, exist_ok=True)
        if home.exists() and not location.exists():
            shutil.rmtree(home)
        private_folder(home, account)
    except OSError as error:
        raise NykterError(
            f"The account {account.name} can reach neither {folder} nor {_ROOT_DATA}: {error}."
        ) from error
    write_private(location, f"{home}\n")
    return home
