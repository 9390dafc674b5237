"""A shop for a whole module: the programs are real and take seconds to start."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from shop import Shop, open_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture
def own_shop(tmp_path: Path) -> Iterator[Shop]:
    """For tests that break it."""
    with open_shop(tmp_path) as opened:
        yield opened
