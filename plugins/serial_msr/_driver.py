"""The magstripe reader's driver: frames become swipes."""

import re

from msgspec import Struct

from tillgate.core.errors import SettingsInvalid
from tillgate.plugins.sdk import HealthReport, Output, Problem, Read
from tillgate.plugins.sdk.framing import Framer, Torn

from ._bank import MASK, PaymentCard, payment_card
from ._tracks import Track, parse_swipe

__all__ = ["CardTemplate", "MsrDriver", "MsrSettings"]

#: Three full tracks with line ends between them.
_SWIPE_BYTES_MAX = 256
#: Where a number stands when no template says: track 2 first, up to the separator.
_DEFAULT_PLACES = ((2, "="), (1, "^"), (3, "="))


class CardTemplate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of card: a regular expression for the data of one track, with a group named card_number."""

    name: str
    track: int
    pattern: str


class MsrSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the reader was programmed. Meanings and defaults stand in plugin.toml."""

    suffix: str = "\r"
    idle_gap_ms: int = 300
    lrc: bool = False
    templates: tuple[CardTemplate, ...] = ()

    def check(self) -> None:
        """Raise SettingsInvalid for what the schema cannot say."""
        if not self.suffix.isascii():
            raise SettingsInvalid("a reader sends ASCII", path="$.suffix")
        for index, template in enumerate(self.templates):
            path = f"$.templates[{index}].pattern"
            try:
                groups = re.compile(template.pattern).groupindex
            except re.error as error:
                raise SettingsInvalid(f"not a regular expression: {error}", path=path) from error
            if "card_number" not in groups:
                raise SettingsInvalid("has no group named card_number", path=path)


class MsrDriver:
    """Bytes of a magstripe reader become cards."""

    def __init__(self, settings: MsrSettings) -> None:
        self._settings = settings
        self._framer = Framer(settings.suffix.encode("ascii"), settings.idle_gap_ms, _SWIPE_BYTES_MAX)
        self._templates = [(template, re.compile(template.pattern)) for template in settings.templates]
        self._counts = {"cards": 0, "bank_cards": 0, "problems": 0}

    def opened(self, now_ms: int) -> list[Output]:
        """A reader needs no greeting."""
        return []

    def lost(self, unsent_bytes: int, now_ms: int) -> list[Output]:
        """A torn swipe is told of and forgotten."""
        return self._outputs(self._framer.drop())

    def feed(self, data: bytes, now_ms: int) -> list[Output]:
        """Swipes and problems that these bytes complete."""
        return self._outputs(self._framer.feed(data, now_ms))

    def idle(self, now_ms: int) -> list[Output]:
        """What the pause completes or tears."""
        return self._outputs(self._framer.idle(now_ms))

    def deadline_ms(self) -> int | None:
        """When the pause is long enough."""
        return self._framer.deadline_ms()

    def health(self) -> HealthReport:
        """What was swiped in this life."""
        figures = {name: str(count) for name, count in self._counts.items()}
        return HealthReport(True, f"{self._counts['cards']} cards read, {self._counts['problems']} refused", figures)

    def _outputs(self, frames: list[bytes | Torn]) -> list[Output]:
        outputs: list[Output] = []
        for frame in frames:
            outputs += [Problem(frame.reason, frame.detail)] if isinstance(frame, Torn) else self._swipe(frame)
        for output in outputs:
            if isinstance(output, Read):
                self._counts["bank_cards" if output.bank_card else "cards"] += 1
            else:
                self._counts["problems"] += 1
        return outputs

    def _swipe(self, frame: bytes) -> list[Output]:
        text = frame.decode("latin-1")
        suspicion = payment_card(text)
        if suspicion is PaymentCard.YES:
            return [Read(MASK, "MSR", bank_card=True)]
        tracks, problems = parse_swipe(text, with_lrc=self._settings.lrc)
        card = self._by_template(tracks)
        if card is None and suspicion is PaymentCard.PERHAPS:
            return [Read(MASK, "MSR", bank_card=True)]
        if card is None:
            card = _by_default(tracks)
        return [*problems, *([card] if card else [])]

    def _by_template(self, tracks: list[Track]) -> Read | None:
        for template, pattern in self._templates:
            for track in tracks:
                match = pattern.fullmatch(track.data) if track.number == template.track else None
                if match and match["card_number"]:
                    named = {name: value for name, value in match.groupdict().items() if value is not None}
                    return _card(match["card_number"], track, tracks, named | {"template": template.name})
        return None


def _by_default(tracks: list[Track]) -> Read | None:
    by_number = {track.number: track for track in tracks}
    for number, separator in _DEFAULT_PLACES:
        track = by_number.get(number)
        text = track.data.partition(separator)[0].strip() if track else ""
        if track and text:
            return _card(text, track, tracks, {"card_number": text})
    return None


def _card(text: str, track: Track, tracks: list[Track], named: dict[str, str]) -> Read:
    fields = {f"track{each.number}": each.data for each in tracks}
    return Read(text, f"MSR_TRACK{track.number}", b"", fields | named)
