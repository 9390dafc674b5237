"""Invented customers: drawn from a seed, with phones in a range that no operator has."""

from datetime import UTC, date, datetime, timedelta
from random import Random

from msgspec import Struct

from .goods import with_check_digit

__all__ = ["CARD_PATTERN", "CUSTOMERS", "Person", "invent_people"]

CUSTOMERS = 200
CARD_PATTERN = "2900########C"
#: Who carries no card is known by phone alone.
WITHOUT_CARD_EVERY = 10
#: Turnover from which a tier holds, kopecks; as in the programme.
SILVER_MINOR, GOLD_MINOR = 1_000_000, 5_000_000

WOMEN = ("Анна", "Вера", "Дарья", "Елена", "Зоя", "Инна", "Кира", "Лада", "Майя", "Нина", "Ольга", "Полина", "Таисия")
MEN = ("Артём", "Борис", "Вадим", "Глеб", "Денис", "Егор", "Иван", "Кирилл", "Лев", "Матвей", "Олег", "Павел", "Тимур")
#: Made of plants and birds; the feminine form adds an а.
LAST_NAMES = (
    "Берёзкин", "Василькин", "Вербин", "Вьюрков", "Грачёвкин", "Дроздовин", "Журавин", "Зябликов", "Ивушкин",
    "Калинкин", "Кленов", "Лесовин", "Липкин", "Лугавин", "Малинкин", "Морошин", "Овсянкин", "Осинкин",
    "Подснежин", "Полынин", "Пшеничкин", "Ромашкин", "Росинкин", "Рябинкин", "Синицын", "Снегирин",
    "Сосенкин", "Стрижов", "Тополин", "Травинкин", "Черёмухин", "Шиповников", "Щеглов", "Яблоков", "Ягодкин",
    "Ясенев",
)  # fmt: skip
CITIES = ("Москва", "Химки", "Мытищи", "Казань")


class Person(Struct, frozen=True, kw_only=True):
    """A customer before the database."""

    first_name: str
    last_name: str
    phone: str
    #: Empty for those without a card.
    card: str
    birthday: date | None
    registered: datetime
    last_purchase: datetime | None
    purchases: int
    turnover_minor: int
    points: int
    tier: str
    segments: tuple[str, ...]
    city: str


def invent_people(today: datetime) -> list[Person]:
    """The same people every time, their dates relative to today."""
    random = Random(20_261_121)
    return [_person(random, number, today) for number in range(1, CUSTOMERS + 1)]


def _person(random: Random, number: int, today: datetime) -> Person:
    woman = random.random() < 0.58
    last = random.choice(LAST_NAMES)
    days = random.randrange(20, 900)
    purchases = min(int(random.lognormvariate(2.0, 1.0)), days)
    turnover_minor = sum(random.randrange(15_000, 180_000) for _ in range(purchases))
    earned = turnover_minor // 2_000
    registered = (today - timedelta(days=days)).replace(hour=random.randrange(6, 18), minute=random.randrange(60))
    return Person(
        first_name=random.choice(WOMEN if woman else MEN),
        last_name=f"{last}а" if woman else last,
        phone=f"+7000{2_000_000 + number * 4_127:07}",
        card="" if number % WITHOUT_CARD_EVERY == 0 else with_check_digit(f"2900{10_000_000 + number * 7_919:08}"),
        birthday=_birthday(random, today),
        registered=registered.astimezone(UTC),
        last_purchase=(today - timedelta(days=random.randrange(1, days))) if purchases else None,
        purchases=purchases,
        turnover_minor=turnover_minor,
        # Most of what was earned was spent before.
        points=int(earned * random.uniform(0.2, 0.9)),
        tier="gold" if turnover_minor >= GOLD_MINOR else "silver" if turnover_minor >= SILVER_MINOR else "base",
        segments=("staff",) if number % 50 == 7 else ("regular",) if purchases > 20 else (),
        city=random.choice(CITIES),
    )


def _birthday(random: Random, today: datetime) -> date | None:
    if random.random() < 0.25:
        return None
    return today.date() - timedelta(days=random.randrange(18 * 365, 80 * 365))
