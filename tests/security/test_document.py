"""The security document names every requirement once and every test that shows one; a name that goes stale fails here."""

import ast
import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

from tests.sources import parse

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "security.md"
NUMBERS = Path(__file__).with_name("asvs-5.0.0.tsv")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)
EXPLAINS_ITSELF = ("Not applicable, because ", "By the operator", "Open")
POINTS_ELSEWHERE = re.compile(r"“([^”]+)” below")


def _rows() -> list[tuple[str, str, str, str, list[str]]]:
    found = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    return [(number, level, asked, how.strip(), re.findall(r"`([^`]+)`", tests)) for number, level, asked, how, tests in found]


@cache
def _functions(path: Path) -> frozenset[str]:
    tree = parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_requirement_of_both_levels_stands_there_once() -> None:
    with NUMBERS.open(encoding="ascii", newline="") as file:
        wanted = {row["id"]: row["level"] for row in csv.DictReader(file, delimiter="\t")}
    assert Counter(wanted.values()) == {"1": 70, "2": 183}
    rows = _rows()
    twice = [number for number, count in Counter(row[0] for row in rows).items() if count > 1]
    assert not twice, f"more than once: {twice}"
    assert {row[0]: row[1] for row in rows} == wanted


def test_every_named_test_exists() -> None:
    missing = []
    for number, _level, _asked, _how, tests in _rows():
        for test in tests:
            path, _colons, name = test.partition("::")
            file = ROOT / "tests" / path
            if not file.is_file() or name not in _functions(file):
                missing.append(f"{number}: {test}")
    assert not missing, "no such test (any more):\n" + "\n".join(missing)


def test_what_no_test_shows_says_why() -> None:
    headings = set(re.findall(r"^## (.+)$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE))
    bare = []
    for number, _level, _asked, how, tests in _rows():
        explained = how.startswith(EXPLAINS_ITSELF) or "By the operator" in how or bool(POINTS_ELSEWHERE.search(how))
        bare += [] if tests or explained else [f"{number}: {how}"]
        bare += [f"{number}: no heading “{name}”" for name in POINTS_ELSEWHERE.findall(how) if name not in headings]
    assert not bare, "\n".join(bare)


def test_every_module_and_setting_the_document_names_exists() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:qms|tests|requirements)/[\w/.]+\.(?:py|txt))`", text):
        assert (ROOT / path).is_file(), path
    settings = (ROOT / "qms" / "config.py").read_text(encoding="utf-8")
    for name in set(re.findall(r"QMS_([A-Z_]+)", text)):
        assert name in settings or name.lower() in settings, f"no setting QMS_{name}"
