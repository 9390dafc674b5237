"""Failures lead to pauses that double, then to quarantine, one trial and a person; silence is measured fairly."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tillgate.gateway.devices import Limits
from tillgate.gateway.devices._backoff import Backoff
from tillgate.gateway.devices._watchdog import Silence

LIMITS = Limits()


def test_pauses_double_from_a_tenth_of_a_second_to_thirty_seconds() -> None:
    backoff = Backoff(LIMITS, Random(1))
    bounds = [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]
    now_ms = 0
    for bound in bounds:
        now_ms += 30_000  # Seldom enough to stay out of quarantine, too often to be forgiven.
        verdict = backoff.failed(now_ms, lived_ms=20_000)
        assert bound // 2 <= verdict.delay_ms <= bound
        assert not verdict.quarantined


def test_more_than_five_failures_in_a_minute_mean_quarantine_then_one_trial_then_a_person() -> None:
    backoff = Backoff(LIMITS, Random(1))
    for number in range(5):
        assert not backoff.failed(number * 1_000, lived_ms=0).quarantined
    verdict = backoff.failed(6_000, lived_ms=0)
    assert (verdict.quarantined, verdict.delay_ms, verdict.by_hand) == (True, 600_000, False)
    assert backoff.failed(700_000, lived_ms=10).by_hand
    backoff.forgive()
    assert not backoff.failed(800_000, lived_ms=10).quarantined


def test_a_host_that_lived_long_enough_starts_with_a_clean_sheet() -> None:
    backoff = Backoff(LIMITS, Random(1))
    for number in range(6):
        backoff.failed(number, lived_ms=0)
    verdict = backoff.failed(10_000_000, lived_ms=LIMITS.failures_window_ms)
    assert not verdict.quarantined
    assert verdict.delay_ms <= LIMITS.backoff_first_ms


@given(st.lists(st.integers(0, 120_000), max_size=60))
def test_no_minute_holds_more_than_six_starts(pauses_ms: list[int]) -> None:
    backoff = Backoff(LIMITS, Random(3))
    now_ms, failures = 0, []
    for pause_ms in pauses_ms:
        now_ms += pause_ms
        failures.append(now_ms)
        verdict = backoff.failed(now_ms, lived_ms=0)
        if verdict.by_hand:
            break
        now_ms += verdict.delay_ms
    for first in failures:
        assert sum(first <= failure < first + LIMITS.failures_window_ms for failure in failures) <= 6


def test_three_missed_heartbeats_are_too_long() -> None:
    silence = Silence(LIMITS, 0)
    noticed = next(ms for ms in range(100, 10_000, 100) if silence.too_long(ms))
    assert 1_500 < noticed <= 2_000


def test_a_heartbeat_in_time_keeps_a_host_alive() -> None:
    silence = Silence(LIMITS, 0)
    for ms in range(100, 60_000, 100):
        if ms % 1_500 == 0:
            silence.heard()
        assert not silence.too_long(ms)


def test_nobody_is_hung_because_the_daemon_itself_was_stopped() -> None:
    silence = Silence(LIMITS, 0)
    assert not silence.too_long(100)
    assert not silence.too_long(60_000)
    silence.heard()
    assert not silence.too_long(60_100)
