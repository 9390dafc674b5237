"""What one device's host says, put where it belongs: state, events, outcomes of print jobs."""

from collections.abc import Callable

from tillgate.driver.v1 import driver_pb2
from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.type.v1 import device_pb2

from ._events import EventLog
from ._host import Failure
from ._printer import Printer
from ._problems import timestamp
from ._record import Record
from ._world import World

__all__ = ["Intake"]

DETAIL_CHARS_MAX = 500


class Intake:
    """Takes the frames of one device. `lane` says for whom an event is; `arrival` counts over all devices."""

    def __init__(
        self,
        record: Record,
        events: EventLog,
        printer: Printer | None,
        lane: Callable[[], str],
        arrival: Callable[[], int],
        world: World,
    ) -> None:
        self._record = record
        self._events = events
        self._printer = printer
        self._lane = lane
        self._arrival = arrival
        self._clock = world.clock
        self._limits = world.limits
        self._metrics = world.metrics
        self._log = world.log
        self._category = device_pb2.DeviceCategory.Name(record.binding.category).removeprefix("DEVICE_CATEGORY_")
        self._number = 0
        self._online = False

    def frame(self, frame: driver_pb2.HostFrame) -> None:
        """One frame of a host that was greeted."""
        match frame.WhichOneof("frame"):
            case "data_event":
                self._data(frame.data_event)
            case "error_event":
                self._error(frame.error_event.reason, frame.error_event.detail)
            case "state_change":
                self._link(frame.state_change)
            case "status_report":
                self._record.printer(frame.status_report.statuses)
            case "job_result":
                self._job(frame.job_result)

    def host_ended(self, failure: Failure) -> None:
        """The host is gone, and with it the link. What it had read and not told is lost: that is an event."""
        self._number = 0
        if self._printer is not None:
            self._printer.host_ended(failure.detail)
        self._set_online(False, failure.reason)

    def _link(self, change: driver_pb2.StateChange) -> None:
        if change.link not in (driver_pb2.LINK_STATE_OPEN, driver_pb2.LINK_STATE_LOST):
            return
        is_open = change.link == driver_pb2.LINK_STATE_OPEN
        news = self._record.link(is_open=is_open, detail=change.detail[:DETAIL_CHARS_MAX])
        if news:  # Once each, however often the host tries.
            self._log.info("device_connected" if is_open else "device_disconnected", detail=change.detail)
        self._set_online(is_open, change.detail)

    def _set_online(self, online: bool, detail: str) -> None:
        self._metrics.device_ready.labels(self._record.binding.device_id).set(int(online))
        if self._online and not online:
            self._error("DEVICE_OFFLINE", detail)
        self._online = online

    def _data(self, data: driver_pb2.DataEvent) -> None:
        if data.number <= self._number:
            self._log.warning("event_twice", number=data.number)
            return
        missing = data.number - self._number - 1
        self._number = data.number
        if missing:
            self._error("EVENTS_LOST", f"{missing} events did not come through")
        if data.data.ByteSize() > self._limits.event_bytes_max:
            self._error("EVENT_TOO_LARGE", f"{data.data.ByteSize()} bytes; at most {self._limits.event_bytes_max}")
            return
        event = api.DeviceEvent(data=data.data)
        if event.data.bank_card:
            event.data.raw = b""
            event.data.fields.clear()
        event.times.read_time.CopyFrom(data.read_time)
        event.times.decoded_time.CopyFrom(data.decoded_time)
        self._append(event, "data")

    def _error(self, reason: str, detail: str) -> None:
        error = api.DeviceError(reason=reason[:DETAIL_CHARS_MAX], detail=detail[:DETAIL_CHARS_MAX])
        self._append(api.DeviceEvent(error=error), "error")

    def _append(self, event: api.DeviceEvent, kind: str) -> None:
        now = self._clock.now()
        self._record.last_event = now
        event.times.received_time.CopyFrom(timestamp(now))
        self._metrics.device_events.labels(self._category, kind).inc()
        self._events.append(event, self._lane(), self._arrival(), self._clock.monotonic_ms())

    def _job(self, result: driver_pb2.JobResult) -> None:
        if self._printer is None:
            self._log.warning("print_result_of_no_printer", job_id=result.job_id)
            return
        result.detail = result.detail[:DETAIL_CHARS_MAX]
        if result.statuses:
            self._record.printer(result.statuses)
        self._printer.result(result)
