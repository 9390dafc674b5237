"""What became of a print job: every way it can end, with a printer of bytes only and a clock of numbers only."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillgate.core.receipt import Cut, ReceiptDocument, TextLine
from tillgate.plugins import escpos_printer
from tillgate.plugins.escpos_printer import EscposDriver, PrinterSettings, chosen_profile, load_profiles
from tillgate.plugins.escpos_printer._paper import Printer
from tillgate.plugins.escpos_printer._replies import (
    AutomaticStatus,
    Done,
    RealTimeStatus,
    Replies,
    Reply,
    TransmittedStatus,
)
from tillgate.plugins.sdk import JobEnded, Outcome, Output, Problem, Reopen, Send, Status, StatusChanged

SAMPLES = Path(escpos_printer.__file__).with_name("samples")
SLIP = ReceiptDocument((TextLine("Спасибо!"), Cut()))


class Bench:
    """A driver wired to a printer's inside, without any transport. Time passes only when told."""

    def __init__(self, **given: object) -> None:
        settings = PrinterSettings(**given)  # type: ignore[arg-type]
        self.driver = EscposDriver(settings, chosen_profile(settings, load_profiles()))
        self.printer = Printer()
        self.now_ms = 1_000
        self.outputs: list[Output] = []
        self.hears = True
        self.take(self.driver.opened(self.now_ms))

    def take(self, outputs: list[Output]) -> None:
        """Carry bytes to and fro until both are quiet."""
        for output in outputs:
            self.outputs.append(output)
            if isinstance(output, Send) and self.hears:
                self.answer(self.printer.receive(output.data))
        if any(isinstance(output, Send) for output in outputs) and self.hears:
            self.take(self.driver.sent(self.now_ms))

    def answer(self, data: bytes) -> None:
        if data:
            self.take(self.driver.feed(data, self.now_ms))

    def wait(self, most_ms: int = 60_000) -> None:
        """Let time pass until nothing is due within so long."""
        end = self.now_ms + most_ms
        while (deadline := self.driver.deadline_ms()) is not None and deadline <= end:
            self.now_ms = max(self.now_ms, deadline)
            self.take(self.driver.idle(self.now_ms))
        self.now_ms = end

    def tick(self) -> None:
        """Let time pass until the next thing is due."""
        deadline = self.driver.deadline_ms()
        assert deadline is not None
        self.now_ms = max(self.now_ms, deadline)
        self.take(self.driver.idle(self.now_ms))

    def print(self, job_id: str = "job-1") -> None:
        self.take(self.driver.print_document(job_id, SLIP, self.now_ms))

    def ended(self) -> list[JobEnded]:
        return [output for output in self.outputs if isinstance(output, JobEnded)]

    def last(self) -> JobEnded:
        return self.ended()[-1]

    def statuses(self) -> list[tuple[Status, ...]]:
        return [output.statuses for output in self.outputs if isinstance(output, StatusChanged)]


def test_confirmed_is_the_printers_own_word() -> None:
    bench = Bench()
    bench.print()
    assert bench.last() == JobEnded("job-1", Outcome.CONFIRMED, "", (Status.OK,))
    assert bench.printer.slips == ["Спасибо!\n"]


def test_an_answer_behind_the_data_is_spooled_not_confirmed() -> None:
    bench = Bench(profile="generic")
    bench.print()
    assert bench.last().outcome is Outcome.SPOOLED
    assert bench.printer.slips == ["Спасибо!\n"]


def test_a_printer_that_never_speaks_is_spooled_and_its_state_unknown() -> None:
    bench = Bench(profile="pos5890")
    assert bench.driver.deadline_ms() is None
    bench.print()
    assert bench.last() == JobEnded("job-1", Outcome.SPOOLED, "all was sent; this printer does not say more", ())
    assert bench.outputs[-2] != Send(b"\x10\x04\x01")


@pytest.mark.parametrize("profile", ["epson", "generic"])
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("paper_out", Status.PAPER_OUT),
        ("cover_open", Status.COVER_OPEN),
        ("cutter_error", Status.CUTTER_ERROR),
        ("no_answer", Status.NO_ANSWER),
    ],
)
def test_nothing_is_sent_to_a_printer_that_cannot_print(profile: str, fault: str, status: Status) -> None:
    bench = Bench(profile=profile)
    bench.answer(bench.printer.change(fault, on=True))
    bench.print()
    bench.wait(4_000)
    assert bench.last().outcome is Outcome.FAILED
    assert status in bench.last().statuses
    bench.answer(bench.printer.change(fault, on=False))
    bench.wait(20_000)
    assert bench.statuses()[-1] == (Status.OK,)
    assert bench.printer.slips == []
    bench.print("job-2")
    assert bench.printer.slips == ["Спасибо!\n"]


def test_no_answer_is_never_read_as_no_paper() -> None:
    bench = Bench()
    bench.answer(bench.printer.change("no_answer", on=True))
    bench.print()
    bench.wait(100_000)
    assert bench.last().statuses == (Status.NO_ANSWER,)
    assert bench.statuses() == [(Status.OK,), (Status.NO_ANSWER,)]


def test_paper_near_end_does_not_stop_a_job() -> None:
    bench = Bench()
    bench.answer(bench.printer.change("paper_near_end", on=True))
    bench.print()
    assert bench.last() == JobEnded("job-1", Outcome.CONFIRMED, "", (Status.PAPER_NEAR_END,))


def test_sent_and_not_answered_is_unknown() -> None:
    bench = Bench()
    bench.printer.faults.add("no_confirmation")
    bench.print()
    assert bench.ended() == []
    bench.wait(19_000)
    assert bench.ended() == []
    bench.wait(1_000)
    assert bench.last().outcome is Outcome.UNKNOWN


def test_a_printer_that_was_thought_to_confirm_and_does_not_is_spooled() -> None:
    bench = Bench()
    bench.hears = False
    bench.print()
    for byte in (0x16, 0x12, 0x12, 0x12):
        bench.take(bench.driver.feed(bytes([byte]), bench.now_ms))
    bench.take(bench.driver.sent(bench.now_ms))
    bench.take(bench.driver.feed(b"\x00", bench.now_ms))
    assert bench.ended() == []
    bench.wait(20_000)
    assert bench.last().outcome is Outcome.SPOOLED


def test_paper_that_ends_within_a_slip_is_unknown_and_a_late_word_changes_nothing() -> None:
    bench = Bench()
    bench.hears = False
    bench.print()
    for question in range(4):
        bench.take(bench.driver.feed(bytes([0x16 if question == 0 else 0x12]), bench.now_ms))
    job = [output for output in bench.outputs if isinstance(output, Send)][-1]
    bench.take(bench.driver.sent(bench.now_ms))
    bench.hears = True
    bench.answer(bench.printer.receive(job.data[:5]))
    bench.answer(bench.printer.change("paper_out", on=True))
    bench.answer(bench.printer.receive(job.data[5:]))
    bench.wait(20_000)
    assert bench.last().outcome is Outcome.UNKNOWN
    assert Status.PAPER_OUT in bench.last().statuses
    # Paper is put in: the printer prints what it held, and says so.
    bench.answer(bench.printer.change("paper_out", on=False))
    assert bench.printer.slips == ["Спасибо!\n"]
    assert [output.reason for output in bench.outputs if isinstance(output, Problem)] == ["LATE_CONFIRMATION"]
    assert len(bench.ended()) == 1
    bench.print("job-2")
    assert bench.last().outcome is Outcome.CONFIRMED


@pytest.mark.parametrize(("unsent", "outcome"), [(10_000, Outcome.FAILED), (1, Outcome.UNKNOWN), (0, Outcome.UNKNOWN)])
def test_a_connection_lost_while_sending(unsent: int, outcome: Outcome) -> None:
    bench = Bench(profile="pos5890")
    bench.hears = False
    bench.print()
    job = bench.outputs[-1]
    assert isinstance(job, Send)
    bench.take(bench.driver.lost(min(unsent, len(job.data)), bench.now_ms))
    assert bench.last().outcome is outcome
    assert bench.statuses()[-1] == (Status.NO_ANSWER,)


def test_a_connection_lost_while_asking_printed_nothing() -> None:
    bench = Bench()
    bench.hears = False
    bench.print()
    bench.take(bench.driver.lost(0, bench.now_ms))
    assert bench.last().outcome is Outcome.FAILED
    bench.print("job-2")
    assert bench.last() == JobEnded(
        "job-2", Outcome.FAILED, "the printer is not connected; nothing was printed", (Status.NO_ANSWER,)
    )


def test_a_printer_that_stops_taking_data_is_unknown_and_the_rest_is_thrown_away() -> None:
    bench = Bench(profile="pos5890")
    bench.hears = False
    bench.print()
    bench.wait(20_000)
    assert bench.last().outcome is Outcome.UNKNOWN
    assert isinstance(bench.outputs[-1], Reopen)


def test_a_clone_that_knows_one_question_only_still_prints() -> None:
    bench = Bench(profile="generic")
    bench.hears = False
    bench.print()
    bench.take(bench.driver.feed(b"\x16", bench.now_ms))
    bench.wait(4_500)
    bench.hears = True
    sends = [output.data for output in bench.outputs if isinstance(output, Send)]
    assert sends[-1].startswith(b"\x1b@")
    bench.take(bench.driver.feed(b"\x00", bench.now_ms))
    assert bench.last().outcome is Outcome.SPOOLED


def test_answers_to_questions_slept_through_are_not_taken_for_others() -> None:
    """A printer wakes up and answers three old questions at once: a closed drawer is no open cover."""
    bench = Bench()
    bench.hears = False
    while bench.statuses()[-1] != (Status.NO_ANSWER,) or bench.outputs[-1] != Send(b"\x10\x04\x01"):
        bench.tick()
    bench.take(bench.driver.feed(b"\x16\x16\x16", bench.now_ms))
    bench.hears = True
    bench.wait(6_000)
    assert bench.statuses()[-1] == (Status.OK,)
    assert not any(Status.COVER_OPEN in each for each in bench.statuses())


def test_what_was_said_unasked_is_out_of_date_once_all_has_been_asked() -> None:
    bench = Bench()
    bench.take(bench.driver.feed(b"\x1c\x00\x0f\x00", bench.now_ms))
    assert Status.PAPER_OUT in bench.statuses()[-1]
    bench.wait(6_000)
    assert bench.statuses()[-1] == (Status.OK,)


def test_a_word_about_another_slip_confirms_nothing() -> None:
    bench = Bench()
    bench.printer.faults.add("no_confirmation")
    bench.print()
    bench.take(bench.driver.feed(b"\x37\x22ZZZZ\x00", bench.now_ms))
    assert bench.ended() == []
    assert isinstance(bench.outputs[-1], Problem)


def test_a_drawer_is_known_only_with_a_sensor() -> None:
    assert Bench().statuses() == [(Status.OK,)]
    assert Bench(drawer_sensor="high_open").statuses() == [(Status.DRAWER_OPEN,)]
    assert Bench(drawer_sensor="low_open").statuses() == [(Status.OK,)]


def test_a_job_that_comes_within_a_round_of_questions_waits_for_it() -> None:
    bench = Bench()
    bench.hears = False
    bench.tick()
    bench.take(bench.driver.feed(b"\x16", bench.now_ms))
    before = len(bench.outputs)
    bench.print()
    assert len(bench.outputs) == before
    bench.take(bench.driver.feed(b"\x12\x12", bench.now_ms))
    bench.hears = True
    bench.answer(b"\x12")
    assert bench.last().outcome is Outcome.CONFIRMED


def test_two_jobs_never_share_a_process_id() -> None:
    bench = Bench()
    for number in range(500):
        bench.print(f"job-{number}")
    jobs = [output.data for output in bench.outputs if isinstance(output, Send) and output.data[:2] == b"\x1b@"]
    ids = {job[job.rindex(b"\x1d(H") + 7 :][:4] for job in jobs}
    assert len(ids) == 500
    assert all(len(each) == 4 and all(33 <= byte <= 126 for byte in each) for each in ids)


def parse(data: bytes) -> list[Reply]:
    return Replies().feed(data)


def test_one_stream_is_taken_apart_by_its_bits() -> None:
    assert parse((SAMPLES / "replies-job.bin").read_bytes()) == [
        RealTimeStatus(0x16),
        RealTimeStatus(0x12),
        RealTimeStatus(0x12),
        RealTimeStatus(0x12),
        AutomaticStatus(bytes.fromhex("14000000")),
        Done(b"ABCD"),
    ]
    assert parse((SAMPLES / "replies-paper-out.bin").read_bytes()) == [
        AutomaticStatus(bytes.fromhex("14000000")),
        AutomaticStatus(bytes.fromhex("1c000f00")),
        RealTimeStatus(0x1E),
        RealTimeStatus(0x32),
        RealTimeStatus(0x12),
        RealTimeStatus(0x7E),
        AutomaticStatus(bytes.fromhex("14000000")),
    ]
    assert parse(b"\x0f\x00") == [TransmittedStatus(0x0F), TransmittedStatus(0)]
    # Half an automatic status, then an answer: the half is lost, the answer is not.
    assert parse(b"\x14\x00\x12\x14\x00\x00\x00") == [RealTimeStatus(0x12), AutomaticStatus(b"\x14\0\0\0")]
    assert parse(b"\x37" + b"x" * 200 + b"\x00\x12")[-1] == RealTimeStatus(0x12)


@given(st.lists(st.sampled_from([b"\x12", b"\x14\0\0\0", b"\x37\x22ABCD\0", b"\x5fTM\0", b"\x11", b"\xff"])), st.data())
def test_any_split_gives_the_same_replies(pieces: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(pieces)
    replies, found = Replies(), []
    place = 0
    while place < len(stream):
        size = data.draw(st.integers(1, 5))
        found += replies.feed(stream[place : place + size])
        place += size
    assert found == parse(stream)


def test_thousands_of_jobs_over_a_bad_line_none_confirmed_without_paper() -> None:
    """Replies are lost, links break anywhere, paper ends. Each job prints once at most; CONFIRMED has its slip."""
    draw = random.Random(20_240_609)
    bench = Bench()
    outcomes: dict[str, Outcome] = {}
    for number in range(2_000):
        fault = draw.choice(("", "", "", "no_confirmation", "no_answer", "paper_out", "lost", "cut"))
        if fault in ("no_confirmation", "no_answer", "paper_out"):
            bench.answer(bench.printer.change(fault, on=True))
        bench.hears = fault not in ("lost", "cut")
        bench.outputs.clear()
        slip = ReceiptDocument((TextLine(f"job-{number}"), Cut()))
        bench.take(bench.driver.print_document(f"job-{number}", slip, bench.now_ms))
        if fault in ("lost", "cut"):
            _break_the_link(bench, cut_within=fault == "cut", draw=draw)
        bench.wait(30_000)
        for name in ("no_confirmation", "no_answer", "paper_out"):
            bench.answer(bench.printer.change(name, on=False))
        bench.wait(10_000)
        (ended,) = bench.ended()
        outcomes[ended.job_id] = ended.outcome
    copies = Counter(bench.printer.text.split())
    for job_id, outcome in outcomes.items():
        assert copies[job_id] <= 1
        assert outcome is not Outcome.CONFIRMED or copies[job_id] == 1
        assert outcome is not Outcome.FAILED or copies[job_id] == 0
    counts = Counter(outcomes.values())
    assert min(counts[each] for each in (Outcome.CONFIRMED, Outcome.FAILED, Outcome.UNKNOWN)) > 100


def _break_the_link(bench: Bench, *, cut_within: bool, draw: random.Random) -> None:
    """The printer gets a part of what was sent, or all, and no answer comes back."""
    sent = [output for output in bench.outputs if isinstance(output, Send)][-1]
    if cut_within and sent.data == b"\x10\x04\x01":
        for byte in (0x16, 0x12, 0x12, 0x12):
            bench.take(bench.driver.feed(bytes([byte]), bench.now_ms))
        data = [output for output in bench.outputs if isinstance(output, Send)][-1].data
        bench.printer.receive(data[: draw.randrange(len(data) + 1)])
    bench.take(bench.driver.lost(0, bench.now_ms))
    bench.printer.switch_off()
    bench.hears = True
    bench.take(bench.driver.opened(bench.now_ms))
