"""The scanner's driver: frames become reads."""

from msgspec import Struct

from tillgate.core.errors import SettingsInvalid
from tillgate.plugins.sdk import HealthReport, Output, Problem, Read
from tillgate.plugins.sdk.framing import Framer, Torn

from ._symbology import CheckPolicy, classify, split_aim, wrong_check_digit

__all__ = ["ScannerDriver", "ScannerSettings"]


class ScannerSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the scanner was programmed. Meanings and defaults stand in plugin.toml."""

    prefix: str = ""
    suffix: str = "\r"
    idle_gap_ms: int = 500
    length_max: int = 4_096
    encoding: str = "utf-8"
    aim: str = "auto"
    check_digits: CheckPolicy = "known"

    def check(self) -> None:
        """Raise SettingsInvalid for what the schema cannot say."""
        for key, text in (("prefix", self.prefix), ("suffix", self.suffix)):
            try:
                text.encode("latin-1")
            except UnicodeEncodeError as error:
                raise SettingsInvalid("a scanner sends single bytes here, U+0000 to U+00FF", path=f"$.{key}") from error


class ScannerDriver:
    """Bytes of a serial scanner become barcodes."""

    def __init__(self, settings: ScannerSettings) -> None:
        self._settings = settings
        self._prefix = settings.prefix.encode("latin-1")
        self._framer = Framer(settings.suffix.encode("latin-1"), settings.idle_gap_ms, settings.length_max)
        self._reads = 0
        self._problems = 0

    def opened(self, now_ms: int) -> list[Output]:
        """A scanner needs no greeting."""
        return []

    def lost(self, unsent_bytes: int, now_ms: int) -> list[Output]:
        """A torn code is told of and forgotten."""
        return self._outputs(self._framer.drop())

    def feed(self, data: bytes, now_ms: int) -> list[Output]:
        """Reads and problems that these bytes complete."""
        return self._outputs(self._framer.feed(data, now_ms))

    def idle(self, now_ms: int) -> list[Output]:
        """What the pause completes or tears."""
        return self._outputs(self._framer.idle(now_ms))

    def deadline_ms(self) -> int | None:
        """When the pause is long enough."""
        return self._framer.deadline_ms()

    def health(self) -> HealthReport:
        """What was read in this life."""
        figures = {"reads": str(self._reads), "problems": str(self._problems)}
        return HealthReport(True, f"{self._reads} codes read, {self._problems} refused", figures)

    def _outputs(self, frames: list[bytes | Torn]) -> list[Output]:
        outputs = [self._output(frame) for frame in frames]
        problems = sum(isinstance(output, Problem) for output in outputs)
        self._problems += problems
        self._reads += len(outputs) - problems
        return outputs

    def _output(self, frame: bytes | Torn) -> Output:
        if isinstance(frame, Torn):
            return Problem(frame.reason, frame.detail)
        if not frame.startswith(self._prefix):
            return Problem("PREFIX_MISSING", f"{len(frame)} bytes came without the prefix")
        raw = frame[len(self._prefix) :]
        try:
            text = raw.decode(self._settings.encoding)
        except UnicodeDecodeError:
            return Problem("BAD_ENCODING", f"{len(raw)} bytes are not {self._settings.encoding}")
        return self._read(text, raw)

    def _read(self, text: str, raw: bytes) -> Output:
        aim, label = ("", text) if self._settings.aim == "off" else split_aim(text)
        if not aim and self._settings.aim == "require":
            return Problem("AIM_MISSING", f"{len(text)} characters came without an AIM identifier")
        if not label:
            return Problem("FRAME_EMPTY", "a code without characters came")
        kind = classify(aim, label)
        wrong = wrong_check_digit(kind, label, self._settings.check_digits)
        if wrong:
            return Problem("BAD_CHECK_DIGIT", wrong)
        return Read(label, kind, raw, {"aim": aim} if aim else {})
