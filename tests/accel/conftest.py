"""The naive evaluator as a fixture."""

from collections.abc import Callable
from typing import Any

import pytest
from oracle import evaluate


@pytest.fixture(scope="session")
def naive() -> Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]:
    """The naive evaluator: (programme, basket) documents to figures."""
    return evaluate
