"""How often the rules that programmes limit in total gave something, read now and then for all gateways of a chain."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tillgate.central.purchases import read_totals
from tillgate.central.sql import Sql
from tillgate.core import parse_programme
from tillgate.core.errors import ProgrammeInvalid
from tillgate.core.uses import limited_in_total
from tillgate.sync.v1 import sync_service_pb2 as sync

__all__ = ["FleetState", "Totals", "TotalsReader"]

log = logging.getLogger(__name__)

#: Every receipt of a chain changes them, and every change goes to all its gateways.
READ_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class FleetState:
    """What a step saw of a gateway."""

    epoch: int
    high_water: int
    revoked: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """Receipts by rule, and which events of each gateway they count: both from one snapshot of the database."""

    receipts: dict[str, int]
    fleet: Mapping[int, FleetState]
    rules: frozenset[str] = frozenset()
    read_at: float = field(default=0.0, compare=False)

    def told(self, gateway: int, epoch: int) -> sync.UseTotals | None:
        """What a gateway hears; None if it was not there yet, or in another epoch."""
        state = self.fleet.get(gateway)
        if state is None or state.epoch != epoch:
            return None
        # Where nothing is limited, its own sales are nothing to hear of.
        return sync.UseTotals(receipts=self.receipts, applied_seq=state.high_water if self.rules else 0)


class TotalsReader:
    """The last totals of each organisation. Documents are read once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._by_document: dict[str, frozenset[str]] = {}
        self._last: dict[int, Totals] = {}

    def read(
        self, sql: Sql, organisation: int, bundles: Sequence[sync.Bundle], fleet: Mapping[int, FleetState]
    ) -> Totals:
        """As of this snapshot, whose gateways are `fleet`, or of one a moment ago for the same rules."""
        rules = frozenset[str]().union(*(self._rules(bundle) for bundle in bundles))
        last, now = self._last.get(organisation), self._clock()
        if last is not None and last.rules == rules and now - last.read_at < READ_EVERY_S:
            return last
        totals = Totals(read_totals(sql, organisation, rules), fleet, rules, now)
        self._last[organisation] = totals
        return totals

    def _rules(self, bundle: sync.Bundle) -> frozenset[str]:
        if bundle.sha256 not in self._by_document:
            self._by_document[bundle.sha256] = _limited(bundle)
        return self._by_document[bundle.sha256]


def _limited(bundle: sync.Bundle) -> frozenset[str]:
    try:
        return limited_in_total(parse_programme(bundle.programme_json))
    except ProgrammeInvalid as error:
        log.warning("revision %s cannot be read, totals of its rules are not told: %s", bundle.revision, error)
        return frozenset()
