"""House rules: each test names the culprit in words."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
import wtforms
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.program import PACKAGES, ROOT
from tests.sources import parse

TOOLS = Path(sys.executable).parent
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "core", "manager", "managers", "data", "info"}


def program_files() -> Iterator[Path]:
    """All Python files of the program, without the tests."""
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def templates() -> Iterator[Path]:
    """All templates."""
    yield from sorted((ROOT / "templates").rglob("*.html"))


def place(path: Path, line: int | None = None) -> str:
    """How a culprit is named."""
    name = path.relative_to(ROOT).as_posix()
    return name if line is None else f"{name}:{line}"


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"], ["lint-imports", "--no-logo"]],
    ids=["ruff check", "ruff format", "mypy", "lint-imports"],
)
@pytest.mark.timeout(300)
def test_the_tool_has_nothing_to_say(command: list[str]) -> None:
    run = subprocess.run([TOOLS / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_no_import_stands_inside_a_function() -> None:
    culprits = [
        place(path, inner.lineno)
        for path in program_files()
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not culprits, f"two packages want to import each other: {culprits}"


def test_only_the_door_of_the_database_commits() -> None:
    door = {ROOT / "qms" / "kernel" / "db.py", ROOT / "qms" / "migrations" / "env.py"}
    culprits = [
        place(path, call.lineno)
        for path in program_files()
        if path not in door
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "commit"
    ]
    assert not culprits, f"a commit outside writing(): {culprits}"


def test_an_init_holds_a_docstring_and_nothing_else() -> None:
    version = ROOT / "qms" / "__init__.py"  # the build reads the version there
    for path in program_files():
        if path.name != "__init__.py":
            continue
        rest = [
            statement
            for statement in tree(path).body[1:]
            if not (path == version and isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__version__")
        ]
        assert ast.get_docstring(tree(path)), f"{place(path)} says nothing about its package"
        assert not rest, f"{place(path, rest[0].lineno)} holds more than a docstring"


def test_no_module_is_a_drawer_for_everything() -> None:
    culprits = [place(path) for path in program_files() if FORBIDDEN_NAMES & {path.stem, *path.relative_to(ROOT).parts}]
    assert not culprits, f"name the subject instead: {culprits}"


def test_no_module_outgrows_one_reading() -> None:
    written_by_tool = ROOT / "qms" / "migrations" / "versions"
    carried_away = ROOT / "qms" / "trail" / "verify_trail.py"  # one file on purpose: it runs where nothing else is
    culprits = [
        place(path, lines)
        for path in program_files()
        if path.parent != written_by_tool
        and path != carried_away
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]
    assert not culprits, f"more than 400 lines: {culprits}"


def test_who_catches_every_exception_says_why() -> None:
    culprits = [
        place(path, handler.lineno)
        for path in program_files()
        for handler in ast.walk(tree(path))
        if isinstance(handler, ast.ExceptHandler)
        and (handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}))
        and "#" not in path.read_text(encoding="utf-8").splitlines()[handler.lineno - 1]
        and not isinstance(handler.body[-1], ast.Raise)
    ]
    assert not culprits, f"name the exception, or say on the line why every one has to be caught: {culprits}"


@pytest.mark.parametrize(
    ("forbidden", "why"),
    [
        (r"\sstyle\s*=", "an inline style, which the Content-Security-Policy refuses"),
        (r"<style\b", "an inline style sheet, which the Content-Security-Policy refuses"),
        (r"<script\b(?![^>]*\bsrc=)", "an inline script, which the Content-Security-Policy refuses"),
        (r"\son[a-z]+\s*=", "an inline event handler, which the Content-Security-Policy refuses"),
        (r"\shx-on", "htmx evaluates hx-on, which the Content-Security-Policy refuses"),
        (r"hx-trigger\s*=\s*[\"'][^\"']*\[", "htmx evaluates trigger filters, which the Content-Security-Policy refuses"),
        (r"\|\s*safe\b", "unescaped output"),
        (r"\bstate\s*(?:==|!=|in)\s*[\"'(\[]", "a comparison of a state word; ask the state for its title and tone"),
    ],
)
def test_no_template_has(forbidden: str, why: str) -> None:
    culprits = [
        place(path, line)
        for path in templates()
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(forbidden, re.sub(r"\{#.*?#\}", "", text))
    ]
    assert not culprits, f"{why}: {culprits}"


def test_no_address_of_a_registry_is_kept() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        assert "://" not in path.read_text(encoding="ascii"), f"{place(path)} names an address"


@cache
def catalogue() -> Catalog:
    """The Vietnamese catalogue."""
    path = ROOT / "qms" / "translations" / "vi" / "LC_MESSAGES" / "messages.po"
    return read_po(BytesIO(path.read_bytes()), locale="vi")


@cache
def sentences() -> dict[str | tuple[str, ...], str]:
    """Every sentence of the program, its templates and of WTForms, with the place where it stands."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    keywords = DEFAULT_KEYWORDS | {"_l": None}
    folders = [*(ROOT / name for name in (*PACKAGES, "templates")), Path(wtforms.__file__).parent]
    return {
        message: f"{folder.name}/{name}:{line}"
        for folder in folders
        for name, line, message, _comments, _context in extract_from_dir(folder, methods, options, keywords)
    }


def test_every_sentence_has_its_vietnamese() -> None:
    missing = []
    for sentence, where in sentences().items():
        known = catalogue().get(sentence if isinstance(sentence, str) else sentence[0])
        translated = known is not None and (all(known.string) if isinstance(known.string, tuple | list) else known.string)
        if not translated:
            missing.append(f"{where}: {sentence}")
    assert not missing, f"{len(missing)} sentences without Vietnamese:\n" + "\n".join(missing)


def test_no_translation_is_fuzzy_and_every_placeholder_is_kept() -> None:
    wrong = []
    for message in catalogue():
        if not message.id:
            continue
        if message.fuzzy:
            wrong.append(f"fuzzy: {message.id}")
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        known = set(re.findall(r"%\((\w+)\)[sd]", " ".join(ids)))
        wrong += [
            f"placeholders of: {string}" for string in strings if not set(re.findall(r"%\((\w+)\)[sd]", string or "")) <= known
        ]
    assert not wrong, "\n".join(wrong)


def test_no_translation_is_left_over() -> None:
    used = {sentence if isinstance(sentence, str) else sentence[0] for sentence in sentences()}
    left = [
        message.id
        for message in catalogue()
        if message.id and (message.id if isinstance(message.id, str) else message.id[0]) not in used
    ]
    assert not left, f"nobody says this any more (make translations): {left}"
