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
from qms.accounts.permissions import Role
from qms.app import FEATURES
from qms.behalf.workflow import WORKFLOW as PREPARED_FORM
from qms.kernel.workflow import Step, Workflow
from qms.people.deeds import DEEDS
from qms.people.invitations.workflow import WORKFLOW as INVITATION
from qms.people.roles.matrix import PermissionRow, RoleColumn, columns, rows, separations

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
    for workflow in (NONCONFORMITY, ACTION, AUDIT, PREPARED_FORM, INVITATION):
        title = workflow.kind.replace("_", " ").capitalize()
        parts += [f"## {title}", _states(workflow), _steps(workflow), _rules(workflow.steps)]
    return "\n\n".join(parts) + "\n"


def permissions() -> str:
    """Which role carries which permission, how its holder comes in, which steps ask for it, and which duties are kept apart."""
    held = rows(workflow for feature in FEATURES for workflow in feature.workflows)
    said = (
        "A role is granted in a unit, from a day to a day, and reaches everything below it. Two records give rights that no role "
        "gives: the lead auditor of an audit may conduct it, and the owner of a corrective action may report it."
    )
    light = "A light role (passkey or link from a letter) can do little harm; whoever holds any other one signs in properly."
    kept = "These meet in one person, in the same units, only with a documented reason; the page “Who may do what” shows it:"
    apart = [f"- {_role(role)} and {', '.join(map(_role, others))}" for role, others in separations()]
    parts = [
        "# Permissions of the roles",
        WRITTEN_BY,
        said,
        _matrix(held),
        "## The roles",
        light,
        _roles(),
        "## Steps that ask for a permission",
        _table(["permission", "steps"], [[f"`{row.permission}`", _codes_of(row.steps)] for row in held if row.steps]),
        "## What is done to accounts",
        _deeds(),
        "## Duties kept apart",
        kept,
        "\n".join(apart),
    ]
    return "\n\n".join(parts) + "\n"


def _matrix(held: Sequence[PermissionRow]) -> str:
    roles = [column.role for column in columns()]
    lines = [[f"`{row.permission}`", str(row.title), *("yes" if role in row.roles else "" for role in roles)] for row in held]
    return _table(["permission", "whoever holds it may", *map(_role, roles)], lines)


def _roles() -> str:
    def way_in(column: RoleColumn) -> str:
        if column.second_factor:
            return "second factor"
        return "passkey or link from a letter" if column.light else "password"

    lines = [[_role(column.role), str(column.duty), way_in(column), "yes" if column.lendable else "no"] for column in columns()]
    return _table(["role", "what it is for", "signing in", "lent to a deputy"], lines)


def _deeds() -> str:
    lines = [[f"`person.{deed.name}`", f"`{deed.permission}`", _codes_of(_name(rule) for rule in deed.rules)] for deed in DEEDS]
    return _table(["deed", "permission", "rules"], lines)


def _role(role: Role) -> str:
    return str(role.value).replace("_", " ")


def _codes_of(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


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
            _codes_of(_name(rule) for rule in step.rules),
            _codes_of(one.refusal.code for one in step.apart),
            "yes" if step.needs_reason else "",
        ]
        for step in workflow.steps
    ]
    return _table(["step", "from", "to", "permission", "rules", "who does not take it", "with a reason"], rows)


def _rules(steps: Sequence[Step]) -> str:
    said = {_name(rule): (rule.__doc__ or "").partition("\n")[0] for step in steps for rule in step.rules}
    said |= {one.refusal.code: str(one.refusal) for step in steps for one in step.apart}
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
