"""A test that acts as the gateway: it starts real driver hosts and speaks frames with them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from tillgate.driver.v1 import driver_pb2
from tillgate.driver.v1.driver_pb2 import GatewayFrame, HostFrame
from tillgate.plugins.sdk.frames import Decoder, encode

NONCE = "nonce-of-this-start"
WAIT_S = 60.0


class HostProcess:
    """One driver host, seen from the gateway's end of its socket."""

    nonce = NONCE

    def __init__(self, plugin_id: str, environment: dict[str, str] | None = None) -> None:
        ours, theirs = socket.socketpair()
        self.socket = ours
        self.frames: list[HostFrame] = []
        self._decoder = Decoder(HostFrame)

        # As the gateway does. With a preexec_fn gRPC's threads would go through a fork, and their pollers abort.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tillgate.plugins.host", "--plugin", plugin_id, "--fd", str(theirs.fileno())],
            env={**os.environ, "TILLGATE_HOST_NONCE": NONCE, **(environment or {})},
            pass_fds=(theirs.fileno(),),
            stderr=subprocess.PIPE,
        )
        theirs.close()

    def start(self, *, driver: str = "", settings_json: str = "{}", version: int = 1, **transport: Any) -> None:
        """Answer Hello."""
        self.wait_for("hello")
        start = driver_pb2.Start(
            contract_version=version, device_id="device-1", driver=driver, settings_json=settings_json
        )
        start.transport.CopyFrom(driver_pb2.Transport(**transport))
        self.send(GatewayFrame(start=start))

    def start_serial(self, port: str, **arguments: Any) -> None:
        self.start(serial=driver_pb2.SerialTransport(port=port), **arguments)

    def start_tcp(self, port: int, **arguments: Any) -> None:
        self.start(tcp=driver_pb2.TcpTransport(host="127.0.0.1", port=port), **arguments)

    def send(self, frame: GatewayFrame) -> None:
        self.socket.sendall(encode(frame))

    def next_frame(self) -> HostFrame:
        """The next frame, whatever it is."""
        while not self.frames:
            self._receive(time.monotonic() + WAIT_S, "a frame")
        return self.frames.pop(0)

    def wait_for(self, kind: str, fits: Callable[[Any], bool] = lambda _: True, wait_s: float = WAIT_S) -> Any:
        """The next frame of this kind that fits; those before it are kept in `frames` and forgotten."""
        deadline = time.monotonic() + wait_s
        while True:
            while self.frames:
                frame = self.frames.pop(0)
                if frame.WhichOneof("frame") == kind and fits(getattr(frame, kind)):
                    return getattr(frame, kind)
            self._receive(deadline, kind)

    def wait_link(self, state: str) -> Any:
        return self.wait_for("state_change", lambda change: change.link == driver_pb2.LinkState.Value(state))

    def rest(self) -> list[HostFrame]:
        """Everything up to the end of the host."""
        while data := self.socket.recv(65_536):
            self.frames += self._decoder.feed(data)
        return self.frames

    def wait_exit(self, wait_s: float = WAIT_S) -> int:
        return self.process.wait(wait_s)

    def _receive(self, deadline: float, kind: str) -> None:
        self.socket.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            data = self.socket.recv(65_536)
        except TimeoutError:
            raise AssertionError(f"no {kind} came") from None
        if not data:
            _, said = self.process.communicate(timeout=WAIT_S)
            raise AssertionError(f"the host ended with {self.process.returncode} before {kind}: {said.decode()}")
        self.frames += self._decoder.feed(data)

    def close(self) -> None:
        self.socket.close()
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait(WAIT_S)
        assert self.process.stderr is not None
        self.process.stderr.close()


@pytest.fixture
def host_of() -> Iterator[Callable[..., HostProcess]]:
    """Starts driver hosts and ends them after the test."""
    hosts: list[HostProcess] = []

    def start(plugin_id: str, environment: dict[str, str] | None = None) -> HostProcess:
        hosts.append(HostProcess(plugin_id, environment))
        return hosts[-1]

    yield start
    for host in hosts:
        host.close()
