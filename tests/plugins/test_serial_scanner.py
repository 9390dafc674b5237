"""The scanner's driver: pure, so every promise is checked without a port."""

import itertools
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tillgate.plugins import serial_scanner
from tillgate.plugins.sdk import Output, Problem, Read
from tillgate.plugins.serial_scanner import ScannerDriver, ScannerSettings

SAMPLES = Path(serial_scanner.__file__).with_name("samples")


def read_all(data: bytes, now_ms: int = 0, **given: object) -> list[Output]:
    return ScannerDriver(ScannerSettings(**given)).feed(data, now_ms)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "text", "kind"),
    [
        (b"4006381333931\r", "4006381333931", "EAN13"),
        (b"96385074\r\n", "96385074", "EAN8"),
        (b"012345678905\r", "012345678905", "UPCA"),
        (b"4006381333932\r", "4006381333932", "UNKNOWN"),
        (b"LP-000123\r", "LP-000123", "UNKNOWN"),
        (b"]E04006381333931\r", "4006381333931", "EAN13"),
        (b"]E496385074\r", "96385074", "EAN8"),
        (b"]C0LP-000123\r", "LP-000123", "CODE128"),
        (b"]C10104006381333931\r", "0104006381333931", "EAN128"),
        (b"]Q1https://example.com\r", "https://example.com", "QR"),
        (b"]d2010460\x1d93abcd\r", "010460\x1d93abcd", "GS1DATAMATRIX"),
        (b"]A0ABC\r", "ABC", "CODE39"),
        (b"]X0ABC\r", "ABC", "OTHER"),
        ("]Q1Привет\r".encode(), "Привет", "QR"),
    ],
)
def test_a_code_is_read_with_its_kind(data: bytes, text: str, kind: str) -> None:
    (read,) = read_all(data)
    assert isinstance(read, Read)
    assert (read.text, read.type) == (text, kind)
    assert read.raw == data.rstrip(b"\r\n")


@pytest.mark.parametrize(
    ("data", "given", "reason"),
    [
        (b"]E04006381333932\r", {}, "BAD_CHECK_DIGIT"),
        (b"]E0400638133393\r", {}, "BAD_CHECK_DIGIT"),
        (b"4006381333932\r", {"check_digits": "strict"}, "BAD_CHECK_DIGIT"),
        (b"\xff\xfe\r", {}, "BAD_ENCODING"),
        (b"123\r", {"prefix": "#"}, "PREFIX_MISSING"),
        (b"123\r", {"aim": "require"}, "AIM_MISSING"),
        (b"]C0\r", {}, "FRAME_EMPTY"),
        (b"1" * 20 + b"\r", {"length_max": 19}, "FRAME_TOO_LONG"),
    ],
)
def test_what_cannot_be_taken_is_a_problem_and_the_next_code_is_read(
    data: bytes, given: dict[str, object], reason: str
) -> None:
    driver = ScannerDriver(ScannerSettings(**given))  # type: ignore[arg-type]
    (problem,) = driver.feed(data, 0)
    assert isinstance(problem, Problem)
    assert problem.reason == reason
    good = (str(given.get("prefix", "")) + "]E04006381333931\r").encode()
    assert isinstance(driver.feed(good, 0)[0], Read)


def test_check_digits_may_be_left_alone() -> None:
    assert isinstance(read_all(b"]E04006381333932\r", check_digits="off")[0], Read)


def test_aim_may_be_part_of_the_text() -> None:
    (read,) = read_all(b"]C0ABC\r", aim="off")
    assert isinstance(read, Read)
    assert read.text == "]C0ABC"


def test_text_in_the_shops_encoding() -> None:
    (read,) = read_all("ИВАНОВ\r".encode("cp1251"), encoding="cp1251")
    assert isinstance(read, Read)
    assert read.text == "ИВАНОВ"


def test_prefix_and_long_suffix() -> None:
    outputs = read_all(b"\x02111\x03\n\x02222\x03\n", prefix="\x02", suffix="\x03\n")
    assert [output.text for output in outputs if isinstance(output, Read)] == ["111", "222"]


def test_a_suffix_split_at_the_very_limit() -> None:
    driver = ScannerDriver(ScannerSettings(suffix="\x03\n", length_max=5))
    assert driver.feed(b"12345\x03", 0) == []
    assert driver.feed(b"\n", 0) == [Read("12345", "UNKNOWN", b"12345")]
    (problem,) = driver.feed(b"1234567\x03", 0)
    assert isinstance(problem, Problem)
    assert problem.reason == "FRAME_TOO_LONG"
    assert driver.feed(b"\n111\x03\n", 0) == [Read("111", "UNKNOWN", b"111")]


def test_a_pause_ends_a_code_without_a_suffix() -> None:
    driver = ScannerDriver(ScannerSettings(suffix="", idle_gap_ms=50))
    assert driver.feed(b"400638", 1_000) == []
    assert driver.feed(b"1333931", 1_020) == []
    assert driver.deadline_ms() == 1_070
    assert driver.idle(1_069) == []
    assert [type(output) for output in driver.idle(1_070)] == [Read]
    assert driver.deadline_ms() is None
    # The host was late: the gap counts all the same.
    assert driver.feed(b"111", 2_000) == []
    (read,) = driver.feed(b"222", 2_060)
    assert isinstance(read, Read)
    assert read.text == "111"


def test_a_pause_tears_a_code_that_should_have_a_suffix() -> None:
    driver = ScannerDriver(ScannerSettings())
    driver.feed(b"400638", 0)
    (problem,) = driver.idle(500)
    assert isinstance(problem, Problem)
    assert problem.reason == "FRAME_INCOMPLETE"
    assert [type(output) for output in driver.feed(b"4006381333931\r", 600)] == [Read]


def test_unplugging_tears_a_code_and_the_next_life_begins_clean() -> None:
    driver = ScannerDriver(ScannerSettings())
    driver.feed(b"40063", 0)
    assert [type(output) for output in driver.lost(0, 10)] == [Problem]
    driver.opened(1_000)
    (read,) = driver.feed(b"96385074\r", 1_001)
    assert isinstance(read, Read)
    assert read.text == "96385074"


PIECES = st.sampled_from(
    [b"4006381333931", b"]E0", b"]C0AB", b"\r", b"\n", b"\r\n", b"\x02", b"\x03", b"\xff", b"1" * 30, "Ж".encode(), b""]
)


@settings(max_examples=400)
@given(
    st.lists(PIECES, max_size=12).map(b"".join),
    st.lists(st.integers(0, 200), max_size=12),
    st.sampled_from(["\r", "\n", "\r\n", "\x03", "\x03\r\x03", ""]),
    st.sampled_from(["", "\x02"]),
    st.integers(1, 24),
)
def test_any_split_gives_the_same_events(data: bytes, cuts: list[int], suffix: str, prefix: str, most: int) -> None:
    given_settings = ScannerSettings(suffix=suffix, prefix=prefix, length_max=most)
    whole, cut = ScannerDriver(given_settings), ScannerDriver(given_settings)
    expected = whole.feed(data, 0) + whole.idle(1_000)
    places = [0, *sorted(min(place, len(data)) for place in cuts), len(data)]
    found: list[Output] = []
    for start, end in itertools.pairwise(places):
        found += cut.feed(data[start:end], 0)
    assert found + cut.idle(1_000) == expected


@pytest.mark.parametrize("sample", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_samples_read_the_same_in_thousands_of_splits(sample: Path) -> None:
    data = sample.read_bytes()
    expected = read_all(data)
    assert len(expected) >= 4
    assert all(isinstance(output, Read) for output in expected)
    draw = random.Random(20_240_607)
    for _ in range(3_000):
        driver = ScannerDriver(ScannerSettings())
        found: list[Output] = []
        place = 0
        while place < len(data):
            size = draw.choice((1, 2, 3, 7, 40))
            found += driver.feed(data[place : place + size], 0)
            place += size
        assert found == expected


def test_memory_stays_bounded_without_an_end() -> None:
    driver = ScannerDriver(ScannerSettings(length_max=100))
    problems = []
    for _ in range(1_000):
        problems += driver.feed(b"x" * 1_000, 0)
    assert [problem.reason for problem in problems if isinstance(problem, Problem)] == ["FRAME_TOO_LONG"]
    assert [type(output) for output in driver.feed(b"\r111\r", 0)] == [Read]
