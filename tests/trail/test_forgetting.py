"""A person is forgotten: nothing in the trail tells any more who it was, and every chain holds."""

from flask import Flask
from sqlalchemy import select, text

from qms.accounts.service import KIND, code_of, create_person
from qms.kernel.db import db, writing
from qms.kernel.moment import Moment
from qms.trail.forgetting import forget, naming
from qms.trail.models import TrailEntry, TrailPersonal
from qms.trail.reading import verify
from qms.trail.service import history, record
from tests.office import Office, moment_of

from .conftest import Trail


def everything_beside() -> str:
    """All personal values of the trail as one text."""
    return "\n".join(value or "" for value in db.session.scalars(select(TrailPersonal.value)))


def forgotten(person_id: int, username: str, office: Office) -> int:
    """What the verb of the people does."""
    with writing():
        count = forget(person_id, username)
        record(office.moment(), KIND, str(person_id), "forget", changes={"values": [count, 0]})
    return count


def test_after_forgetting_nothing_names_the_person_and_every_chain_holds(any_app: Flask, trail: Trail) -> None:
    office, unit = trail.office, trail.divisions[0]
    with writing():
        person = create_person("nguyen.v", "Nguyễn Văn Vô Danh", unit, office.moment(), email="vo-danh@example.vn")
    moment = Moment(moment_of(person).person, office.moment().instant, "10.9.8.7")
    with writing():
        record(moment, "procedure", "QT-A", "revise", unit_id=unit.id)
        record(office.moment(), "audit", "ĐG-1", "plan", unit_id=unit.id, personal={"lead_auditor": [None, "nguyen.v"]})
        record(office.moment(), "action", "1", "corrected", personal={"owner": ["nguyen.v", "tran.b"]})
        record(office.moment(trail.officer), "procedure", "QT-2", "revise", on_behalf_of="nguyen.v")
        record(Moment(moment.person, moment.instant, prepared_by="nguyen.v"), "procedure", "QT-3", "revise")
    trail.days(1)
    before = verify()
    # 3 of the account; user name and address of the first deed, user name of the second; four deeds that name the person
    assert forgotten(person.id, "nguyen.v", office) == 3 + (2 + 1) + 4
    for word in ("nguyen.v", "Vô Danh", "vo-danh", "10.9.8.7"):
        assert word not in everything_beside()
    trail.seal()
    after = verify()
    assert (after.found, after.forgotten) == (0, 10)
    assert after.sealed == before.sealed + 2
    entry = history("procedure", "QT-A")[0]
    assert (entry.person_id, entry.username, entry.address) == (person.id, None, None)


def test_others_are_not_forgotten(any_app: Flask, trail: Trail) -> None:
    office = trail.office
    with writing():
        for name in ("can-b", "can-bo-2", "Can-bo", "x can-bo"):
            record(office.moment(), "audit", name, "plan", personal={"lead_auditor": [None, name]})
        record(office.moment(trail.officer), KIND, code_of(trail.officer), "edit", personal={"username": ["cu", "can-bo"]})
    forgotten(trail.officer.id, "can-bo", office)
    for name in ("can-b", "can-bo-2", "Can-bo", "x can-bo"):
        assert history("audit", name)[0].personal_value("lead_auditor") == f'[null,"{name}"]'
    (of_forgetting, edited) = history(KIND, code_of(trail.officer))
    assert of_forgetting.username == "system", "who forgot is known"
    assert edited.personal_value("about_username") is None


def test_a_user_name_that_changed_does_not_hide_who_changed_it(any_app: Flask, office: Office) -> None:
    unit = office.unit()
    with writing():
        person = create_person("moi", "Người Mới", unit, office.moment())
    entry = history(KIND, code_of(person))[0]
    assert entry.username == "system"
    assert entry.personal_value("about_username") == '[null,"moi"]'


def test_every_entry_that_names_a_person_is_known_until_it_is_forgotten(any_app: Flask, trail: Trail) -> None:
    trail.deeds(1)
    with writing():
        record(trail.office.moment(), "procedure", "QT-9", "revise", on_behalf_of="can-bo")
        record(trail.office.moment(), "procedure", "QT-10", "revise", on_behalf_of="can-bo-2")
    codes = select(TrailEntry.code).where(TrailEntry.id.in_(naming(trail.officer.id, "can-bo")))
    assert "QT-9" in db.session.scalars(codes).all()
    assert "QT-10" not in db.session.scalars(codes).all()
    forgotten(trail.officer.id, "can-bo", trail.office)
    assert db.session.scalars(codes).all() == []


def test_the_rows_themselves_name_nobody(any_app: Flask, trail: Trail) -> None:
    trail.deeds(1)
    rows = "\n".join(str(tuple(row)) for row in db.session.execute(text("SELECT * FROM trail")))
    for word in ("can-bo", "nguoi-khac", "truong-phong", "thu-ky", "10.0.0.7"):
        assert word not in rows
    assert db.session.scalar(select(TrailEntry.person_id).limit(1)) == trail.officer.id


def test_a_value_that_was_emptied_without_a_decision_is_found(any_app: Flask, trail: Trail) -> None:
    office = trail.office
    with writing():
        record(office.moment(trail.officer), "procedure", "QT-A", "revise")
    trail.seal()
    with writing() as session:
        session.execute(text("UPDATE trail_personal SET salt = NULL, value = NULL WHERE field = 'username'"))
    assert {fault.what for fault in verify().faults} == {"beside_emptied"}
