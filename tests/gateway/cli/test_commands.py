"""The `tillgate` command as a technician meets it: real processes, their words and their exit status."""

import json
import subprocess
from pathlib import Path

import pytest

from tillgate.gateway.demo._processes import program_path


def tillgate(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [program_path("tillgate"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, input=typed, timeout=60)


def test_help_lists_every_command_without_importing_any() -> None:
    told = tillgate("--help").stdout
    for name in ("run", "status", "device", "plugin", "lane", "config", "calc", "demo", "completion"):
        assert f"  {name} " in told


def test_a_default_settings_file_passes_its_own_check(tmp_path: Path) -> None:
    file = tmp_path / "tillgate.toml"
    file.write_text(tillgate("config", "default", "--gateway-id", "shop-7").stdout)
    assert "gateway shop-7" in tillgate("config", "check", str(file)).stdout
    checked = json.loads(tillgate("config", "check", str(file), "--json").stdout)
    assert checked["api"]["listen"] == "127.0.0.1:7420"


def test_a_wrong_settings_file_is_told_by_path_to_people_and_to_programs(tmp_path: Path) -> None:
    file = tmp_path / "tillgate.toml"
    file.write_text('gateway_id = "g"\n[api]\nlisten = 5\n')
    people = tillgate("config", "check", str(file))
    assert people.returncode == 1
    assert "`$.api.listen`" in people.stderr
    program = tillgate("config", "check", str(file), "--json")
    told = json.loads(program.stderr)["error"]
    assert (told["path"], told["reason"]) == ("$.api.listen", "SETTINGS_INVALID")
    assert told["ru"] != told["en"]


def test_settings_and_plugins_are_told_in_the_language_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "tillgate.toml"
    file.write_text('gateway_id = "g"\n')
    assert "в порядке: шлюз g, устройств: 0" in tillgate("config", "check", str(file), "--language", "ru").stdout
    assert "fine: gateway g, devices: 0" in tillgate("config", "check", str(file), "--language=en").stdout
    file.write_text("gateway_id = 5\n")
    assert "В настройках ошибка: " in tillgate("config", "check", str(file), "--language=ru").stderr
    assert "В настройках ошибка" not in tillgate("config", "check", str(file), "--language", "en").stderr
    for language, word, other in (("ru", "Сканер штрихкодов", "Barcode"), ("en", "Barcode scanner", "Сканер")):
        listed = tillgate("plugin", "list", "--language", language).stdout
        assert word in listed
        assert other not in listed


@pytest.mark.parametrize("command", [("status",), ("lane", "list"), ("device", "list")])
def test_without_a_running_gateway_the_next_step_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    file = tmp_path / "tillgate.toml"
    file.write_text('gateway_id = "g"\n')
    done = tillgate(*command, "--config", str(file))
    assert done.returncode == 1
    assert "`tillgate run` starts one" in done.stderr


def test_installed_plugins_are_listed() -> None:
    listed = json.loads(tillgate("plugin", "list", "--json").stdout)
    assert {"serial_scanner", "serial_msr", "escpos_printer"} <= {row["id"] for row in listed["plugins"]}
    assert listed["failed"] == []


def test_a_twin_takes_commands_line_by_line() -> None:
    done = tillgate("device", "twin", "escpos_printer", typed="slips\nfault cover_open\nfault nonsense\njump\n")
    first, *answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert first["location"].startswith("127.0.0.1:")
    assert answers[:2] == [{"result": []}, {"result": None}]
    assert [list(answer) for answer in answers[2:]] == [["error"], ["error"]]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_tab_completion_is_offered(shell: str) -> None:
    assert "_TILLGATE_COMPLETE" in tillgate("completion", shell).stdout


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ('plugin = "serial_scaner"\ntransport.serial = { port = "/dev/x" }', "not installed"),
        ('plugin = "serial_scanner"\ntransport.serial = { port = "/dev/x" }\nsettings = { sufix = "" }', "sufix"),
        (
            'plugin = "escpos_printer"\ntransport.tcp = { host = "h", port = 1 }\nsettings = { profile = "epsn" }',
            "epsn",
        ),
    ],
)
def test_a_check_knows_what_the_plugins_want(tmp_path: Path, device: str, words: str) -> None:
    file = tmp_path / "tillgate.toml"
    file.write_text(f'gateway_id = "g"\n[[devices]]\nid = "d"\n{device}\n')
    checked = tillgate("config", "check", str(file))
    assert checked.returncode == 1
    assert "$.devices[0]" in checked.stderr
    assert words in checked.stderr


def test_a_data_folder_that_cannot_be_is_told_without_a_traceback(tmp_path: Path) -> None:
    file = tmp_path / "tillgate.toml"
    file.write_text('gateway_id = "g"\ndata = "/proc/nope"\n')
    run = tillgate("run", "--config", str(file))
    assert run.returncode == 1
    assert "`$.data`" in run.stderr
    assert "Traceback" not in run.stderr
