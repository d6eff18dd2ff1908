"""What these tests share: a lot that is drawn anew every time and can be drawn again."""

import os
import random

import pytest

_SEED = os.environ.get("NYKTER_TEST_SEED")  # before every NYKTER_* variable is taken out of the environment


@pytest.fixture
def dice() -> random.Random:
    seed = int(_SEED) if _SEED else random.randrange(2**32)
    print(f"NYKTER_TEST_SEED={seed}")
    return random.Random(seed)
