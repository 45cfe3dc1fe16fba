"""Who is told, who is reminded, who may not judge, and what is given over; on both databases."""

import random
from datetime import date, timedelta

import pytest
from flask import Flask, current_app
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from audits.work import led
from nonconformities import estate, rules, service, telling
from nonconformities.deadlines import DEADLINES, actions, answers, closings, verdicts
from nonconformities.models import Action, Grade, Nonconformity, NonconformityState, Part, Participant
from nonconformities.work import work, work_count
from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.notices.models import Notice
from qms.people.estate import estate_of
from qms.trail.service import history
from tests.nonconformities.ward import Ward
from tests.office import TODAY, Office, past_the_trail
from tests.stored import lines_of

S = NonconformityState
FAR = TODAY + timedelta(days=3650)


@pytest.fixture
def ward(office: Office) -> Ward:
    return Ward(office)


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.code for refusal in refused.value.refusals}


def told(name: str) -> set[str]:
    query = select(Person.username).join(Notice, Notice.person_id == Person.id).where(Notice.name == name)
    return set(db.session.scalars(query))


# --- telling


def test_each_step_tells_the_people_it_concerns_and_never_the_one_who_took_it(ward: Ward) -> None:
    ward.office.deputy(ward.head, ward.office.person("deputy", unit=ward.other))
    nc = ward.verifying()
    assert told("nonconformity_raised") == {"head", "deputy"}
    assert told("action_assigned") == {"staff"}
    assert told("effect_to_verify") == {"officer"}
    with writing():
        service.verify(nc, False, "Vẫn còn", ward.now(ward.officer))
    assert told("actions_not_effective") == {"head", "deputy"}
    with writing():
        service.submit(nc, TODAY + timedelta(days=40), ward.now(ward.head))
        service.verify(nc, True, "Tốt", ward.now(ward.officer))
        service.close(nc, ward.now(ward.officer))
    assert told("nonconformity_closed") == {"head", "deputy"}, "the officer raised and closed it"
    with writing():
        service.reopen(nc, "Lặp lại", ward.now(ward.officer, TODAY + timedelta(days=1)))
    assert told("reopened") == {"head", "deputy"}


def test_a_plan_that_is_sent_back_is_told_with_its_reason_and_the_new_day(ward: Ward) -> None:
    nc = ward.acting()
    with writing():
        service.send_back(nc, "Chưa tới gốc", ward.now(ward.officer))
    (notice,) = db.session.scalars(select(Notice).where(Notice.name == "plan_sent_back")).all()
    assert (notice.person_id, notice.values["reason"], notice.due_on) == (ward.head.id, "Chưa tới gốc", rules.due(nc))


@pytest.mark.parametrize("grade", list(Grade))
def test_a_major_one_is_told_at_once(ward: Ward, grade: Grade) -> None:
    ward.raised(grade=grade)
    notice = db.session.scalars(select(Notice).where(Notice.name == "nonconformity_raised")).one()
    assert notice.urgent is (grade is Grade.MAJOR)


@pytest.mark.parametrize("grade", list(Grade))
def test_those_who_lead_the_system_hear_of_a_major_one(ward: Ward, grade: Grade) -> None:
    for name, role in (("qmr", Role.MANAGEMENT_REPRESENTATIVE), ("chair", Role.LEADER), ("head", Role.LEADER)):
        person = ward.head if name == "head" else ward.office.person(name, unit=ward.ward)
        ward.office.grant(person, role, ward.ward)
    ward.raised(grade=grade)
    assert told("major_nonconformity_raised") == ({"qmr", "chair"} if grade is Grade.MAJOR else set())
    assert told("nonconformity_raised") == {"head"}, "once, and not whoever raised it"


@pytest.mark.usefixtures("any_app")
def test_without_a_head_the_nearest_above_is_told(ward: Ward) -> None:
    chair = ward.office.person("chair", unit=ward.ward, role=Role.UNIT_HEAD)
    assert telling.heads_of(ward.division.id, TODAY) == [ward.head.id]
    with past_the_trail() as session:
        session.get_one(Person, ward.head.id).disabled = True
    assert telling.heads_of(ward.division.id, TODAY) == [chair.id]
    assert telling.heads_of(ward.other.id, TODAY) == [chair.id]


@pytest.mark.usefixtures("any_app")
def test_an_auditor_verifies_only_where_no_officer_can(ward: Ward) -> None:
    auditor = ward.office.person("auditor", unit=ward.other)
    ward.office.grant(auditor, Role.AUDITOR, ward.division)
    nc = ward.verifying()
    assert telling.verifiers_of(nc, ward.now(ward.staff)) == [ward.officer.id]
    with past_the_trail():
        nc.participants.append(Participant(person_id=ward.officer.id, part=Part.FILLED_IN))
    assert telling.verifiers_of(nc, ward.now(ward.staff)) == [auditor.id]


# --- reminding


def reminded(ward: Ward, until: date = FAR) -> set[tuple[str, str, str]]:
    names = dict(db.session.execute(select(Person.id, Person.username)).all())
    return {
        (deadline.name, names[row.person_id], row.code)
        for deadline in DEADLINES
        for row in db.session.execute(deadline.select(TODAY, until))
    }


@pytest.mark.usefixtures("any_app")
def test_every_stage_reminds_the_people_whose_turn_it_is(ward: Ward) -> None:
    planning, acting, verifying, verified = ward.raised(), ward.acting(), ward.verifying(), ward.verified()
    ward.closed()
    assert reminded(ward) == {
        ("answer_nonconformity", "head", planning.code),
        ("complete_action", "staff", f"{acting.code}/1"),
        ("verify_effect", "officer", verifying.code),
        ("close_nonconformity", "officer", verified.code),
    }
    assert reminded(ward, TODAY) == set(), "nothing is due yet"


def test_the_due_day_is_that_of_the_page(ward: Ward) -> None:
    for nc in (ward.raised(), ward.acting(), ward.verifying(), ward.verified()):
        rows = [row for deadline in DEADLINES for row in db.session.execute(deadline.select(TODAY, FAR))]
        (row,) = [one for one in rows if one.code.partition("/")[0] == nc.code]
        assert row.due_on == rules.next_due(nc)
        assert row.unit_id == ward.division.id
    nc = ward.raised()
    ward.office.response(nc, TODAY, withdrawn_on=TODAY)
    (row,) = [one for one in db.session.execute(answers(TODAY, FAR)) if one.code == nc.code]
    assert row.due_on == nc.due_on, "a second answer is due with the whole"


@pytest.mark.usefixtures("any_app")
def test_nobody_is_reminded_by_a_grant_that_is_over_or_not_begun(ward: Ward) -> None:
    ward.raised()
    late = ward.office.person("late", unit=ward.division)
    ward.office.grant(late, Role.UNIT_HEAD, ward.division, valid_from=TODAY + timedelta(days=1))
    gone = ward.office.person("gone", unit=ward.division)
    ward.office.grant(gone, Role.UNIT_HEAD, ward.division, valid_to=TODAY - timedelta(days=1))
    assert {who for _name, who, _code in reminded(ward)} == {"head"}


@pytest.mark.parametrize("seed", range(6))
def test_who_is_reminded_finds_it_in_my_work_and_nothing_is_forgotten(office: Office, any_app: Flask, seed: int) -> None:
    chance = random.Random(seed)
    top = office.agency("TOP")
    units = [top, *(office.unit(parent=top) for _ in range(3))]
    units += [office.unit(parent=chance.choice(units[1:])) for _ in range(3)]
    people = [office.person(unit=chance.choice(units), disabled=chance.random() < 0.1) for _ in range(12)]
    for person in people:
        for _ in range(chance.randint(0, 2)):
            days = {} if chance.random() < 0.7 else {"valid_to": TODAY + timedelta(days=chance.randint(-2, 2))}
            office.grant(person, chance.choice(list(Role)), chance.choice(units), **days)
    for _ in range(5):
        principal, deputy = chance.sample(people, 2)
        office.deputy(principal, deputy, valid_from=TODAY + timedelta(days=chance.randint(-3, 1)))
    for _ in range(20):
        _random_record(office, chance, units, people)
    for number in range(6):
        office.audit(chance.choice(units), f"ĐG-{number}", lead_auditor_id=chance.choice(people).id)

    shown: dict[str, set[int]] = {}
    with any_app.test_request_context():
        for person in (one for one in people if not one.disabled):
            items = work(office.moment(person))
            assert db.session.scalar(work_count(office.moment(person))) == len(items), "the menu counts what the list shows"
            for item in items:
                shown.setdefault(item.context.split(",")[0], set()).add(person.id)
    told_of: dict[str, set[int]] = {}
    for deadline in DEADLINES:
        for row in db.session.execute(deadline.select(TODAY, FAR)):
            told_of.setdefault(row.code, set()).add(row.person_id)
    assert shown == told_of, "my work shows a thing to exactly those who are reminded of it"
    leads = {(row.code, row.person_id) for row in db.session.execute(led(TODAY, FAR))}
    assert all(not db.session.get_one(Person, person_id).disabled for _code, person_id in leads)


def _random_record(office: Office, chance: random.Random, units: list, people: list[Person]) -> None:
    anyone = lambda: chance.choice([None, *people])  # noqa: E731 - one line says it
    ids = {name: getattr(anyone(), "id", None) for name in ("responded_by_id", "responded_for_id", "prepared_by_id")}
    state = chance.choice([S.PLANNING, S.ACTING, S.VERIFYING, S.VERIFIED])
    nc = office.nonconformity(chance.choice(units), state=state, **ids)
    for number in range(chance.randint(0, 2)):
        owner = anyone()
        day = TODAY if state is not S.ACTING and chance.random() < 0.8 else None
        office.action(nc, str(number), owner_id=owner and owner.id, completed_on=day)


@pytest.mark.usefixtures("office")
@pytest.mark.usefixtures("any_app")
def test_the_deadlines_find_records_and_units_by_an_index() -> None:
    sqlite = db.engine.dialect.name == "sqlite"
    if not sqlite:  # on a small table only this shows whether an index could be used
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
    walk, explain = ("SCAN {}", "EXPLAIN QUERY PLAN") if sqlite else ("Seq Scan on {}", "EXPLAIN")
    for select_of in (answers, actions, verdicts, closings):
        statement = select_of(TODAY, FAR).compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = " | ".join(str(row[-1]) for row in db.session.execute(text(f"{explain} {statement}")))
        assert walk.format("nonconformities") not in plan, plan
        assert walk.format("unit_ancestry") not in plan, plan


# --- judging through a deputy


PARTS = [*Part, "owner", "completed", "home"]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("who", ["principal", "deputy", "deputy without the period", "stranger"])
def test_nobody_verifies_through_another(ward: Ward, who: str, part: str) -> None:
    """The principal had a hand in it; the verifier is the principal, a deputy, a former deputy, or nobody's deputy."""
    office = ward.office
    principal = office.person("principal", unit=ward.division if part == "home" else ward.other, role=Role.QUALITY_OFFICER)
    office.grant(principal, Role.QUALITY_OFFICER, ward.ward)
    verifier = principal if who == "principal" else office.person("verifier", unit=ward.other)
    if who != "principal":
        office.grant(verifier, Role.QUALITY_OFFICER, ward.ward)
    if who == "deputy":
        office.deputy(principal, verifier)
    if who == "deputy without the period":
        office.deputy(principal, verifier, valid_to=TODAY - timedelta(days=1))
    nc = ward.verifying()
    with past_the_trail():
        if part in {"owner", "completed"}:
            setattr(nc.actions[0], {"owner": "owner_id", "completed": "completed_by_id"}[part], principal.id)
        elif part != "home":
            nc.participants.append(Participant(person_id=principal.id, part=part))
    allowed = who in {"stranger", "deputy without the period"}
    expected = {"owner": "own_action", "completed": "own_action", "home": "own_unit"}.get(part, "own_response")
    if allowed:
        with writing():
            service.verify(nc, True, "Tốt", ward.now(verifier))
        assert nc.state is S.VERIFIED
        return
    with pytest.raises(Refused) as refused, writing():
        service.verify(nc, True, "Tốt", ward.now(verifier))
    assert codes(refused) == {expected}


def parts(nc: Nonconformity) -> set[tuple[str, str]]:
    query = select(Person.username, Participant.part).join(Participant, Participant.person_id == Person.id)
    return {(name, part.value) for name, part in db.session.execute(query.where(Participant.nonconformity_id == nc.id))}


def test_the_author_of_a_plan_does_not_verify_its_effect_after_the_deputyship_ended(ward: Ward) -> None:
    """The head lends the right to answer, takes it back and submits: the plan is still the work of whoever wrote it."""
    auditor = ward.office.person("auditor", unit=ward.other, role=Role.AUDITOR)
    ward.office.grant(auditor, Role.AUDITOR, ward.ward)
    lent = ward.office.deputy(ward.head, auditor)
    nc = ward.raised()
    with writing():
        service.record_analysis(nc, "In lại giấy", "Không ai kiểm tra", ward.now(auditor))
        service.add_action(nc, "Đặt ô bắt buộc", ward.head, TODAY, ward.now(auditor))
    with past_the_trail():
        lent.revoked_at = ward.now(ward.head).instant
    with writing():
        service.submit(nc, TODAY, ward.now(ward.head))
        service.complete_action(nc.actions[0], "Đã đặt", ward.now(ward.head))
    assert nc.state is S.VERIFYING
    assert parts(nc) == {("auditor", "wrote"), ("head", "in_whose_name"), ("head", "submitted"), ("head", "did")}
    with pytest.raises(Refused) as refused, writing():
        service.verify(nc, True, "Tốt", ward.now(auditor))
    assert codes(refused) == {"own_response"}
    asked = {row.person_id for row in db.session.execute(verdicts(TODAY, FAR))}
    assert asked == {ward.officer.id}, "and whoever took part is not asked"
    with past_the_trail() as session:  # without an officer the auditors are asked; this one is none of them
        session.delete(session.scalars(select(Grant).where(Grant.role == Role.QUALITY_OFFICER)).one())
    assert not db.session.execute(verdicts(TODAY, FAR)).all()
    assert telling.verifiers_of(nc, ward.now(ward.head)) == []
    assert work(ward.now(auditor)) == []


def test_who_took_part_stays_so_when_the_plan_is_made_anew_by_others(ward: Ward) -> None:
    nc = ward.acting()
    second = ward.office.person("second", unit=ward.division, role=Role.UNIT_HEAD)
    with writing():
        service.send_back(nc, "Làm lại", ward.now(ward.officer))
        service.record_analysis(nc, "Sửa", "Quên", ward.now(second))
        service.submit(nc, TODAY + timedelta(days=40), ward.now(second))
    assert parts(nc) == {("head", "wrote"), ("head", "submitted"), ("second", "wrote"), ("second", "submitted")}


@pytest.mark.usefixtures("any_app")
def test_a_major_one_is_closed_by_another_and_the_database_holds_it(ward: Ward) -> None:
    nc = ward.verified()
    with past_the_trail():
        nc.grade = Grade.MAJOR
    with pytest.raises(Refused) as refused, writing():
        service.close(nc, ward.now(ward.officer))
    assert codes(refused) == {"own_verdict"}
    assert not db.session.execute(closings(TODAY, FAR)).all() and work(ward.now(ward.officer)) == [], "so nobody asks for it"
    second = ward.office.person("second", unit=ward.other)
    ward.office.grant(second, Role.MANAGEMENT_REPRESENTATIVE, ward.ward)
    ward.office.deputy(ward.officer, second)
    with pytest.raises(Refused) as refused, writing():
        service.close(nc, ward.now(second))
    assert codes(refused) == {"own_verdict"}, "nor by a deputy of whoever verified it"
    third = ward.office.person("third", unit=ward.other)
    ward.office.grant(third, Role.MANAGEMENT_REPRESENTATIVE, ward.ward)
    assert {row.person_id for row in db.session.execute(closings(TODAY, FAR))} == {third.id}
    with writing():
        service.close(nc, ward.now(third))
    assert (nc.state, nc.closed_by_id) == (S.CLOSED, third.id)
    with pytest.raises(IntegrityError, match="major_closed_by_another"), past_the_trail():
        nc.closed_by_id = ward.officer.id
    db.session.rollback()
    with writing():
        service.reopen(nc, "Lại xảy ra", ward.now(third, TODAY + timedelta(days=1)))
    assert nc.closed_by_id is None
    with pytest.raises(IntegrityError, match="closer_of_closed"), past_the_trail():
        nc.closed_by_id = third.id
    db.session.rollback()


def test_an_answer_by_a_deputy_names_both(ward: Ward) -> None:
    vice = ward.office.person("vice", unit=ward.division, role=Role.STAFF)
    ward.office.deputy(ward.head, vice)
    nc = ward.planned()
    with writing():
        service.submit(nc, TODAY + timedelta(days=40), ward.now(vice))
    assert (nc.responded_by_id, nc.responded_for_id) == (vice.id, ward.head.id)
    assert (history("nonconformity", nc.code)[0].username, history("nonconformity", nc.code)[0].on_behalf_of) == ("vice", "head")
    with writing():
        service.send_back(nc, "Làm lại", ward.now(ward.officer))
        service.submit(nc, TODAY + timedelta(days=40), ward.now(ward.head))
    assert (nc.responded_by_id, nc.responded_for_id) == (ward.head.id, None)


# --- giving over


def test_open_actions_are_given_over_each_with_its_entry(ward: Ward) -> None:
    nc, planned = ward.acting(), ward.planned()
    receiver = ward.office.person("receiver", unit=ward.other)
    assert _holdings(ward) == [f"{nc.code}/1", f"{planned.code}/1"]
    with writing():
        assert estate.give_over(ward.staff, receiver, ward.now(ward.officer)) == 2
    assert {one.owner_id for one in db.session.scalars(select(Action))} == {receiver.id}
    assert _holdings(ward) == []
    entry = history("nonconformity", nc.code)[0]
    assert (entry.deed, entry.personal_value("owner")) == ("hand_action_over", '["staff","receiver"]')
    assert told("action_assigned") == {"staff", "receiver"}
    with pytest.raises(Refused) as refused, writing():
        service.hand_action_over(nc.actions[0], receiver, ward.now(ward.head))
    assert codes(refused) == {"owner_already"}
    with writing():
        service.complete_action(nc.actions[0], "Xong", ward.now(receiver))
    assert nc.state is S.VERIFYING


def test_an_action_is_not_given_to_a_disabled_account_nor_by_just_anybody(ward: Ward) -> None:
    nc = ward.acting()
    gone = ward.office.person("gone", unit=ward.other, disabled=True)
    with pytest.raises(Refused) as refused, writing():
        estate.give_over(ward.staff, gone, ward.now(ward.officer))
    assert codes(refused) == {"owner_disabled"}
    with pytest.raises(Refused) as refused, writing():
        service.hand_action_over(nc.actions[0], ward.reader, ward.now(ward.staff))
    assert codes(refused) == {"not_permitted"}
    assert ward.office.again(nc.actions[0]).owner_id == ward.staff.id


def _holdings(ward: Ward) -> list[str]:
    with current_app.test_request_context():
        return [one.context.split(",")[0] for part in estate_of(ward.staff.id) for one in part.holdings]


@pytest.mark.usefixtures("any_app")
def test_what_is_stored_about_a_person_is_listed(ward: Ward) -> None:
    nc = ward.closed()
    lists = [lines_of(estate.personal(person.id)) for person in (ward.officer, ward.head, ward.staff, ward.reader)]
    counts = [[len(rows) for _heading, rows in one] for one in lists]
    assert counts == [[1, 0, 0, 1, 1, 0], [0, 1, 2, 0, 0, 0], [0, 0, 1, 0, 0, 1], [0, 0, 0, 0, 0, 0]]
    assert [row["code"] for row in lists[2][-1][1]] == [f"{nc.code}/1"]
