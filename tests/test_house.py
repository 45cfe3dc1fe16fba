"""The house is put together in one place: what is registered twice, half or not at all is refused by name."""

import ast
import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, select

import qms.app
from qms.app import FEATURES, create_app
from qms.config import Settings, load_settings
from qms.evaluation.criteria import shipped_sets
from qms.kernel.evidence import Evidence
from qms.kernel.feature import Chore, Deadline, Feature, House, Job, Preparable, RecordKind
from qms.kernel.figures import YearFigure
from qms.kernel.language import _l
from qms.kernel.work import LongWork
from qms.units.models import Unit
from tests.program import PACKAGES, PROJECT, ROOT
from tests.shared_app import SECRET_KEY
from tests.sources import parse

IMPURE = re.compile(r"(flask|flask_login|flask_sqlalchemy|sqlalchemy|time|qms\.kernel\.(db|web)|qms\.accounts\.gate)(\.|$)")
CLOCKS = {"now", "today", "utcnow", "local_today", "system_moment", "monotonic", "house"}


def nothing(*_given: Any) -> Any:
    """What a thing in these tests does."""


def any_select(*_given: Any) -> Select[Any]:
    """What a thing in these tests proves."""
    return select(Unit.id)


class Registers:
    """A sheet of the workbook, or a list, as far as its name goes."""

    name = "units"


def form(step: str) -> Preparable:
    permission = next(iter(PERMISSIONS))
    return Preparable("trial", step, _l("Unit"), permission, nothing, nothing, nothing, nothing)


PERMISSIONS = next(feature.permissions[0] for feature in FEATURES if feature.permissions)
LIFE = next(feature.workflows[0] for feature in FEATURES if feature.workflows)
BROUGHT: dict[str, tuple[dict[str, Any], str]] = {
    "permissions": ({"permissions": (PERMISSIONS,)}, f"permission {next(iter(PERMISSIONS))}"),
    "workflows": ({"workflows": (LIFE,)}, f"workflow {LIFE.kind}"),
    "evidence": ({"evidence": (Evidence("trial", any_select),)}, "evidence trial"),
    "figures": ({"figures": (YearFigure("trial", _l("Unit"), _l("Unit"), any_select),)}, "figure trial"),
    "records": ({"records": (RecordKind("trial", _l("Unit"), nothing),)}, "kind of record trial"),
    "lists": ({"lists": (Registers(),)}, "list units"),
    "sheets": ({"sheets": (Registers(),)}, "sheet units"),
    "jobs": ({"jobs": (Job("trial", _l("Unit"), nothing, nothing),)}, "job trial"),
    "chores": ({"chores": (Chore("trial", nothing),)}, "chore trial"),
    "deadlines": ({"deadlines": (Deadline("trial", _l("Unit"), "unit", any_select),)}, "deadline trial"),
    "notices": ({"notices": {"trial": _l("Unit")}}, "notice trial"),
    "words": ({"words": {"trial.do": _l("Unit")}}, "word trial.do"),
    "preparables": ({"preparables": (form("do"),)}, "form trial.do"),
    "long work": ({"long_work": (LongWork("trial", _l("Unit"), next(iter(PERMISSIONS)), nothing),)}, "long work trial"),
}


@pytest.mark.parametrize("what", BROUGHT)
def test_two_features_that_bring_one_name_are_refused(what: str) -> None:
    brings, told = BROUGHT[what]
    House([Feature("first", **brings), Feature("second")])
    with pytest.raises(RuntimeError, match=re.escape(told)):
        House([Feature("first", **brings), Feature("second", **brings)])


def test_a_feature_listed_twice_is_refused() -> None:
    with pytest.raises(RuntimeError, match="feature first"):
        House([Feature("first"), Feature("first")])


def test_everything_a_feature_names_is_tried_here() -> None:
    """A new field of ``Feature`` that others find by name has to be refused twice as well."""
    no_names = {"name", "blueprints", "menu", "work", "entered", "listeners", "search", "estate", "personal", "panels", "called"}
    no_names |= {"checks", "alarms", "causes", "pictures", "not_in_sheets"}
    tried = {field for brings, _told in BROUGHT.values() for field in brings}
    assert set(Feature.__dataclass_fields__) == no_names | tried


def test_forms_of_one_record_differ_by_their_step() -> None:
    House([Feature("first", preparables=(form("do"), form("undo")))])


def test_the_program_does_not_start_when_no_feature_answers_a_criterion(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qms.app, "FEATURES", [feature for feature in FEATURES if feature.name != "reviews"])
    with pytest.raises(RuntimeError, match="management_review of the criteria set"):
        create_app(settings)


def test_the_program_does_not_start_when_a_feature_stands_twice(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qms.app, "FEATURES", (*FEATURES, Feature("second", evidence=(Evidence("audited", any_select),))))
    with pytest.raises(RuntimeError, match="evidence audited"):
        create_app(settings)


def test_the_program_does_not_start_when_a_sheet_names_one_that_nobody_brings(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = [replace(one, sheets=()) if one.name == "units" else one for one in FEATURES]
    monkeypatch.setattr(qms.app, "FEATURES", without)
    with pytest.raises(ValueError, match=r"sheets .*units cannot be put in an order"):
        create_app(settings)


def test_every_criterion_of_every_shipped_set_is_answered() -> None:
    keys = {one.key for feature in FEATURES for one in feature.evidence}
    assert {criterion.evidence for one in shipped_sets().values() for criterion in one.criteria} <= keys


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"QMS_INSTANCE": str(tmp_path), "QMS_SECRET_KEY": SECRET_KEY})


def modules(name: str) -> Iterator[str]:
    """The dotted names of all files of that name in the program."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob(name)):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_every_feature_of_the_tree_is_registered() -> None:
    registered = {id(feature) for feature in FEATURES}
    forgotten = [
        name
        for name in modules("feature.py")
        if name != "qms.kernel.feature" and id(importlib.import_module(name).FEATURE) not in registered
    ]
    assert not forgotten, f"put these into FEATURES of qms/app.py: {forgotten}"


def test_the_application_alone_knows_every_table() -> None:
    """Migrations compare with what ``import qms.app`` brings: a models module nobody imports would be a table nobody makes."""
    asked = "import sys, qms.app; print(*sorted(name for name in sys.modules if name.endswith('.models')))"
    run = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(modules("models.py")) <= set(run.stdout.split())


def test_every_package_of_the_tree_stands_in_every_list_of_packages() -> None:
    here = {path.parent.name for path in ROOT.glob("*/feature.py")} | {"qms"}
    tools = PROJECT["tool"]
    (sources,) = re.findall(r"^SOURCES := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    floors = next(one for one in tools["importlinter"]["contracts"] if one.get("id") == "floors")["layers"]
    ground = next(one for one in tools["importlinter"]["contracts"] if one.get("id") == "ground")["forbidden_modules"]
    lists = {
        "[tool.hatch.build.targets.wheel] packages": PACKAGES,
        "[tool.mypy] packages": tools["mypy"]["packages"],
        "[tool.importlinter] root_packages": tools["importlinter"]["root_packages"],
        "[tool.mutmut] source_paths": tools["mutmut"]["source_paths"],
        "SOURCES of the Makefile": sources.split(),
        "the import contract of the floors": ["qms", *(layer for layer in floors if "qms" not in layer)],
        "the import contract of the ground floor": ["qms", *ground],
    }
    wrong = {name: sorted(here ^ set(packages)) for name, packages in lists.items() if here != set(packages)}
    assert not wrong, f"a package is missing or left over: {wrong}"


def test_a_package_that_nobody_listed_breaks_the_import_contract(tmp_path: Path) -> None:
    python_only = shutil.ignore_patterns("__pycache__", "static", "translations", "fonts")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=python_only)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / "qms" / "planted"
    planted.mkdir()
    (planted / "__init__.py").write_text('"""Nobody listed it."""\n', encoding="utf-8")
    (planted / "service.py").write_text("from audits import rules\n", encoding="utf-8")

    def contract(name: str) -> subprocess.CompletedProcess[str]:
        linter = Path(sys.executable).with_name("lint-imports")
        command = [linter, "--no-cache", "--no-logo", "--contract", name]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    unlisted = contract("rooms")
    assert unlisted.returncode == 1
    assert "planted" in unlisted.stdout
    upward = contract("ground")
    assert upward.returncode == 1
    assert "qms.planted.service -> audits.rules" in upward.stdout


def impurities(source: str) -> list[str]:
    """What a module of rules must not do, with its line: see a request or the session, ask the clock or the house."""
    found = []
    for node in ast.walk(parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        found += [f"{node.lineno}: imports {name}" for name in names if IMPURE.match(name)]  # type: ignore[attr-defined]
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called.rpartition(".")[2] in CLOCKS:
                found.append(f"{node.lineno}: calls {called}")
    return found


def rules() -> list[Path]:
    """Every module of rules in the tree, a room of rules included."""
    return [
        path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.name == "rules.py" or path.parent.name == "rules"
    ]


def test_rules_see_no_request_no_session_and_no_clock() -> None:
    assert len(rules()) > 5
    culprits = {path.relative_to(ROOT).as_posix(): impurities(path.read_text(encoding="utf-8")) for path in rules()}
    assert not {name: found for name, found in culprits.items() if found}


@pytest.mark.parametrize(
    "line",
    [
        "import flask",
        "from flask import request",
        "from flask_login import current_user",
        "from qms.kernel.db import db",
        "from qms.kernel import db",
        "from sqlalchemy import select",
        "import time",
        "day = date.today()",
        "late = due < datetime.now(tz=UTC)",
        "moment = now()",
    ],
)
def test_a_rule_that_is_not_pure_is_found(line: str) -> None:
    assert impurities(line)


def test_a_rule_that_is_handed_its_moment_is_pure() -> None:
    assert not impurities("from datetime import date\nfrom qms.kernel.refusal import Refusal\nlate = due_on < moment.today")
