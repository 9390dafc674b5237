"""A driver host that does what a test tells it: right, wrong, slowly or not at all.

Started like the real one. After Start it connects to the unix socket named by the setting `control`, sends its
device id and its process id as one line of JSON, and obeys the lines that come back. What it does before that hangs on
the plugin's id.
"""

import argparse
import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from tillgate.driver.v1 import driver_pb2 as driver
from tillgate.plugins.sdk.frames import Decoder, encode
from tillgate.type.v1 import device_pb2

HEARTBEAT_S = 0.5


class FakeHost:
    """Blocking and simple: the main thread reads frames, one thread beats, one obeys."""

    def __init__(self, plugin_id: str, fd: int) -> None:
        self.plugin_id = plugin_id
        self.socket = socket.socket(fileno=fd)
        self.decoder = Decoder(driver.GatewayFrame)
        self.lock = threading.Lock()
        self.number = 0
        self.settings: dict[str, Any] = {}

    def send(self, **frame: Any) -> None:
        with self.lock:
            self.socket.sendall(encode(driver.HostFrame(**frame)))

    def hello(self) -> None:
        nonce = os.environ["TILLGATE_HOST_NONCE"]
        if self.plugin_id == "fake_stranger":
            nonce = "0" * 32
        versions = [99] if self.plugin_id == "fake_future" else [1]
        self.send(
            hello=driver.Hello(plugin_id=self.plugin_id, contract_versions=versions, nonce=nonce, pid=os.getpid())
        )

    def run(self) -> None:
        if self.plugin_id == "fake_crash":
            raise SystemExit("this driver never starts")
        if self.plugin_id == "fake_rude":
            self.send(heartbeat=driver.Heartbeat(number=1))
        if self.plugin_id != "fake_silent":
            self.hello()
        if self.plugin_id == "fake_refusing":
            self.send(error_event=driver.ErrorEvent(reason="SETTINGS_INVALID", detail="no such colour"))
            sys.exit(78)
        while data := self.socket.recv(65_536):
            for frame in self.decoder.feed(data):
                self.take(frame)

    def take(self, frame: driver.GatewayFrame) -> None:
        match frame.WhichOneof("frame"):
            case "start":
                self.settings = json.loads(frame.start.settings_json)
                if self.settings["link"] == "open":
                    self.link(is_open=True)
                threading.Thread(target=self.beat, daemon=True).start()
                threading.Thread(target=self.obey, args=(frame.start.device_id,), daemon=True).start()
            case "print_job":
                self.print(frame.print_job)
            case "stop":
                if self.settings.get("stop") == "stubborn":
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    return
                sys.exit(0)

    def link(self, *, is_open: bool, detail: str = "") -> None:
        state = driver.LINK_STATE_OPEN if is_open else driver.LINK_STATE_LOST
        self.send(state_change=driver.StateChange(link=state, detail=detail))

    def beat(self) -> None:
        pause = threading.Event()
        number = 0
        while True:
            number += 1
            self.send(heartbeat=driver.Heartbeat(number=number))
            pause.wait(HEARTBEAT_S)

    def obey(self, device_id: str) -> None:
        control = socket.socket(socket.AF_UNIX)
        control.connect(self.settings["control"])
        stream = control.makefile("rw", encoding="utf-8")
        stream.write(json.dumps({"device": device_id, "pid": os.getpid()}) + "\n")
        stream.flush()
        for line in stream:
            command = json.loads(line)
            getattr(self, "do_" + command.pop("do"))(**command)

    def print(self, job: driver.PrintJob) -> None:
        with Path(self.settings["paper"]).open("a", encoding="utf-8") as paper:
            paper.write(f"{job.job_id} {job.document.elements[0].text.text}\n")
        way = self.settings["print"]
        if way == "die":
            os._exit(3)
        if way == "silent":
            return
        outcome = device_pb2.PrintOutcome.Value(f"PRINT_OUTCOME_{way}")
        self.send(
            job_result=driver.JobResult(
                job_id=job.job_id, outcome=outcome, detail=way.lower(), statuses=[device_pb2.PRINTER_STATUS_OK]
            )
        )

    def do_data(self, text: str, skip: int = 0, **more: Any) -> None:
        self.number += 1 + skip
        raw = more.pop("raw", text).encode()
        event = driver.DataEvent(
            number=self.number, data=device_pb2.DecodedData(text=text, type="CODE128", raw=raw, **more)
        )
        event.read_time.GetCurrentTime()
        event.decoded_time.GetCurrentTime()
        self.send(data_event=event)

    def do_many(self, count: int, prefix: str = "") -> None:
        for index in range(count):
            self.do_data(f"{prefix}{index}")

    def do_repeat(self, text: str) -> None:
        self.number -= 1
        self.do_data(text)

    def do_error(self, reason: str) -> None:
        self.send(error_event=driver.ErrorEvent(reason=reason, detail="as told"))

    def do_link(self, is_open: bool, detail: str = "") -> None:
        self.link(is_open=is_open, detail=detail)

    def do_status(self, names: list[str]) -> None:
        statuses = [device_pb2.PrinterStatus.Value(f"PRINTER_STATUS_{name}") for name in names]
        self.send(status_report=driver.StatusReport(statuses=statuses))

    def do_result(self, job_id: str, outcome: str) -> None:
        result = driver.JobResult(job_id=job_id, outcome=device_pb2.PrintOutcome.Value(f"PRINT_OUTCOME_{outcome}"))
        self.send(job_result=result)

    def do_garbage(self) -> None:
        with self.lock:
            self.socket.sendall(b"\xff\xff\xff\xff what is this")

    def do_say(self, lines: int) -> None:
        sys.stderr.write("".join(f"line {index}\n" for index in range(lines)))
        sys.stderr.flush()

    def do_exit(self, status: int) -> None:
        os._exit(status)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin", required=True)
    parser.add_argument("--fd", type=int, default=3)
    arguments = parser.parse_args()
    FakeHost(arguments.plugin, arguments.fd).run()


main()
