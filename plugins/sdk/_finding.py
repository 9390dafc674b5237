"""Which plugins are installed, learned without importing any of them."""

import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path

from msgspec import Struct

from tillgate.core.errors import PluginInvalid

from ._manifest import Manifest, load_manifest

__all__ = ["ENTRY_POINT_GROUP", "FoundPlugin", "Plugins", "find_manifests", "find_plugin"]

ENTRY_POINT_GROUP = "tillgate.plugins"


class FoundPlugin(Struct, frozen=True):
    """An installed plugin."""

    manifest: Manifest
    #: The package that holds its hooks; importing it runs its code.
    package: str
    folder: Path


class Plugins(Struct, frozen=True):
    """What stands installed. A plugin that cannot be used is listed with the reason; the others go on."""

    found: tuple[FoundPlugin, ...]
    #: Entry point's name and what is wrong with it.
    failed: tuple[tuple[str, PluginInvalid], ...]

    def manifest(self, plugin_id: str) -> Manifest:
        """The manifest of a plugin. Raises PluginInvalid when it is not installed or failed."""
        return self.plugin(plugin_id).manifest

    def plugin(self, plugin_id: str) -> FoundPlugin:
        """A plugin by its id. Raises PluginInvalid when it is not installed or failed."""
        for plugin in self.found:
            if plugin.manifest.id == plugin_id:
                return plugin
        for name, error in self.failed:
            if name == plugin_id:
                raise error
        known = ", ".join(plugin.manifest.id for plugin in self.found) or "none"
        raise PluginInvalid(f"plugin {plugin_id!r} is not installed; installed are {known}")


def find_manifests(search: Sequence[str] | None = None) -> Plugins:
    """Read the manifest of every entry point in the group, in the distributions on `search` (default: sys.path)."""
    found: dict[str, FoundPlugin] = {}
    failed: list[tuple[str, PluginInvalid]] = []
    for name, package in sorted(set(_entry_points(sys.path if search is None else search))):
        try:
            plugin = _load(name, package)
            if name in found:
                raise PluginInvalid(f"{name} is registered by {found[name].package} and by {package}")
            found[name] = plugin
        except PluginInvalid as error:
            failed.append((name, error))
    return Plugins(tuple(found.values()), tuple(failed))


def find_plugin(plugin_id: str) -> FoundPlugin:
    """One plugin by its id. Raises PluginInvalid."""
    return find_manifests().plugin(plugin_id)


def _load(name: str, package: str) -> FoundPlugin:
    folder = _folder(package)
    manifest = load_manifest(folder / "plugin.toml")
    if manifest.id != name:
        raise PluginInvalid(f"{folder / 'plugin.toml'}: the entry point is named {name!r}", path="$.id")
    return FoundPlugin(manifest, package, folder)


def _entry_points(search: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Names and packages of the group.

    importlib.metadata would do, at 2.8 MB for every driver host; the files are plain and their format is specified at
    packaging.python.org.
    """
    for folder in dict.fromkeys(search):
        for file in sorted(Path(folder or ".").glob("*-info/entry_points.txt")):
            section = ""
            for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
                text = line.strip()
                if text.startswith("["):
                    section = text.strip("[]").strip()
                elif section == ENTRY_POINT_GROUP and "=" in text and not text.startswith(("#", ";")):
                    name, _, package = text.partition("=")
                    yield name.strip(), package.partition(":")[0].partition("[")[0].strip()


def _folder(package: str) -> Path:
    """Where a package lies. importlib.util.find_spec imports the parents, which may be the plugin's own code."""
    path: Sequence[str] | None = None
    parts = package.split(".")
    for count in range(1, len(parts) + 1):
        spec = _spec(".".join(parts[:count]), path)
        if spec is None or spec.submodule_search_locations is None:
            raise PluginInvalid(f"{package} is not an installed package")
        path = list(spec.submodule_search_locations)
    if not path:
        raise PluginInvalid(f"{package} is not an installed package")
    return Path(path[0])


def _spec(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    for finder in sys.meta_path:
        find_spec = getattr(finder, "find_spec", None)
        spec: ModuleSpec | None = find_spec(name, path) if find_spec else None
        if spec is not None:
            return spec
    return None
