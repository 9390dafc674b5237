"""The printer's driver: a job is asked for, sent, and followed until it is known what became of it.

    down ── opened ──> idle ── print_document ──> checking ── all is well ──> sending ── sent ──> waiting ──> idle
                                                     │ FAILED                    │ UNKNOWN           │ CONFIRMED,
                                                     └─> idle                    └─> idle            │ SPOOLED, UNKNOWN

CONFIRMED is the printer's own word that this very slip is out (GS ( H). An answer to a question that stands behind the
data (GS r) says only that the printer took everything: SPOOLED, also for a printer that was thought to confirm and does
not. Nothing of a FAILED job was sent. No answer is NO_ANSWER, and never "no paper".
"""

import zlib
from enum import Enum

from msgspec import Struct

from tillgate.core.receipt import ReceiptDocument
from tillgate.plugins.sdk import HealthReport, JobEnded, Outcome, Output, Problem, Reopen, Send, Status, StatusChanged

from ._profile import PrinterSettings, Profile
from ._render import ASB_ALL, Page, render
from ._replies import Done, RealTimeStatus, Replies, Reply, TransmittedStatus
from ._status import BLOCKING, StatusBoard

__all__ = ["EscposDriver"]

_QUESTIONS = (1, 2, 3, 4)
_SETTLE_MS = 200
_DLE_EOT = b"\x10\x04"
_TRANSMIT_PAPER_STATUS = b"\x1dr\x01"
_SET_PROCESS_ID = b"\x1d(H\x06\x0000"


class _State(Enum):
    DOWN = 0
    IDLE = 1
    CHECKING = 2
    SENDING = 3
    WAITING = 4


class _Job(Struct):
    job_id: str
    data: bytes
    process_id: bytes
    #: The question behind the data was answered.
    taken: bool = False


class EscposDriver:
    """One ESC/POS printer."""

    def __init__(self, settings: PrinterSettings, profile: Profile) -> None:
        self._settings = settings
        self._profile = profile
        self._page = Page(profile=profile, encoding=settings.code_page)
        self._replies = Replies()
        self._board = StatusBoard(settings.drawer_sensor)
        self._told: tuple[Status, ...] = ()
        self._state = _State.DOWN
        self._job: _Job | None = None
        self._asked = 0
        self._unanswered: set[int] = set()
        self._was_silent = False
        self._settling = False
        self._deadline_ms: int | None = None
        self._poll_ms: int | None = None
        self._counts = dict.fromkeys(Outcome, 0)

    # What the host calls.

    def opened(self, now_ms: int) -> list[Output]:
        """Ask how the printer is, and to be told when that changes."""
        self._state = _State.IDLE
        self._unanswered.clear()
        if self._profile.status == "none":
            self._board.mute()
            return self._tell()
        greeting: list[Output] = [Send(ASB_ALL)] if self._profile.status == "asb" else []
        return greeting + self._ask(_QUESTIONS[0], now_ms)

    def lost(self, unsent_bytes: int, now_ms: int) -> list[Output]:
        """A job at work ends here: FAILED when surely none of it left."""
        self._replies.clear()
        self._asked = 0
        self._was_silent = self._settling = False
        self._poll_ms = None
        self._board.silent()
        outputs: list[Output] = []
        if self._job is not None:
            nothing_left = self._state is _State.CHECKING or (
                self._state is _State.SENDING and unsent_bytes >= len(self._job.data)
            )
            outputs = self._end(
                Outcome.FAILED if nothing_left else Outcome.UNKNOWN,
                "the connection was lost; nothing was printed"
                if nothing_left
                else "the connection was lost while printing: look at the paper",
            )
        self._deadline_ms = None
        self._state = _State.DOWN
        return outputs + self._tell()

    def feed(self, data: bytes, now_ms: int) -> list[Output]:
        """The printer says something."""
        outputs: list[Output] = []
        for reply in self._replies.feed(data):
            outputs += self._hear(reply, now_ms)
        # Between two questions half is known; told is what all four add up to.
        return outputs if self._asked else outputs + self._tell()

    def idle(self, now_ms: int) -> list[Output]:
        """An answer is overdue, or it is time to ask again."""
        if self._deadline_ms is not None and now_ms >= self._deadline_ms:
            self._deadline_ms = None
            outputs = self._overdue(now_ms)
            return outputs if self._asked else outputs + self._tell()
        if self._poll_ms is not None and now_ms >= self._poll_ms and self._state is _State.IDLE:
            self._poll_ms = None
            return self._ask(_QUESTIONS[0], now_ms)
        return []

    def deadline_ms(self) -> int | None:
        """The next of the two."""
        poll = self._poll_ms if self._state is _State.IDLE else None
        return min((each for each in (self._deadline_ms, poll) if each is not None), default=None)

    def print_document(self, job_id: str, document: ReceiptDocument, now_ms: int) -> list[Output]:
        """Begin a job: ask first, send nothing to a printer that cannot print."""
        # Tells this slip from every other, also from one that an earlier process sent.
        process_id = _printable(zlib.crc32(job_id.encode()))
        data = render(document, self._page)
        if self._profile.confirm == "process_id":
            data += _SET_PROCESS_ID + process_id
        if self._profile.confirm != "none":
            data += _TRANSMIT_PAPER_STATUS
        self._job = _Job(job_id, data, process_id)
        if self._state is _State.DOWN:
            return self._end(Outcome.FAILED, "the printer is not connected; nothing was printed")
        if self._profile.status == "none":
            return self._send(now_ms)
        self._state = _State.CHECKING
        # In the middle of a round of questions a second round would mistake the answers of the first for its own.
        return [] if self._asked or self._settling else self._ask(_QUESTIONS[0], now_ms)

    def sent(self, now_ms: int) -> list[Output]:
        """All bytes of the job have left."""
        if self._state is not _State.SENDING:
            return []
        if self._profile.confirm == "none":
            return self._end(Outcome.SPOOLED, "all was sent; this printer does not say more")
        self._state = _State.WAITING
        self._deadline_ms = now_ms + self._settings.print_timeout_ms
        return []

    def health(self) -> HealthReport:
        """Status words, and how jobs ended in this life."""
        statuses = self._board.statuses()
        words = ", ".join(status.name.lower() for status in statuses)
        figures = {outcome.name.lower(): str(count) for outcome, count in self._counts.items()}
        return HealthReport(not BLOCKING & set(statuses), f"the printer says: {words}", figures)

    # Questions and answers.

    def _ask(self, question: int, now_ms: int) -> list[Output]:
        """One at a time: some clones drop the second of two questions."""
        self._asked = question
        self._deadline_ms = now_ms + self._settings.reply_timeout_ms
        return [Send(_DLE_EOT + bytes([question]))]

    def _hear(self, reply: Reply, now_ms: int) -> list[Output]:
        match reply:
            case RealTimeStatus(value):
                return self._answered(value, now_ms) if self._asked else []
            case Done(process_id):
                return self._confirmed(process_id)
            case TransmittedStatus(value):
                self._board.paper_status(value)
                return self._taken()
        self._board.automatic(reply.value)
        return []

    def _answered(self, value: int, now_ms: int) -> list[Output]:
        if self._was_silent:
            # Answers to the questions it slept through may follow: let them pass, then ask again.
            self._was_silent, self._settling, self._asked = False, True, 0
            self._deadline_ms = now_ms + _SETTLE_MS
            return []
        self._board.answer(self._asked, value)
        return self._next_question(now_ms)

    def _next_question(self, now_ms: int) -> list[Output]:
        later = [number for number in _QUESTIONS if number > self._asked and number not in self._unanswered]
        if later:
            return self._ask(later[0], now_ms)
        return self._all_asked(now_ms)

    def _all_asked(self, now_ms: int) -> list[Output]:
        self._asked = 0
        self._deadline_ms = None
        self._poll_ms = now_ms + self._settings.poll_ms
        self._board.forget_automatic()
        if self._state is not _State.CHECKING:
            return []
        ails = sorted(BLOCKING & set(self._board.statuses()))
        if ails:
            words = ", ".join(status.name.lower() for status in ails)
            return self._end(Outcome.FAILED, f"{words}: nothing was printed")
        return self._send(now_ms)

    def _overdue(self, now_ms: int) -> list[Output]:
        if self._settling:
            self._settling = False
            return self._ask(_QUESTIONS[0], now_ms)
        if self._state is _State.SENDING:
            return [
                *self._end(Outcome.UNKNOWN, "the printer stopped taking data: look at the paper"),
                Reopen("the printer stopped taking data"),
            ]
        if self._state is _State.WAITING:
            return self._unconfirmed()
        if self._asked == _QUESTIONS[0]:
            self._board.silent()
            self._was_silent = True
            return self._all_asked(now_ms)
        # It answered the first question, so it lives; this one it does not know.
        self._unanswered.add(self._asked)
        return self._next_question(now_ms)

    # The job.

    def _send(self, now_ms: int) -> list[Output]:
        assert self._job is not None
        self._state = _State.SENDING
        self._deadline_ms = now_ms + self._settings.print_timeout_ms
        return [Send(self._job.data)]

    def _confirmed(self, process_id: bytes) -> list[Output]:
        at_work = self._state in (_State.SENDING, _State.WAITING)
        if at_work and self._job is not None and process_id == self._job.process_id:
            return self._end(Outcome.CONFIRMED, "")
        return [Problem("LATE_CONFIRMATION", "the printer speaks of a slip that was given up")]

    def _taken(self) -> list[Output]:
        if self._job is None or self._state not in (_State.SENDING, _State.WAITING):
            return []
        self._job.taken = True
        return self._spooled() if self._profile.confirm == "status" else []

    def _spooled(self) -> list[Output]:
        if Status.PAPER_OUT in self._board.statuses():
            return self._end(Outcome.UNKNOWN, "the paper ended while printing: look at the paper")
        return self._end(Outcome.SPOOLED, "the printer took all of it, and does not say that it printed")

    def _unconfirmed(self) -> list[Output]:
        if self._job is not None and self._job.taken:
            return self._spooled()
        return self._end(Outcome.UNKNOWN, "the printer did not say that it printed: look at the paper")

    def _end(self, outcome: Outcome, detail: str) -> list[Output]:
        assert self._job is not None
        ended = JobEnded(self._job.job_id, outcome, detail, self._board.statuses())
        self._counts[outcome] += 1
        self._job = None
        self._deadline_ms = None
        if self._state is not _State.DOWN:
            self._state = _State.IDLE
        return [ended]

    def _tell(self) -> list[Output]:
        statuses = self._board.statuses()
        if statuses == self._told:
            return []
        self._told = statuses
        return [StatusChanged(statuses)]


def _printable(number: int) -> bytes:
    """Four characters of 32 to 126, as GS ( H takes them."""
    characters = bytearray()
    for _ in range(4):
        number, rest = divmod(number, 94)
        characters.append(33 + rest)
    return bytes(characters)
