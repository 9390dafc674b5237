"""The magstripe driver: loyalty cards of any shape are read, nothing of a payment card gets out."""

import itertools
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tillgate.plugins import serial_msr
from tillgate.plugins.sdk import Output, Problem, Read
from tillgate.plugins.serial_msr import CardTemplate, MsrDriver, MsrSettings
from tillgate.plugins.serial_msr._bank import MASK, PaymentCard, payment_card
from tillgate.plugins.serial_msr._tracks import lrc, parse_swipe

SAMPLES = Path(serial_msr.__file__).with_name("samples")
# ID TECH's sample card, tracks 1 to 3 with their LRC.
ID_TECH = (
    "%B4266841088889999^BUSH JR/GEORGE W.MR^0809101100001100000000046000000?!"
    ";4266841088889999=080910110000046?0"
    ";33333333337676760707077676763333333333767676070707767676333333333376767607070776767633333333337676760707?2"
)
# From the readme of sualeh/magnetictrackparser.
SUALEH = (
    "%B5350290149345177^FATEHI/SUALEH^16042010000000000000000000000000000567001000?"
    ";5350290149345177=16042010000056700100?"
)


def swipe(text: str, **given_settings: object) -> list[Output]:
    return MsrDriver(MsrSettings(**given_settings)).feed(text.encode() + b"\r", 0)  # type: ignore[arg-type]


def test_lrc_of_a_real_card() -> None:
    tracks, problems = parse_swipe(ID_TECH, with_lrc=True)
    assert [track.number for track in tracks] == [1, 2, 3]
    assert problems == []
    assert [lrc(1, ID_TECH[:71]), lrc(2, ";4266841088889999=080910110000046?")] == ["!", "0"]


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        (";2900000000123?", "2900000000123", "MSR_TRACK2"),
        ("%2900000000123^IVANOV/I^?", "2900000000123", "MSR_TRACK1"),
        ("%CLUB GOLD?;2900000000123=XX?".replace("XX", "77"), "2900000000123", "MSR_TRACK2"),
        ("%E?;2900000000123?", "2900000000123", "MSR_TRACK2"),
        ("+0042=99?", "0042", "MSR_TRACK3"),
        ("%VMUCMAD?", "VMUCMAD", "MSR_TRACK1"),
        (";4600000000017?", "4600000000017", "MSR_TRACK2"),
    ],
)
def test_a_loyalty_card_needs_no_shape(text: str, number: str, kind: str) -> None:
    read = swipe(text)[-1]
    assert isinstance(read, Read)
    assert (read.text, read.type, read.bank_card) == (number, kind, False)
    assert read.raw == b""


def test_each_track_with_its_own_line_end() -> None:
    driver = MsrDriver(MsrSettings(suffix="", idle_gap_ms=60))
    assert driver.feed(b"%CLUB?\r\n;2900000000123?\r\n", 0) == []
    (read,) = driver.idle(60)
    assert isinstance(read, Read)
    assert read.fields == {"track1": "CLUB", "track2": "2900000000123", "card_number": "2900000000123"}


def test_templates_name_kinds_of_cards_and_their_parts() -> None:
    templates = (
        CardTemplate(name="gift", track=2, pattern=r"(?P<card_number>6006\d{12})(?:=(?P<series>\d+))?"),
        CardTemplate(name="club", track=1, pattern=r"C(?P<card_number>\d{8})\^(?P<holder>[^^]*)\^.*"),
    )
    (gift,) = swipe(";6006490000000003?", templates=templates)
    assert isinstance(gift, Read)
    assert gift.text == "6006490000000003"
    assert gift.fields["template"] == "gift"
    (club,) = swipe("%C12345678^PETROV/P^9?;111?", templates=templates)
    assert isinstance(club, Read)
    assert club.fields == {
        "track1": "C12345678^PETROV/P^9",
        "track2": "111",
        "card_number": "12345678",
        "holder": "PETROV/P",
        "template": "club",
    }


@pytest.mark.parametrize(
    "text",
    [
        ID_TECH,
        SUALEH,
        SUALEH[SUALEH.index(";") :],
        SUALEH.replace("5350290149345177", "5350 2901 4934 5177"),
        # One digit misread: the check digit is wrong, the rest of the number is still somebody's.
        SUALEH.replace("5350290149345177", "5350290149345178"),
        # A track cut short, its end sentinel lost.
        ";5350290149345177=1604201000005",
        # Mir, American Express, UnionPay.
        ";2200700123456785=30011010000?",
        ";378282246310005=2512101?",
        ";6250941006528599=33011010000?",
        # No date: could be one, and no template says otherwise.
        ";4111111111111111?",
        # Track 3, ISO 4909: format code, number.
        "+015350290149345177=1604201?",
        ";E?%B4111111111111111^A/B^",
    ],
)
@pytest.mark.parametrize("with_lrc", [False, True])
def test_nothing_of_a_payment_card_gets_out(text: str, with_lrc: bool) -> None:
    outputs = swipe(text, lrc=with_lrc)
    assert outputs == [Read(MASK, "MSR", bank_card=True)]


def test_a_template_cannot_let_a_dated_payment_card_through() -> None:
    templates = (CardTemplate(name="all", track=2, pattern=r"(?P<card_number>.*)"),)
    assert swipe(SUALEH, templates=templates) == [Read(MASK, "MSR", bank_card=True)]


def _with_check_digit(body: str) -> str:
    return next(body + str(d) for d in range(10) if _luhn(body + str(d)))


def _luhn(number: str) -> bool:
    """An oracle of its own: the table of doubled digits."""
    table = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    digits = [int(d) for d in number][::-1]
    return (sum(digits[0::2]) + sum(table[d] for d in digits[1::2])) % 10 == 0


PREFIXES = ["4", "51", "55", "2221", "2720", "2200", "2204", "34", "37", "3528", "62", "6011", "50", "67", "36", "9860"]


@given(
    st.sampled_from(PREFIXES),
    st.text("0123456789", min_size=16, max_size=16),
    st.integers(1, 12),
    st.booleans(),
    st.text("0123456789", max_size=12),
)
def test_every_schemes_numbers_are_masked(prefix: str, body: str, month: int, luhn: bool, rest: str) -> None:
    length = 15 if prefix in ("34", "37") else 16
    number = _with_check_digit((prefix + body)[: length - 1])
    if not luhn:
        number = number[:-1] + str((int(number[-1]) + 1) % 10)
    # A wrong check digit is forgiven where a service code shows what the card is.
    tail = f"30{month:02d}" + ("" if luhn else "201") + rest
    for text in (f";{number}={tail}?", f"%B{number}^IVANOV/I^{tail}?"):
        outputs = swipe(text[:78])
        assert payment_card(text) is PaymentCard.YES
        assert number not in repr(outputs)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("%E?", "TRACK_UNREADABLE"),
        (";29000000001", "TRACK_MALFORMED"),
        (";29A0?", "TRACK_MALFORMED"),
        (f";{'1' * 38}?", "TRACK_MALFORMED"),
        ("hello", "TRACK_MALFORMED"),
        (";111?;222?+333?", "TRACK_MALFORMED"),
    ],
)
def test_a_bad_track_is_a_problem_that_holds_none_of_its_data(text: str, reason: str) -> None:
    outputs = swipe(text)
    assert reason in [output.reason for output in outputs if isinstance(output, Problem)]
    assert not any("2900" in output.detail for output in outputs if isinstance(output, Problem))


def test_a_wrong_lrc_drops_its_track_only() -> None:
    good = ";2900000000123?" + lrc(2, ";2900000000123?")
    bad = "%CLUB?" + chr(ord(lrc(1, "%CLUB?")) ^ 1)
    problem, read = swipe(bad + good, lrc=True)
    assert isinstance(problem, Problem)
    assert problem.reason == "LRC_MISMATCH"
    assert isinstance(read, Read)
    assert "track1" not in read.fields


CARDS = st.lists(
    st.sampled_from(
        [";2900000000123?", "%CLUB GOLD?", "%E?", ";12", "+99?", "\r", "\n", "x", ID_TECH, SUALEH, "?" * 9]
    ),
    max_size=9,
)


@settings(max_examples=300)
@given(CARDS.map("".join), st.lists(st.integers(0, 400), max_size=10), st.booleans(), st.sampled_from(["\r", ""]))
def test_any_split_gives_the_same_events(text: str, cuts: list[int], with_lrc: bool, suffix: str) -> None:
    data = text.encode()
    given_settings = MsrSettings(lrc=with_lrc, suffix=suffix)
    whole, cut = MsrDriver(given_settings), MsrDriver(given_settings)
    expected = whole.feed(data, 0) + whole.idle(1_000)
    places = [0, *sorted(min(place, len(data)) for place in cuts), len(data)]
    found: list[Output] = []
    for start, end in itertools.pairwise(places):
        found += cut.feed(data[start:end], 0)
    assert found + cut.idle(1_000) == expected


@pytest.mark.parametrize("sample", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_samples_read_the_same_in_thousands_of_splits(sample: Path) -> None:
    data = sample.read_bytes()
    expected = MsrDriver(MsrSettings()).feed(data, 0)
    assert sum(isinstance(output, Read) for output in expected) == 3
    draw = random.Random(20_240_608)
    for _ in range(2_000):
        driver = MsrDriver(MsrSettings())
        found: list[Output] = []
        place = 0
        while place < len(data):
            size = draw.choice((1, 2, 5, 30))
            found += driver.feed(data[place : place + size], 0)
            place += size
        assert found == expected
