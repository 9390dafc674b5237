"""Programs of the demo: started, waited for until they say that they are ready, ended."""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tillgate.core.errors import Fault

__all__ = ["Program", "ProgramFailed", "program_path", "run"]

READY_WITHIN_S = 60.0
STOP_WITHIN_S = 8.0


class ProgramFailed(Fault):
    """A program of the demo ended, or did not get ready."""

    reason = "PROGRAM_FAILED"
    ru = "Программа не запустилась."
    en = "A program did not start."


def program_path(name: str) -> str:
    """The command of this environment, wherever it was called from."""
    return str(Path(sys.executable).parent / name)


def run(command: Sequence[str], *, input_text: str = "") -> str:
    """Run to the end; what it printed. Raises ProgramFailed with its last words."""
    done = subprocess.run(command, capture_output=True, text=True, input=input_text, check=False)
    if done.returncode:
        raise ProgramFailed(f"{' '.join(command)}: {done.stderr.strip()[-800:]}")
    return done.stdout


class Program:
    """One program that prints JSON lines. What it says on stderr goes to a file."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self._command = list(command)
        self._log = log
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = b""

    @property
    def pid(self) -> int:
        """Its process id while it runs."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> dict[str, Any]:
        """Start it and wait for its first line."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=self._environment
            )
        self._buffer = b""
        try:
            return self.line()
        except ProgramFailed:
            self.stop()
            raise

    def line(self, within_s: float = READY_WITHIN_S) -> dict[str, Any]:
        """The next JSON line. Raises ProgramFailed when the program ends before it, or is late."""
        assert self._process is not None
        assert self._process.stdout is not None
        stream = self._process.stdout.fileno()
        end = time.monotonic() + within_s
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if not selector.select(max(0.0, end - time.monotonic())):
                    raise self._failed(f"said nothing for {within_s:.0f} s")
                part = os.read(stream, 65_536)
                if not part:
                    raise self._failed(f"ended with status {self._process.wait()}")
                self._buffer += part
        text, _, self._buffer = self._buffer.partition(b"\n")
        answer: dict[str, Any] = json.loads(text)
        return answer

    def stop(self) -> int:
        """SIGTERM, and SIGKILL when it does not end. Its exit status."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        status = self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None
        return status

    def kill(self) -> None:
        """SIGKILL, as a power cut for one program."""
        assert self._process is not None
        self._process.kill()
        self.stop()

    def _failed(self, what: str) -> ProgramFailed:
        words = self._log.read_text(errors="replace")[-800:] if self._log.exists() else ""
        return ProgramFailed(f"{Path(self._command[0]).name} {what}; log {self._log}:\n{words}")
