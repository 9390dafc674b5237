"""The description as the page gets it."""

from typing import Any

from ._basket import BASKET
from ._document import GROUP, RULE_BY_STAGE, SECTIONS
from ._fields import plain
from ._goods import CONDITIONS, SELECTOR

__all__ = ["described"]


def described(language: str) -> dict[str, Any]:
    """Everything that a form can ask, in one language."""
    parts = {
        "group": GROUP,
        "selector": SELECTOR,
        "conditions": CONDITIONS,
        "sections": SECTIONS,
        "basket": BASKET,
    }
    found = {name: plain(part, language) for name, part in parts.items()}
    found["rule"] = {stage: plain(fields, language) for stage, fields in RULE_BY_STAGE.items()}
    return found
