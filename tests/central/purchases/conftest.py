"""A chain for every test, on each database, and its gateway's events."""

import pytest
from central_chain import Chain, make_chain
from event_stream import Stream


@pytest.fixture
def chain(central_home: object) -> Chain:
    """One store with one gateway, and three customers without points."""
    return make_chain()


@pytest.fixture
def stream(chain: Chain) -> Stream:
    """The gateway's events."""
    return Stream(chain)


@pytest.fixture
def postgres_stream(postgres_home: object) -> Stream:
    """The same on PostgreSQL alone."""
    return Stream(make_chain())
