"""Whatever is published, nothing false is stored, everything is counted, and the ingest lives."""

import os
import random
from pathlib import Path

import pytest

from nykter.runtime.broker import Broker
from tests.fuzz.ingest import fuzz


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.requirement("D2", "H13")
def test_bad_messages_are_counted_and_none_is_stored(
    postgres_database: str, mosquitto: Broker, tmp_path: Path
) -> None:
    seed = int(os.environ.get("TEST_SEED", random.randrange(2**32)))
    print(f"TEST_SEED={seed}")
    found = fuzz(postgres_database, mosquitto, tmp_path, 2_000, seed)
    assert {
        "malformed",
        "signature",
        "oversized",
        "unknown_key",
        "invalid",
        "unknown_gateway",
    } <= found.keys()
    assert sum(found.values()) == 2_000
