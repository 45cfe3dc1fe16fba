"""Every message the program can send has a sentence, and every sentence is sent: read from the program itself."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from qms.app import FEATURES
from tests.sources import parse

ROOT = Path(__file__).resolve().parents[2]
Function = ast.FunctionDef


def modules(function: str) -> Iterator[tuple[ast.Module, ModuleType]]:
    """Every module that calls a function of that name, as text and as it is when it runs."""
    for package in ("qms", "procedures", "nonconformities", "audits"):
        for path in sorted((ROOT / package).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if re.search(rf"\b{function}\(", source):
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                yield parse(source), importlib.import_module(name)


def calls(tree: ast.AST, name: str) -> Iterator[tuple[ast.Call, Function | None]]:
    """The calls of a function by its name, each with the function it stands in."""
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("self."):
            continue  # a method of the object itself, such as that of a condition
        if isinstance(node, ast.Call) and name in (getattr(node.func, "id", None), getattr(node.func, "attr", None)):
            yield node, next((one for one in functions if node in ast.walk(one)), None)


def argument(call: ast.Call, name: str, position: int) -> ast.expr:
    """What is handed in under a name or at a position."""
    return next((word.value for word in call.keywords if word.arg == name), None) or call.args[position]


def words(node: ast.expr, within: Function | None, tree: ast.Module, module: ModuleType) -> set[str]:
    """The texts an expression can be: literals, constants of the module, choices, what callers hand in."""
    if isinstance(node, ast.IfExp):
        return words(node.body, within, tree, module) | words(node.orelse, within, tree, module)
    if isinstance(node, ast.Constant | ast.Attribute) or (isinstance(node, ast.Name) and hasattr(module, node.id)):
        value = eval(compile(ast.Expression(node), module.__name__, "eval"), vars(module))
        return {value} if isinstance(value, str) else set(value.values())
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ended_name":
        return set()  # the end of long work needs no sentence of its own: its kind has a title
    if isinstance(node, ast.Subscript):
        return words(node.value, within, tree, module)
    assert isinstance(node, ast.Name) and within is not None, f"{module.__name__}:{node.lineno}: a message without a name"
    parameters = [one.arg for one in within.args.args]
    if node.id in parameters:
        position = parameters.index(node.id)
        return {
            word
            for calling, running in ([(tree, module)] if within.name.startswith("_") else modules(within.name))
            for call, inside in calls(calling, within.name)
            for word in words(argument(call, node.id, position), inside, calling, running)
        }
    assigned = [
        one.value
        for one in ast.walk(within)
        if isinstance(one, ast.Assign) and any(isinstance(target, ast.Name) and target.id == node.id for target in one.targets)
    ]
    assert assigned, f"{module.__name__}:{node.lineno}: which message “{node.id}” is cannot be read"
    return {word for value in assigned for word in words(value, within, tree, module)}


def test_every_message_the_program_sends_has_a_sentence_and_every_sentence_is_sent() -> None:
    sent: set[str] = set()
    for tree, module in modules("notify"):
        for call, within in calls(tree, "notify"):
            sent |= words(argument(call, "name", 1), within, tree, module)
    brought = {name for feature in FEATURES for name in feature.notices}
    assert sent <= brought, f"no feature brings {sorted(sent - brought)}"
    assert brought <= sent, f"nobody is ever told {sorted(brought - sent)}"


def test_names_of_messages_and_deadlines_fit_their_columns() -> None:
    names = [name for feature in FEATURES for name in feature.notices]
    deadlines = [deadline.name for feature in FEATURES for deadline in feature.deadlines]
    assert len(set(names)) == len(names), "two features bring a message of one name"
    assert len(set(deadlines)) == len(deadlines), "two features bring a deadline of one name"
    assert all("." not in name and len(name) <= 60 for name in names)
    assert all("." not in name and len(f"overdue.{name}") <= 60 for name in deadlines)
