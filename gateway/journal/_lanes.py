"""Lanes and their tokens. A token is shown once; the journal keeps its hash."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tillgate.core.errors import BadRequest, LaneExists, LaneUnknown
from tillgate.gateway.api.context import LaneIdentity

from ._store import Store
from ._transaction import Transaction, from_us

__all__ = ["ROLES", "Lane", "Lanes"]

ROLES = ("cashier", "supervisor")
LANE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane that may call."""

    lane_id: str
    role: str
    created: datetime


class Lanes:
    """Lanes by name; asked for every call, so kept in memory too."""

    def __init__(self, store: Store, make_token: Callable[[], str]) -> None:
        self._store = store
        self._make_token = make_token
        self._by_hash: dict[bytes, LaneIdentity] = {}
        self._by_token: dict[str, LaneIdentity] = {}
        self._load()

    async def add(self, lane_id: str, role: str = "cashier") -> str:
        """A new lane's token, shown this once. Raises LaneExists, BadRequest."""
        if not LANE_ID.fullmatch(lane_id):
            raise BadRequest("a lane is up to 32 of a-z, 0-9 and -", path="$.lane_id")
        if role not in ROLES:
            raise BadRequest(f"a role is one of {', '.join(ROLES)}", path="$.role")
        token = self._make_token()

        def write(transaction: Transaction) -> None:
            added = transaction.execute(
                "INSERT INTO lanes (lane_id, role, token_hash, created_us) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (lane_id) DO NOTHING",
                (lane_id, role, _hash(token), transaction.now_us),
            )
            if not added:
                raise LaneExists(f"lane {lane_id!r} has a token; revoke it first", path="$.lane_id")

        await self._store.write(write)
        self._load()
        return token

    async def revoke(self, lane_id: str) -> None:
        """From now on its token opens nothing. Raises LaneUnknown."""

        def write(transaction: Transaction) -> None:
            if not transaction.execute("DELETE FROM lanes WHERE lane_id = ?", (lane_id,)):
                raise LaneUnknown(f"no lane {lane_id!r}", path="$.lane_id")

        await self._store.write(write)
        self._load()

    def list(self) -> list[Lane]:
        """All lanes, by name."""
        rows = self._store.rows("SELECT lane_id, role, created_us FROM lanes ORDER BY lane_id")
        return [Lane(lane_id, role, from_us(created_us)) for lane_id, role, created_us in rows]

    def authenticate(self, token: str) -> LaneIdentity | None:
        """Whose token this is, or None. Looked up by hash: how long it takes says nothing about tokens.

        A token that was right is known by itself until the lanes change.
        """
        lane = self._by_token.get(token)
        if lane is None and (lane := self._by_hash.get(_hash(token))) is not None:
            self._by_token[token] = lane
        return lane

    def _load(self) -> None:
        rows = self._store.rows("SELECT token_hash, lane_id, role FROM lanes")
        self._by_hash = {token_hash: LaneIdentity(lane_id, role) for token_hash, lane_id, role in rows}
        self._by_token = {}


def _hash(token: str) -> bytes:
    # A token is 256 random bits, so nothing slower than one round is needed.
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
