"""The trail for people: sentences, filters, scope, files."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Select
from werkzeug.datastructures import MultiDict

from qms.accounts.gate import NOBODY
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.journal import queries
from qms.journal.heads import make_daily_head
from qms.journal.listing import LIST
from qms.journal.names import names_of, who
from qms.journal.sentences import Told, tell
from qms.kernel.db import writing
from qms.kernel.language import force_locale
from qms.kernel.moment import Moment
from qms.trail.forgetting import forget
from qms.trail.models import TrailEntry
from qms.trail.service import history, record
from qms.units.models import Unit
from tests.office import TODAY, Office, at, moment_of, past_the_trail
from tests.statements import asked_again, statements

SignIn = Callable[..., Any]


class Town:
    """A province with two wards, a person in each, and deeds in every unit and in none."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.province = office.unit("T")
        self.wards: list[Unit] = [office.agency(code, parent=self.province) for code in ("PMA", "PMB")]
        self.division = office.unit("VH", parent=self.wards[0])
        self.administrator = office.person("quan-tri", unit=self.province, role=Role.ADMINISTRATOR, full_name="Trần Quản Trị")
        self.inspector = office.person("kiem-tra", unit=self.wards[0], role=Role.INSPECTOR, full_name="Lê Kiểm Tra")
        self.officer = office.person("can-bo", unit=self.wards[0], role=Role.QUALITY_OFFICER, full_name="Nguyễn Cán Bộ")

    def deed(self, code: str = "QT-1", unit: Unit | None = None, person: Person | None = None, **fields: Any) -> None:
        """One entry about a procedure."""
        day = fields.pop("day", TODAY)
        kind, deed = fields.pop("kind", "procedure"), fields.pop("deed", "corrected")
        moment = moment_of(person, day)
        moment = Moment(moment.person, moment.instant, fields.pop("address", None), None, fields.pop("prepared_by", None))
        with writing():
            record(moment, kind, code, deed, unit_id=unit.id if unit else None, **fields)

    def seen_by(self, reader: Person, **filters: str) -> list[str]:
        """Codes of the entries that a person finds; the filters are those of the address."""
        moment = moment_of(reader)
        return [one.code for one in LIST.page(moment, LIST.asked(moment, MultiDict(filters)), 1).items]


@pytest.fixture
def town(office: Office) -> Iterator[Town]:
    """The town before anything was done; what is told in the test itself is told in English."""
    with force_locale("en"):
        yield Town(office)


def procedures_seen(reader: Person) -> Select[TrailEntry]:
    """What a person finds about procedures, as the list asks for it."""
    moment = moment_of(reader)
    return LIST.narrowed(LIST.asked(moment, MultiDict({"kind": "procedure"})), moment)


def told(kind: str, code: str) -> list[Told]:
    """The history of a record for people."""
    return tell(history(kind, code))


def test_an_entry_says_who_did_what_from_what_to_what_and_why(any_app: Flask, town: Town) -> None:
    town.deed(
        unit=town.division,
        person=town.officer,
        changes={"title": ["Cũ", "Mới"], "effective_on": [None, "2026-11-30"], "issue": ["2", None]},
        reason="Luật đổi",
        address="10.0.0.7",
    )
    (one,) = told("procedure", "QT-1")
    assert one.sentence == "Nguyễn Cán Bộ: Corrected by a register"
    assert sorted(one.details) == ["In force from: 30/11/2026", "Issue: 2 → (empty)", "Title: Cũ → Mới"]
    assert (one.reason, one.address, one.unit, one.record) == ("Luật đổi", "10.0.0.7", town.division.name, "Procedure QT-1")
    assert one.seal is None


def test_deputy_and_preparer_are_named_beside_whoever_did_it(app: Flask, town: Town) -> None:
    town.deed(person=town.officer, on_behalf_of="quan-tri", prepared_by="kiem-tra")
    entries = history("procedure", "QT-1")
    name = who(entries[0], names_of(entries))
    assert name == "Nguyễn Cán Bộ (on behalf of Trần Quản Trị; prepared by Lê Kiểm Tra)"


def test_what_an_entry_holds_is_said_in_words(app: Flask, town: Town) -> None:
    asked = {"question 6": ["open", "observation"], "evidence 1": [None, "record"]}
    town.deed("DG-1", kind="audit", deed="answer", changes=asked)
    town.deed("1", kind="prepared_form", deed="prepare", changes={"for": [None, town.officer.id], "step": [None, "answer"]})
    town.deed("2026-11-30", kind="workday", deed="swap", changes={"exchanged_for": [None, "2026-12-05"], "record": ["1", "1"]})
    town.deed(str(town.officer.id), kind="person", deed="edit", changes={"title": [None, "Thư ký"]})
    town.deed("NC-1", kind="nonconformity", deed="complete_action", changes={"action": [None, 1]})
    (answered,), (prepared,), (swapped,) = told("audit", "DG-1"), told("prepared_form", "1"), told("workday", "2026-11-30")
    assert sorted(answered.details) == ["Evidence 1: Record seen", "Question 6: Not yet asked → Observation"]
    assert sorted(prepared.details) == ["For: Nguyễn Cán Bộ", "Step: Answer to a nonconformity"]
    assert swapped.record.endswith(" 30/11/2026")
    assert sorted(swapped.details) == ["Exchanged for: 05/12/2026", "Record: 1"]
    assert told("person", str(town.officer.id))[0].details == ["Position: Thư ký"]
    assert told("nonconformity", "NC-1")[0].deed == "Report the action as completed"


def test_the_clock_and_commands_are_the_system(app: Flask, town: Town) -> None:
    town.deed()
    assert told("procedure", "QT-1")[0].who == "The system"


def test_whoever_fails_at_the_door_is_called_so(app: Flask, town: Town) -> None:
    with writing():
        record(Moment(NOBODY, at(TODAY)), "person", str(town.officer.id), "lock")
    assert told("person", str(town.officer.id))[0].who == "Somebody who is not signed in"


def test_a_forgotten_person_has_a_pseudonym(any_app: Flask, town: Town) -> None:
    town.deed(person=town.officer, on_behalf_of="quan-tri", address="10.0.0.7")
    town.deed("QT-2", person=town.administrator, on_behalf_of="can-bo")
    town.deed(str(town.officer.id), kind="person", deed="edit", personal={"email": [None, "can-bo@example.vn"]})
    with writing():
        forget(town.officer.id, "can-bo")
        record(moment_of(), "person", str(town.officer.id), "forget")
    with past_the_trail() as session:
        person = session.get_one(Person, town.officer.id)
        person.disabled, person.forgotten_at, person.username = True, datetime.now(UTC), f"forgotten-{person.id}"
        person.full_name, person.password_hash, person.email = "", None, None
    number = town.officer.id
    first = told("procedure", "QT-1")[0]
    assert first.who == f"user no. {number}, personal data erased (on behalf of Trần Quản Trị)"
    assert first.address is None
    assert told("procedure", "QT-2")[0].who == "Trần Quản Trị (on behalf of a person whose data were erased)"
    (erased, edited) = told("person", str(number))
    assert erased.record == f"Account user no. {number}, personal data erased"
    assert list(edited.details) == ["Work e-mail: erased"]


def test_states_and_roles_are_shown_by_their_words(app: Flask, town: Town) -> None:
    town.deed("NC-1", kind="nonconformity", deed="submit", changes={"state": ["planning", "acting"], "grade": ["minor", "major"]})
    town.deed(
        str(town.officer.id), kind="person", deed="give_role", changes={"role": [None, "auditor"], "disabled": [False, True]}
    )
    (submitted,) = told("nonconformity", "NC-1")
    assert submitted.deed == "Submit cause and plan"
    assert "Grade: Minor → Major" in submitted.details
    assert not any("planning" in line for line in submitted.details)
    (given,) = told("person", str(town.officer.id))
    assert sorted(given.details) == ["Disabled: no → yes", "Role: Auditor"]


def test_what_nobody_has_a_word_for_is_shown_as_it_is_stored(app: Flask, town: Town) -> None:
    town.deed("X", kind="novelty", deed="invent", changes={"colour": ["red", ["blue", 3]], "count": 7})
    (one,) = told("novelty", "X")
    assert (one.sentence, one.record) == ("The system: invent", "novelty X")
    assert sorted(one.details) == ["colour: red → blue, 3", "count: 7"]


def test_one_sees_the_units_one_may_read_and_below(any_app: Flask, town: Town) -> None:
    for unit in (town.province, *town.wards, town.division, None):
        town.deed(unit.code if unit else "none", unit)
    assert town.seen_by(town.administrator) == ["none", "VH", "PMB", "PMA", "T"]
    assert town.seen_by(town.inspector) == ["VH", "PMA"]
    stranger = town.office.person(unit=town.wards[1], role=Role.STAFF)
    assert town.seen_by(stranger) == []


def test_entries_of_no_unit_need_the_permission_at_every_root(app: Flask, town: Town) -> None:
    town.deed("none")
    town.office.unit("ANOTHER-ROOT")
    assert town.seen_by(town.administrator) == []


def test_the_list_is_filtered(any_app: Flask, town: Town) -> None:
    town.deed("A", town.wards[0], town.officer, day=date(2026, 11, 1), reason="Vì Luật số 91")
    town.deed("B", town.division, town.inspector, kind="audit", deed="plan", changes={"note": [None, "100% _khẩn_"]})
    town.deed("C", town.wards[1], None, day=date(2026, 11, 29))
    find = town.seen_by
    admin = town.administrator
    assert find(admin, person="can bo") == ["A"], "marks are not needed"
    assert find(admin, person=str(town.inspector.id)) == ["B"]
    assert find(admin, person="9" * 40) == []
    assert find(admin, kind="audit") == ["B"]
    assert find(admin, deed="corrected") == ["C", "A"]
    assert find(admin, unit="PMA") == ["B", "A"]
    assert find(admin, **{"from": "29/11/2026", "to": "29/11/2026"}) == ["C"]
    assert find(admin, **{"from": "30/11/2026"}) == ["B"]
    assert find(admin, to="01/11/2026") == ["A"]
    assert find(admin, q="luật số") == ["A"]
    assert find(admin, q="100%") == ["B"]
    assert find(admin, q="%") == ["B"]
    assert find(admin, q="_khẩn_") == ["B"]


def test_the_pages_show_entries_and_keep_the_filters(app: Flask, town: Town, client: FlaskClient, sign_in: SignIn) -> None:
    for _count in range(60):
        town.deed("QT-1", town.wards[0], town.officer, changes={"title": ["<b>Cũ</b>", "Mới"]}, address="10.0.0.7")
    sign_in(client, town.administrator.username)
    page = client.get("/journal?kind=procedure&person=can+bo&from=30/11/2026").text
    assert "60 " in page
    assert "&lt;b&gt;Cũ&lt;/b&gt; → Mới" in page
    assert "<b>Cũ" not in page
    assert "kind=procedure" in page.split('rel="next"')[1].split(">")[0]
    assert 'value="30/11/2026"' in page
    assert "10.0.0.7" in page
    record_page = client.get("/journal/procedure/QT-1")
    assert record_page.status_code == 200
    person_page = client.get(f"/journal/person/{town.officer.id}").text
    assert "Nguyễn Cán Bộ" in person_page
    assert client.get(f"/journal/person/{town.officer.id}?about=1").status_code == 200
    for odd in ("from=31/02/2026", "from=x&to=%00", "page=0", "page=x", "person=" + "9" * 300, "unit=%27", "kind=%00"):
        assert client.get(f"/journal?{odd}").status_code == 200, odd


def test_what_one_may_not_see_is_not_there(app: Flask, town: Town, client: FlaskClient, sign_in: SignIn) -> None:
    town.deed("QT-1", town.wards[1], town.administrator)
    sign_in(client, town.inspector.username)
    for path in (
        "/journal/procedure/QT-1",
        "/journal/procedure/QT-2",
        f"/journal/person/{town.administrator.id}",
        "/journal/person/999",
    ):
        assert client.get(path).status_code == 404, path
    assert "QT-1" not in client.get("/journal").text
    assert "QT-1" not in client.get("/journal/export.csv").text


def test_codes_with_slashes_have_a_page(app: Flask, town: Town, client: FlaskClient, sign_in: SignIn) -> None:
    town.deed("VH/QT 01/CX", town.division)
    sign_in(client, town.inspector.username)
    assert client.get("/journal/procedure/VH/QT%2001/CX").status_code == 200
    assert "/journal/procedure/VH/QT%2001/CX" in client.get("/journal").text


def test_the_list_is_exported_with_its_filters(app: Flask, town: Town, client: FlaskClient, sign_in: SignIn) -> None:
    town.deed("QT-1", town.wards[0], town.officer, changes={"title": ["Cũ", "=HYPERLINK(1)"]}, reason="=1+1")
    town.deed("QT-2", town.wards[0])
    town.deed("QT-3", town.wards[1])
    sign_in(client, town.inspector.username)
    rows = list(csv.reader(io.StringIO(client.get("/journal/export.csv?q=QT-1").data.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert rows[1][2] == "Nguyễn Cán Bộ"
    assert rows[1][8] == "'=1+1", "no formula runs on the desk of whoever opens it"
    book = openpyxl.load_workbook(io.BytesIO(client.get("/journal/export.xlsx?kind=procedure").data))
    assert [row[5] for row in book.active.iter_rows(min_row=2, values_only=True)] == ["QT-2", "QT-1"]
    assert client.get("/journal/export.pdf").status_code == 404


def test_the_export_needs_its_own_permission(app: Flask, town: Town, client: FlaskClient, sign_in: SignIn) -> None:
    town.deed("QT-1", town.wards[0])
    sign_in(client, town.officer.username)
    assert client.get("/journal").status_code == 200
    assert "export.csv" not in client.get("/journal").text
    assert client.get("/journal/export.csv").status_code == 403


def test_more_entries_ask_no_more_statements(app: Flask, town: Town, client: FlaskClient, sign_in: SignIn) -> None:
    def deeds(number: int) -> None:
        for count in range(number):
            person = town.office.person(unit=town.division)
            town.deed(f"QT-{count}", town.office.unit(parent=town.division), person, on_behalf_of="can-bo", address="10.0.0.1")

    def asked(path: str) -> int:
        return sum(one != "BEGIN" for one in asked_again(client, path))

    sign_in(client, town.inspector.username)
    paths = ("/journal", "/journal?unit=VH&person=can", "/journal?page=9999", "/journal/export.csv", "/trail-heads")
    deeds(2)
    few = [asked(path) for path in paths]
    deeds(20)
    assert [asked(path) for path in paths] == few
    assert max(few) <= 12, dict(zip(paths, few, strict=True))


@pytest.mark.parametrize("entries", [0, 1, 3, 11, 12])
def test_every_page_holds_its_entries_from_whichever_end_they_are_counted(any_app: Flask, town: Town, entries: int) -> None:
    for number in range(entries):
        town.deed(f"QT-{number}", town.division)
    query = procedures_seen(town.inspector)
    pages = [queries.told_page(query, number, 3) for number in range(1, max(1, -(-entries // 3)) + 1)]
    assert [one.code for page in pages for one in page.items] == [f"QT-{number}" for number in reversed(range(entries))]
    assert {page.total for page in pages} == {entries}
    beyond = queries.told_page(query, 99, 3)
    assert (beyond.number, list(beyond.items)) == (pages[-1].number, list(pages[-1].items)), "the last page"


def test_the_oldest_page_reads_no_row_of_the_others(any_app: Flask, town: Town) -> None:
    for number in range(9):
        town.deed(f"QT-{number}", town.division)
    query = procedures_seen(town.inspector)
    with statements() as seen:
        queries.told_page(query, 5, 2)
    keys = [one for one in seen if "OFFSET" in one]
    assert len(keys) == 1
    counted = keys[0].partition(" IN (SELECT ")[2]
    assert "changes" not in counted, "keys alone are counted off"
    assert "DESC" not in counted.partition("OFFSET")[0], "from the end that is nearer"


def test_the_heads_are_public_and_tell_of_nobody(app: Flask, town: Town, client: FlaskClient) -> None:
    for count in range(3):
        town.deed("QT-1", town.wards[0], town.officer, personal={"owner": [None, "can-bo"]}, address="10.0.0.7", day=TODAY)
        make(TODAY + timedelta(days=count))
    page = client.get("/trail-heads")
    assert page.status_code == 200
    download = client.get("/trail-heads/heads.jsonl")
    assert download.headers["Content-Disposition"] == 'attachment; filename="heads.jsonl"'
    heads = [json.loads(line) for line in download.text.splitlines()]
    assert [head["day"] for head in heads] == ["2026-11-30", "2026-12-01", "2026-12-02"]
    assert client.get("/trail-heads/2026-12-01.json").text == download.text.splitlines()[1] + "\n"
    for day in ("2026-12-09", "x", "2026-13-01"):
        assert client.get(f"/trail-heads/{day}.json").status_code == 404
    program = client.get("/trail-heads/verify_trail.py")
    assert program.text.startswith("#!/usr/bin/env python3")
    for content in (page.text, download.text):
        for word in ("can-bo", "Cán Bộ", "10.0.0.7"):
            assert word not in content


def make(day: date) -> None:
    """The head of a day, as the clock makes it."""
    make_daily_head(day.isoformat(), moment_of(None, day + timedelta(days=1)))
