"""From what was read or said to a customer."""

from tillgate.core.errors import BadRequest, IdentifierInvalid
from tillgate.core.identifiers import looks_like_bank_card, normalise_phone
from tillgate.gateway.clock import Clock
from tillgate.gateway.replica import IdentifierMatch, Replica
from tillgate.pos.v1.checkout_service_pb2 import CardKindView, CustomerView, IdentifyRequest, IdentifyResponse

from ._central import Central
from ._messages import localized, timestamp
from ._tries import Tries

__all__ = ["Identification"]

TEXT_LENGTH_MAX = 200
CARD_FILLERS = str.maketrans("", "", " -\u00a0")


class Identification:
    """The chain: a card or phone of the replica, a kind of card it could become, a payment card, nobody."""

    def __init__(self, replica: Replica, central: Central, clock: Clock) -> None:
        self._replica = replica
        self._central = central
        self._clock = clock
        self._tries = Tries(clock)

    def identify(self, lane_id: str, request: IdentifyRequest) -> IdentifyResponse:
        """Raises TooManyTries, IdentifierInvalid, BadRequest."""
        how = "scanned" if request.WhichOneof("identifier") == "scanned_text" else "typed"
        self._tries.check(lane_id, how)
        try:
            response = self._look_up(request)
        except IdentifierInvalid:
            self._tries.failed(lane_id, how)
            raise
        if response.outcome == IdentifyResponse.OUTCOME_UNKNOWN:
            self._tries.failed(lane_id, how)
        else:
            self._tries.succeeded(lane_id)
        response.offline = not self._central.online
        known = self._clock.now() if self._central.online else self._central.since
        response.known_time.CopyFrom(timestamp(known))
        return response

    def _look_up(self, request: IdentifyRequest) -> IdentifyResponse:
        match request.WhichOneof("identifier"):
            case "phone":
                return self._person(self._replica.find("phone", _phone(request.phone)))
            case "scanned_text":
                return self._card(_plain(request.scanned_text.strip(), "$.scanned_text"))
            case "card_number":
                number = request.card_number.translate(CARD_FILLERS)
                if number and not (number.isascii() and number.isalnum()):
                    raise IdentifierInvalid("a card number has letters and digits", path="$.card_number")
                return self._card(_plain(number, "$.card_number"))
        raise BadRequest("give one of scanned_text, phone, card_number", path="$")

    def _card(self, text: str) -> IdentifyResponse:
        """A card of ours comes first: also one whose number could be a bank's."""
        match = self._replica.find("card", text)
        if match is not None:
            return self._person(match)
        kinds = [kind for kind in self._replica.card_kinds() if kind.pattern.matches(text)]
        if not kinds and looks_like_bank_card(text):
            return IdentifyResponse(outcome=IdentifyResponse.OUTCOME_BANK_CARD)
        return IdentifyResponse(
            outcome=IdentifyResponse.OUTCOME_UNKNOWN,
            card_kinds=[CardKindView(kind=kind.kind, name=localized(kind.name)) for kind in kinds],
        )

    def _person(self, match: IdentifierMatch | None) -> IdentifyResponse:
        known = None if match is None else self._replica.customer(match.customer_id)
        if match is None or known is None:
            return IdentifyResponse(outcome=IdentifyResponse.OUTCOME_UNKNOWN)
        if match.blocked:
            return IdentifyResponse(outcome=IdentifyResponse.OUTCOME_BLOCKED)
        programme = self._replica.programme()
        blocked = known.state.blocked  # May collect points, not spend them: the till needs to know whom.
        return IdentifyResponse(
            outcome=IdentifyResponse.OUTCOME_BLOCKED if blocked else IdentifyResponse.OUTCOME_FOUND,
            customer=CustomerView(
                customer_id=match.customer_id,
                greeting=known.state.greeting,
                points_available=known.state.points_available,
                points_digits=programme.points_digits if programme else 0,
                tier=known.state.tier,
            ),
        )


def _phone(text: str) -> str:
    try:
        return normalise_phone(text)
    except IdentifierInvalid as error:
        raise IdentifierInvalid(error.detail, path="$.phone") from error


def _plain(text: str, path: str) -> str:
    """Raises IdentifierInvalid, whose message does not hold the text."""
    if not 1 <= len(text) <= TEXT_LENGTH_MAX or not text.isprintable():
        raise IdentifierInvalid(f"1 to {TEXT_LENGTH_MAX} printable characters are wanted", path=path)
    return text
