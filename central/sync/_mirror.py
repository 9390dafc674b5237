"""Where the customers' channel stands: which versions a gateway holds that has heard everything so far."""

from dataclasses import dataclass, field
from uuid import UUID

from tillgate.central.sql import Sql
from tillgate.sync.v1 import sync_service_pb2 as sync

from ._states import checksum_of

__all__ = ["Mirror", "assign_sequence", "changed_since", "position"]

CHECKSUM_MODULUS = 1 << 64
#: Changes numbered in one transaction; the rest follow in the next one.
ASSIGNED_MOST = 5_000
#: An arbitrary number that names the sequencer's lock at a PostgreSQL server.
SEQUENCER_LOCK = 7_420_743


def assign_sequence(sql: Sql) -> int:
    """Number the changes that have been committed since; how many.

    A number given by the writer itself (an autoincrement) would become visible out of order: a reader that has seen 7
    would never look for 6, which commits later. Here numbers are given one transaction at a time to what can be seen.
    """
    if not sql.query("SELECT 1 FROM customers_change WHERE seq IS NULL LIMIT 1"):
        return 0
    with sql.write():
        if sql.vendor == "postgresql":
            sql.query("SELECT pg_advisory_xact_lock(%s)", (SEQUENCER_LOCK,))
        waiting = sql.query("SELECT id FROM customers_change WHERE seq IS NULL ORDER BY id LIMIT %s", (ASSIGNED_MOST,))
        last = position(sql)
        sql.update(
            "customers_change",
            {"id": "bigint", "seq": "bigint"},
            [(row[0], last + number) for number, row in enumerate(waiting, start=1)],
        )
    return len(waiting)


def position(sql: Sql) -> int:
    """The number of the newest change."""
    return int(sql.query("SELECT COALESCE(MAX(seq), 0) FROM customers_change")[0][0])


def changed_since(sql: Sql, cursor: int) -> list[str]:
    """Who changed after a cursor, those included whose change has no number yet but is in the states already read."""
    return [
        sql.hex(row[0])
        for row in sql.query(
            "SELECT DISTINCT customer_id FROM customers_change WHERE seq > %s OR seq IS NULL", (cursor,)
        )
    ]


@dataclass(slots=True)
class Mirror:
    """Versions by customer of one organisation, with their count and checksum. Follows the database, one snapshot at a
    time."""

    organisation: int
    versions: dict[str, int] = field(default_factory=dict)
    checksum: int = 0

    def load(self, sql: Sql) -> None:
        """Read every customer's version."""
        self.versions, self.checksum = {}, 0
        for customer, version in sql.query(
            "SELECT id, version FROM customers_customer WHERE organisation_id = %s", (self.organisation,)
        ):
            self._set(sql.hex(customer), version)

    def follow(self, sql: Sql, customers: list[str]) -> None:
        """Read these customers' versions again; those that are gone are taken out."""
        found = {
            sql.hex(customer): version
            for customer, version in sql.query(
                "SELECT id, version FROM customers_customer WHERE organisation_id = %s AND id = ANY(%s::uuid[])",
                (self.organisation, customers),
            )
        }
        for customer in customers:
            self._set(customer, found.get(customer))

    def verify(self, sql: Sql) -> None:
        """Read everything again if customers came or went without a word."""
        count, total = sql.query(
            "SELECT COUNT(*), COALESCE(SUM(version), 0) FROM customers_customer WHERE organisation_id = %s",
            (self.organisation,),
        )[0]
        if (count, total) != (len(self.versions), sum(self.versions.values())):
            self.load(sql)

    def checkpoint(self, cursor: int) -> sync.Checkpoint:
        """What a gateway should hold at this cursor."""
        return sync.Checkpoint(cursor=cursor, count=len(self.versions), checksum=self.checksum)

    def _set(self, customer: str, version: int | None) -> None:
        before = self.versions.pop(customer, None)
        name = str(UUID(hex=customer))
        if before is not None:
            self.checksum = (self.checksum - checksum_of(name, before)) % CHECKSUM_MODULUS
        if version is not None:
            self.versions[customer] = version
            self.checksum = (self.checksum + checksum_of(name, version)) % CHECKSUM_MODULUS
