"""One bound device with all its parts, put together."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ._binding import Binding
from ._events import EventLog
from ._intake import Intake
from ._print_store import PrintJobStore
from ._printer import Printer
from ._record import Record
from ._supervisor import Starter, Supervisor
from ._world import World

__all__ = ["Device", "make_device"]


@dataclass(frozen=True, slots=True)
class Device:
    """The parts that the whole deals with; `printer` only where there is one."""

    record: Record
    events: EventLog
    supervisor: Supervisor
    printer: Printer | None


def make_device(
    binding: Binding,
    boot_epoch: str,
    starter: Starter,
    store: PrintJobStore,
    world: World,
    *,
    on_change: Callable[[], None],
    addressee: Callable[[], str],
    arrival: Callable[[], int],
) -> Device:
    """A device that does not run yet. What is wrong with its binding goes to the log once."""
    world = replace(world, log=world.log.bind(device=binding.device_id))
    record = Record(binding, world.clock, on_change)
    if record.problem:
        world.log.error("device_unusable", reason=record.problem.reason, detail=record.problem.detail)
    events = EventLog(binding.device_id, boot_epoch, world.limits)
    printer = Printer(record, lambda frame: supervisor.send(frame), store, world) if binding.is_printer else None
    intake = Intake(record, events, printer, addressee, arrival, world)
    supervisor = Supervisor(record, starter, intake.frame, intake.host_ended, world)
    return Device(record, events, supervisor, printer)
