"""The verbs of nonconformities: the only writer. Each moves along the workflow and leaves a line in the trail."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from nonconformities import rules, telling
from nonconformities.events import NonconformityClosed
from nonconformities.models import (
    NUMBERING,
    Action,
    ActionState,
    EventKind,
    Grade,
    Nonconformity,
    NonconformityEvent,
    NonconformityState,
    Part,
    Participant,
    Photo,
    Response,
    Source,
)
from nonconformities.workflow import ACTION_WORKFLOW, WORKFLOW
from procedures.models import Procedure
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.files.erasing import erase
from qms.files.models import StoredFile
from qms.kernel.db import db
from qms.kernel.events import announce
from qms.kernel.moment import Moment
from qms.kernel.refusal import refuse_if
from qms.kernel.text import search_text
from qms.people.within_reach import unless_within_reach
from qms.standard.catalogue import EDITION
from qms.trail.service import record
from qms.units.models import Unit
from qms.workdays.queries import calendar

KIND = WORKFLOW.kind
_PERMISSIONS = {"raise": Permission.NONCONFORMITIES_RAISE} | {
    step.name: step.permission for workflow in (WORKFLOW, ACTION_WORKFLOW) for step in workflow.steps
}
_PARTS = {
    "record_analysis": Part.WROTE,
    "add_action": Part.WROTE,
    "cancel_action": Part.WROTE,
    "submit": Part.SUBMITTED,
    "complete_action": Part.DID,
}
"""The deeds that are part of the answer: whoever does one does not judge its effect."""
_IDS = "qms_ids_by_username"


def raise_nonconformity(
    unit: Unit,
    *,
    grade: Grade,
    statement: str,
    requirement: str | None,
    evidence: str | None,
    clause: str | None,
    source: Source,
    audit_code: str | None = None,
    procedure: Procedure | None = None,
    moment: Moment,
) -> Nonconformity:
    """A new nonconformity of the unit with its deadlines (10.2.2 a); raises ``Refused``."""
    requirement, evidence, clause = requirement or None, evidence or None, clause or None
    refuse_if(
        rules.may_raise(unit, moment),
        rules.statement_given(statement),
        rules.clause_known(clause),
        rules.procedure_concerns(unit, procedure),
    )
    code = NUMBERING.next_code(moment.today.year)
    limits = rules.limits(grade, moment.today, calendar())
    nc = Nonconformity(
        code=code,
        unit=unit,
        unit_id=unit.id,
        source=source,
        audit_code=audit_code,
        procedure=procedure,
        edition=EDITION,
        clause=clause,
        grade=grade,
        statement=statement,
        requirement=requirement,
        evidence=evidence,
        raised_on=moment.today,
        raised_by_id=moment.person.person_id,
        response_due_on=limits.response_due_on,
        due_on=limits.due_on,
        limit_on=limits.limit_on,
        state=NonconformityState.PLANNING,
        taken_over=False,
        folded=search_text(code, statement, requirement, evidence),
    )
    db.session.add(nc)
    db.session.flush()
    _tell(nc, "raise", moment, {"grade": [None, grade.value], "statement": [None, statement]})
    telling.tell_raised(nc, moment)
    return nc


def record_analysis(nc: Nonconformity, correction: str, root_cause: str, moment: Moment) -> None:
    """What was done at once, and why it happened (10.2.1 a, b); either may still be empty while planning."""
    before = [nc.correction, nc.root_cause]
    WORKFLOW.perform(nc, "record_analysis", moment)
    nc.correction, nc.root_cause = correction.strip() or None, root_cause.strip() or None
    _tell(nc, "record_analysis", moment, {"correction": [before[0], nc.correction], "root_cause": [before[1], nc.root_cause]})


def add_action(nc: Nonconformity, description: str, owner: Person, due_on: date, moment: Moment) -> Action:
    """A corrective action with its owner and due day (10.2.1 c)."""
    WORKFLOW.perform(
        nc,
        "add_action",
        moment,
        rules.description_given(description),
        unless_within_reach(owner, nc.unit_id, moment.today),
        rules.owner_active(owner),
        rules.action_day_ahead(due_on, moment),
    )
    number = 1 + max((int(action.number) for action in nc.actions if action.number.isdecimal()), default=0)
    action = Action(
        nonconformity=nc,
        number=str(number),
        description=description,
        owner=owner,
        owner_id=owner.id,
        added_on=moment.today,
        due_on=due_on,
        state=ActionState.OPEN,
    )
    db.session.add(action)
    _new_version(nc)
    _tell(nc, "add_action", moment, {"action": [None, action.number], "due_on": [None, due_on.isoformat()]})
    return action


def cancel_action(action: Action, reason: str, moment: Moment) -> None:
    """Takes an action out of the plan that is being made."""
    ACTION_WORKFLOW.perform(action, "cancel_action", moment, reason=reason)
    action.cancelled_on, action.cancel_reason = moment.today, reason
    _new_version(action.nonconformity)
    _tell(action.nonconformity, "cancel_action", moment, {"action": [action.number, None]}, reason)


def submit(nc: Nonconformity, effect_due_on: date, moment: Moment) -> None:
    """Cause and plan are the unit's response of today; the actions begin. Their effect is due to be verified by that day."""
    WORKFLOW.perform(nc, "submit", moment, rules.effect_after_actions(nc, effect_due_on))
    _withdraw_response(nc, moment)
    nc.responses.append(
        Response(
            held_from=moment.today,
            responded_on=moment.today,
            responded_entered_on=moment.today,
            responded_late=False,
            effect_due_on=effect_due_on,
            effect_limit_on=rules.effect_limit_of(effect_due_on),
        )
    )
    nc.responded_by_id = moment.person.person_id
    nc.responded_for_id = _id_of(moment.person.on_behalf_of(Permission.NONCONFORMITIES_RESPOND, nc.unit_id))
    nc.prepared_by_id = _id_of(moment.prepared_by)
    _tell(nc, "submit", moment, {"state": _moved("submit", nc), "effect_due_on": [None, effect_due_on.isoformat()]})
    for action in rules.open_actions(nc):
        telling.tell_owner(action, moment)
    _move_on_when_done(nc, moment)


def send_back(nc: Nonconformity, reason: str, moment: Moment) -> None:
    """The plan does not convince: it is taken back from today on and made again."""
    WORKFLOW.perform(nc, "send_back", moment, reason=reason)
    _withdraw_response(nc, moment)
    _tell(nc, "send_back", moment, {"state": _moved("send_back", nc)}, reason)
    telling.tell_plan_due(nc, telling.SENT_BACK, reason, moment)


def complete_action(action: Action, result: str, moment: Moment, photos: Sequence[StoredFile] = ()) -> None:
    """The owner's "done", with what came of it and photos (10.2.2 b); after the last one the effect is to be verified."""
    acting = rules.acting_moment(action, moment)
    ACTION_WORKFLOW.perform(action, "complete_action", acting, rules.result_given(result))
    action.completed_on = action.completed_entered_on = moment.today
    action.completed_late = False
    action.completed_by_id = moment.person.person_id
    action.result = result
    told = {"action": [None, action.number], "result": [None, result]}
    told |= _attach(action.nonconformity, photos, action)
    _tell(action.nonconformity, "complete_action", moment, told)
    _move_on_when_done(action.nonconformity, acting)


def hand_action_over(action: Action, receiver: Person, moment: Moment) -> None:
    """An open action gets another owner, who is told when it is under way; what was agreed stays as it is (5.3)."""
    ACTION_WORKFLOW.perform(
        action,
        "hand_action_over",
        moment,
        unless_within_reach(receiver, action.unit_id, moment.today),
        rules.owner_active(receiver),
        rules.owner_is_another(action, receiver),
    )
    nc, before = action.nonconformity, action.owner.username if action.owner is not None else action.owner_text
    action.owner, action.owner_id, action.owner_text = receiver, receiver.id, None
    _new_version(nc)
    moved = {"action": [action.number, action.number]}
    _tell(nc, "hand_action_over", moment, moved, personal={"owner": [before, receiver.username]})
    if nc.state is NonconformityState.ACTING:
        telling.tell_owner(action, moment)


def request_verification(nc: Nonconformity, moment: Moment) -> None:
    """No action is open any more: the effect is to be verified (10.2.1 d)."""
    WORKFLOW.perform(nc, "request_verification", moment)
    _tell(nc, "request_verification", moment, {"state": _moved("request_verification", nc)})
    telling.tell_to_verify(nc, moment)


def verify(nc: Nonconformity, effective: bool, note: str, moment: Moment, photos: Sequence[StoredFile] = ()) -> None:
    """The verdict on the effect (10.2.1 d), from outside; when the actions did not help, a new plan is due."""
    step = "verify" if effective else "verify_not_effective"
    WORKFLOW.perform(nc, step, moment, reason=note)
    if effective:
        nc.effective, nc.verified_on, nc.verified_by_id = True, moment.today, moment.person.person_id
        nc.verdict_note = note
    else:
        _forget_verdict(nc)
        _withdraw_response(nc, moment)
    _tell(nc, step, moment, {"state": _moved(step, nc), **_attach(nc, photos)}, note)
    if not effective:
        telling.tell_plan_due(nc, telling.NOT_EFFECTIVE, note, moment)


def close(nc: Nonconformity, moment: Moment) -> None:
    """Closes it and announces that, so that a finding above can be settled in the same transaction."""
    WORKFLOW.perform(nc, "close", moment)
    nc.closed_by_id = moment.person.person_id
    _add_event(nc, EventKind.CLOSED, None, moment)
    _tell(nc, "close", moment, {"state": _moved("close", nc)})
    telling.tell_closed(nc, moment)
    db.session.flush()
    announce(NonconformityClosed(nc.id, nc.code, moment.today))


def reopen(nc: Nonconformity, reason: str, moment: Moment) -> None:
    """It came back: the verdict is forgotten, the response taken back, a new plan is due (10.2.1 b 3)."""
    WORKFLOW.perform(nc, "reopen", moment, reason=reason)
    nc.closed_by_id = None
    _forget_verdict(nc)
    _withdraw_response(nc, moment)
    _add_event(nc, EventKind.REOPENED, reason, moment)
    _tell(nc, "reopen", moment, {"state": _moved("reopen", nc)}, reason)
    telling.tell_plan_due(nc, telling.REOPENED, reason, moment)


def remove_photo(photo: Photo, reason: str, moment: Moment) -> None:
    """Takes a photo out of the record: it shows whom it should not, or something else. Its bytes go with it."""
    nc, stored = photo.nonconformity, photo.file
    WORKFLOW.perform(nc, "remove_photo", moment, reason=reason)
    nc.photos.remove(photo)
    db.session.delete(photo)
    _new_version(nc)
    db.session.flush()
    erase(stored, moment, unit_id=nc.unit_id)
    _tell(nc, "remove_photo", moment, {_name(photo): [stored.sha256, None]}, reason)


def _attach(nc: Nonconformity, photos: Sequence[StoredFile], action: Action | None = None) -> dict[str, list[str | None]]:
    """Keeps the photos; what the trail tells of them is the hash of each, never its name."""
    told: dict[str, list[str | None]] = {}
    for stored in photos:
        number = 1 + max((photo.number for photo in nc.photos), default=0)
        photo = Photo(action_id=None if action is None else action.id, number=number, file=stored)
        nc.photos.append(photo)
        told[_name(photo)] = [None, stored.sha256]
    return told


def _name(photo: Photo) -> str:
    return f"photo {photo.number}"


def _move_on_when_done(nc: Nonconformity, moment: Moment) -> None:
    if not rules.open_actions(nc):
        request_verification(nc, moment)


def _new_version(nc: Nonconformity) -> None:
    """The plan is part of the record: whoever submits it must have seen the actions it holds."""
    flag_modified(nc, "state")


def _forget_verdict(nc: Nonconformity) -> None:
    nc.effective = nc.verified_on = nc.verified_by_id = nc.verdict_note = None


def _take_part(nc: Nonconformity, part: Part, behalf: str | None, moment: Moment) -> None:
    """Keeps who had a hand in the answer: whoever acts, in whose name, and who had filled the form in."""
    took = [
        (moment.person.person_id, part),
        (_id_of(behalf), Part.IN_WHOSE_NAME),
        (_id_of(moment.prepared_by), Part.FILLED_IN),
    ]
    with db.session.no_autoflush:  # what was changed so far goes to the database with the rest
        known = {(one.person_id, one.part) for one in nc.participants}
    for person_id, did in took:
        if person_id is not None and (person_id, did) not in known:
            nc.participants.append(Participant(person_id=person_id, part=did, since=moment.today))


def _withdraw_response(nc: Nonconformity, moment: Moment) -> None:
    for response in rules.responses_in_force(nc):
        # a register may bring a response that begins later than today
        response.withdrawn_on = max(moment.today, response.held_from or moment.today)


def _add_event(nc: Nonconformity, kind: EventKind, reason: str | None, moment: Moment) -> None:
    nc.events.append(
        NonconformityEvent(
            on=moment.today, event=kind, entered_on=moment.today, late=False, by_id=moment.person.person_id, reason=reason
        )
    )


def _moved(step: str, nc: Nonconformity) -> list[str]:
    return [WORKFLOW.step(step).sources[0].value, nc.state.value]


def _id_of(username: str | None) -> int | None:
    """Asked once a session: the verbs of one form all have the same preparer."""
    if username is None:
        return None
    known = db.session.info.setdefault(_IDS, {})
    if username not in known:
        known[username] = db.session.scalar(select(Person.id).where(Person.username == username))
    found: int | None = known[username]
    return found


def _tell(
    nc: Nonconformity,
    deed: str,
    moment: Moment,
    changes: dict[str, Any],
    reason: str | None = None,
    personal: dict[str, Any] | None = None,
) -> None:
    behalf = moment.person.on_behalf_of(_PERMISSIONS[deed], nc.unit_id)
    if deed in _PARTS:
        _take_part(nc, _PARTS[deed], behalf, moment)
    record(
        moment, KIND, nc.code, deed, unit_id=nc.unit_id, changes=changes, personal=personal, reason=reason, on_behalf_of=behalf
    )
