"""Loads the naive evaluator and the generators beside the tests."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent


def load(name: str) -> ModuleType:
    """A helper module of this folder, which is no package."""
    known = sys.modules.get(f"accel_{name}")
    if known is not None:
        return known
    spec = importlib.util.spec_from_file_location(f"accel_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"accel_{name}"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def naive() -> Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]:
    """The naive evaluator: (programme, basket) documents to figures."""
    found: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]] = load("oracle").evaluate
    return found


load("documents")
load("dice")
