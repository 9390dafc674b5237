"""What the rules of a document are called."""

from typing import Any

__all__ = ["rule_names"]


def rule_names(document: dict[str, Any], language: str) -> dict[str, str]:
    """Names by rule id, in the language; a rule without a name is left out."""
    found: dict[str, str] = {}
    waiting: list[Any] = [document.get("discounts"), document.get("accrual"), *document.get("rewards", [])]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        waiting += node.get("children", [])
        name = node.get("name", {}).get(language)
        if name and "give" in node:
            found[node["id"]] = name
    return found
