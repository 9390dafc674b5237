"""Whatever a person reads exists in Russian too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib

import tillgate.central

CENTRAL = Path(tillgate.central.__file__).parent
CATALOGUE = CENTRAL / "locale" / "ru" / "LC_MESSAGES" / "django.po"
FUNCTIONS = ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext")


def marked_in_python() -> Iterator[str]:
    for path in CENTRAL.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def marked_in_templates() -> Iterator[str]:
    for path in CENTRAL.rglob("*.html"):
        text = path.read_text()
        yield from re.findall(r'{% translate "(.*?)"(?: as \w+)? %}', text)
        for block in re.findall(r"{% blocktranslate.*?%}(.*?){% endblocktranslate %}", text, re.DOTALL):
            yield re.sub(r"{{ (\w+) }}", r"%(\1)s", block)


def test_every_marked_text_is_translated() -> None:
    catalogue = {entry.msgid: entry for entry in polib.pofile(str(CATALOGUE))}
    marked = {text for text in (*marked_in_python(), *marked_in_templates()) if text}
    assert len(marked) > 200
    assert sorted(text for text in marked if text not in catalogue or not catalogue[text].translated()) == []


def test_no_template_hides_a_percent_sign_from_the_catalogue() -> None:
    """Django doubles it in what it looks up, and then shows the English words."""
    assert [text for text in marked_in_templates() if "%" in re.sub(r"%\(\w+\)s", "", text)] == []
    for path in CENTRAL.rglob("*.html"):
        assert re.findall(r'{% translate "[^"]*%[^"]*"', path.read_text()) == [], path


def test_placeholders_survive_translation() -> None:
    def placeholders(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)[sd]|{\w+}", text))

    for entry in polib.pofile(str(CATALOGUE)):
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            assert not text or placeholders(text) == placeholders(entry.msgid), entry.msgid


#: Not words: markup, code to copy, what is marked.
UNREAD = re.compile(
    r"{% blocktranslate.*?{% endblocktranslate %}|{%.*?%}|{{.*?}}|<(script|pre).*?</\1>|<[^>]*>|&\w+;", re.DOTALL
)


def test_no_template_holds_bare_words() -> None:
    for path in CENTRAL.rglob("*.html"):
        assert re.findall(r"[A-Za-z]{2,}", UNREAD.sub(" ", path.read_text())) == [], path


def test_the_compiled_catalogue_is_of_this_source() -> None:
    compiled = {entry.msgid: entry.msgstr for entry in polib.mofile(str(CATALOGUE.with_suffix(".mo"))) if entry.msgstr}
    source = {entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOGUE)) if entry.msgstr}
    assert compiled == source, "run `pip install -e .` (or setup.py build_py) to compile the translations"
