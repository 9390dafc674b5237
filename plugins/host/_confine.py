"""What a driver's process may not do, asked of the kernel before any of the driver's code is imported."""

import ctypes
import resource
import signal

from tillgate.driver.v1.driver_pb2 import Transport
from tillgate.plugins.sdk import Limits, Permissions

from ._landlock import restrict

__all__ = ["confine", "confine_reach", "end_with_parent", "renew_cpu_burst", "resident_bytes"]

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_MIB = 1 << 20
_PAGE_BYTES = resource.getpagesize()


def end_with_parent() -> None:
    """Have the kernel kill this process when the gateway dies.

    A gateway that died before this call is noticed by the end of its socket.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def confine(limits: Limits) -> None:
    """Bound memory and open files, give up gaining rights, leave no core dump with customers' data in it."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _lower(resource.RLIMIT_DATA, limits.memory_mib * _MIB)
    _lower(resource.RLIMIT_NOFILE, limits.open_files)
    _lower(resource.RLIMIT_CORE, 0)
    renew_cpu_burst(limits.cpu_burst_s)


def confine_reach(transport: Transport, permissions: Permissions) -> None:
    """Leave the process its device, and what the manifest asks for."""
    port = [transport.tcp.port] if transport.WhichOneof("transport") == "tcp" else []
    restrict(["/dev", *permissions.write_paths], [*port, *permissions.tcp_ports])


def renew_cpu_burst(burst_s: int) -> None:
    """Allow so much processor time from now on. A driver that never comes back is ended by SIGXCPU."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + burst_s, hard=False)


def resident_bytes() -> int:
    """Memory in use, from /proc/self/statm."""
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  Twice a second; a Path would cost more than the read.
        return int(file.read().split()[1]) * _PAGE_BYTES


def _lower(limit: int, value: int, *, hard: bool = True) -> None:
    ceiling = resource.getrlimit(limit)[1]
    if ceiling != resource.RLIM_INFINITY:
        value = min(value, ceiling)
    resource.setrlimit(limit, (value, value if hard else ceiling))


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        raise OSError(ctypes.get_errno(), f"prctl {option}")
