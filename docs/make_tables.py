"""Writes docs/tables/*.md from the program itself: lives of records, permissions, and which clause is served where.

Run ``.venv/bin/python docs/make_tables.py`` after changing a workflow, a role or a rule; a test compares the files.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from audits.workflow import WORKFLOW as AUDIT
from nonconformities.workflow import ACTION_WORKFLOW as ACTION
from nonconformities.workflow import WORKFLOW as NONCONFORMITY
from qms.accounts.permissions import ROLES, Permission
from qms.behalf.workflow import WORKFLOW as PREPARED_FORM
from qms.kernel.workflow import Step, Workflow

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "tables"
WRITTEN_BY = "Written by `docs/make_tables.py`; change the program, not this page."

_LAWS = re.compile(r"[^;()]*\bArt\. [\w.]+")
_CLAUSE = re.compile(r"(?<![\d./])(?:[5-9]|4|10)\.\d{1,2}(?:\.\d)?(?: [a-z](?![\w]))?(?![\d/])")


def tables() -> dict[str, str]:
    """What each page has to say, by file name."""
    return {"lives.md": lives(), "permissions.md": permissions(), "clauses.md": clauses()}


def lives() -> str:
    """Each kind of record with its steps: from where to where, who may, and which rules must be silent."""
    parts = ["# The lives of records", WRITTEN_BY]
    for workflow in (NONCONFORMITY, ACTION, AUDIT, PREPARED_FORM):
        title = workflow.kind.replace("_", " ").capitalize()
        parts += [f"## {title}", _states(workflow), _steps(workflow), _rules(workflow.steps)]
    return "\n\n".join(parts) + "\n"


def permissions() -> str:
    """Which role carries which permission; a role holds in a unit and everything below it."""
    roles = list(ROLES)
    rows = [[f"`{one}`", *("yes" if one in ROLES[role] else "" for role in roles)] for one in Permission]
    head = ["permission", *(str(role.value).replace("_", " ") for role in roles)]
    said = "A role is granted in a unit and reaches everything below it. The lead auditor of an audit may conduct it without one."
    return f"# Permissions of the roles\n\n{WRITTEN_BY}\n\n{said}\n\n{_table(head, rows)}\n"


def clauses() -> str:
    """Each clause of the standard that a rule or a piece of evidence names, with the function and the tests that name it."""
    tests = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py"))}
    rows: list[Sorted] = []
    for pattern in ("*/rules.py", "*/evidence.py", "qms/*/rules.py", "qms/*/evidence.py"):
        for path in ROOT.glob(pattern):
            rows += _served(path, tests)
    said = (
        "A clause stands here when the description of a rule or of a piece of evidence names it. "
        "Tests are listed that name the function or the code of its refusal, three at most."
    )
    body = _table(["clause", "function", "file", "tests"], [row for _, row in sorted(rows)])
    return f"# Clauses, functions, tests\n\n{WRITTEN_BY}\n\n{said}\n\n{body}\n"


Sorted = tuple[tuple[tuple[int, ...], str, str], list[str]]


def _served(path: Path, tests: dict[Path, str]) -> Iterator[Sorted]:
    file = path.relative_to(ROOT).as_posix()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        found = _CLAUSE.findall(_LAWS.sub("", ast.get_docstring(node) or ""))
        named = "|".join([node.name, *_codes(node)])
        naming = [test for test, text in tests.items() if re.search(rf"\b(?:{named})\b", text)]
        shown = ", ".join(f"`{test.relative_to(ROOT).as_posix()}`" for test in naming[:3])
        for clause in dict.fromkeys(found):
            order = tuple(int(part) for part in clause.split(" ")[0].split("."))
            yield (order, clause, f"{file}:{node.name}"), [clause, f"`{node.name}`", f"`{file}`", shown]


def _codes(function: ast.FunctionDef) -> list[str]:
    """The codes of the refusals that a rule answers with."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return [
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == "Refusal"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
        and call.args[0].value != "not_permitted"
    ]


def _states(workflow: Workflow) -> str:
    return "States: " + ", ".join(str(state.value).replace("_", " ") for state in workflow.states) + "."


def _steps(workflow: Workflow) -> str:
    rows = [
        [
            f"`{step.name}`",
            ", ".join(source.value.replace("_", " ") for source in step.sources),
            step.target.value.replace("_", " ") if step.target is not None else "stays",
            f"`{step.permission}`",
            ", ".join(f"`{_name(rule)}`" for rule in step.rules),
        ]
        for step in workflow.steps
    ]
    return _table(["step", "from", "to", "permission", "rules"], rows)


def _rules(steps: Iterable[Step]) -> str:
    said = {_name(rule): (rule.__doc__ or "").partition("\n")[0] for step in steps for rule in step.rules}
    return "\n".join(f"- `{name}`: {line}" for name, line in said.items())


def _name(rule: object) -> str:
    return str(getattr(rule, "__name__", rule))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in tables().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
