"""The demo's chain: head office and one store's box as real programs, the store's devices as twins."""

import fcntl
import json
import shutil
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import grpc

from tillgate.core.errors import Refusal
from tillgate.gateway.settings import load_settings
from tillgate.plugins.sdk import find_plugin
from tillgate.plugins.sdk.twins import make_twin
from tillgate.pos.v1 import info_service_pb2 as info
from tillgate.pos.v1 import info_service_pb2_grpc as info_services

from ._processes import Program, program_path, run

__all__ = ["Chain", "Tell", "catalogue"]

#: Called with a sentence in Russian and in English before each step that takes a while.
Tell = Callable[[str, str], None]

MARK = ".tillgate-demo"

#: Where things are when the demo stays up.
PORTS = {"gateway": 7420, "status": 7421, "central": 7430, "admin": 8000}

SETTINGS = """\
gateway_id = {gateway_id}
data = "gateway"
language = {language}

[api]
listen = {api}

[web]
listen = {web}

[uplink]
address = {central}
token_file = "central.token"
retry_first_ms = 100
retry_most_ms = 1000

[[devices]]
id = "scanner-1"
plugin = "serial_scanner"
transport.serial = {{ port = {scanner} }}

[[devices]]
id = "msr-1"
plugin = "serial_msr"
transport.serial = {{ port = {msr} }}

[[devices]]
id = "printer-1"
plugin = "escpos_printer"
transport.tcp = {{ host = "127.0.0.1", port = {printer} }}
"""


class Chain:
    """Everything of the demo that runs. `fixed_ports` takes the documented ports, otherwise free ones."""

    def __init__(self, folder: Path, *, language: str, fixed_ports: bool) -> None:
        self.folder = folder
        self._language = language
        self._home = folder / "central"
        self._config = folder / "tillgate.toml"
        self._listen = {name: f"127.0.0.1:{port if fixed_ports else 0}" for name, port in PORTS.items()}
        self.seed: dict[str, Any] = {}
        self.scanner = _twin("serial_scanner", str(folder / "scanner"))
        self.msr = _twin("serial_msr", str(folder / "msr"))
        self.printer = _twin("escpos_printer", "127.0.0.1:0")
        self._central_web = self._central("web", self._listen["admin"])
        self._central_grpc = self._central("grpc", self._listen["central"])
        self._gateway = Program(
            [program_path("tillgate"), "run", "--config", str(self._config)], folder / "gateway.log"
        )
        self.addresses: dict[str, str] = {}
        self._mark: IO[bytes] | None = None

    @property
    def token_file(self) -> Path:
        """Where the token of the demo's lane lies."""
        return self.folder / "lane.token"

    @property
    def catalogue_file(self) -> Path:
        """The goods a till knows: barcode to name, price and categories."""
        return self.folder / "catalogue.json"

    def start(self, tell: Tell) -> None:
        """Build everything and wait until all of it serves."""
        self._mark = _make_empty(self.folder)
        tell(
            "Создаю сеть: магазины, покупатели, карты, программа",
            "Filling a chain: stores, customers, cards, a programme",
        )
        self.seed = json.loads(run([program_path("tillgate-central"), "--home", str(self._home), "init", "--demo"]))
        goods = json.dumps(catalogue(self.seed, self._language), ensure_ascii=False)
        self.catalogue_file.write_text(goods, encoding="utf-8")
        tell("Запускаю центр", "Starting the central service")
        self.start_central()
        tell("Включаю устройства и шлюз", "Switching on the devices and the gateway")
        for twin in (self.scanner, self.msr, self.printer):
            twin.start()
        self._write_settings()
        started = self._gateway.start()
        self.addresses |= {"gateway": started["listening"], "status": started["web"]}
        lane = run([program_path("tillgate"), "lane", "add", "till-1", "--json", "--config", str(self._config)])
        _write_private(self.token_file, json.loads(lane)["token"])

    def start_central(self) -> None:
        """Head office comes up, on the ports it had before."""
        self._central_grpc = self._central("grpc", self._listen["central"])
        self._central_web = self._central("web", self._listen["admin"])
        self.addresses["central"] = self._central_grpc.start()["listening"]
        self.addresses["admin"] = self._central_web.start()["web"]
        self._listen["central"] = self.addresses["central"]
        self._listen["admin"] = self.addresses["admin"].removeprefix("http://").rstrip("/")

    def stop_central(self) -> None:
        """Head office goes away."""
        self._central_web.stop()
        self._central_grpc.stop()

    def stop(self) -> None:
        """End everything, the youngest first."""
        self._gateway.stop()
        self.stop_central()
        for twin in (self.printer, self.msr, self.scanner):
            twin.stop()
        if self._mark is not None:
            self._mark.close()

    def till(self, purchase_id: str) -> Program:
        """A till, a program of its own; its first line says that it listens to its devices."""
        command = [sys.executable, "-m", "tillgate.gateway.demo.till", "--address", self.addresses["gateway"]]
        command += ["--token-file", str(self.token_file), "--catalogue", str(self.catalogue_file)]
        return Program([*command, "--purchase-id", purchase_id], self.folder / "till.log")

    def info(self) -> info.GetInfoResponse:
        """How the gateway fares."""
        with grpc.insecure_channel(f"unix:{load_settings(self._config).admin_socket}") as channel:
            return info_services.InfoServiceStub(channel).GetInfo(info.GetInfoRequest(), timeout=10)

    def at_central(self, card: str) -> dict[str, Any]:
        """What head office knows of a card's customer."""
        command = [program_path("tillgate-central"), "--home", str(self._home), "manage", "show_customer", card]
        answer: dict[str, Any] = json.loads(run([*command, "--json"]))
        return answer

    def _central(self, what: str, listen: str) -> Program:
        command = [program_path("tillgate-central"), "--home", str(self._home), what, "--listen", listen]
        return Program(command, self.folder / f"central-{what}.log")

    def _write_settings(self) -> None:
        gateway = self.seed["gateways"][0]
        _write_private(self.folder / "central.token", gateway["token"])
        values = {
            "gateway_id": gateway["gateway_id"],
            "language": self._language,
            "api": self._listen["gateway"],
            "web": self._listen["status"],
            "central": self.addresses["central"],
            "scanner": self.scanner.location,
            "msr": self.msr.location,
        }
        port = self.printer.location.rpartition(":")[2]
        text = SETTINGS.format(printer=port, **{key: json.dumps(value) for key, value in values.items()})
        self._config.write_text(text, encoding="utf-8")


def _twin(plugin_id: str, location: str) -> Any:
    return make_twin(find_plugin(plugin_id), location=location)


def catalogue(seed: dict[str, Any], language: str = "ru") -> dict[str, dict[str, Any]]:
    """What a till knows of the goods: by barcode the article, the price in minor units, the categories."""
    return {
        item["ean13"]: {
            "sku": item["sku"],
            "name": item["name"][language],
            "price_minor": int(Decimal(item["unit_price"]) * 100),
            "categories": item["categories"],
        }
        for item in seed["goods"]
    }


def _make_empty(folder: Path) -> IO[bytes]:
    """A folder of ours is made anew; one that is somebody's, or of a demo that runs, stays untouched.

    The answer is the mark's file, locked; the lock goes with the process.
    """
    mark = folder / MARK
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise Refusal(f"{folder} is not empty and not a demo's folder; name another with --folder")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    held = mark.open("ab")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise Refusal(f"a demo runs in {folder}; end it first, or name another folder with --folder") from error
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry != mark:
            entry.unlink()
    return held


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
