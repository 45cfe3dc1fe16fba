"""Sealed runs: they hold what was found, print the same bytes for ever, and are shown only to those who may see them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from qms.accounts.permissions import Role
from qms.evaluation import report
from qms.evaluation.models import Run, RunOrigin, RunResult
from qms.evaluation.outcome import CriterionResult
from qms.evaluation.queries import whole_run
from qms.evaluation.service import evaluate, store
from qms.kernel.db import db, writing
from qms.units.models import Unit
from tests.evaluation.random_office import build
from tests.office import TODAY, Office, past_the_trail
from tests.queue import work_off

SignIn = Callable[..., object]


def sealed(office: Office, day: date = TODAY) -> int:
    """Evaluates a day and keeps the run."""
    outcome = evaluate(day, office.moment())
    with writing():
        return store(outcome, office.moment(), RunOrigin.PERSON).id


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL that is sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _numbers(one: RunResult | CriterionResult) -> tuple[int, int, int, int]:
    return one.met, one.total, one.late, one.taken_over


def test_a_stored_run_holds_what_was_found(any_app: Flask, office: Office) -> None:
    build(office, 71)
    outcome = evaluate(TODAY, office.moment())
    view = whole_run(sealed(office))
    assert view is not None
    assert view.run.seal == outcome.seal()
    assert view.share == outcome.share
    assert (view.run.as_of, view.run.forecast, view.run.building) == (TODAY, outcome.forecast, outcome.as_dict()["building"])
    assert [
        (
            one.agency_code,
            one.unit_code,
            one.verdict,
            one.timely_verdict,
            f"{one.score}/{one.weight}",
            [(each.criterion, each.result, *_numbers(each), tuple(view.failures(one, each.criterion))) for each in one.results],
            one.agency_started_on,
        )
        for one in view.units
    ] == [
        (
            one.agency,
            one.unit,
            one.verdict,
            one.timely_verdict,
            f"{one.score.k}/{one.score.n}",
            [(each.criterion, each.result, *_numbers(each), each.failing) for each in one.criteria],
            one.started_on,
        )
        for one in outcome.units
    ]
    assert [(one.unit_code, one.reason, one.successor, one.left) for one in view.excluded] == [
        (one.unit, one.reason, one.successor, one.left) for one in outcome.excluded
    ]


def test_the_same_facts_give_the_same_seal_and_others_another(app: Flask, office: Office) -> None:
    build(office, 72)
    first, second = sealed(office), sealed(office)
    office.unit("THEM")
    third = sealed(office)
    seals = {run.id: run.seal for run in db.session.scalars(select(Run))}
    assert seals[first] == seals[second] != seals[third]
    assert len(seals[first]) == 64


@pytest.mark.parametrize("extension", ["pdf", "docx", "xlsx"])
def test_a_report_is_printed_from_the_frozen_rows_only(app: Flask, office: Office, extension: str) -> None:
    ward = office.agency("P", name="Phường Một")
    unit = office.unit("A", parent=ward, name="Phòng Một")
    run_id = sealed(office)
    printed = report.render(run_id, extension, "vi")
    assert report.render(run_id, extension, "vi") == printed
    with past_the_trail():
        for one in (ward, unit):
            db.session.get_one(Unit, one.id).name = "Tên mới"
    office.announcement(ward)
    office.audit(unit, reported_on=date(2026, 9, 1))
    office.unit("B", parent=ward)
    db.session.rollback()
    assert report.render(run_id, extension, "vi") == printed


def test_an_unknown_run_is_not_printed(app: Flask) -> None:
    with pytest.raises(LookupError):
        report.render(1, "pdf", "vi")


def test_an_officer_starts_a_run_reads_it_and_takes_the_report(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    ward = office.agency("P")
    unit = office.unit("A", parent=ward, name="Phòng Một cửa")
    office.nonconformity(unit, "NC-2026-001")
    office.person("canbo", unit=ward, role=Role.QUALITY_OFFICER)
    sign_in(client, "canbo")
    assert client.get("/evaluation").status_code == 200
    answer = client.post("/evaluation", data={"day": "31/10/2026"})
    assert (answer.status_code, answer.location) == (303, "/evaluation")
    assert work_off(client) == 1
    run = db.session.scalars(select(Run)).one()
    assert (run.as_of, run.in_scope, run.sealed_by) == (date(2026, 10, 31), 2, "canbo")
    address = f"/evaluation/{run.id}"
    assert f'href="{address}">Mở kết quả' in client.get("/evaluation").text
    assert "Phòng Một cửa" in client.get(address).text
    assert "NC-2026-001" in client.get(f"{address}/units/{unit.id}").text
    assert "31/10/2026" in client.get("/evaluation").text
    assert client.get(f"{address}/report.pdf").location == address, "asking does not print"
    assert client.post(f"{address}/report.pdf").location == address
    assert work_off(client) == 1
    first = client.get(f"{address}/report.pdf")
    assert (first.status_code, first.mimetype, first.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert client.get(f"{address}/report.pdf").data == first.data
    assert client.get(f"{address}/report.txt").status_code == 404
    assert client.get(f"{address}/units/9999").status_code == 404
    assert client.get("/evaluation/9999").status_code == 404


def test_whoever_sealed_a_run_is_told_by_name(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    office.person("canbo", unit=office.agency("P"), role=Role.QUALITY_OFFICER, full_name="Lê Thị Cán Bộ")
    sealed(office)
    sign_in(client, "canbo")
    client.post("/evaluation", data={"day": "31/10/2026"})
    assert work_off(client) == 1
    told = client.get("/evaluation").text
    assert "Lê Thị Cán Bộ</small>" in told and "canbo</small>" not in told
    assert "Hệ thống</small>" in told and "system</small>" not in told


def test_a_wrong_day_starts_nothing(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    office.person("canbo", unit=office.agency("P"), role=Role.QUALITY_OFFICER)
    sign_in(client, "canbo")
    assert client.post("/evaluation", data={"day": "31/11/2026"}).status_code == 422
    assert db.session.scalars(select(Run)).all() == []


def test_runs_are_kept_from_those_without_permission(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    ward, other = office.agency("P"), office.agency("Q")
    outcome = evaluate(TODAY, office.moment(), ward)
    with writing():
        run_id = store(outcome, office.moment(), RunOrigin.PERSON, ward).id
    office.person("khongvai", unit=ward)
    office.person("docgia", unit=ward, role=Role.READER)
    office.person("noikhac", unit=other, role=Role.QUALITY_OFFICER)
    assert client.get("/evaluation").status_code in {302, 303, 401}
    answers = {}
    for username in ("khongvai", "docgia", "noikhac"):
        sign_in(client, username)
        pages = [client.get(f"/evaluation/{run_id}{page}").status_code for page in ("", f"/units/{ward.id}", "/report.pdf")]
        answers[username] = [*pages, client.post("/evaluation", data={"day": "x"}).status_code]
        client.post("/sign-out")
    assert set(answers["khongvai"]) <= {403, 404}
    assert answers["docgia"] == [200, 200, 302, 403]
    assert answers["noikhac"] == [404, 404, 404, 422]


def test_a_reader_of_one_unit_does_not_get_the_report_of_all(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    ward = office.agency("P")
    mine, other = office.unit("A", parent=ward, name="Phòng mình"), office.unit("B", parent=ward, name="Phòng khác")
    run_id = sealed(office)
    office.person("docgia", unit=mine, role=Role.READER)
    sign_in(client, "docgia")
    shown = client.get(f"/evaluation/{run_id}")
    assert "Phòng mình" in shown.text
    assert "Phòng khác" not in shown.text
    assert client.get(f"/evaluation/{run_id}/units/{other.id}").status_code == 404
    assert client.get(f"/evaluation/{run_id}/report.pdf").status_code == 404


def test_the_page_of_a_run_asks_as_often_for_many_units_as_for_few(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    ward = office.agency("P")
    office.person("canbo", unit=ward, role=Role.QUALITY_OFFICER)
    office.unit("U0", parent=ward)
    few = sealed(office)
    for number in range(1, 25):
        office.unit(f"U{number}", parent=ward)
    many = sealed(office)
    sign_in(client, "canbo")
    client.get(f"/evaluation/{few}")
    with statements() as of_few:
        assert client.get(f"/evaluation/{few}").status_code == 200
    with statements() as of_many:
        assert "U24" in client.get(f"/evaluation/{many}").text
    assert len(of_many) == len(of_few)
    with statements() as small:
        evaluate(TODAY, office.moment(), office.unit("XA"))
    with statements() as large:
        evaluate(TODAY, office.moment())
    assert len(large) <= len(small)
