from datetime import datetime

from tillgate.core.answer import Answer
from tillgate.core.basket import Basket, Certificate, Customer, Payment
from tillgate.core.text import Text

LISTED_MAX: int
CHANNEL_LENGTH_MAX: int
PAYMENT_MINOR_MAX: int

class ReadBasket:
    currency: str
    seconds: int | None
    nanos: int
    utc_offset_minutes: int
    channel: str
    coupons: tuple[str, ...]
    payments: tuple[Payment, ...]
    certificates: tuple[Certificate, ...]
    confirmed_by: tuple[str, ...]
    uses_listed: int
    content: bytes
    plain: bool
    def basket(self, time: datetime, store: str, customer: Customer | None, redeem: bool) -> Basket: ...

def read_basket(raw: bytes) -> ReadBasket | None: ...
def read_quote_request(raw: bytes) -> tuple[ReadBasket, str, int] | None: ...
def write_answer(answer: Answer) -> bytes: ...
def write_quote_response(
    quote_id: str,
    answer: Answer,
    offline: bool,
    limitations: tuple[Text, ...],
    time_us: int,
    programme_id: str,
    programme_revision: int,
) -> bytes: ...
def money_of(answer: Answer) -> bytes: ...
