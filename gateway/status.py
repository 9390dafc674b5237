"""How the gateway fares, gathered in one place for the API, the status page and the technician's command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from tillgate.admin.v1 import admin_service_pb2 as admin
from tillgate.gateway.journal import Journal
from tillgate.gateway.replica import Replica, ReplicaProblem
from tillgate.gateway.settings import Settings
from tillgate.pos.v1 import device_service_pb2 as device_api
from tillgate.pos.v1 import info_service_pb2 as info_api
from tillgate.type.v1 import text_pb2

__all__ = ["Status"]

#: Reasons of the replica's problems: Russian, English. Any other reason is an error of the programme document.
PROBLEM_TEXTS = {
    "CENTRAL_NOT_SET": (
        "Центр не задан: шлюз работает сам по себе, программе лояльности взяться неоткуда. Задайте uplink.address.",
        "The gateway works alone: no centre is set, so no loyalty programme can come. Set uplink.address.",
    ),
    "CENTRAL_UNAVAILABLE": (
        "Нет связи с центром: продажи идут и копятся в очереди, списать баллы нельзя. Проверьте сеть.",
        "No connection to the centre: sales go on and queue up, points cannot be spent. Check the network.",
    ),
    "GATEWAY_UNKNOWN": (
        "Центр не принимает ключ этого шлюза. Выпустите новый ключ в кабинете и положите его в файл uplink.token_file.",
        "The centre refuses this gateway's token. Issue a new one in the admin and put it into uplink.token_file.",
    ),
    "EPOCH_UNKNOWN": (
        "Центр помнит другой журнал этого шлюза. Откройте для него новую эпоху на странице шлюза в кабинете.",
        "The centre remembers another journal of this gateway. Open a new epoch on the gateway's page in the admin.",
    ),
    "TOKEN_MISSING": (
        "Нет файла с ключом шлюза. Положите ключ из кабинета в файл uplink.token_file.",
        "The gateway's token file is missing. Put the token from the admin into uplink.token_file.",
    ),
    "CHECKPOINT_MISMATCH": (
        "Список покупателей разошёлся с центром и загружается заново.",
        "The list of customers differed from the centre's and is being loaded again.",
    ),
    "TIME_ZONE_UNKNOWN": (
        "Часовой пояс магазина неизвестен: правила по часам считаются по UTC. Исправьте магазин в центре.",
        "The store's time zone is unknown: rules by the hour go by UTC. Mend the store at the centre.",
    ),
}
#: What the link's problem may name, most telling first.
LINK_REASONS = {
    "GATEWAY_UNKNOWN": "GATEWAY_UNKNOWN",
    "EPOCH_UNKNOWN": "EPOCH_UNKNOWN",
    "No such file": "TOKEN_MISSING",
}
PROGRAMME_TEXT = (
    "Новая редакция не принята, работает прежняя. Сообщите в центр.",
    "What came down was not taken over; what stood before goes on. Tell the centre.",
)


class Link(Protocol):
    """The connection to the central service. `problem` is why there is none; empty when there is one."""

    @property
    def problem(self) -> str: ...
    @property
    def online(self) -> bool: ...
    @property
    def since(self) -> datetime: ...


class Devices(Protocol):
    """The bound devices."""

    def list(self) -> Sequence[device_api.Device]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Asks each part when it is asked itself; keeps nothing."""

    version: str
    settings: Settings
    journal: Journal
    replica: Replica
    link: Link
    devices: Devices
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
            customers_known=self.replica.customers_known,
            lane_id=lane_id,
        )
        if outbox.oldest_time is not None:
            answer.oldest_queued_time.CopyFrom(_timestamp(outbox.oldest_time))
        if store is not None:
            answer.store_id, answer.store_name = store.store_id, store.name
            answer.currency, answer.time_zone = store.currency, store.time_zone.key
        if programme is not None:
            answer.programme_id, answer.programme_revision = programme.programme_id, programme.revision
        return answer

    def full(self, now: datetime) -> admin.GetStatusResponse:
        """What the technician sees, lanes apart. Today began at midnight of the store's zone."""
        store = self.replica.store()
        local = now.astimezone(store.time_zone) if store else now
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return admin.GetStatusResponse(
            info=self.info(),
            devices=self.devices.list(),
            problems=[*self._link_problems(), *(_problem(problem) for problem in self.replica.problems)],
            started_time=_timestamp(self.started),
            purchases_today=self.journal.purchases.count_since(midnight),
        )

    def _link_problems(self) -> list[device_api.Problem]:
        """Why the central service cannot be reached, in words that tell a wrong token from a dead network."""
        if not self.settings.uplink.address:
            return [_described("CENTRAL_NOT_SET", "", self.started)]
        if self.link.online:
            return []
        problem = self.link.problem
        reason = next((reason for part, reason in LINK_REASONS.items() if part in problem), "CENTRAL_UNAVAILABLE")
        return [_described(reason, problem, self.link.since)]


def _problem(problem: ReplicaProblem) -> device_api.Problem:
    return _described(problem.reason, problem.detail, problem.since)


def _described(reason: str, detail: str, since: datetime) -> device_api.Problem:
    ru, en = PROBLEM_TEXTS.get(reason, PROGRAMME_TEXT)
    text = text_pb2.LocalizedText(ru=ru, en=en)
    return device_api.Problem(reason=reason, text=text, detail=detail, since_time=_timestamp(since))


def _timestamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
