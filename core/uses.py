"""Which rules of a programme are limited by how often a customer used them."""

from .programme import Programme, all_rules

__all__ = ["customer_windows"]


def customer_windows(programme: Programme) -> dict[str, str]:
    """The windows in which uses by a customer count, by rule: all, day, week, month, year, rolling_days:N."""
    return {
        rule.id: rule.uses.window
        for rule in all_rules(programme)
        if rule.uses is not None and rule.uses.per_customer is not None
    }
