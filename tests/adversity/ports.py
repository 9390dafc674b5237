"""Addresses for programs that are killed and started again where they were."""

import random
import socket
from pathlib import Path

__all__ = ["steady_address"]

LOWEST = 10_000


def steady_address() -> str:
    """A free port of 127.0.0.1 that no outgoing connection of this machine is given while its program is down."""
    range_of_outgoing = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    draw = random.SystemRandom()
    while True:
        address = ("127.0.0.1", draw.randrange(LOWEST, int(range_of_outgoing[0])))
        with socket.socket() as probe:
            if probe.connect_ex(address):
                return f"{address[0]}:{address[1]}"
