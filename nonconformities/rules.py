"""What is allowed with a nonconformity and why not: pure functions of a record and a moment (10.2).

Records taken over from a register may lack pieces; each rule copes with that.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from nonconformities.models import Action, ActionState, EventKind, Grade, Nonconformity, NonconformityState, Response
from procedures.models import Procedure
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel.days import WorkingDays
from qms.kernel.language import _l
from qms.kernel.moment import Actor, Entrusted, Moment
from qms.kernel.refusal import Refusal
from qms.kernel.workflow import Apart
from qms.standard.catalogue import clauses
from qms.units.models import Unit

# The days below are customary practice, no law sets them; an organisation may choose its own here.
RESPONSE_WORKING_DAYS = 10
DUE_WORKING_DAYS = {Grade.MAJOR: 30, Grade.MINOR: 60}
# The three below are rules of the evaluation (no_overdue_nonconformity), in calendar days.
MINOR_GRACE_DAYS = 90
EFFECT_GRACE_DAYS = 30
LONGEST_MOVE_DAYS = 60


@dataclass(frozen=True)
class Limits:
    """The stored deadlines of a new nonconformity."""

    response_due_on: date
    due_on: date
    limit_on: date


def limits(grade: Grade, raised_on: date, calendar: WorkingDays) -> Limits:
    """Deadlines of a nonconformity raised on that day, in working days of the office."""
    due_on = calendar.add_working_days(raised_on, DUE_WORKING_DAYS[grade])
    return Limits(calendar.add_working_days(raised_on, RESPONSE_WORKING_DAYS), due_on, limit_of(grade, due_on))


def limit_of(grade: Grade, due_on: date) -> date:
    """The last day on which the evaluation forgives an unfinished one: the due day, for a minor one 90 days more."""
    return due_on + timedelta(days=MINOR_GRACE_DAYS) if grade is Grade.MINOR else due_on


def effect_limit_of(effect_due_on: date) -> date:
    """The last day on which the evaluation forgives an effect that is not verified."""
    return effect_due_on + timedelta(days=EFFECT_GRACE_DAYS)


def move_counts(due_on: date, moved_to: date | None, moved_on: date | None) -> bool:
    """Whether a moved day replaces the first one: moved before it was due, to a later day, by 60 days at most."""
    if moved_to is None or moved_on is None:
        return False
    return moved_on < due_on and 1 <= (moved_to - due_on).days <= LONGEST_MOVE_DAYS


def action_due(action: Action) -> date:
    """The day an action is due; a move that counts replaces the first day."""
    return action.moved_to if action.move_counts and action.moved_to is not None else action.due_on


def due(nc: Nonconformity) -> date:
    """The day the whole nonconformity is due; a move that counts replaces the first day."""
    return nc.moved_to if nc.move_counts and nc.moved_to is not None else nc.due_on


def live_actions(nc: Nonconformity) -> list[Action]:
    """The actions that were not cancelled."""
    return [action for action in nc.actions if action.state != ActionState.CANCELLED]


def open_actions(nc: Nonconformity) -> list[Action]:
    """The actions still to be done."""
    return [action for action in nc.actions if action.state == ActionState.OPEN]


def responses_in_force(nc: Nonconformity) -> list[Response]:
    """The responses that were not taken back; in a record of this system at most one."""
    return [response for response in nc.responses if response.withdrawn_on is None]


def next_due(nc: Nonconformity) -> date | None:
    """The day by which the next thing has to happen in the present state; None when it is closed."""
    if nc.state == NonconformityState.CLOSED:
        return None
    if nc.state == NonconformityState.PLANNING:
        return due(nc) if nc.responses else nc.response_due_on
    if nc.state == NonconformityState.ACTING:
        return min((action_due(action) for action in open_actions(nc)), default=due(nc))
    if nc.state == NonconformityState.VERIFYING:
        days = [response.effect_due_on for response in responses_in_force(nc) if response.effect_due_on is not None]
        return max(days, default=due(nc))
    return due(nc)


# --- raising


def may_raise(unit: Unit, moment: Moment) -> Refusal | None:
    """Who raises must hold that permission in the unit (5.3)."""
    if moment.person.may(Permission.NONCONFORMITIES_RAISE, unit.id):
        return None
    return Refusal("not_permitted", _l("Your role does not allow raising a nonconformity in this unit."))


def statement_given(statement: str) -> Refusal | None:
    """The nature of a nonconformity is documented (10.2.2 a)."""
    return None if statement.strip() else Refusal("statement_missing", _l("Say what does not conform."))


def clause_known(clause: str | None) -> Refusal | None:
    """A clause must stand in the catalogue of the edition."""
    if clause is None or clause in clauses():
        return None
    return Refusal("clause_unknown", _l("The standard has no clause %(clause)s.", clause=clause))


def procedure_concerns(unit: Unit, procedure: Procedure | None) -> Refusal | None:
    """A unit can break only a procedure that it owns or that applies to it (7.5)."""
    if procedure is None or procedure.unit_id == unit.id:
        return None
    if any(application.unit_id == unit.id for application in procedure.applications):
        return None
    return Refusal(
        "procedure_elsewhere", _l("The procedure %(code)s neither belongs nor applies to this unit.", code=procedure.code)
    )


# --- planning


def description_given(description: str) -> Refusal | None:
    """An action says what will be done (10.2.1 c)."""
    return None if description.strip() else Refusal("description_missing", _l("Say what will be done."))


def action_day_ahead(due_on: date, moment: Moment) -> Refusal | None:
    """A new action cannot be due in the past."""
    if due_on >= moment.today:
        return None
    return Refusal("due_day_past", _l("The due day lies in the past; choose today or a later day."))


def owner_active(owner: Person) -> Refusal | None:
    """Somebody who can no longer sign in cannot be given an action (5.3)."""
    if not owner.disabled:
        return None
    return Refusal("owner_disabled", _l("The account of %(name)s is disabled; choose somebody else.", name=owner.full_name))


def owner_is_another(action: Action, receiver: Person) -> Refusal | None:
    """Giving an action over changes its owner."""
    if action.owner_id != receiver.id:
        return None
    return Refusal("owner_already", _l("%(name)s owns this action already.", name=receiver.full_name))


def while_planning(action: Action, moment: Moment) -> Refusal | None:
    """A plan is changed while it is being made; afterwards it is sent back first."""
    if action.nonconformity.state == NonconformityState.PLANNING:
        return None
    return Refusal("not_planning", _l("An action can be cancelled only while the plan is being made."))


def correction_recorded(nc: Nonconformity, moment: Moment) -> Refusal | None:
    """The unit reacts to the nonconformity and corrects it (10.2.1 a)."""
    return None if nc.correction else Refusal("correction_missing", _l("The correction is not recorded yet."))


def cause_recorded(nc: Nonconformity, moment: Moment) -> Refusal | None:
    """The causes are determined before the actions are agreed (10.2.1 b)."""
    return None if nc.root_cause else Refusal("cause_missing", _l("The root cause is not recorded yet."))


def has_action(nc: Nonconformity, moment: Moment) -> Refusal | None:
    """A plan holds at least one action that was not cancelled (10.2.1 c)."""
    return None if live_actions(nc) else Refusal("no_action", _l("There is no corrective action yet."))


def effect_after_actions(nc: Nonconformity, effect_due_on: date) -> Refusal | None:
    """An effect can show only after the last action (10.2.1 d)."""
    last = max((action_due(action) for action in live_actions(nc)), default=None)
    if last is None or effect_due_on >= last:
        return None
    return Refusal(
        "effect_before_actions",
        _l("The effect is verified after the last action, not before %(day)s.", day=last.strftime("%d/%m/%Y")),
    )


# --- acting


def while_acting(action: Action, moment: Moment) -> Refusal | None:
    """Actions are reported while the agreed plan is carried out."""
    if action.nonconformity.state == NonconformityState.ACTING:
        return None
    return Refusal("not_acting", _l("An action can be completed only while the actions are under way."))


def owns_or_responds(action: Action, moment: Moment) -> Refusal | None:
    """The owner reports the action, or somebody who answers for the unit (5.3)."""
    if owns(action, moment.person) or moment.person.may(Permission.NONCONFORMITIES_RESPOND, action.unit_id):
        return None
    return Refusal(
        "not_the_owner", _l("Only the owner, %(name)s, or the head of the unit reports this action.", name=action.owner_name)
    )


def result_given(result: str) -> Refusal | None:
    """The results of an action are documented (10.2.2 b)."""
    return None if result.strip() else Refusal("result_missing", _l("Say what was done and where it can be seen."))


def no_open_action(nc: Nonconformity, moment: Moment) -> Refusal | None:
    """Effectiveness is reviewed after the actions, not during them (10.2.1 d)."""
    waiting = open_actions(nc)
    if not waiting:
        return None
    return Refusal(
        "actions_open", _l("Not completed yet: action %(numbers)s.", numbers=", ".join(action.number for action in waiting))
    )


# --- verifying and closing


def took_part(nc: Nonconformity) -> set[int]:
    """Who wrote the answer, filled it in, submitted it or did an action of it, and in whose name: as the record itself tells.

    It stays so when a plan is taken back, a deputy revoked or an action given to somebody else.
    """
    return {part.person_id for part in nc.participants}


def owners_and_doers(nc: Nonconformity) -> set[int | None]:
    """Whose the actions are that were not cancelled, and who reported them."""
    return {person for action in live_actions(nc) for person in (action.owner_id, action.completed_by_id)}


NOT_OWN_RESPONSE = Apart(
    Refusal("own_response", _l("You took part in the answer to this nonconformity; somebody else verifies the effect.")),
    people=took_part,
)
"""Nobody reviews the effect of an answer one took part in, nor one of whose authors one is a deputy of (9.2.2 c by analogy)."""

NOT_OWN_ACTION = Apart(
    Refusal("own_action", _l("You own or completed an action here; somebody else verifies the effect.")), people=owners_and_doers
)
"""Nobody reviews the effect of an own action, nor of one whose owner one is a deputy of (9.2.2 c by analogy)."""

NOT_OWN_UNIT = Apart(
    Refusal("own_unit", _l("You belong to this unit; somebody from outside verifies the effect.")),
    units=lambda nc: (nc.unit_id,),
)
"""The effect is reviewed from outside the unit (9.2.2 c by analogy)."""

INDEPENDENCE = (NOT_OWN_RESPONSE, NOT_OWN_ACTION, NOT_OWN_UNIT)
"""Who verifies must be free of all three."""

MAJOR_BY_TWO = Apart(
    Refusal("own_verdict", _l("You verified the effect of this major nonconformity; somebody else closes it.")),
    people=lambda nc: (nc.verified_by_id,) if nc.grade is Grade.MAJOR else (),
)
"""Of a major nonconformity one person finds the effect, another one closes it (10.2.1 d; the house's own two pairs of eyes)."""


def effectiveness_verified(nc: Nonconformity, moment: Moment) -> Refusal | None:
    """A nonconformity is closed only when its actions proved effective (10.2.1 d)."""
    return None if nc.effective is True else Refusal("effect_not_verified", _l("The effect of the actions is not verified yet."))


def not_reopened_today(nc: Nonconformity, moment: Moment) -> Refusal | None:
    """Of one day's closing and reopening the reopening is the later one, so nothing of that kind can follow it that day."""
    if not any(event.event == EventKind.REOPENED and event.on == moment.today for event in nc.events):
        return None
    return Refusal("reopened_today", _l("This nonconformity was reopened today; close it from tomorrow on."))


# --- on behalf of the head


def nobody_confirms(unit: Unit) -> Refusal:
    """A form can be filled in for a head only where there is one (5.3)."""
    return Refusal(
        "nobody_confirms", _l("Nobody answers for %(unit)s yet; a role as head has to be given first.", unit=unit.name)
    )


# --- owning


def owns(action: Action, person: Actor) -> bool:
    """Whether the action was given to this person; the system owns nothing."""
    return person.person_id is not None and action.owner_id == person.person_id


def handing_over(action: Action, moment: Moment) -> Moment:
    """The moment of whoever hands over everything a person holds: that right was asked before, the action follows."""
    given = frozenset({Permission.NONCONFORMITIES_RESPOND})
    return replace(moment, person=Entrusted(moment.person, given, action.unit_id))


_OWNER_MAY = frozenset({Permission.NONCONFORMITIES_ACT})


def acting_moment(action: Action, moment: Moment) -> Moment:
    """The moment in which an action is reported: its owner needs no grant in the unit, and may belong to any."""
    if not owns(action, moment.person):
        return moment
    return replace(moment, person=Entrusted(moment.person, _OWNER_MAY, action.unit_id))
