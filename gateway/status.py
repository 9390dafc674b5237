"""How the gateway fares, gathered in one place for the API, the status page and the technician's command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from tillgate.admin.v1 import admin_service_pb2 as admin
from tillgate.gateway.settings import Settings
from tillgate.pos.v1 import device_service_pb2 as device_api
from tillgate.pos.v1 import info_service_pb2 as info_api

__all__ = ["Status"]


class Store(Protocol):
    """The store as the central service named it."""

    @property
    def store_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def time_zone(self) -> str: ...


class Programme(Protocol):
    """The programme in use."""

    @property
    def programme_id(self) -> str: ...
    @property
    def revision(self) -> int: ...


class Replica(Protocol):
    """What came down."""

    def store(self) -> Store | None: ...
    def programme(self) -> Programme | None: ...
    def customers_count(self) -> int: ...
    def problems(self) -> Sequence[device_api.Problem]: ...


class Outbox(Protocol):
    """What waits to go up."""

    @property
    def rows(self) -> int: ...
    @property
    def oldest_time(self) -> datetime | None: ...


class Journal(Protocol):
    """What was sold."""

    @property
    def outbox(self) -> Outbox: ...
    def purchases_since(self, moment: datetime) -> int: ...
    def problems(self) -> Sequence[device_api.Problem]: ...


class Link(Protocol):
    """The connection to the central service."""

    @property
    def online(self) -> bool: ...
    @property
    def since(self) -> datetime: ...


class Devices(Protocol):
    """The bound devices."""

    def list(self) -> Sequence[device_api.Device]: ...


class LaneRows(Protocol):
    """The lanes with their roles and times."""

    def rows(self) -> Sequence[admin.Lane]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Asks each part when it is asked itself; keeps nothing."""

    version: str
    settings: Settings
    journal: Journal
    replica: Replica
    link: Link
    devices: Devices
    lanes: LaneRows
    started: datetime

    def info(self, lane_id: str = "") -> info_api.GetInfoResponse:
        """What any till may know."""
        store, programme, outbox = self.replica.store(), self.replica.programme(), self.journal.outbox
        answer = info_api.GetInfoResponse(
            version=self.version,
            gateway_id=self.settings.gateway_id,
            online=self.link.online,
            since_time=_timestamp(self.link.since),
            queue_length=outbox.rows,
            customers_known=self.replica.customers_count(),
            lane_id=lane_id,
        )
        if outbox.oldest_time is not None:
            answer.oldest_queued_time.CopyFrom(_timestamp(outbox.oldest_time))
        if store is not None:
            answer.store_id, answer.store_name = store.store_id, store.name
            answer.currency, answer.time_zone = store.currency, store.time_zone
        if programme is not None:
            answer.programme_id, answer.programme_revision = programme.programme_id, programme.revision
        return answer

    def full(self, now: datetime) -> admin.GetStatusResponse:
        """What the technician sees. `now` carries the zone whose midnight today began at."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return admin.GetStatusResponse(
            info=self.info(),
            devices=self.devices.list(),
            lanes=self.lanes.rows(),
            problems=[*self.journal.problems(), *self.replica.problems()],
            started_time=_timestamp(self.started),
            purchases_today=self.journal.purchases_since(midnight),
        )


def _timestamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
