"""A form filled in for a head through its verbs, on both databases: it counts once confirmed, and both names stay."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from nonconformities import service as nonconformities
from nonconformities.answering import preparables
from nonconformities.models import ActionState, Nonconformity, NonconformityState
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.behalf import service
from qms.behalf.models import PreparedForm, PreparedState
from qms.behalf.queries import KIND
from qms.kernel.db import db, writing
from qms.kernel.forms import ChangedMeanwhile
from qms.kernel.refusal import Refused
from qms.notices.models import Notice
from qms.trail.models import TrailEntry
from qms.trail.service import history
from qms.workdays.queries import calendar
from tests.behalf.office_of_head import DUE_ON, EFFECT_ON, HeadOffice
from tests.office import TODAY, Office, at, past_the_trail

S = PreparedState


@pytest.fixture
def ward(office: Office) -> HeadOffice:
    return HeadOffice(office)


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.code for refusal in refused.value.refusals}


def told(name: str) -> set[int]:
    return set(db.session.scalars(select(Notice.person_id).where(Notice.name == name)))


def record_of(form: PreparedForm) -> Nonconformity:
    return db.session.scalars(select(Nonconformity).where(Nonconformity.code == form.code)).one()


def test_nothing_of_a_form_counts_before_it_is_confirmed(ward: HeadOffice) -> None:
    form = ward.prepared()
    nc = record_of(form)
    assert (nc.state, nc.correction, nc.root_cause, nc.actions, nc.version) == (NonconformityState.PLANNING, None, None, [], 1)
    assert form.state is S.WAITING
    assert form.due_on == calendar().add_working_days(TODAY, 2)
    assert told("form_prepared") == {ward.head.id}
    notice = db.session.scalars(select(Notice).where(Notice.name == "form_prepared")).one()
    assert notice.urgent and notice.kind == KIND and notice.code == str(form.id)
    assert [entry.deed for entry in history("nonconformity", nc.code)] == ["raise"]
    assert [entry.username for entry in history(KIND, str(form.id))] == ["secretary"]


@pytest.mark.usefixtures("any_app")
def test_one_tap_makes_it_the_deed_of_the_head_and_keeps_both_names(ward: HeadOffice) -> None:
    form = ward.prepared(action_2="Tập huấn", owner_2="head", due_on_2=DUE_ON.isoformat())
    with writing():
        service.confirm(form, ward.now(ward.head))
    nc = record_of(form)
    assert nc.state is NonconformityState.ACTING
    assert (nc.correction, nc.root_cause) == ("In lại giấy", "Không ai kiểm tra biểu mẫu")
    assert [(one.number, one.owner.username, one.due_on) for one in nc.actions] == [("1", "staff", DUE_ON), ("2", "head", DUE_ON)]
    assert [one.effect_due_on for one in nc.responses] == [EFFECT_ON]
    assert (nc.responded_by_id, nc.responded_for_id, nc.prepared_by_id) == (ward.head.id, None, ward.secretary.id)
    entries = [entry for entry in history("nonconformity", nc.code) if entry.deed != "raise"]
    assert [entry.deed for entry in entries] == ["submit", "add_action", "add_action", "record_analysis"]
    assert {(entry.username, entry.prepared_by, entry.on_behalf_of) for entry in entries} == {("head", "secretary", None)}
    assert (form.state, form.decided_by_id, form.decided_at) == (S.CONFIRMED, ward.head.id, at(TODAY))
    assert told("form_confirmed") == {ward.secretary.id}


def test_a_deputy_confirms_and_three_names_stay(ward: HeadOffice) -> None:
    ward.office.deputy(ward.head, ward.colleague)
    form = ward.prepared()
    assert told("form_prepared") == {ward.head.id, ward.colleague.id}
    with writing():
        service.confirm(form, ward.now(ward.colleague))
    nc = record_of(form)
    assert (nc.responded_by_id, nc.responded_for_id, nc.prepared_by_id) == (ward.colleague.id, ward.head.id, ward.secretary.id)
    (submitted,) = [entry for entry in history("nonconformity", nc.code) if entry.deed == "submit"]
    assert (submitted.username, submitted.on_behalf_of, submitted.prepared_by) == ("colleague", "head", "secretary")
    (confirmed,) = [entry for entry in history(KIND, str(form.id)) if entry.deed == "confirm"]
    assert (confirmed.username, confirmed.on_behalf_of) == ("colleague", "head")


def test_a_deputy_who_filled_it_in_does_not_confirm_it(ward: HeadOffice) -> None:
    form = ward.prepared()
    ward.office.deputy(ward.head, ward.secretary)
    with pytest.raises(Refused) as refused, writing():
        service.confirm(form, ward.now(ward.secretary))
    assert codes(refused) == {"own_form"}


@pytest.mark.parametrize("who", ["staff", "officer", "reader", "colleague"])
def test_nobody_else_decides(ward: HeadOffice, who: str) -> None:
    form, person = ward.prepared(), getattr(ward, who)
    for act in (service.confirm, lambda one, moment: service.decline(one, "Không", moment), service.withdraw):
        with pytest.raises(Refused) as refused, writing():
            act(form, ward.now(person))
        assert codes(refused) & {"for_somebody_else", "form_of_another"}
    assert ward.office.again(form).state is S.WAITING


def test_a_head_who_lost_the_role_confirms_nothing_but_may_decline(ward: HeadOffice) -> None:
    form = ward.prepared()
    with past_the_trail() as session:
        for grant in session.get_one(Person, ward.head.id).grants:
            grant.valid_to = TODAY - timedelta(days=1)
    with pytest.raises(Refused) as refused, writing():
        service.confirm(form, ward.now(ward.head))
    assert codes(refused) == {"not_permitted"}
    assert record_of(form).state is NonconformityState.PLANNING
    with writing():
        service.decline(form, "Không còn phụ trách", ward.now(ward.head))
    assert form.state is S.DECLINED


def test_a_record_that_changed_meanwhile_is_not_overwritten_and_what_was_filled_in_is_kept(ward: HeadOffice) -> None:
    form = ward.prepared()
    with writing():
        nonconformities.record_analysis(record_of(form), "Tự sửa", "Khác", ward.now(ward.head))
    with pytest.raises(Refused) as refused, writing():
        service.confirm(form, ward.now(ward.head))
    assert codes(refused) == {"record_changed"}
    again = ward.office.again(form)
    assert again.state is S.WAITING
    assert again.fields["correction"] == "In lại giấy"
    assert record_of(form).correction == "Tự sửa"
    assert preparables.ANSWER.hindrances(form.code, form.fields, ward.now(ward.head))[0].code == "record_changed"


def test_what_the_verbs_would_refuse_is_said_to_whoever_fills_it_in(ward: HeadOffice) -> None:
    nc = ward.raised()
    for changed, code in (
        ({"effect_due_on": TODAY.isoformat()}, "effect_before_actions"),
        ({"owner_1": "niemand"}, "person_unknown"),
        ({"due_on_1": (TODAY - timedelta(days=1)).isoformat()}, "due_day_past"),
    ):
        with pytest.raises(Refused) as refused:
            ward.prepared(nc, **changed)
        assert codes(refused) == {code}
    with pytest.raises(ChangedMeanwhile):
        ward.prepared(nc, version="99")
    assert not db.session.scalars(select(PreparedForm)).all()
    assert not db.session.scalars(select(Notice).where(Notice.name == "action_assigned")).all(), "trying out tells nobody"
    assert db.session.scalar(select(func.count()).where(TrailEntry.deed.in_(["submit", "add_action"]))) == 0


def test_filling_in_is_for_those_who_may_and_may_not_do_it_themselves(ward: HeadOffice) -> None:
    nc = ward.raised()
    for who, code in (("reader", "not_permitted"), ("staff", "not_permitted"), ("head", "own_right")):
        with pytest.raises(Refused) as refused:
            ward.prepared(nc, by=getattr(ward, who))
        assert code in codes(refused)
    fields = ward.answer(nc)
    with pytest.raises(Refused) as refused, writing():
        service.prepare(preparables.ANSWER, nc.code, nc.unit_id, fields, ward.reader, ward.now(ward.secretary))
    assert codes(refused) == {"bearer_not_permitted"}
    assert ward.prepared(nc, by=ward.officer).state is S.WAITING


@pytest.mark.usefixtures("any_app")
def test_of_a_step_one_form_waits_and_the_database_holds_to_it(ward: HeadOffice) -> None:
    form = ward.prepared()
    with pytest.raises(Refused) as refused:
        ward.prepared(record_of(form), by=ward.officer)
    assert codes(refused) == {"waits_already"}
    copy = {
        name: getattr(form, name) for name in ("kind", "code", "step", "unit_id", "fields", "prepared_at", "due_on", "for_id")
    }
    with pytest.raises(IntegrityError), past_the_trail() as session:
        session.add(PreparedForm(**copy, prepared_by_id=ward.officer.id))
    with writing():
        service.withdraw(form, ward.now(ward.secretary))
        service.prepare(
            preparables.ANSWER, form.code, form.unit_id, form.fields, ward.head, ward.now(ward.officer)
        )  # the place is free again in the same transaction
    assert sorted(one.state.value for one in db.session.scalars(select(PreparedForm))) == ["waiting", "withdrawn"]


@pytest.mark.parametrize(
    "broken",
    [
        {"state": S.CONFIRMED},
        {"decided_at": at(TODAY)},
        {"state": S.DECLINED, "decided_at": at(TODAY)},
        {"state": S.CONFIRMED, "decided_at": at(TODAY), "decided_by_id": "preparer"},
    ],
)
@pytest.mark.usefixtures("any_app")
def test_the_database_refuses_a_form_that_breaks_a_rule(ward: HeadOffice, broken: dict[str, object]) -> None:
    form = ward.prepared()
    values = {name: form.prepared_by_id if value == "preparer" else value for name, value in broken.items()}
    with pytest.raises(IntegrityError):
        change(form, values)


def change(form: PreparedForm, values: dict[str, object]) -> None:
    with past_the_trail():
        for name, value in values.items():
            setattr(form, name, value)


def test_a_form_is_declined_with_a_reason_and_filled_in_anew(ward: HeadOffice) -> None:
    form = ward.prepared()
    with pytest.raises(Refused) as refused, writing():
        service.decline(form, " ", ward.now(ward.head))
    assert codes(refused) == {"reason_missing"}
    with writing():
        service.decline(form, "Chưa tới gốc", ward.now(ward.head))
    assert (form.state, form.reason) == (S.DECLINED, "Chưa tới gốc")
    assert told("form_declined") == {ward.secretary.id}
    assert record_of(form).state is NonconformityState.PLANNING
    with pytest.raises(Refused) as refused, writing():
        service.confirm(form, ward.now(ward.head))
    assert codes(refused) == {"wrong_state"}
    assert ward.prepared(record_of(form)).state is S.WAITING


def test_the_report_of_an_action_is_confirmed_by_the_head(ward: HeadOffice) -> None:
    nc = ward.acting()
    action, moment = nc.actions[0], ward.now(ward.secretary)
    fields = {"version": str(action.version), "action": action.description, "result": "Đã sửa phần mềm"}
    with writing():
        form = service.prepare(preparables.REPORT, action.reference, nc.unit_id, fields, ward.head, moment)
    assert ward.office.again(action).state is ActionState.OPEN
    with writing():
        service.confirm(form, ward.now(ward.head))
    assert (action.state, action.completed_by_id, action.result) == (ActionState.DONE, ward.head.id, "Đã sửa phần mềm")
    assert nc.state is NonconformityState.VERIFYING
    (entry,) = [one for one in history("nonconformity", nc.code) if one.deed == "complete_action"]
    assert (entry.username, entry.prepared_by) == ("head", "secretary")


def test_whoever_filled_in_the_plan_does_not_verify_it(ward: HeadOffice) -> None:
    form = ward.prepared(by=ward.officer)
    with writing():
        service.confirm(form, ward.now(ward.head))
    nc = record_of(form)
    with writing():
        nonconformities.complete_action(nc.actions[0], "Xong", ward.now(ward.staff))
    with pytest.raises(Refused) as refused, writing():
        nonconformities.verify(nc, True, "Tốt", ward.now(ward.officer))
    assert codes(refused) == {"own_response"}


@pytest.mark.usefixtures("any_app")
def test_what_waits_for_a_person_who_leaves_goes_to_the_successor(ward: HeadOffice) -> None:
    form = ward.prepared()
    successor = ward.office.person("successor", unit=ward.division, role=Role.UNIT_HEAD)
    with writing():
        assert service.hand_over(ward.head, successor, ward.now(ward.officer)) == 1
    assert (form.for_id, form.state) == (successor.id, S.WAITING)
    assert successor.id in told("form_prepared")
    with writing():
        service.confirm(form, ward.now(successor))
    assert record_of(form).responded_by_id == successor.id


@pytest.mark.parametrize("receiver", ["reader", "secretary"])
def test_it_is_given_back_when_the_receiver_may_not_confirm(ward: HeadOffice, receiver: str) -> None:
    form = ward.prepared()
    with writing():
        service.hand_over(ward.head, getattr(ward, receiver), ward.now(ward.officer))
    assert form.state is S.WITHDRAWN
    assert told("form_given_back") == {ward.secretary.id}
    assert [entry.deed for entry in history(KIND, str(form.id))] == ["give_back", "prepare"]
