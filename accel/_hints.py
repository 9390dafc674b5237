"""What a rule would give, after `120.00 more and`."""

from tillgate.core import effects
from tillgate.core.programme import Rule
from tillgate.core.text import Text

from ._words import Words

__all__ = ["NO_LEVEL", "outcome"]

WHOLE = 1_000_000
NO_LEVEL = -1


def outcome(rule: Rule, level: int, words: Words) -> Text:
    """`скидка 10 %`, `10 % comes off`; of what says nothing by itself, that the rule applies.

    `level` is the bound that a percent by level will reach, NO_LEVEL where that is open.
    """
    said = _level(rule, level, words) or _price(rule, words) or _units(rule, words) or _points(rule, words)
    if said is not None:
        return said
    name = rule.name or Text(rule.id, rule.id)
    return Text(f"сработает «{name.ru}»", f'"{name.en}" applies')


def _off(ppm: int, minor: int, words: Words) -> Text:
    """A percent or an amount."""
    return Text(words.percent(ppm), words.percent(ppm)) if ppm else words.money(minor)


def _level(rule: Rule, level: int, words: Words) -> Text | None:
    match rule.give:
        case effects.PercentBy(levels=levels) if level != NO_LEVEL:
            return _comes_off(dict(levels)[level], words)
        case effects.PointsPercentBy(levels=levels) if level != NO_LEVEL:
            return _comes_back(dict(levels)[level], words)
    return None


def _comes_off(ppm: int, words: Words) -> Text:
    return Text(f"скидка {words.percent(ppm)}", f"{words.percent(ppm)} comes off")


def _comes_back(ppm: int, words: Words) -> Text:
    return Text(f"{words.percent(ppm)} вернётся баллами", f"{words.percent(ppm)} comes back in points")


def _price(rule: Rule, words: Words) -> Text | None:
    match rule.give:
        case effects.Percent(ppm=ppm):
            return _comes_off(ppm, words)
        case effects.PercentBy(levels=levels):
            most = words.percent(max(ppm for _, ppm in levels))
            return Text(f"скидка до {most}", f"up to {most} comes off")
        case effects.Amount(minor=minor, per=per):
            money = words.money(minor)
            ru = {"basket": "", "line": " с каждой строки", "unit": " с каждой единицы"}[per]
            en = {"basket": "", "line": " each line", "unit": " each unit"}[per]
            return Text(f"скидка {money.ru}{ru}", f"{money.en} comes off{en}")
        case effects.UnitPrice(minor=minor):
            return Text(f"цена {words.money(minor).ru} за единицу", f"each costs {words.money(minor).en}")
        case effects.Total(minor=minor):
            return Text(f"всё вместе за {words.money(minor).ru}", f"all together cost {words.money(minor).en}")
        case effects.RoundDownTo():
            return Text("сумма округлится вниз", "the total is rounded down")
        case effects.Gift(sku=sku):
            return Text(f"подарок: {sku}", f"a gift: {sku}")
    return None


def _units(rule: Rule, words: Words) -> Text | None:
    match rule.give:
        case effects.Pick(cheapest=cheapest, ppm=ppm, minor=minor):
            ru, en = ("самый дешёвый товар", "cheapest") if cheapest else ("самый дорогой товар", "dearest")
            off = _off(ppm, minor, words)
            if ppm == WHOLE:
                return Text(f"{ru} бесплатно", f"the {en} is free")
            return Text(f"скидка {off.ru} на {ru}", f"{off.en} comes off the {en}")
        case effects.Every(size=size, ppm=ppm, minor=minor):
            off = _off(ppm, minor, words)
            return Text(f"скидка {off.ru} на каждый из {size}", f"{off.en} comes off each of {size}")
        case effects.FirstNext(first_minor=first, next_minor=further):
            ru = f"скидка {words.money(first).ru} на первый и {words.money(further).ru} на следующие"
            return Text(
                ru, f"{words.money(first).en} comes off the first and {words.money(further).en} off further ones"
            )
        case effects.BuyGet(get=get, ppm=ppm):
            if ppm == WHOLE:
                return Text(
                    "один бесплатно" if get == 1 else f"{get} бесплатно",
                    "one is free" if get == 1 else f"{get} are free",
                )
            percent = words.percent(ppm)
            goods = words.goods(get * 1000)
            return Text(f"скидка {percent} на {goods.ru}", f"{percent} comes off {'one' if get == 1 else get}")
        case effects.Bundle(size=size, minor=minor):
            return Text(f"{size} за {words.money(minor).ru}", f"{size} cost {words.money(minor).en}")
        case effects.KitDeal(price_minor=int(price)):
            return Text(f"набор за {words.money(price).ru}", f"the kit costs {words.money(price).en}")
        case effects.KitDeal(ppm=ppm, minor=minor):
            off = _off(ppm, minor, words)
            return Text(f"скидка {off.ru} на набор", f"{off.en} comes off the kit")
    return None


def _points(rule: Rule, words: Words) -> Text | None:
    match rule.give:
        case effects.PointsPercent(ppm=ppm):
            return _comes_back(ppm, words)
        case effects.PointsPercentBy(levels=levels):
            most = words.percent(max(ppm for _, ppm in levels))
            return Text(f"до {most} вернётся баллами", f"up to {most} comes back in points")
        case effects.PointsPer(spend_minor=spend, points=points):
            money, count = words.money(spend), words.points(points)
            return Text(f"{count.ru} за каждые {money.ru}", f"{count.en} for every {money.en}")
        case effects.Points(points=points):
            return words.points(points)
        case effects.PointsTimes(times_milli=times):
            factor = words.times(times)
            return Text(f"баллов в {factor.ru} больше", f"{factor.en} the points")
        case effects.OfferCard():
            return Text("можно оформить карту", "a card can be offered")
        case effects.Coupon():
            return Text("купон на следующую покупку", "a coupon for the next purchase")
    return None
