"""A small chain on one machine: the central service, a gateway, simulated devices, and a till that sells."""

from ._story import run_demo

__all__ = ["run_demo"]
