"""What the demonstration's stores sell. The numbers are of the range for use inside a shop: no real goods have them."""

from decimal import Decimal

from msgspec import Struct

from tillgate.core import Text

__all__ = ["GOODS", "Goods", "with_check_digit"]


class Goods(Struct, frozen=True):
    """An article as a till's catalogue has it."""

    sku: str
    ean13: str
    name: Text
    unit_price: Decimal
    categories: tuple[str, ...]


def with_check_digit(twelve: str) -> str:
    """An EAN-13 from its first twelve digits."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve))
    return f"{twelve}{-total % 10}"


def _goods(sku: str, ru: str, en: str, unit_price: str, category: str) -> Goods:
    return Goods(sku, with_check_digit(f"22000000{sku}"), Text(ru, en), Decimal(unit_price), (category,))


GOODS: tuple[Goods, ...] = (
    _goods("1001", "Кофе в зёрнах, 250 г", "Coffee beans, 250 g", "449.90", "drinks/coffee"),
    _goods("1002", "Кофе молотый, 250 г", "Ground coffee, 250 g", "389.00", "drinks/coffee"),
    _goods("1003", "Капучино, 300 мл", "Cappuccino, 300 ml", "180.00", "drinks/coffee"),
    _goods("1101", "Чай чёрный, 100 пакетиков", "Black tea, 100 bags", "259.90", "drinks/tea"),
    _goods("1102", "Чай зелёный листовой, 100 г", "Green leaf tea, 100 g", "214.50", "drinks/tea"),
    _goods("1201", "Вода минеральная, 1,5 л", "Mineral water, 1.5 l", "64.90", "drinks/water"),
    _goods("1202", "Сок яблочный, 1 л", "Apple juice, 1 l", "139.90", "drinks/juice"),
    _goods("2001", "Хлеб ржаной", "Rye bread", "59.90", "bakery/bread"),
    _goods("2002", "Батон нарезной", "Sliced loaf", "54.00", "bakery/bread"),
    _goods("2101", "Круассан с миндалём", "Almond croissant", "119.00", "bakery/pastry"),
    _goods("2102", "Булочка с корицей", "Cinnamon bun", "89.00", "bakery/pastry"),
    _goods("2103", "Пирог с капустой, 600 г", "Cabbage pie, 600 g", "329.00", "bakery/pastry"),
    _goods("3001", "Гречка, 900 г", "Buckwheat, 900 g", "89.90", "grocery/cereals"),
    _goods("3002", "Рис круглый, 900 г", "Round rice, 900 g", "104.90", "grocery/cereals"),
    _goods("3003", "Макароны, 450 г", "Pasta, 450 g", "79.90", "grocery/pasta"),
    _goods("3004", "Масло подсолнечное, 1 л", "Sunflower oil, 1 l", "139.00", "grocery/oil"),
    _goods("4001", "Молоко 3,2 %, 1 л", "Milk 3.2 %, 1 l", "94.90", "dairy/milk"),
    _goods("4002", "Кефир 2,5 %, 1 л", "Kefir 2.5 %, 1 l", "99.90", "dairy/milk"),
    _goods("4003", "Сыр полутвёрдый, 300 г", "Semi-hard cheese, 300 g", "349.00", "dairy/cheese"),
    _goods("4004", "Творог 5 %, 200 г", "Cottage cheese 5 %, 200 g", "112.50", "dairy/curd"),
    _goods("5001", "Яблоки, 1 кг", "Apples, 1 kg", "149.90", "fruit"),
    _goods("5002", "Бананы, 1 кг", "Bananas, 1 kg", "159.90", "fruit"),
    _goods("6001", "Шоколад горький, 90 г", "Dark chocolate, 90 g", "129.90", "sweets/chocolate"),
    _goods("6002", "Печенье овсяное, 300 г", "Oat biscuits, 300 g", "119.90", "sweets/biscuits"),
)
