"""Whatever the program writes into the trail has a word for people."""

import ast

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
