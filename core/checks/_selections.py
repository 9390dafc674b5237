"""What must be so of a line that several selectors take: whether there can be one at all."""

from collections.abc import Iterable

from tillgate.core.conditions import ALL_LINES, Selector

__all__ = ["empty", "within"]

DEPTH = 8


def empty(*selectors: Selector) -> bool:
    """Whether no line whatever matches all of the selectors. False where it cannot be told."""
    return _Line(selectors).impossible(DEPTH)


def within(inner: Selector, outer: Selector) -> bool:
    """Whether every line that `inner` takes is taken by `outer` too. False where it cannot be told."""
    return outer == ALL_LINES or inner == outer or _Line((inner,)).implies(outer, DEPTH)


class _Line:
    """A line that matches every one of the selectors: one sku, one brand, one price, any categories and tags."""

    def __init__(self, selectors: tuple[Selector, ...]) -> None:
        self.selectors = selectors
        self.skus = _common(selector.sku for selector in selectors)
        self.brands = _common(selector.brand for selector in selectors)
        lows = [s.price_at_least_minor for s in selectors if s.price_at_least_minor is not None]
        highs = [s.price_at_most_minor for s in selectors if s.price_at_most_minor is not None]
        self.low, self.high = max(lows, default=None), min(highs, default=None)

    def impossible(self, depth: int) -> bool:
        if self.skus == set() or self.brands == set():
            return True
        if self.low is not None and self.high is not None and self.low > self.high:
            return True
        barred = [selector.without for selector in self.selectors if selector.without is not None]
        return depth > 0 and any(self.implies(selector, depth - 1) for selector in barred)

    def implies(self, wanted: Selector, depth: int) -> bool:
        """Whether each such line matches the selector."""
        return (
            (not wanted.sku or (self.skus is not None and self.skus <= set(wanted.sku)))
            and (not wanted.brand or (self.brands is not None and self.brands <= set(wanted.brand)))
            and (not wanted.category or any(_below(s.category, wanted.category) for s in self.selectors))
            and (not wanted.tag or any(s.tag and set(s.tag) <= set(wanted.tag) for s in self.selectors))
            and (
                wanted.price_at_least_minor is None
                or (self.low is not None and self.low >= wanted.price_at_least_minor)
            )
            and (
                wanted.price_at_most_minor is None
                or (self.high is not None and self.high <= wanted.price_at_most_minor)
            )
            and (not wanted.regular_price_only or any(s.regular_price_only for s in self.selectors))
            and (wanted.without is None or self._never(wanted.without, depth))
        )

    def _never(self, barred: Selector, depth: int) -> bool:
        """Whether no such line matches the selector."""
        return depth > 0 and _Line((*self.selectors, barred)).impossible(depth - 1)


def _common(lists: Iterable[tuple[str, ...]]) -> set[str] | None:
    """The names that stand in every list that names any; None when none does."""
    named = [set(names) for names in lists if names]
    return set.intersection(*named) if named else None


def _below(names: tuple[str, ...], above: tuple[str, ...]) -> bool:
    """Whether each of some categories is one of the others or lies below one."""
    return bool(names) and all(any(f"{name}/".startswith(f"{top}/") for top in above) for name in names)
