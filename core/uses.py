"""Which rules of a programme are limited by how often all customers together used them."""

from .programme import Programme, all_rules

__all__ = ["limited_in_total"]


def limited_in_total(programme: Programme) -> frozenset[str]:
    """Rules that give in so many receipts of all customers together."""
    return frozenset(rule.id for rule in all_rules(programme) if rule.uses is not None and rule.uses.total is not None)
