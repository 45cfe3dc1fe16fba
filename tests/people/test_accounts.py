"""Making, inviting, changing and closing accounts."""

from datetime import timedelta
from time import sleep

import pytest
from flask import Flask
from sqlalchemy import select

from qms.accounts import sessions
from qms.accounts.events import AccountLocked
from qms.accounts.models import Deputy, OneTimeLink, Passkey, Person
from qms.accounts.permissions import Role
from qms.accounts.second_factor.service import has_second_factor
from qms.kernel.db import db, writing
from qms.kernel.events import announce
from qms.kernel.refusal import Refused
from qms.notices.models import Notice
from qms.people.accounts import service
from qms.people.accounts.service import Particulars
from qms.trail.service import history
from tests.office import TODAY, Office, at, past_the_trail
from tests.people.conftest import Ward
from tests.threads import Beside


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.code for refusal in refused.value.refusals}


def deeds_on(person: Person) -> list[str]:
    return [entry.deed for entry in history("person", str(person.id))]


def test_an_administrator_makes_an_account_and_its_name_stands_beside_the_chain(app: object, ward: Ward) -> None:
    particulars = Particulars("Lê Văn Mới", "Công chức", "Moi@Example.vn", "vi")
    with writing():
        person = service.add("moi", particulars, ward.division, ward.now(ward.admin))
    assert (person.email, person.folded) == ("moi@example.vn", "moi le van moi cong chuc")
    entry = history("person", str(person.id))[0]
    assert entry.changes == {}
    assert "Lê Văn Mới" in str(entry.personal_value("full_name"))


def test_nobody_makes_accounts_beyond_the_own_reach(ward: Ward) -> None:
    for who, unit in ((ward.admin, ward.elsewhere), (ward.admin, ward.province), (ward.officer, ward.division)):
        with pytest.raises(Refused) as refused, writing():
            service.add("moi", Particulars("Mới", None, None, "vi"), unit, ward.now(who))
        assert codes(refused) == {"not_permitted"}


@pytest.mark.parametrize("address", ["khong phai", "x@example.vn\r\nBcc: y@example.vn", "<a@example.vn>"])
def test_what_is_no_address_is_not_stored(ward: Ward, address: str) -> None:
    with pytest.raises(Refused) as refused, writing():
        service.add("moi", Particulars("Mới", None, address, "vi"), ward.division, ward.now(ward.admin))
    assert codes(refused) == {"address_unusable"}


def test_an_edit_tells_who_before_and_after_beside_the_chain_only(app: object, ward: Ward) -> None:
    with writing():
        service.edit(ward.head, Particulars("Đỗ Thị Hạnh Nhi", None, "hanh@example.vn", "en"), ward.other, ward.now(ward.admin))
    entry = history("person", str(ward.head.id))[0]
    assert entry.changes == {"unit": ["D", "O"], "language": ["vi", "en"]}
    assert "Hạnh" not in str(entry.changes)
    assert "hanh@example.vn" in str(entry.personal_value("email"))
    assert [one.name for one in db.session.scalars(select(Notice))] == ["account_changed"]


def test_nobody_takes_over_an_account_with_rights_beyond_the_own_reach(ward: Ward) -> None:
    ward.office.grant(ward.staff, Role.PROVINCIAL_OFFICER, ward.province)
    moment = ward.now(ward.admin)
    for verb in (service.send_reset, service.reset_second_factor):
        with pytest.raises(Refused) as refused, writing():
            verb(ward.staff, moment)
        assert "beyond_reach" in codes(refused)
    with pytest.raises(Refused) as refused, writing():
        service.edit(ward.staff, Particulars("x", None, "thief@example.vn", "vi"), ward.division, moment)
    assert codes(refused) == {"beyond_reach"}
    with writing():
        service.send_reset(ward.staff, ward.now(ward.chief))


def test_rights_that_are_lent_count_as_rights(ward: Ward) -> None:
    with past_the_trail() as session:
        session.add(Deputy(principal=ward.leader, deputy=ward.stranger, valid_from=TODAY, valid_to=TODAY, reason="Công tác"))
    local = ward.office.person("local", unit=ward.elsewhere, role=Role.ADMINISTRATOR)
    with pytest.raises(Refused) as refused, writing():
        service.send_reset(ward.stranger, ward.now(local))
    assert codes(refused) == {"beyond_reach"}


def test_a_new_invitation_makes_the_earlier_one_worthless(any_app: object, ward: Ward) -> None:
    with past_the_trail():
        ward.staff.password_hash = None
    for _time in range(2):
        with writing():
            delivery = service.invite(ward.staff, ward.now(ward.admin))
    assert delivery.address is None and "/link/" in str(delivery.link)
    instant = ward.now().instant
    open_ones = [link for link in db.session.scalars(select(OneTimeLink)) if link.expires_at > instant]
    assert len(open_ones) == 1


def test_whoever_has_a_password_gets_no_invitation(ward: Ward) -> None:
    with pytest.raises(Refused) as refused, writing():
        service.invite(ward.staff, ward.now(ward.admin))
    assert codes(refused) == {"has_password"}


def test_a_disabled_account_loses_sessions_and_links_at_once(any_app: object, ward: Ward) -> None:
    moment = ward.now(ward.admin)
    with past_the_trail():
        sessions.begin(ward.staff, moment, browser="Firefox")
    with writing():
        service.send_reset(ward.staff, moment)
    with writing():
        service.disable(ward.staff, "Nghỉ theo nguyện vọng", moment)
    assert ward.staff.disabled
    assert not sessions.open_sessions(ward.staff.id)
    assert all(link.expires_at <= moment.instant for link in db.session.scalars(select(OneTimeLink)))
    entry = history("person", str(ward.staff.id))[0]
    assert (entry.deed, entry.reason) == ("disable", "administrator")  # why somebody goes can be erased one day
    assert "nguyện vọng" in str(entry.personal_value("reason"))
    with writing():
        service.enable(ward.staff, "Trở lại làm việc", moment)
    assert not ward.staff.disabled and ward.staff.active_on == TODAY


def test_nobody_shuts_oneself_out_and_the_last_administrator_stays(app: object, ward: Ward) -> None:
    with pytest.raises(Refused) as refused, writing():
        service.disable(ward.admin, "x", ward.now(ward.admin))
    assert codes(refused) == {"oneself"}  # the chief administers the ward, too
    with pytest.raises(Refused) as refused, writing():
        service.disable(ward.chief, "x", ward.now())
    assert codes(refused) == {"last_administrator"}
    ward.office.grant(ward.leader, Role.ADMINISTRATOR, ward.province)
    with writing():
        service.disable(ward.chief, "Nghỉ hưu", ward.now())


@pytest.mark.parametrize("lost", ["password_hash", "disabled", "leaves_on"])
def test_an_administrator_who_cannot_come_in_is_none(ward: Ward, lost: str) -> None:
    other = ward.office.person("other", unit=ward.province, role=Role.ADMINISTRATOR)
    with past_the_trail():
        setattr(other, lost, {"password_hash": None, "disabled": True, "leaves_on": TODAY}[lost])
    with pytest.raises(Refused) as refused, writing():
        service.disable(ward.chief, "x", ward.now())
    assert codes(refused) == {"last_administrator"}


def test_a_lost_telephone_takes_every_second_factor_and_tells_its_owner(app: object, ward: Ward) -> None:
    with past_the_trail() as session:
        key = {"credential_id": "c", "user_handle": "h", "public_key": "k", "transports": [], "title": "Máy"}
        session.add(Passkey(person_id=ward.officer.id, made_at=at(TODAY), **key))
    assert has_second_factor(ward.officer)
    with writing():
        service.reset_second_factor(ward.officer, ward.now(ward.admin))
    assert not has_second_factor(ward.officer)
    assert "reset_second_factor" in deeds_on(ward.officer)
    assert [one.name for one in db.session.scalars(select(Notice))] == ["second_factor_reset"]


def test_a_locked_account_is_told_to_its_owner(app: object, ward: Ward) -> None:
    moment = ward.now()
    with past_the_trail():
        announce(AccountLocked(ward.head.id, moment.instant + timedelta(minutes=15), moment))
    notice = db.session.scalars(select(Notice)).one()
    assert (notice.person_id, notice.name) == (ward.head.id, "account_locked")
    assert notice.values["until"] == "30/11/2026 09:15"


def test_two_administrators_who_shut_each_other_out_at_once_do_not_both_succeed(any_app: Flask, ward: Ward) -> None:
    """Each would find the other one still there, and nobody would be left to let anybody in."""
    other = ward.office.person("other", unit=ward.other)
    ward.office.grant(other, Role.ADMINISTRATOR, ward.province)
    chief_id, other_id = ward.chief.id, other.id
    as_chief, as_other = ward.now(ward.chief), ward.now(other)

    def shut_the_chief_out() -> None:
        with writing():
            service.disable(db.session.get_one(Person, chief_id), "Thử", as_other)

    with writing():
        service.disable(db.session.get_one(Person, other_id), "Thử", as_chief)
        db.session.flush()
        second = Beside(any_app, shut_the_chief_out)
        sleep(0.5)
    with pytest.raises(Refused):
        second.end()


def test_nobody_signs_somebody_out_who_looks_after_more(office: Office, ward: Ward) -> None:
    boss = office.person("boss", unit=ward.other)
    office.grant(boss, Role.LEADER, ward.province)
    with past_the_trail():
        sessions.begin(boss, ward.now(boss), browser=None, second_factor=True)
    with pytest.raises(Refused), writing():
        service.end_sessions(boss, ward.now(ward.admin))
    with writing():
        assert service.end_sessions(boss, ward.now(ward.chief)) == 1
