"""What the parts of the device side are given of the world around them."""

from dataclasses import dataclass
from random import Random

from structlog.typing import FilteringBoundLogger

from tillgate.gateway.clock import Clock
from tillgate.gateway.metrics import Metrics

from ._limits import Limits

__all__ = ["World"]


@dataclass(frozen=True, slots=True)
class World:
    """Time, chance, bounds, counters and the log, which in a device's parts names the device."""

    clock: Clock
    random: Random
    limits: Limits
    metrics: Metrics
    log: FilteringBoundLogger
