"""Drivers run in processes of their own; whatever becomes of one of them, its device shows it and the others go on."""

import asyncio
import os
import signal
import time
from dataclasses import replace
from typing import Any

import pytest

from tillgate.core.errors import ShuttingDown
from tillgate.gateway.devices import Limits
from tillgate.pos.v1 import device_service_pb2 as api

#: Failures and quarantine at a pace a test can wait for.
FAST = Limits(backoff_first_ms=10, backoff_most_ms=40, quarantine_ms=300, terminate_wait_ms=200)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_device_becomes_ready_and_its_process_ends_with_the_daemon(run: Any, scanner: Any) -> None:
    async with run(scanner("one")) as bench:
        device = await bench.online("one")
        assert device.host_state == api.HOST_STATE_READY
        assert device.state == api.DEVICE_STATE_IDLE
        assert device.location == "/dev/tty-one"
        assert not device.HasField("problem")
        pid = (await bench.host("one")).pid
        assert device.host_pid == pid
    assert not alive(pid)
    assert bench.device("one").host_state == api.HOST_STATE_STOPPED


async def test_a_killed_driver_shows_and_is_back_while_others_go_on(run: Any, scanner: Any) -> None:
    async with run(scanner("victim"), scanner("other")) as bench:
        for name in ("victim", "other"):
            await bench.online(name)
        victim, other = await bench.host("victim"), await bench.host("other")
        os.kill(victim.pid, signal.SIGKILL)
        offline = await bench.until("victim", lambda device: device.power_state == api.POWER_STATE_OFF_OFFLINE)
        assert offline.problem.reason == "HOST_ENDED"
        assert "шлюз" in offline.problem.text.ru.lower()
        back = await bench.online("victim")
        assert back.restarts == 1
        assert back.host_pid != victim.pid
        assert bench.device("other").host_pid == other.pid
        assert bench.device("other").restarts == 0
        assert any("exit status -9" in entry.get("detail", "") for entry in bench.logged)


async def test_a_hung_driver_is_noticed_by_its_silence_and_replaced(run: Any, scanner: Any) -> None:
    async with run(scanner("victim"), scanner("other"), limits=Limits(terminate_wait_ms=200)) as bench:
        for name in ("victim", "other"):
            await bench.online(name)
        victim, other = await bench.host("victim"), await bench.host("other")
        os.kill(victim.pid, signal.SIGSTOP)
        started = time.monotonic()
        hung = await bench.until("victim", lambda device: device.power_state == api.POWER_STATE_OFF_OFFLINE)
        assert time.monotonic() - started < 3  # 1.6 s of silence; the rest is for a loaded machine.
        assert hung.problem.reason == "HOST_HUNG"
        assert alive(victim.pid)  # The till learns it before the process is buried.
        back = await bench.online("victim")
        assert back.host_pid != victim.pid
        assert not alive(victim.pid)  # TERM does not reach a stopped process; KILL does.
        assert bench.device("other").host_pid == other.pid
        assert bench.device("other").power_state == api.POWER_STATE_ONLINE


@pytest.mark.parametrize(
    ("plugin", "reason"),
    [
        ("fake_crash", "HOST_ENDED"),
        ("fake_silent", "HOST_START_TIMEOUT"),
        ("fake_stranger", "HOST_PROTOCOL"),
        ("fake_rude", "HOST_PROTOCOL"),
    ],
)
async def test_a_driver_that_starts_wrong_is_listed_with_the_reason(
    run: Any, scanner: Any, plugin: str, reason: str
) -> None:
    limits = replace(FAST, start_timeout_ms=300) if reason == "HOST_START_TIMEOUT" else FAST
    async with run(scanner("bad", plugin=plugin), limits=limits) as bench:
        device = await bench.until("bad", lambda device: device.HasField("problem"))
        assert device.problem.reason == reason
        assert device.state == api.DEVICE_STATE_CLOSED


async def test_a_driver_of_another_contract_is_not_tried_again(run: Any, scanner: Any) -> None:
    async with run(scanner("bad", plugin="fake_future"), limits=FAST) as bench:
        device = await bench.until("bad", lambda device: device.host_state == api.HOST_STATE_INCOMPATIBLE)
        assert device.problem.reason == "HOST_INCOMPATIBLE"
        assert "99" in device.problem.detail
        assert device.state == api.DEVICE_STATE_ERROR
        bench.devices.restart("bad")  # As a technician would after an update.
        again = await bench.until("bad", lambda device: device.restarts == 1)
        assert again.device_id == "bad"


async def test_a_driver_that_refuses_its_settings_says_why_and_is_not_tried_again(run: Any, scanner: Any) -> None:
    async with run(scanner("bad", plugin="fake_refusing"), limits=FAST) as bench:
        device = await bench.until("bad", lambda device: device.problem.reason == "HOST_REFUSED")
        assert "no such colour" in device.problem.detail
        assert device.host_state == api.HOST_STATE_STOPPED
        assert device.state == api.DEVICE_STATE_ERROR
        assert device.restarts == 0


async def test_a_driver_that_keeps_failing_is_quarantined_tried_once_and_left(run: Any, scanner: Any) -> None:
    async with run(scanner("bad", plugin="fake_crash"), limits=FAST) as bench:
        quarantined = await bench.until("bad", lambda device: device.host_state == api.HOST_STATE_QUARANTINED)
        assert quarantined.restarts == FAST.failures_max
        assert quarantined.problem.reason == "HOST_QUARANTINED"
        given_up = await bench.until("bad", lambda device: device.problem.reason == "HOST_GIVEN_UP")
        assert given_up.restarts == FAST.failures_max + 1
        bench.devices.restart("bad")
        await bench.until("bad", lambda device: device.restarts > FAST.failures_max + 1)
        assert any("this driver never starts" in entry.get("line", "") for entry in bench.logged)


async def test_frames_that_make_no_sense_end_the_driver_alone(run: Any, scanner: Any) -> None:
    async with run(scanner("bad"), scanner("good"), limits=FAST) as bench:
        for name in ("bad", "good"):
            await bench.online(name)
        host = await bench.host("bad")
        host.tell("garbage")
        device = await bench.until("bad", lambda device: device.restarts == 1)
        assert device.device_id == "bad"
        assert any(entry.get("reason") == "HOST_PROTOCOL" for entry in bench.logged)
        assert bench.device("good").restarts == 0


async def test_unplugged_and_back_are_shown_and_logged_once_each(run: Any, scanner: Any) -> None:
    async with run(scanner("one")) as bench:
        await bench.online("one")
        host = await bench.host("one")
        for attempt in range(3):
            host.tell("link", is_open=False, detail=f"no such port, attempt {attempt}")
        device = await bench.until("one", lambda device: "attempt 2" in device.problem.detail)
        assert device.problem.reason == "LINK_LOST"
        assert device.power_state == api.POWER_STATE_OFF_OFFLINE
        assert device.host_state == api.HOST_STATE_READY
        host.tell("link", is_open=True)
        back = await bench.online("one")
        assert not back.HasField("problem")
        events = [entry["event"] for entry in bench.logged]
        assert events.count("device_disconnected") == 1
        assert events.count("device_connected") == 2


async def test_a_printers_troubles_become_problems_with_a_next_step(run: Any, printer: Any) -> None:
    async with run(printer("printer")) as bench:
        await bench.online("printer")
        host = await bench.host("printer")
        host.tell("status", names=["PAPER_NEAR_END"])
        device = await bench.until("printer", lambda device: device.problem.reason == "PAPER_NEAR_END")
        assert device.state == api.DEVICE_STATE_IDLE
        host.tell("status", names=["PAPER_OUT", "COVER_OPEN"])
        device = await bench.until("printer", lambda device: device.problem.reason == "COVER_OPEN")
        assert device.state == api.DEVICE_STATE_ERROR
        assert len(device.printer_statuses) == 2
        host.tell("status", names=["OK"])
        await bench.until("printer", lambda device: not device.HasField("problem"))


@pytest.mark.parametrize(
    ("different", "reason", "part"),
    [
        ({"plugin": "nobody"}, "PLUGIN_INVALID", "not installed"),
        ({"driver": "scales"}, "SETTINGS_INVALID", "scales"),
        ({"colour": "red"}, "SETTINGS_INVALID", "$.settings.colour"),
    ],
)
async def test_a_device_that_cannot_be_run_is_listed_and_the_rest_goes_on(
    run: Any, scanner: Any, different: dict[str, str], reason: str, part: str
) -> None:
    async with run(scanner("bad", **different), scanner("good")) as bench:
        await bench.online("good")
        bad = bench.device("bad")
        assert bad.problem.reason == reason
        assert part in bad.problem.detail
        assert bad.problem.text.ru
        assert bad.state == api.DEVICE_STATE_ERROR
        assert bad.host_state == api.HOST_STATE_STOPPED


async def test_a_drivers_output_goes_to_the_log_but_not_all_of_a_flood(run: Any, scanner: Any) -> None:
    limits = Limits(output_lines_burst=5, output_lines_per_second=1)
    async with run(scanner("one"), limits=limits) as bench:
        await bench.online("one")
        (await bench.host("one")).tell("say", lines=200)
        (await bench.host("one")).tell("exit", status=7)
        await bench.until("one", lambda device: device.restarts == 1)
        lines = [entry["line"] for entry in bench.logged if entry["event"] == "driver_host_output"]
        assert lines[:5] == [f"line {index}" for index in range(5)]
        assert len(lines) < 10
        assert any(entry["event"] == "driver_host_output_left_out" for entry in bench.logged)
        assert any("exit status 7" in entry.get("detail", "") for entry in bench.logged)


async def test_the_daemon_ends_within_its_time_though_drivers_are_stubborn_or_hung(run: Any, scanner: Any) -> None:
    async with run(scanner("stubborn", stop="stubborn"), scanner("hung"), scanner("good")) as bench:
        pids = []
        for name in ("stubborn", "hung", "good"):
            await bench.online(name)
            pids.append((await bench.host(name)).pid)
        os.kill(pids[1], signal.SIGSTOP)
        started = time.perf_counter()
        await bench.devices.stop()
        assert time.perf_counter() - started < 3
        assert [alive(pid) for pid in pids] == [False, False, False]


async def test_the_list_is_given_at_once_and_on_every_change_and_the_watch_ends_with_the_daemon(
    run: Any, scanner: Any
) -> None:
    async with run(scanner("one")) as bench:
        watch = bench.devices.watch()
        first = await anext(watch)
        assert [device.device_id for device in first] == ["one"]
        await bench.online("one")
        waiting = asyncio.ensure_future(_last(watch))
        bench.devices.claim("lane-1", "one")
        bench.devices.end_streams()
        with pytest.raises(ShuttingDown):
            await waiting


async def _last(watch: Any) -> None:
    async for _ in watch:
        pass


async def test_more_devices_than_may_start_at_once_all_start_and_all_end(run: Any, scanner: Any) -> None:
    names = [f"scanner-{number}" for number in range(6)]
    async with run(*map(scanner, names), limits=Limits(first_starts_max=2)) as bench:
        for name in names:
            await bench.online(name)
        pids = [bench.device(name).host_pid for name in names]
        assert len(set(pids)) == len(names)
    assert not any(map(alive, pids))


async def test_a_daemon_that_goes_down_while_devices_start_leaves_nothing_behind(run: Any, scanner: Any) -> None:
    silent = [scanner(f"silent-{number}", plugin="fake_silent") for number in range(4)]
    async with run(*silent, limits=Limits(first_starts_max=2)) as bench:
        first = await bench.until("silent-0", lambda device: device.host_pid)
        second = await bench.until("silent-1", lambda device: device.host_pid)
    assert not alive(first.host_pid)
    assert not alive(second.host_pid)
    assert [device.host_state for device in bench.devices.list()] == [api.HOST_STATE_STOPPED] * 4
