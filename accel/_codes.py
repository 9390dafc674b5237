"""Numbers that the tables and the kernel share. The kernel repeats them as C enums; a test compares."""

from enum import IntEnum

__all__ = ["CONTEXTUAL", "FACTS", "MODES", "Op", "Reason", "Stage", "What"]

MODES = ("sum", "sequence", "max", "min", "first")

#: Figures about the moment and the customer, by position. Turnovers and uses follow them.
FACTS = (
    "local_day",
    "local_minute",
    "epoch_second",
    "points",
    "purchase_number",
    "absent_days",
    "registered_days",
    "age",
    "birthday",
    "tier",
)


class Stage(IntEnum):
    """Which part of the document a rule stands in."""

    DISCOUNT = 0
    ACCRUAL = 1
    REWARD = 2


class Op(IntEnum):
    """What a condition asks."""

    ALL = 0
    ANY = 1
    NOT = 2
    TOKENS = 3
    SUBTOTAL_LIST = 4
    SUBTOTAL_CURRENT = 5
    QUANTITY = 6
    LINE_QUANTITY = 7
    CONTAINS = 8
    IDENTIFIED = 9
    FACT = 10
    EVERY = 11
    TURNOVER = 12
    USES = 13
    SCHEDULE = 14
    HOLDOUT = 15


class What(IntEnum):
    """What a rule gives."""

    REWARD = 0
    PERCENT = 1
    PERCENT_BY = 2
    AMOUNT_BASKET = 3
    AMOUNT_LINE = 4
    AMOUNT_UNIT = 5
    UNIT_PRICE = 6
    TOTAL = 7
    ROUND_DOWN_TO = 8
    PICK = 9
    EVERY = 10
    FIRST_NEXT = 11
    BUY_GET = 12
    BUNDLE = 13
    KIT = 14
    GIFT = 15
    POINTS_PERCENT = 16
    POINTS_PERCENT_BY = 17
    POINTS_PER = 18
    POINTS = 19
    POINTS_TIMES = 20


class Reason(IntEnum):
    """Why a rule gave nothing. The names are the answer's `reason`."""

    NONE = 0
    NOT_ACTIVE = 1
    OUT_OF_SCHEDULE = 2
    OTHER_STORE = 3
    OTHER_CHANNEL = 4
    NOT_IDENTIFIED = 5
    IDENTIFIED = 6
    SEGMENT = 7
    TIER = 8
    COUPON_MISSING = 9
    PAYMENT = 10
    CARD_KIND = 11
    ATTRIBUTE = 12
    NO_GOODS = 13
    BELOW_AMOUNT = 14
    ABOVE_AMOUNT = 15
    BELOW_QUANTITY = 16
    ABOVE_QUANTITY = 17
    KIT_INCOMPLETE = 18
    TURNOVER = 19
    POINTS = 20
    PURCHASE_NUMBER = 21
    ABSENT_DAYS = 22
    REGISTERED = 23
    AGE = 24
    BIRTHDAY = 25
    USES = 26
    CONDITION = 27
    EXCLUSIVE = 28
    DISPLACED = 29
    MOST = 30
    FLOOR = 31
    UNITS_USED = 32
    LIMIT = 33
    ZERO = 34
    REDEEMING = 35
    HOLDOUT = 36
    CAP = 37
    REGULATED = 38

    @classmethod
    def of_kind(cls, kind: str) -> "Reason":
        """The reason of a condition on one of the named things."""
        return {
            "segment": cls.SEGMENT,
            "tier": cls.TIER,
            "coupon": cls.COUPON_MISSING,
            "payment": cls.PAYMENT,
            "card_kind": cls.CARD_KIND,
            "channel": cls.OTHER_CHANNEL,
            "attribute": cls.ATTRIBUTE,
            "points": cls.POINTS,
            "purchase_number": cls.PURCHASE_NUMBER,
            "absent_days": cls.ABSENT_DAYS,
            "registered_days": cls.REGISTERED,
            "age": cls.AGE,
            "birthday": cls.BIRTHDAY,
        }[kind]


#: Reasons whose sentence also names something of the receipt: a store, a day.
CONTEXTUAL = (
    Reason.NOT_ACTIVE,
    Reason.OUT_OF_SCHEDULE,
    Reason.OTHER_STORE,
    Reason.OTHER_CHANNEL,
    Reason.TIER,
    Reason.CARD_KIND,
)
