"""A device has one holder at a time; a claim lives while somebody cares for it and not longer."""

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from tillgate.core.errors import ClaimLost, DeviceClaimed
from tillgate.gateway.devices import Claim, Limits
from tillgate.gateway.devices._claims import Claims

LANES = st.sampled_from(["lane-1", "lane-2", "lane-3"])
DEVICES = st.sampled_from(["scanner", "printer"])
CLAIM_MS = Limits().claim_ms


class Model:
    """What a claim is, told in the plainest way: times and counts in a dictionary."""

    def __init__(self) -> None:
        self.ms = 0
        self.holders: dict[str, tuple[str, str, int]] = {}  # device: lane, token, end
        self.streams: dict[str, int] = {}  # token: open streams

    def holder(self, device_id: str) -> tuple[str, str] | None:
        lane_id, token, end_ms = self.holders.get(device_id, ("", "", -1))
        if lane_id and (self.streams.get(token, 0) or end_ms > self.ms):
            return lane_id, token
        return None


class ClaimMachine(RuleBasedStateMachine):
    """Lanes claim, renew, listen, hang up and let go in any order, while time passes."""

    claims_given: Bundle[Claim] = Bundle("claims_given")
    streams_open: Bundle[Claim] = Bundle("streams_open")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        machine = self

        class Clock:
            def monotonic_ms(self) -> int:
                return machine.model.ms

            def now(self) -> Any:
                return datetime(2026, 3, 1, tzinfo=UTC)

        self.claims = Claims(Clock(), Random(7), Limits())
        self.highest: dict[str, int] = {}

    @rule(target=claims_given, device_id=DEVICES, lane_id=LANES)
    def claim(self, device_id: str, lane_id: str) -> Any:
        held = self.model.holder(device_id)
        try:
            claim = self.claims.claim(device_id, lane_id)
        except DeviceClaimed:
            assert held is not None
            assert held[0] != lane_id
            return multiple()
        assert held is None or held[0] == lane_id
        assert claim.fencing_number > self.highest.get(device_id, 0)
        self.highest[device_id] = claim.fencing_number
        self.model.holders[device_id] = lane_id, claim.token, self.model.ms + CLAIM_MS
        return claim

    @rule(claim=claims_given, lane_id=LANES)
    def renew(self, claim: Claim, lane_id: str) -> None:
        expected = self.model.holder(claim.device_id) == (lane_id, claim.token)
        try:
            renewed = self.claims.claim(claim.device_id, lane_id, claim.token)
        except ClaimLost:
            assert not expected
        else:
            assert expected
            assert renewed.fencing_number == claim.fencing_number
            self.model.holders[claim.device_id] = lane_id, claim.token, self.model.ms + CLAIM_MS

    @rule(claim=claims_given)
    def release(self, claim: Claim) -> None:
        expected = self.model.holder(claim.device_id) == (claim.lane_id, claim.token)
        try:
            self.claims.release(claim.device_id, claim.lane_id, claim.token)
        except ClaimLost:
            assert not expected
        else:
            assert expected
            del self.model.holders[claim.device_id]

    @rule(target=streams_open, claim=claims_given)
    def open_stream(self, claim: Claim) -> Any:
        if self.model.holder(claim.device_id) != (claim.lane_id, claim.token):
            return multiple()
        self.claims.opened(self.claims.check(claim.device_id, claim.lane_id, claim.token))
        self.model.streams[claim.token] = self.model.streams.get(claim.token, 0) + 1
        return claim

    @rule()
    def expire(self) -> None:
        before = {device_id for device_id in self.model.holders if self.model.holder(device_id) is None}
        assert set(self.claims.expire()) == before
        for device_id in before:
            del self.model.holders[device_id]

    @rule(claim=streams_open)
    def close_stream(self, claim: Claim) -> None:
        if not self.model.streams.get(claim.token):
            return
        self.claims.closed(claim)
        self.model.streams[claim.token] -= 1
        held = self.model.holders.get(claim.device_id)
        if held is not None and held[1] == claim.token:
            self.model.holders[claim.device_id] = held[0], held[1], self.model.ms + CLAIM_MS

    @rule(passed_ms=st.sampled_from([1, 500, CLAIM_MS - 1, CLAIM_MS, 10_000]))
    def time_passes(self, passed_ms: int) -> None:
        self.model.ms += passed_ms

    @invariant()
    def one_holder_as_the_model_says(self) -> None:
        for device_id in ("scanner", "printer"):
            held = self.model.holder(device_id)
            assert self.claims.holder(device_id) == (held[0] if held else "")


TestClaims = ClaimMachine.TestCase
TestClaims.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_a_claim_ends_three_seconds_after_its_last_stream(manual_clock: Any) -> None:
    claims = Claims(manual_clock, Random(1), Limits())
    claim = claims.claim("scanner", "lane-1")
    claims.opened(claim)
    manual_clock.ms += 3_600_000
    assert claims.holder("scanner") == "lane-1"
    claims.closed(claim)
    manual_clock.ms += 2_999
    with pytest.raises(DeviceClaimed):
        claims.claim("scanner", "lane-2")
    manual_clock.ms += 1
    assert claims.claim("scanner", "lane-2").fencing_number > claim.fencing_number
    with pytest.raises(ClaimLost):
        claims.check("scanner", "lane-1", claim.token)


def test_a_restarted_till_takes_over_from_itself_and_its_ghost_loses(manual_clock: Any) -> None:
    claims = Claims(manual_clock, Random(1), Limits())
    ghost = claims.claim("scanner", "lane-1")
    claim = claims.claim("scanner", "lane-1")
    assert claims.holds(claim)
    assert not claims.holds(ghost)
    with pytest.raises(ClaimLost):
        claims.claim("scanner", "lane-1", ghost.token)


def test_a_token_is_worth_nothing_in_another_lanes_hands(manual_clock: Any) -> None:
    claims = Claims(manual_clock, Random(1), Limits())
    claim = claims.claim("scanner", "lane-1")
    with pytest.raises(ClaimLost):
        claims.release("scanner", "lane-2", claim.token)
    assert not claims.allows("scanner", "lane-2", claim.token)


def test_numbers_rise_across_restarts(manual_clock: Any) -> None:
    first = Claims(manual_clock, Random(1), Limits())
    numbers = [first.claim("scanner", "lane-1").fencing_number for _ in range(3)]
    manual_clock.ms += 1_000
    assert Claims(manual_clock, Random(1), Limits()).claim("scanner", "lane-1").fencing_number > max(numbers)


def test_events_without_a_holder_are_for_the_lane_that_lost_the_claim_but_not_for_one_that_let_go(
    manual_clock: Any,
) -> None:
    claims = Claims(manual_clock, Random(1), Limits())
    claim = claims.claim("scanner", "lane-1")
    manual_clock.ms += 10_000
    assert claims.holder("scanner") == ""
    assert claims.addressee("scanner") == "lane-1"
    claim = claims.claim("scanner", "lane-2")
    claims.release("scanner", "lane-2", claim.token)
    assert claims.addressee("scanner") == ""
