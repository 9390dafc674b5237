"""What a driver is, and what may come out of one.

A driver is pure: bytes and times in, outputs out. It opens nothing, reads no clock and starts no thread, so the same
class runs in a test, in a replay and in the shop. Times are milliseconds that never go back; only differences count.
"""

from enum import IntEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from msgspec import Struct, field

if TYPE_CHECKING:
    # Scanners never see a receipt; it would cost their processes 3 MB.
    from tillgate.core.receipt import ReceiptDocument

__all__ = [
    "Driver",
    "HealthReport",
    "JobEnded",
    "Outcome",
    "Output",
    "PrinterDriver",
    "Problem",
    "Read",
    "Reopen",
    "Send",
    "Status",
    "StatusChanged",
]


class Outcome(IntEnum):
    """What is known of a print job when it ended; numbers as in tillgate.type.v1.PrintOutcome."""

    CONFIRMED = 1
    SPOOLED = 2
    FAILED = 3
    UNKNOWN = 4


class Status(IntEnum):
    """OK, or what ails a printer; numbers as in tillgate.type.v1.PrinterStatus."""

    OK = 1
    PAPER_NEAR_END = 2
    PAPER_OUT = 3
    COVER_OPEN = 4
    CUTTER_ERROR = 5
    OFFLINE = 6
    NO_ANSWER = 7
    DRAWER_OPEN = 8


class Read(Struct, frozen=True):
    """Something was read: a barcode, a card."""

    #: As a POS should use it, without prefix and framing.
    text: str
    #: EAN13, CODE128, QR, MSR_TRACK2, UNKNOWN and so on.
    type: str
    #: Bytes as they came, without framing. Empty for sensitive data.
    raw: bytes = b""
    fields: dict[str, str] = field(default_factory=dict)
    #: A payment card: the text is a mask and nothing else is given.
    bank_card: bool = False


class Problem(Struct, frozen=True):
    """Something came that the driver cannot take. The detail holds none of the data."""

    reason: str
    detail: str


class Send(Struct, frozen=True):
    """Bytes for the device, after all that were given before."""

    data: bytes


class StatusChanged(Struct, frozen=True):
    """A printer's state is another than before; (OK,) or everything that ails it."""

    statuses: tuple[Status, ...]


class JobEnded(Struct, frozen=True):
    """A print job is over."""

    job_id: str
    outcome: Outcome
    detail: str
    statuses: tuple[Status, ...]


class Reopen(Struct, frozen=True):
    """The link should be closed, with all that it has not sent, and opened again."""

    detail: str


Output: TypeAlias = Read | Problem | Send | StatusChanged | JobEnded | Reopen


class HealthReport(Struct, frozen=True):
    """How a device fares, for a technician."""

    healthy: bool
    #: English, one sentence.
    detail: str
    figures: dict[str, str] = field(default_factory=dict)


class Driver(Protocol):
    """A device's protocol. Any way of cutting the same bytes gives the same outputs."""

    def opened(self, now_ms: int) -> list[Output]:
        """The link stands. Called again after every reopening."""

    def lost(self, unsent_bytes: int, now_ms: int) -> list[Output]:
        """The link is gone; so many of the bytes given by Send never left. Half a frame is forgotten here."""

    def feed(self, data: bytes, now_ms: int) -> list[Output]:
        """Bytes came."""

    def idle(self, now_ms: int) -> list[Output]:
        """The time named by deadline_ms has come. Calling it early or often does no harm."""

    def deadline_ms(self) -> int | None:
        """When to call idle if no bytes come, or None."""


class PrinterDriver(Driver, Protocol):
    """A driver that takes jobs, one at a time."""

    def print_document(self, job_id: str, document: "ReceiptDocument", now_ms: int) -> list[Output]:
        """Begin a job. A JobEnded follows, at once or later, and always. Not called before the last one ended.

        Raises DocumentInvalid for what this printer cannot print.
        """

    def sent(self, now_ms: int) -> list[Output]:
        """Everything given by Send has left this machine."""
