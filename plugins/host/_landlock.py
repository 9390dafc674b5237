"""Landlock: what the driver's code may not reach, where the kernel has it (Linux 5.13; TCP ports from 6.7).

Constants and layouts after linux/landlock.h; the system calls have the same numbers on every architecture.
"""

import ctypes
import os
import struct
from collections.abc import Iterable

__all__ = ["landlock_version", "restrict"]

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH, _NET_PORT = 1, 2

_EXECUTE = 1 << 0
_WRITE_FILE = 1 << 1
#: Removing and making anything.
_CHANGE_FOLDERS = sum(1 << bit for bit in range(4, 13))
_TRUNCATE = 1 << 14
_TRUNCATE_SINCE, _TCP_SINCE = 3, 4
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1

_libc = ctypes.CDLL(None, use_errno=True)


def landlock_version() -> int:
    """The kernel's version of Landlock; 0 when it has none or it is switched off."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)))


def restrict(write_paths: Iterable[str], tcp_ports: Iterable[int]) -> None:
    """From now on start no program, write only below these paths, connect only to these TCP ports.

    Reading stays free: a driver needs its own code and Python's, and holds nothing that another process would want.
    """
    version = landlock_version()
    if not version:
        return
    handled = _EXECUTE | _WRITE_FILE | _CHANGE_FOLDERS | (_TRUNCATE if version >= _TRUNCATE_SINCE else 0)
    writing = handled & (_WRITE_FILE | _TRUNCATE)
    has_tcp = version >= _TCP_SINCE
    attributes = struct.pack("=QQ", handled, _BIND_TCP | _CONNECT_TCP) if has_tcp else struct.pack("=Q", handled)
    ruleset = _call(_CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for path in write_paths:
            _allow_path(ruleset, path, writing)
        for port in tcp_ports if has_tcp else ():
            _call(_ADD_RULE, ruleset, _NET_PORT, struct.pack("=QQ", _CONNECT_TCP, port), 0)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow_path(ruleset: int, path: str, access: int) -> None:
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", access, folder), 0)
    finally:
        os.close(folder)


def _call(number: int, *arguments: int | bytes) -> int:
    result = int(_libc.syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"system call {number}")
    return result
