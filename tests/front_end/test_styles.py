"""The style sheets say nothing about what no page has: a class that nobody writes is named here, to be deleted."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.program import PACKAGES, ROOT
from tests.sources import parse

STATIC = ROOT / "qms" / "static"
SHEETS = sorted(STATIC.glob("*.css"))
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SELECTORS = re.compile(r"([^{};]+)\{")
CLASS = re.compile(r"\.([a-zA-Z_][\w-]*)")
IN_QUOTES = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`")
WHOLE_BLOCK = re.compile(r"\{% block \w+ %\}([\w -]+)\{% endblock %\}")
"""What a page puts into an attribute of the layout: ``{% block width %}has-fixed-foot{% endblock %}``."""
WORD = re.compile(r"[a-zA-Z_][\w-]*")
BEGUN = re.compile(r"([a-zA-Z][\w-]*-)(?=\$?\{|[\"'`])")
"""A name whose end is put together: ``chip-{{ tone }}``, ``'group-' ~ tone``, ``f"note-{tone}"``."""


def classes_of(sheet: Path) -> set[str]:
    """Every class that a sheet speaks of."""
    heads = SELECTORS.findall(COMMENT.sub("", sheet.read_text(encoding="utf-8")))
    return {name for head in heads if not head.strip().startswith("@") for name in CLASS.findall(head)}


@cache
def written() -> tuple[frozenset[str], frozenset[str]]:
    """All words that templates, scripts and Python put in quotes, and those of which only the beginning is written."""
    texts = []
    for path in [*(ROOT / "templates").rglob("*.html"), *STATIC.glob("*.js")]:
        text = path.read_text(encoding="utf-8")
        texts += IN_QUOTES.findall(text) + WHOLE_BLOCK.findall(text)
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(parse(path.read_text(encoding="utf-8"), path.as_posix())):
                if isinstance(node, ast.JoinedStr):
                    texts.append(ast.unparse(node))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    texts.append(f'"{node.value}"')
    text = "\n".join(texts)
    return frozenset(WORD.findall(text)), frozenset(BEGUN.findall(text))


def is_written(name: str) -> bool:
    """Whether a class stands somewhere whole, or its beginning does and its end is a word or a size."""
    words, begun = written()
    if name in words:
        return True
    return any(name.startswith(start) and (name[len(start) :] in words or name[len(start) :].isdigit()) for start in begun)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: str(sheet.name))
def test_no_sheet_speaks_of_a_class_that_nobody_writes(sheet: Path) -> None:
    assert sorted(name for name in classes_of(sheet) if not is_written(name)) == []


@pytest.mark.parametrize("used", ["btn-primary", "chip-good", "group-bad", "icon-24", "has-fixed-foot", "stepper-ahead"])
def test_a_class_written_whole_put_together_or_in_a_block_is_found(used: str) -> None:
    assert is_written(used)


@pytest.mark.parametrize("dead", ["table-responsive", "grid-3", "chip-of-old", "saved-waiting"])
def test_a_class_that_nobody_writes_is_found(dead: str) -> None:
    assert not is_written(dead)
