"""The small schema in which a manifest describes its driver's settings, and the check against it."""

import re
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from tillgate.core.errors import SettingsInvalid

from ._text import ManifestText

__all__ = ["Setting", "check_settings"]

_CLASSES: dict[str, type] = {"string": str, "integer": int, "boolean": bool, "list": list, "object": dict}


class Setting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One setting. Without a default it must be given."""

    type: Literal["string", "integer", "boolean", "list", "object"]
    about: ManifestText
    default: Any | UnsetType = UNSET
    #: Bounds of an integer, of a string's length, of a list's length.
    least: int | None = None
    most: int | None = None
    choices: tuple[str, ...] = ()
    pattern: Annotated[str, Meta(max_length=200)] = ""
    #: What a list holds.
    items: "Setting | None" = None
    #: What an object holds. Empty: any keys with strings or integers.
    fields: dict[str, "Setting"] = {}


def check_settings(schema: dict[str, Setting], settings: dict[str, Any], path: str = "$") -> dict[str, Any]:
    """The settings with defaults filled in. Raises SettingsInvalid with the path of the first thing wrong."""
    for key in settings:
        if key not in schema:
            raise SettingsInvalid(
                f"unknown setting {key!r}; known are {', '.join(sorted(schema))}", path=f"{path}.{key}"
            )
    checked = {}
    for key, setting in schema.items():
        where = f"{path}.{key}"
        if key in settings:
            checked[key] = _checked(setting, settings[key], where)
        elif setting.default is UNSET:
            raise SettingsInvalid("must be given", path=where)
        else:
            checked[key] = _checked(setting, setting.default, where)
    return checked


def _checked(setting: Setting, value: Any, path: str) -> Any:
    wanted = _CLASSES[setting.type]
    # A bool is an int to Python, but not to a technician.
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise SettingsInvalid(f"expected {setting.type}, got {type(value).__name__}", path=path)
    _check_bounds(setting, value, path)
    if isinstance(value, str):
        _check_text(setting, value, path)
    if isinstance(value, list) and setting.items:
        return [_checked(setting.items, item, f"{path}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, dict):
        return _checked_object(setting, value, path)
    return value


def _check_bounds(setting: Setting, value: Any, path: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | str | list):
        return
    size, unit = (value, "") if isinstance(value, int) else (len(value), " in length")
    if setting.least is not None and size < setting.least:
        raise SettingsInvalid(f"{size} is less than {setting.least}{unit}", path=path)
    if setting.most is not None and size > setting.most:
        raise SettingsInvalid(f"{size} is more than {setting.most}{unit}", path=path)


def _check_text(setting: Setting, value: str, path: str) -> None:
    if setting.choices and value not in setting.choices:
        raise SettingsInvalid(f"{value!r} is none of {', '.join(setting.choices)}", path=path)
    if setting.pattern and not re.fullmatch(setting.pattern, value):
        raise SettingsInvalid(f"{value!r} does not fit {setting.pattern}", path=path)


def _checked_object(setting: Setting, value: dict[str, Any], path: str) -> dict[str, Any]:
    if setting.fields:
        return check_settings(setting.fields, value, path)
    for key, item in value.items():
        if not isinstance(item, str | int) or isinstance(item, bool):
            raise SettingsInvalid(f"expected string or integer, got {type(item).__name__}", path=f"{path}.{key}")
    return value
