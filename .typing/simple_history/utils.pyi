from collections.abc import Sequence
from typing import TypeVar

from django.db.models import Model

_M = TypeVar("_M", bound=Model)

def bulk_create_with_history(objs: Sequence[_M], model: type[_M]) -> list[_M]: ...
