"""Programme bundles: one in use, the one before it, and one whose time has not come."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tillgate.accel import compile_programme
from tillgate.core import parse_programme
from tillgate.core.errors import ProgrammeInvalid
from tillgate.core.text import Text
from tillgate.gateway.journal import Transaction, from_us, to_us
from tillgate.sync.v1.sync_service_pb2 import Bundle

from ._types import Compile, CompiledProgramme

__all__ = ["Bundles", "Loaded", "compile_bundle", "compile_document", "store_bundle", "stored_bundles"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A bundle and what it compiled to."""

    sha256: str
    active_from: datetime
    programme: CompiledProgramme


def compile_document(document: bytes) -> CompiledProgramme:
    """The calculator's own way. Raises ProgrammeInvalid."""
    return compile_programme(parse_programme(document))


def compile_bundle(bundle: Bundle, compile_json: Compile, active_from: datetime) -> Loaded:
    """Check and compile. Raises ProgrammeInvalid."""
    sha256 = hashlib.sha256(bundle.programme_json).hexdigest()
    if sha256 != bundle.sha256:
        text = Text(
            "байты пакета не те, из которых сделан его SHA-256",
            "the bundle's bytes are not those its SHA-256 was made of",
        )
        raise ProgrammeInvalid(text, path="$.sha256")
    programme = compile_json(bundle.programme_json)
    if (programme.programme_id, programme.revision) != (bundle.programme_id, bundle.revision):
        raise ProgrammeInvalid(
            Text(
                f"в пакете {bundle.programme_id} {bundle.revision}, в документе"
                f" {programme.programme_id} {programme.revision}",
                f"the bundle says {bundle.programme_id} {bundle.revision}, its document"
                f" {programme.programme_id} {programme.revision}",
            ),
            path="$.programme_id",
        )
    return Loaded(sha256, active_from, programme)


class Bundles:
    """The bundles in memory. A newer one takes over when its time has come, and an earlier clock does not undo that."""

    def __init__(self) -> None:
        self.current: Loaded | None = None
        self.next: Loaded | None = None

    def at(self, now: datetime) -> Loaded | None:
        """The bundle to price with."""
        if self.next is not None and (self.current is None or now >= self.next.active_from):
            self.current, self.next = self.next, None
        return self.current

    def add(self, loaded: Loaded, now: datetime) -> None:
        """Use it from its time on. Without another it is used at once: an early programme beats none."""
        self.at(now)
        self.next = loaded
        self.at(now)

    def holds(self, loaded: Loaded) -> bool:
        """Whether it is the newest already, due at the same time or in use."""
        newest = self.newest
        if newest is None or newest.sha256 != loaded.sha256:
            return False
        return self.next is None or newest.active_from == loaded.active_from

    @property
    def limited_in_total(self) -> frozenset[str]:
        """Rules that the programme in use, or the one to come, lets give so often in the whole chain."""
        held = (loaded.programme.limited_in_total for loaded in (self.current, self.next) if loaded is not None)
        return frozenset[str]().union(*held)

    @property
    def newest(self) -> Loaded | None:
        """The last one received."""
        return self.next or self.current


def store_bundle(transaction: Transaction, bundle: Bundle, active_from: datetime, now: datetime) -> None:
    """Write a bundle to its slot, moving the ones before it. One that waits longer is replaced."""
    _activate(transaction, now)
    current = transaction.row("SELECT 1 FROM bundles WHERE slot = 'current'")
    slot = "next" if active_from > now and current else "current"
    transaction.execute("DELETE FROM bundles WHERE slot = 'next'")
    if slot == "current":
        _shift(transaction)
    transaction.execute(
        "INSERT INTO bundles (slot, sha256, active_from_us, body) VALUES (?, ?, ?, ?)",
        (slot, bundle.sha256, to_us(active_from), bundle.SerializeToString()),
    )


def _activate(transaction: Transaction, now: datetime) -> None:
    due = "SELECT 1 FROM bundles WHERE slot = 'next' AND active_from_us <= ?"
    if transaction.row(due, (to_us(now),)):
        _shift(transaction)
        transaction.execute("UPDATE bundles SET slot = 'current' WHERE slot = 'next'")


def _shift(transaction: Transaction) -> None:
    transaction.execute("DELETE FROM bundles WHERE slot = 'previous'")
    transaction.execute("UPDATE bundles SET slot = 'previous' WHERE slot = 'current'")


def stored_bundles(rows: Sequence[tuple[Any, ...]]) -> dict[str, tuple[Bundle, datetime]]:
    """Slots from the rows of `bundles`."""
    return {slot: (Bundle.FromString(body), from_us(active_from_us)) for slot, active_from_us, body in rows}
