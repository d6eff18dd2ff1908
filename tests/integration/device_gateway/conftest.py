from collections.abc import Iterator

import pytest

from tests.support.gateway import OPENED


@pytest.fixture(autouse=True)
def close_outboxes() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()
