"""What `tillgate status` and `tillgate device list` say of devices, in the reader's language."""

from io import StringIO

import pytest
from rich.console import Console

from tillgate.gateway.cli._language import Language
from tillgate.gateway.cli.status import STATES, device_table, show_problems
from tillgate.pos.v1 import device_service_pb2 as api


def shown(devices: list[api.Device], language: Language) -> str:
    console = Console(file=StringIO(), width=100)
    console.print(device_table(devices, language))
    show_problems(console, [], devices, language)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["category", "state", "ready, off offline", "Look at the cable."]),
     ("ru", ["вид", "состояние", "готово, нет связи", "Проверьте кабель."])],
)  # fmt: skip
def test_devices_are_told_in_the_language_of_the_reader(language: Language, words: list[str]) -> None:
    device = api.Device(
        device_id="scanner-1",
        location="tcp [/ttyUSB0]",
        host_state=api.HOST_STATE_READY,
        power_state=api.POWER_STATE_OFF_OFFLINE,
    )
    device.problem.text.ru, device.problem.text.en = "Проверьте кабель.", "Look at the cable."
    told = shown([device], language)
    assert [word for word in ("scanner-1", "tcp [/ttyUSB0]", *words) if word not in told] == []


def test_every_state_has_its_russian_word() -> None:
    names = [*api.HostState.keys(), *api.PowerState.keys()]
    words = {name.partition("_STATE_")[2].lower().replace("_", " ") for name in names}
    assert words - {"unspecified"} == set(STATES)
