"""The technician's status page and /metrics: read-only, on loopback, working without the internet."""

from ._server import WebServer

__all__ = ["WebServer"]
