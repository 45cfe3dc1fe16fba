"""Whatever the program writes into the trail has a word for people."""

import ast
from pathlib import Path

from flask import Flask

from qms.journal.fields import FIELDS
from qms.journal.words import words
from qms.kernel.feature import house

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("qms", "procedures", "nonconformities", "audits")


def written_deeds() -> dict[str, str]:
    """Every deed that stands as a text in a call of ``record``, with the place where it does."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "record" and len(node.args) >= 4:
                    deed = node.args[3]
                    if isinstance(deed, ast.Constant) and isinstance(deed.value, str):
                        found[deed.value] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return found


def test_every_deed_has_a_title(app: Flask) -> None:
    known = {name.rpartition(".")[2] for name in words(house()).deeds}
    missing = {deed: place for deed, place in written_deeds().items() if deed not in known}
    assert not missing, f"name these in Feature.words or qms/journal/words.py: {missing}"


def test_every_kind_that_a_register_brings_has_a_title(app: Flask) -> None:
    known = words(house()).kinds
    missing = {taker.kind for feature in house().features for taker in feature.takers if taker.kind not in known}
    assert not missing, f"name these in qms/journal/words.py: {missing}"


def test_words_of_a_feature_come_before_those_of_the_journal(app: Flask) -> None:
    known = words(house())
    for feature in house().features:
        for name, title in feature.words.items():
            assert (known.deeds if "." in name else known.kinds)[name] == title
    assert list(FIELDS) == sorted(FIELDS), "so that one finds a field, and adds none twice"
