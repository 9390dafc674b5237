"""What is known of one device now."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tillgate.gateway.clock import Clock
from tillgate.pos.v1 import device_service_pb2 as api
from tillgate.type.v1 import device_pb2

from ._binding import Binding
from ._problems import PRINTER_PROBLEMS, problem, timestamp

__all__ = ["Record"]

#: A printer in one of these cannot print until somebody comes; an empty roll soon can.
STOPPING = frozenset(PRINTER_PROBLEMS) - {device_pb2.PRINTER_STATUS_PAPER_NEAR_END}


class Record:
    """State of one device, and who is told when it changes."""

    def __init__(self, binding: Binding, clock: Clock, on_change: Callable[[], None]) -> None:
        self.binding = binding
        self.host_state: api.HostState.ValueType = api.HOST_STATE_STOPPED
        self.host_pid = 0
        self.restarts = 0
        self.last_event: datetime | None = None
        #: Set while the device can be talked to.
        self.online = asyncio.Event()
        self._clock = clock
        self._on_change = on_change
        self._printing = False
        self._statuses: tuple[device_pb2.PrinterStatus.ValueType, ...] = ()
        self._host_problem: api.Problem | None = None
        self._link_problem: api.Problem | None = None
        self._printer_problem: api.Problem | None = None
        if binding.problem:
            self._host_problem = problem(*binding.problem, clock.now())

    @property
    def problem(self) -> api.Problem | None:
        """The gravest."""
        return self._host_problem or self._link_problem or self._printer_problem

    def host(self, state: "api.HostState.ValueType", *, reason: str = "", detail: str = "", pid: int = 0) -> None:
        """The host's process is in another state. Nothing is known of the device itself while it is not ready."""
        self.host_state, self.host_pid = state, pid
        if reason:
            self._host_problem = problem(reason, detail, self._clock.now())
        elif state in (api.HOST_STATE_READY, api.HOST_STATE_STOPPED) and not self.binding.problem:
            self._host_problem = None
        if state != api.HOST_STATE_READY:
            self.online.clear()
            self._link_problem = self._printer_problem = None
            self._statuses = ()
        self._on_change()

    def link(self, *, is_open: bool, detail: str = "") -> bool:
        """The transport opened or is gone. True when that is news."""
        if is_open:
            news = not self.online.is_set()
            self.online.set()
            self._link_problem = None
        else:
            news = self._link_problem is None
            self.online.clear()
            self._statuses, self._printer_problem = (), None
            since = self._clock.now() if self._link_problem is None else self._link_problem.since_time.ToDatetime(UTC)
            self._link_problem = problem("LINK_LOST", detail, since)
        self._on_change()
        return news

    def printer(self, statuses: Sequence["device_pb2.PrinterStatus.ValueType"]) -> None:
        """The printer said how it is."""
        self._statuses = tuple(dict.fromkeys(statuses))
        reason = next((PRINTER_PROBLEMS[status] for status in PRINTER_PROBLEMS if status in self._statuses), "")
        if not reason:
            self._printer_problem = None
        elif self._printer_problem is None or self._printer_problem.reason != reason:
            self._printer_problem = problem(reason, "", self._clock.now())
        self._on_change()

    def printing(self, busy: bool) -> None:
        """A job goes out, or has ended."""
        self._printing = busy
        self._on_change()

    def message(self, claimed_by: str) -> api.Device:
        """The device as the API shows it."""
        binding, online = self.binding, self.online.is_set()
        device = api.Device(
            device_id=binding.device_id,
            category=binding.category,
            plugin_id=binding.plugin_id,
            driver=binding.driver,
            location=binding.location,
            state=self._state(online),
            power_state=api.POWER_STATE_ONLINE if online else api.POWER_STATE_OFF_OFFLINE,
            host_state=self.host_state,
            claimed_by=claimed_by,
            printer_statuses=self._statuses,
            problem=self.problem,
            restarts=self.restarts,
            host_pid=self.host_pid,
        )
        if self.last_event is not None:
            device.last_event_time.CopyFrom(timestamp(self.last_event))
        return device

    def _state(self, online: bool) -> "api.DeviceState.ValueType":
        if not online:
            # Somebody has to do something, or it stays so.
            dead = self.host_state in (api.HOST_STATE_QUARANTINED, api.HOST_STATE_INCOMPATIBLE, api.HOST_STATE_STOPPED)
            return api.DEVICE_STATE_ERROR if dead and self._host_problem else api.DEVICE_STATE_CLOSED
        if STOPPING & set(self._statuses):
            return api.DEVICE_STATE_ERROR
        return api.DEVICE_STATE_BUSY if self._printing else api.DEVICE_STATE_IDLE
