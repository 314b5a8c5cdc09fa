"""Texts that code asks for exist in every language, and none was left in English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import lohko.views
import lohko_cli.view
from lohko.views.report.words import LANGUAGES, texts

VIEWS = Path(lohko.views.__file__).parent
ROOMS = {
    "report": "lohko.views.report",
    "health": "lohko.views.health",
    "customer": "lohko.views.customer",
    "dashboard": "lohko.views.dashboard",
}
ALIKE = re.compile(r"Net Promoter Score.*|SHA-256.*|Version|Status|Person|[\W\d]*")
"""Texts that two languages share."""


def calls(room: str) -> Iterator[tuple[str, ast.Call]]:
    drawn = Path(lohko_cli.view.__file__).parent / f"{room}.py"
    for path in [*sorted((VIEWS / room).rglob("*.py")), *([drawn] if drawn.exists() else [])]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                yield name, node


def asked(room: str) -> Iterator[str]:
    """Return every key that code asks words for, parts that are filled in later as ``*``."""
    for name, call in calls(room):
        if name == "words":
            yield from keys(call.args[0])
        elif name == "Table" and room == "report" and (named := list(keys(call.args[0]))):
            yield from (f"sheet.{key}" for key in named)


def keys(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from keys(node.body)
        yield from keys(node.orelse)


@pytest.mark.parametrize("room", ROOMS)
def test_every_key_that_is_asked_for_exists_in_every_language(room: str):
    wanted = set(asked(room))
    assert wanted
    for lang in LANGUAGES:
        known = texts(lang, ROOMS[room])
        missing = {
            key
            for key in wanted
            if not any(re.fullmatch(re.escape(key).replace(r"\*", ".*"), name) for name in known)
            # sheets about a column of the data carry its name
            and not (key.endswith("_*") and key.removesuffix("_*") in known)
        }
        assert not missing, lang


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("lang", ["fi", "sv"])
def test_no_text_was_left_in_english(room: str, lang: str):
    english = texts("en", ROOMS[room])
    left = {
        key: text
        for key, text in texts(lang, ROOMS[room]).items()
        if isinstance(text, str)
        and text == english.get(key)
        and len(text.split()) > 1
        and not ALIKE.fullmatch(re.sub(r"\{\w+\}", "", text))
    }
    assert not left
