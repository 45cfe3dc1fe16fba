"""Each sub-command: what it prints, what it writes, how it refuses."""

import json
import os
import re
import sqlite3
import stat
from datetime import date
from pathlib import Path

import pytest

from qms.app import create_app
from qms.config import ENVIRONMENT, STORED, load_settings
from qms.imports.writer import write_workbook
from tests.imports.registers_of_an_office import SHEETS

from .conftest import Answer, Qms


def count(instance: Path, table: str) -> int:
    with sqlite3.connect(instance / "qms.sqlite3") as connection:
        found: int = connection.execute(f"select count(*) from {table}").fetchone()[0]
    connection.close()
    return found


def test_help_names_every_sub_command(instance: Path, qms: Qms) -> None:
    told = qms("--help")
    assert told.code == 0
    for name in ("init", "demo", "run", "import", "export", "evaluate", "backup", "restore", "user"):
        assert f"  {name} " in told.out


@pytest.mark.parametrize("call", [["nonsense"], ["evaluate", "--nonsense"], ["run", "--port", "x"], ["backup"]])
def test_a_wrong_call_is_one_sentence(instance: Path, qms: Qms, call: list[str]) -> None:
    qms(*call).refuses(2)


def test_init_makes_the_schema_and_may_be_repeated(instance: Path, qms: Qms) -> None:
    first, second = qms("init"), qms("init")
    assert (first.code, second.code) == (0, 0)
    assert first.out == second.out
    assert count(instance, "units") == 0


def test_before_init_the_other_commands_say_what_to_do(instance: Path, qms: Qms) -> None:
    qms("evaluate").refuses(1, "qms init")


def test_messages_are_vietnamese_until_english_is_asked_for(instance: Path, qms: Qms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    qms("evaluate").refuses(1, "hãy chạy “qms init” trước")
    monkeypatch.setenv("QMS_LANGUAGE", "en")
    qms("evaluate").refuses(1, "run “qms init” first")


def test_the_demo_is_not_loaded_over_an_office(demo: Path, qms: Qms) -> None:
    before = count(demo, "units"), count(demo, "trail")
    qms("demo").refuses(1)
    assert (count(demo, "units"), count(demo, "trail")) == before


def test_the_secret_key_and_the_database_are_for_the_owner_alone(instance: Path, qms: Qms) -> None:
    old = os.umask(0)
    try:
        qms("init")
    finally:
        os.umask(old)
    for name in ("secret_key", "qms.sqlite3"):
        assert stat.S_IMODE((instance / name).stat().st_mode) == 0o600, name
    (instance / "qms.sqlite3").chmod(0o644)  # as an older version left it
    qms("init")
    assert stat.S_IMODE((instance / "qms.sqlite3").stat().st_mode) == 0o600


@pytest.mark.parametrize(("url", "secure"), [("https://qms.example.vn", True), ("http://qms.example.vn", False)])
def test_cookies_are_secure_exactly_with_https(instance: Path, monkeypatch: pytest.MonkeyPatch, url: str, secure: bool) -> None:
    monkeypatch.setenv("QMS_PUBLIC_URL", url)
    assert create_app(load_settings()).config["SESSION_COOKIE_SECURE"] is secure


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QMS_PUBLIC_URL", "ftp://x"),
        ("QMS_PUBLIC_URL", "nonsense"),
        ("QMS_DATABASE_URL", "oracle://x"),
        ("QMS_DATABASE_URL", "postgresql://127.0.0.1:port/x"),
        ("QMS_DATABASE_URL", "postgresql://127.0.0.1:1/x"),
        ("QMS_DATABASE_URL", "sqlite:////nowhere/at/all/x.sqlite3"),
        ("QMS_TRUSTED_PROXIES", "many"),
        ("QMS_PUBLIC_ULR", "https://qms.example.vn"),
        ("QMS_PUBLIC_URL", "qms.example.vn"),
        ("QMS_PUBLIC_URL", "ftp://qms.example.vn"),
        ("QMS_PUBLIC_URL", "https://qms.example.vn:99999"),
        ("QMS_PUBLIC_URL", "https://[qms"),
        ("QMS_PUBLIC_URL", "https://me@qms.example.vn"),
        ("QMS_PUBLIC_URL", "https://qms example.vn"),
    ],
)
@pytest.mark.parametrize("command", ["init", "evaluate"])
def test_an_unusable_setting_is_one_sentence(
    instance: Path, qms: Qms, monkeypatch: pytest.MonkeyPatch, command: str, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    qms(command).refuses(1)
    assert not (instance / "errors.log").exists()


def test_broken_settings_are_one_sentence(instance: Path, qms: Qms) -> None:
    instance.mkdir()
    (instance / "settings.toml").write_text("public_url = \n", encoding="utf-8")
    qms("init").refuses(1, "settings.toml")


@pytest.mark.parametrize(
    ("line", "named"),
    [('plase = "Hà Nội"', "place"), ("[oidc.group]\n", "oidc.groups"), ('oidc = "x"', "oidc"), ("[smtp]\nurl = 1", "smtp")],
)
def test_a_setting_that_nobody_knows_is_refused(instance: Path, qms: Qms, line: str, named: str) -> None:
    instance.mkdir()
    (instance / "settings.toml").write_text(f"{line}\n", encoding="utf-8")
    qms("init").refuses(1, named)


def test_every_setting_of_the_readme_is_known_and_the_other_way_round() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    settings = readme.partition("## Settings")[2].partition("\n## ")[0]
    named = {name.lower() for name in re.findall(r"QMS_([A-Z_]+)", settings)} | {
        f"oidc_{name.lower()}" for name in re.findall(r"…_([A-Z_]+)", settings)
    }
    assert named == STORED | ENVIRONMENT


def test_a_fault_of_the_program_is_written_down_and_said_in_one_sentence(
    instance: Path, qms: Qms, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("qms.cli.schema.upgrade", fail)
    qms("init").refuses(1, "ZeroDivisionError", "errors.log")
    assert "by nothing" in (instance / "errors.log").read_text(encoding="utf-8")


# import and export


def test_an_export_taken_over_again_changes_nothing(demo: Path, qms: Qms, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    assert qms("export", book) == Answer(0, "", "")
    trail = count(demo, "trail")
    told = qms("import", book, "--format", "json")
    assert told.code == 0, told.err
    assert told.err == ""
    found = json.loads(told.out)
    assert (found["new"], found["changed"]) == (0, 0)
    assert found["unchanged"] > 200
    assert count(demo, "trail") == trail


def test_a_dry_run_writes_nothing(instance: Path, qms: Qms, tmp_path: Path) -> None:
    book = workbook(tmp_path)
    qms("init")
    told = qms("import", book, "--dry-run", "--format", "json")
    assert (told.code, told.err) == (0, "")
    checked = json.loads(told.out)
    assert (checked["written"], checked["new"]) == (False, 1)
    assert count(instance, "units") == 0
    assert json.loads(qms("import", book, "--format", "json").out)["new"] == 1
    assert count(instance, "units") == 1


def workbook(folder: Path, **changed: object) -> Path:
    row = {"code": "A", "name": "Ủy ban nhân dân phường A", "kind": "commune", "agency": True, "bloc": "state"}
    row |= {"basis": "local_plan", "serves_public": True, "in_scope_from": date(2026, 1, 1)} | changed
    file = folder / "units.xlsx"
    file.write_bytes(write_workbook([sheet for sheet in SHEETS if sheet.name == "units"], {"units": [row]}))
    return file


def test_every_problem_of_a_workbook_is_told_and_nothing_is_written(instance: Path, qms: Qms, tmp_path: Path) -> None:
    book = workbook(tmp_path, kind="castle", parent_code="NOWHERE")
    qms("init")
    told = qms("import", book)
    assert (told.code, told.out) == (1, "")
    assert "castle" in told.err or "kind" in told.err
    assert "Traceback" not in told.err
    told = qms("import", book, "--format", "json")
    assert told.code == 1
    assert told.err == ""
    assert json.loads(told.out)["problems"]
    assert count(instance, "units") == 0


def test_a_file_that_is_no_workbook_or_missing_is_one_sentence(instance: Path, qms: Qms, tmp_path: Path) -> None:
    qms("init")
    wrong = tmp_path / "wrong.xlsx"
    wrong.write_bytes(b"nothing of the kind")
    qms("import", wrong).refuses(1)
    qms("import", tmp_path / "missing.xlsx").refuses(2, "missing.xlsx")
    qms("import", tmp_path).refuses(2)


def test_the_template_needs_no_database_and_has_no_rows(instance: Path, qms: Qms, tmp_path: Path) -> None:
    book = tmp_path / "template.xlsx"
    assert qms("export", "--template", book).code == 0
    assert not (instance / "qms.sqlite3").exists()
    qms("init")
    told = json.loads(qms("import", book, "--format", "json").out)
    assert (told["new"], told["changed"], told["unchanged"]) == (0, 0, 0)


def test_a_folder_that_is_not_there_is_one_sentence(demo: Path, qms: Qms, tmp_path: Path) -> None:
    qms("export", tmp_path / "no" / "book.xlsx").refuses(1)
    qms("backup", tmp_path / "no" / "all.zip").refuses(1)
    qms("evaluate", "--report", tmp_path / "no" / "paper.pdf").refuses(2)
    assert count(demo, "evaluation_runs") == 0


# evaluate


def test_evaluate_tells_people_of_the_units_and_not_of_the_committee_they_belong_to(demo: Path, qms: Qms) -> None:
    told = json.loads(qms("evaluate", "--format", "json").out)
    committees = {one["agency"] for one in told["units"]}
    assert committees & {one["unit"] for one in told["excluded"]}, "programs are told of every unit"
    lines = [line.split() for line in qms("evaluate").out.splitlines()[1:]]
    assert len(lines) > 12 and not committees & {line[1] for line in lines}


def test_evaluate_prints_exactly_the_agreed_json_and_keeps_nothing(demo: Path, qms: Qms) -> None:
    told = qms("evaluate", "--format", "json")
    assert (told.code, told.err) == (0, "")
    found = json.loads(told.out)
    assert list(found) == [
        *("as_of", "forecast", "criteria_set", "in_scope", "maintaining", "building", "share", "percent"),
        *("agencies", "excluded", "by_kind", "units"),
    ]
    assert (found["share"], found["percent"], found["building"]) == ("8/12", 66.7, 1)
    assert list(found["agencies"]) == ["in_scope", "announced", "maintaining"]
    assert list(found["excluded"][0]) == ["agency", "unit", "reason", "successor", "decision", "note", "left"]
    assert list(found["units"][0]) == ["agency", "unit", "verdict", "score", "criteria"]
    criteria = {code for unit in found["units"] for code in unit["criteria"]}
    for unit in found["units"]:
        assert set(unit["criteria"]) == criteria
        for one in unit["criteria"].values():
            assert list(one) == ["result", "met", "total", "failing"]
    assert all(set(share) == {"maintaining", "in_scope"} for share in found["by_kind"].values())
    assert count(demo, "evaluation_runs") == 0


def test_evaluate_shows_a_table_in_the_language_asked_for(demo: Path, qms: Qms, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "66,7%" in qms("evaluate").out
    monkeypatch.setenv("QMS_LANGUAGE", "en")
    assert "66.7%" in qms("evaluate").out


def test_evaluate_stores_only_when_asked(demo: Path, qms: Qms) -> None:
    assert qms("evaluate", "--store").code == 0
    assert count(demo, "evaluation_runs") == 1


@pytest.mark.parametrize(("suffix", "start"), [("pdf", b"%PDF"), ("xlsx", b"PK"), ("docx", b"PK")])
def test_a_report_is_written_and_its_run_kept(demo: Path, qms: Qms, tmp_path: Path, suffix: str, start: bytes) -> None:
    paper = tmp_path / f"paper.{suffix}"
    told = qms("evaluate", "--report", paper)
    assert told.code == 0, told.err
    assert paper.read_bytes().startswith(start)
    with sqlite3.connect(demo / "qms.sqlite3") as connection:
        kept = connection.execute("select run_id, content from issued_papers").fetchall()
    connection.close()
    assert kept == [(1, paper.read_bytes())]


def test_agency_narrows_the_evaluation(demo: Path, qms: Qms) -> None:
    found = json.loads(qms("evaluate", "--agency", "VP", "--format", "json").out)
    assert [unit["unit"] for unit in found["units"]] == ["VP"]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (["--report", "paper.odt"], 2),
        (["--report", "paper"], 2),
        (["--as-of", "2026-02-30"], 2),
        (["--as-of", "30/11/2026"], 2),
        (["--as-of", "20261130"], 2),
        (["--agency", "NOWHERE"], 1),
        (["--format", "xml"], 2),
    ],
)
def test_evaluate_refuses_in_one_sentence(demo: Path, qms: Qms, call: list[str], code: int) -> None:
    qms("evaluate", *call).refuses(code)
    assert count(demo, "evaluation_runs") == 0


# people


def test_a_person_is_made_with_roles_and_gets_a_new_password(demo: Path, qms: Qms) -> None:
    made = qms(
        "user", "create", "can.bo.moi", "--name", "Công chức văn hóa", "--unit", "VHXH", "--role", "staff", "--role", "auditor@MA"
    )
    assert made.code == 0, made.err
    assert len(made.out.strip()) >= 15
    again = qms("user", "password", "can.bo.moi")
    assert again.code == 0
    assert again.out != made.out


@pytest.mark.parametrize(
    "call",
    [
        ["create", "x", "--name", "Công chức", "--unit", "VP", "--role", "king"],
        ["create", "x", "--name", "Công chức", "--unit", "NOWHERE"],
        ["create", "x", "--name", "Công chức", "--unit", "VP", "--role", "staff@NOWHERE"],
        ["create", "thu.ky.iso", "--name", "Công chức", "--unit", "VP"],
        ["password", "nobody"],
    ],
)
def test_a_person_that_cannot_be_is_refused(demo: Path, qms: Qms, call: list[str]) -> None:
    before = count(demo, "people")
    qms("user", *call).refuses(1)
    assert count(demo, "people") == before


def test_the_demo_office_holds_against_its_trail(demo: Path, qms: Qms) -> None:
    told = qms("verify", "--format", "json")
    assert (told.code, json.loads(told.out)["records"]) == (0, [])
