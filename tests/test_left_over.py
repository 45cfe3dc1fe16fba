"""Nothing is left over: what nobody calls, imports, draws or shows is named here, to be deleted.

Tests do not count as callers: what only a test calls is not part of the program. A name that is used for something else
somewhere hides one that is dead; what is found is dead.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from tests.program import PACKAGES, ROOT
from tests.sources import parse

MIGRATIONS = ROOT / "qms" / "migrations"
STAYS_WHAT_IT_WAS = {
    "cache",
    "cached_property",
    "classmethod",
    "contextmanager",
    "dataclass",
    "lru_cache",
    "property",
    "staticmethod",
    "total_ordering",
    "wraps",
}
"""Decorators that hand nobody what they decorate; any other one (a door, a command, a listener) does."""
CALLED_FROM_OUTSIDE = {
    "SENTENCES": "what WTForms says, named for the catalogue",
    "FEATURE": "the application takes it from the module",
    "_VIEWS": "imported so that the blueprint knows its pages",
    "insert_rows": "the benchmarks fill large offices with it",
    "new_revision": "for developers, see CONTRIBUTING.md",
    "bind_field": "WTForms",
    "draw": "ReportLab",
    "generate_csrf_token": "Flask-WTF",
    "gettext": "WTForms",
    "load_config": "Gunicorn",
    "process_bind_param": "SQLAlchemy",
    "process_formdata": "WTForms",
    "process_result_value": "SQLAlchemy",
}
"""Names whose caller stands outside of the program, and who it is."""


@cache
def trees() -> dict[str, ast.Module]:
    """The syntax tree of every module of the program, by its dotted name; migrations are read by Alembic alone."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): parse(
            path.read_text(encoding="utf-8"), path.as_posix()
        )
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if MIGRATIONS not in path.parents
    }


@cache
def templates() -> dict[str, str]:
    """The text of every template by its name, without comments."""
    folder = ROOT / "templates"
    return {
        path.relative_to(folder).as_posix(): re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@cache
def words_of_templates() -> frozenset[str]:
    """Every word of every template: what a template calls stands there."""
    return frozenset(word for text in templates().values() for word in re.findall(r"\w+", text))


def attributes(tree: ast.AST) -> Iterator[str]:
    """What is taken from an object, by a point or by ``getattr``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def names(tree: ast.AST) -> Counter[str]:
    """How often each name is read."""
    return Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


def imported(modules: dict[str, ast.Module]) -> set[tuple[str, str]]:
    """What is imported, as module and name."""
    return {
        (node.module or "", alias.name)
        for tree in modules.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def defined(body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """The functions, classes and constants of a module or class that nothing else takes over by a decorator."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if {ast.unparse(one).partition("(")[0].rpartition(".")[2] for one in node.decorator_list} <= STAYS_WHAT_IT_WAS:
                yield node.name, node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    yield target.id, node


def nobody_calls(modules: dict[str, ast.Module], drawn: frozenset[str]) -> list[str]:
    """What stands in these modules and is named nowhere else, with its line."""
    taken = {name for tree in modules.values() for name in attributes(tree)} | drawn | set(CALLED_FROM_OUTSIDE)
    wanted = imported(modules)
    found = []
    for module, tree in modules.items():
        here = names(tree)
        for name, node in defined(tree.body):
            known = name in taken or (module, name) in wanted or here[name] > names(node)[name]
            if not known and not name.startswith("__"):
                found.append(f"{module}:{node.lineno} {name}")
        for owner in ast.walk(tree):
            if not isinstance(owner, ast.ClassDef):
                continue
            for name, node in defined(owner.body):
                if isinstance(node, ast.FunctionDef) and name not in taken and not name.startswith("__"):
                    found.append(f"{module}:{node.lineno} {owner.name}.{name}")
    return found


def test_nobody_is_left_uncalled() -> None:
    assert not (found := nobody_calls(trees(), words_of_templates())), f"nobody calls these; delete them: {found}"


def test_every_caller_from_outside_still_has_something_to_call() -> None:
    owners = [node for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef)]
    known = {name for owner in owners for name, _node in defined(owner.body)}
    assert not set(CALLED_FROM_OUTSIDE) - known


def test_what_nobody_calls_is_found() -> None:
    source = """
LIMIT, USED = 3, 4
LONELY = 5

def again(number):
    return again(number - USED)

@blueprint.get("/")
def page():
    return Shelf().read()

class Shelf:
    def read(self):
        return self

    def write(self):
        return self
"""
    modules = {"one": parse(source), "two": parse("from one import shown\n")}
    assert nobody_calls(modules, frozenset()) == ["one:3 LONELY", "one:5 again", "one:16 Shelf.write"]
    assert nobody_calls(modules, frozenset({"write"})) == ["one:3 LONELY", "one:5 again"]
    modules["two"] = parse("from one import again, LONELY\n")
    assert nobody_calls(modules, frozenset({"write"})) == []


def calls_of(macro: str) -> int:
    """In how many places of the templates a macro is called or handed on."""
    call = re.compile(rf"(?<!macro )\b{macro}\s*\(|\bimport\b[^%]*\b{macro}\b")
    return sum(len(call.findall(text)) for text in templates().values())


def test_no_macro_is_left_unused() -> None:
    macros = [(name, macro) for name, text in templates().items() for macro in re.findall(r"\{%-?\s*macro\s+(\w+)", text)]
    assert macros
    unused = [f"{name}: {macro}" for name, macro in macros if not calls_of(macro)]
    assert not unused, f"no template calls these macros; delete them: {unused}"


def test_no_template_is_left_undrawn() -> None:
    told = [node.value for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    texts = {text for text in told if isinstance(text, str)}
    letters = {name for name in templates() if name.startswith("letters/")}  # a folder each, named by the letter
    drawn = {name for name in templates() if name in texts or any(f'"{name}"' in text for text in templates().values())}
    undrawn = sorted(set(templates()) - drawn - letters)
    assert not undrawn, f"nothing draws these templates; delete them: {undrawn}"
    missing = sorted(name for name in letters if name.count("/") == 2 and name.split("/")[1] not in texts)
    assert not missing, f"nobody sends these letters: {missing}"
