"""Contradictions of a programme that could be read: what publishing refuses beside errors of form."""

from tillgate.core.errors import ProgrammeInvalid
from tillgate.core.programme import Programme, all_rules
from tillgate.core.refusals import raise_all

from ._finding import Finding
from ._order import check_order
from ._rule import check_rule
from ._settings import check_settings
from ._units import check_units

__all__ = ["Finding", "check_programme", "find_contradictions"]


def find_contradictions(programme: Programme) -> tuple[Finding, ...]:
    """Everything that can never come about: impossible conditions, unreachable rules, floors above prices."""
    found = [*check_settings(programme), *check_units(programme)]
    for rule in all_rules(programme):
        found += check_rule(rule, programme.limits, programme.tiers)
    return (*found, *check_order(programme))


def check_programme(programme: Programme) -> None:
    """Raises ProgrammeInvalid for the first of `find_contradictions`, the others in `more`."""
    raise_all(ProgrammeInvalid(one.text, path=one.path, reason=one.reason) for one in find_contradictions(programme))
