"""Whatever the program writes into the trail has a word for people."""

import ast
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask

from qms.journal.fields import FIELDS
from qms.journal.words import words
from qms.kernel.feature import house
from tests.program import PACKAGES, ROOT
from tests.sources import parse


def written_deeds() -> dict[str, str]:
    """Every deed that stands as a text in a call of ``record``, with the place where it does."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "record" and len(node.args) >= 4:
                    deed = node.args[3]
                    if isinstance(deed, ast.Constant) and isinstance(deed.value, str):
                        found[deed.value] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return found


def test_every_deed_has_a_title(app: Flask) -> None:
    known = {name.rpartition(".")[2] for name in words(house()).deeds}
    missing = {deed: place for deed, place in written_deeds().items() if deed not in known}
    assert not missing, f"name these in Feature.words or qms/journal/words.py: {missing}"


WRAPPED = {
    "nonconformities/service.py": "nonconformity",
    "audits/answering.py": "audit",
    "audits/service.py": "audit",
    "qms/behalf/service.py": "prepared_form",
}
"""Modules that record by a function of their own: its second argument is the deed."""


def test_every_deed_of_the_long_stories_has_a_title_of_its_kind(app: Flask) -> None:
    known, deeds = words(house()), set()
    for place, kind in WRAPPED.items():
        for node in ast.walk(parse((ROOT / place).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"_tell", "_note", "note"} and len(node.args) >= 3:
                deed = node.args[1]
                if isinstance(deed, ast.Constant):
                    deeds.add((kind, str(deed.value)))
    assert len(deeds) > 20
    missing = {(kind, deed) for kind, deed in deeds if known.deed(kind, deed) == deed}
    assert not missing, f"name these in Feature.words: {missing}"


def test_every_kind_that_a_register_brings_has_a_title(app: Flask) -> None:
    known = words(house()).kinds
    missing = {sheet.kind for feature in house().features for sheet in feature.sheets if sheet.kind not in known}
    assert not missing, f"name these in qms/journal/words.py: {missing}"


def test_words_of_a_feature_come_before_those_of_the_journal(app: Flask) -> None:
    known = words(house())
    for feature in house().features:
        for name, title in feature.words.items():
            assert (known.deeds if "." in name else known.kinds)[name] == title
    assert list(FIELDS) == sorted(FIELDS), "so that one finds a field, and adds none twice"


TELLING = {"_note", "_tell", "note", "record"}
TOLD = {"changes", "personal", "told"}
"""Functions that write into the trail, and names that changes have on their way there."""


def written_fields() -> dict[str, str]:
    """Every field whose name stands as a text beside its [before, after], with the place where it does."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(parse(path.read_text(encoding="utf-8"))):
                for key, value in told_by(node):
                    name = key.values[0] if isinstance(key, ast.JoinedStr) else key  # "question 6" is the field "question"
                    if is_change(value) and isinstance(name, ast.Constant):
                        found[str(name.value).strip()] = f"{path.relative_to(ROOT)}:{value.lineno}"
    return found


def told_by(node: ast.AST) -> Iterator[tuple[ast.expr | None, ast.expr]]:
    """``record(…, changes={"state": [old, new]})``, and ``changes[f"question {number}"] = [old, new]`` on the way to it."""
    parts: list[ast.expr | None] = []
    if isinstance(node, ast.Call) and ast.unparse(node.func) in TELLING:
        parts = [*node.args, *(keyword.value for keyword in node.keywords)]
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Subscript) and ast.unparse(target.value) in TOLD and node.value is not None:
            yield target.slice, node.value
        elif TOLD & {one.id for one in ast.walk(target) if isinstance(one, ast.Name)}:
            parts = [node.value]
    for part in parts:
        for one in ast.walk(part) if part is not None else ():
            if isinstance(one, ast.Dict):
                yield from zip(one.keys, one.values, strict=True)


def is_change(value: ast.expr) -> bool:
    """Whether it is [before, after]."""
    return isinstance(value, ast.List) and len(value.elts) == 2


def test_every_field_that_the_program_names_has_a_title(app: Flask) -> None:
    titled = {name.rpartition(".")[2] for name in (*FIELDS, *words(house()).columns)}
    named = written_fields()
    assert len(named) > 30
    missing = {name: place for name, place in named.items() if name not in titled}
    assert not missing, f"name these in qms/journal/fields.py: {missing}"


def test_everything_that_the_demo_office_wrote_is_told_in_words(app: Flask, evaluated_office: Path) -> None:
    known, missing = words(house()), set()

    def look_at(kind: str, changes: dict[str, Any]) -> None:
        for name, value in changes.items():
            if known.field(kind, name) == name:
                missing.add(f"{kind}.{name}")
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    look_at(kind, one)

    with sqlite3.connect(evaluated_office / "qms.sqlite3") as connection:
        entries = connection.execute("SELECT kind, changes FROM trail").fetchall()
    connection.close()
    assert len(entries) > 200
    for kind, changes in entries:
        look_at(kind, json.loads(changes))
    assert not missing, f"name these in qms/journal/fields.py: {sorted(missing)}"


def test_figures_of_the_year_are_told_by_their_titles(app: Flask) -> None:
    told = words(house()).value("evaluation", "figures", "audits_planned 12 (13); gone_since 4 (5)")
    assert "audits_planned" not in told and "12" in told and "13" in told
    assert told.endswith("; gone_since 4 (5)"), "what no feature counts any more stands as it was stored"
