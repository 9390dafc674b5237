"""What a make of printer can do, and how one is described."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from tillgate.core.errors import SettingsInvalid

__all__ = ["PrinterSettings", "Profile", "chosen_profile", "load_profiles"]

PROFILES_FILE = Path(__file__).with_name("profiles.toml")
Byte = Annotated[int, Meta(ge=0, le=255)]


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One make of printer."""

    #: Characters of font A on a line, and dots.
    columns: int
    dots: int
    #: Sends its status by itself (GS a); answers when asked (DLE EOT); says nothing.
    status: Literal["asb", "poll", "none"]
    #: Says when a slip is out (GS ( H); answers a question behind the data (GS r); says nothing.
    confirm: Literal["process_id", "status", "none"]
    #: Starts in a mode of two-byte characters, which FS . ends.
    kanji_off: bool
    #: Feeds to the knife and cuts; cuts where it is; has no knife.
    cut: Literal["feed", "plain", "none"]
    qr: bool
    #: Numbers for ESC t by Python's name of the encoding.
    code_pages: dict[str, Byte]


class PrinterSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One printer. Meanings and defaults stand in plugin.toml."""

    profile: str = "epson"
    code_page: str = "cp866"
    code_page_number: int = -1
    columns: int = 0
    replies: Literal["profile", "process_id", "status", "none"] = "profile"
    reply_timeout_ms: int = 1_500
    print_timeout_ms: int = 20_000
    poll_ms: int = 5_000
    drawer_sensor: Literal["none", "high_open", "low_open"] = "none"


@cache
def load_profiles(path: Path = PROFILES_FILE) -> dict[str, Profile]:
    """The profiles of a file."""
    return msgspec.toml.decode(path.read_bytes(), type=dict[str, Profile])


def chosen_profile(settings: PrinterSettings, profiles: dict[str, Profile]) -> Profile:
    """The profile with what the settings put over it. Raises SettingsInvalid."""
    profile = profiles.get(settings.profile)
    if profile is None:
        raise SettingsInvalid(f"{settings.profile!r} is none of {', '.join(sorted(profiles))}", path="$.profile")
    if settings.code_page_number >= 0:
        pages = {**profile.code_pages, settings.code_page: settings.code_page_number}
        profile = msgspec.structs.replace(profile, code_pages=pages)
    if settings.code_page not in profile.code_pages:
        detail = f"profile {settings.profile} does not say the number of {settings.code_page}; give code_page_number"
        raise SettingsInvalid(detail, path="$.code_page")
    if settings.columns:
        profile = msgspec.structs.replace(profile, columns=settings.columns)
    if settings.replies != "profile":
        status: Literal["asb", "poll", "none"] = "none" if settings.replies == "none" else "poll"
        if settings.replies == "process_id":
            status = "asb"
        profile = msgspec.structs.replace(profile, confirm=settings.replies, status=status)
    return profile
