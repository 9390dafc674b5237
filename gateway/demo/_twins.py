"""Simulated devices, found through the plugins' manifests as the gateway finds its drivers."""

import importlib
from typing import Any

from tillgate.plugins.sdk import find_manifests

__all__ = ["make_twin"]


def make_twin(plugin_id: str, location: str = "", **settings: Any) -> Any:
    """The twin of a plugin's first driver, not yet started."""
    reference = find_manifests().manifest(plugin_id).drivers[0].twin
    assert reference is not None, f"{plugin_id} ships no twin"
    module, _, name = reference.reference.partition(":")
    return getattr(importlib.import_module(module), name)(location, **settings)
