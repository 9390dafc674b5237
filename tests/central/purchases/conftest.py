"""A chain for every test, on each database."""

import pytest
from central_chain import Chain, make_chain


@pytest.fixture
def chain(central_home: object) -> Chain:
    """One store with one gateway, and three customers without points."""
    return make_chain()
