"""A small chain on one machine: the central service, a gateway, simulated devices, and a till that sells."""

from ._story import run_demo
from ._twins import make_twin

__all__ = ["make_twin", "run_demo"]
