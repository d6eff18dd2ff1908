"""Seals what was stored before this deployment had a data key, every night until nothing is left."""

from typing import Final

from backend.access.principal import Principal
from backend.errors import Forbidden
from backend.store import sealed_secret
from backend.store import sealing as store
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE

BATCH: Final = 500


def seal_existing(db: Database, principal: Principal) -> int:
    """Seal every free text and every secret of an account that is not; how many there were. The system only.

    Without keys nothing is done. Killed at any moment it leaves rows that the next run seals. Raises Forbidden.
    """
    if not principal.is_system:
        raise Forbidden
    if db.keys is None:
        return 0
    sealed = 0
    for place in store.PLACES:
        while True:
            with db.transaction(SYSTEM_SCOPE) as conn:
                some = store.seal_some(conn, place, BATCH)
            sealed += some
            if some < BATCH:
                break
    while True:
        with db.transaction(SYSTEM_SCOPE) as conn:
            some = sealed_secret.seal_plain(conn)
        sealed += some
        if some < sealed_secret.BATCH:
            return sealed
