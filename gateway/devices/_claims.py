"""Who may use a device: one lane at a time, with a token, a rising number and an end."""

from dataclasses import dataclass
from random import Random

from tillgate.core.errors import ClaimLost, DeviceClaimed
from tillgate.gateway.clock import Clock

from ._limits import Limits

__all__ = ["Claim", "Claims"]


@dataclass(slots=True)
class Claim:
    """A lane's right to a device. `streams` counts its open Subscribe streams; while there is one it cannot end."""

    device_id: str
    lane_id: str
    token: str
    fencing_number: int
    expires_ms: int
    streams: int = 0


class Claims:
    """All claims of one daemon. Times are the clock's monotonic milliseconds.

    A lane that asks again without its token takes over from itself at once (a restarted POS has lost the token and
    must not wait for its own ghost); the earlier token is lost by that, as the rising number shows.
    """

    def __init__(self, clock: Clock, random: Random, limits: Limits) -> None:
        self._clock = clock
        self._random = random
        self._limits = limits
        self._claims: dict[str, Claim] = {}
        self._last_lanes: dict[str, str] = {}
        # Rising across restarts too, unless somebody sets the clock back: claims themselves do not outlive the daemon.
        self._number = int(clock.now().timestamp() * 1_000)

    def claim(self, device_id: str, lane_id: str, token: str = "") -> Claim:
        """A new claim, or with a token the same one renewed. Raises DeviceClaimed, ClaimLost."""
        if token:
            claim = self.check(device_id, lane_id, token)
            claim.expires_ms = self._end_ms()
            return claim
        holder = self.holder(device_id)
        if holder not in ("", lane_id):
            raise DeviceClaimed(f"{device_id} is claimed by lane {holder}", device_id=device_id, claimed_by=holder)
        self._number += 1
        claim = Claim(device_id, lane_id, f"{self._random.getrandbits(128):032x}", self._number, self._end_ms())
        self._claims[device_id] = claim
        self._last_lanes[device_id] = lane_id
        return claim

    def check(self, device_id: str, lane_id: str, token: str) -> Claim:
        """The live claim with this token. Raises ClaimLost."""
        claim = self._claims.get(device_id)
        if claim is None or not self.allows(device_id, lane_id, token):
            raise ClaimLost(f"this token does not hold {device_id}", device_id=device_id)
        return claim

    def release(self, device_id: str, lane_id: str, token: str) -> None:
        """End a claim. Raises ClaimLost when it had ended."""
        self.check(device_id, lane_id, token)
        del self._claims[device_id], self._last_lanes[device_id]

    def opened(self, claim: Claim) -> None:
        """A stream of this claim stands: the claim lives with it."""
        claim.streams += 1

    def closed(self, claim: Claim) -> None:
        """A stream of this claim is gone: without another the claim ends soon."""
        assert claim.streams > 0, "closed more often than opened"
        claim.streams -= 1
        claim.expires_ms = self._end_ms()

    def holder(self, device_id: str) -> str:
        """The lane that holds the device, or empty."""
        claim = self._live(device_id)
        return claim.lane_id if claim else ""

    def addressee(self, device_id: str) -> str:
        """The lane that what comes now is for: the holder, or who held it last without letting go, or empty."""
        return self.holder(device_id) or self._last_lanes.get(device_id, "")

    def allows(self, device_id: str, lane_id: str, token: str) -> bool:
        """Whether this token holds the device."""
        claim = self._live(device_id)
        return claim is not None and bool(token) and claim.token == token and claim.lane_id == lane_id

    def holds(self, claim: Claim) -> bool:
        """Whether this very claim still stands."""
        return self._live(claim.device_id) is claim

    def expire(self) -> list[str]:
        """Forget claims whose time is over; their devices."""
        ended = [device_id for device_id in self._claims if self._live(device_id) is None]
        for device_id in ended:
            del self._claims[device_id]
        return ended

    def _live(self, device_id: str) -> Claim | None:
        claim = self._claims.get(device_id)
        if claim is None or claim.streams or claim.expires_ms > self._clock.monotonic_ms():
            return claim
        return None

    def _end_ms(self) -> int:
        return self._clock.monotonic_ms() + self._limits.claim_ms
