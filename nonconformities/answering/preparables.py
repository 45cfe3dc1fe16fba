"""Forms that the secretary or the staff fill in for a head: the whole answer to a nonconformity, and the report of an action.

The head's questions are three: what was done at once, why did it happen, what will be done. Confirmed with one tap, they are
the verbs record_analysis, add_action for each action, and submit, in one transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from nonconformities import rules, service
from nonconformities.models import Action, Nonconformity
from nonconformities.workflow import ACTION_WORKFLOW, WORKFLOW
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.behalf import rules as behalf
from qms.kernel.db import db
from qms.kernel.feature import Preparable
from qms.kernel.forms import check_version
from qms.kernel.language import _, _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, refuse_if
from qms.kernel.web import day_text
from qms.people.within_reach import find_within_reach, nobody

MOST_ACTIONS = 5
"""How many actions one form holds; a plan with more is made step by step."""
Fields = Mapping[str, str]


def _record(code: str, *, to_change: bool = False) -> Nonconformity:
    query = select(Nonconformity).where(Nonconformity.code == code)
    return db.session.scalars(query.with_for_update(of=Nonconformity) if to_change else query).one()


def _action(code: str, *, to_change: bool = False) -> Action:
    record_code, _slash, number = code.rpartition("/")
    nc = _record(record_code, to_change=to_change)
    return next(action for action in nc.actions if action.number == number)


def _changed(version: int, fields: Fields) -> list[Refusal]:
    return [] if str(version) == fields["version"] else [behalf.RECORD_CHANGED]


def _found(nc: Nonconformity) -> list[tuple[str, str]]:
    told = ((_("Statement"), nc.statement), (_("Requirement"), nc.requirement), (_("Evidence"), nc.evidence))
    return [(label, text) for label, text in told if text]


# --- the whole answer


def _about_answer(code: str) -> list[tuple[str, str]]:
    nc = _record(code)
    live = [(_("In the plan already"), action.description) for action in rules.live_actions(nc)]
    return _found(nc) + live


def planned_actions(fields: Fields) -> list[tuple[str, str, date]]:
    """What will be done, by whom (user name), until when; rows that were left empty are left out."""
    return [
        (fields[f"action_{number}"], fields[f"owner_{number}"], date.fromisoformat(fields[f"due_on_{number}"]))
        for number in range(1, MOST_ACTIONS + 1)
        if fields.get(f"action_{number}")
    ]


def _describe_answer(fields: Fields) -> list[tuple[str, str]]:
    names = dict(
        db.session.execute(
            select(Person.username, Person.full_name).where(
                Person.username.in_([owner for _text, owner, _day in planned_actions(fields)])
            )
        ).all()
    )
    lines = [
        (_("What was done at once to correct it?"), fields["correction"]),
        (_("Why did it happen?"), fields["root_cause"]),
    ]
    for text, owner, day in planned_actions(fields):
        who = names.get(owner, owner)
        lines.append((_("What will be done?"), "\n".join((text, _("%(name)s, until %(day)s", name=who, day=day_text(day))))))
    lines.append((_("By when can the effect be verified?"), day_text(date.fromisoformat(fields["effect_due_on"]))))
    return lines


def _answer(code: str, fields: Fields, moment: Moment) -> None:
    whole = (
        select(Nonconformity)
        .where(Nonconformity.code == code)
        # a record whose plan is made holds few of each
        .options(joinedload(Nonconformity.participants), joinedload(Nonconformity.actions), joinedload(Nonconformity.responses))
    )
    answer(db.session.scalars(whole.with_for_update(of=Nonconformity)).unique().one(), fields, moment)


def answer(nc: Nonconformity, fields: Fields, moment: Moment) -> None:
    """The three verbs on a record that is locked; raises ``ChangedMeanwhile`` when it is no longer the one that was shown."""
    check_version(nc, fields["version"])
    planned = planned_actions(fields)
    # asked before the first change, so that all changes go to the database at once
    owners = {
        name: find_within_reach(name, nc.unit_id, moment.today) for name in dict.fromkeys(owner for _text, owner, _day in planned)
    }
    refuse_if(*(nobody(name) for name, person in owners.items() if person is None))
    service.record_analysis(nc, fields["correction"], fields["root_cause"], moment)
    for text, owner, day in planned:
        person = owners[owner]
        assert person is not None
        service.add_action(nc, text, person, day, moment)
    service.submit(nc, date.fromisoformat(fields["effect_due_on"]), moment)


def _answer_hindrances(code: str, fields: Fields, moment: Moment) -> Sequence[Refusal]:
    nc = _record(code)
    return WORKFLOW.hindrances(nc, "record_analysis", moment) or _changed(nc.version, fields)


# --- the report of an action


def _about_report(code: str) -> list[tuple[str, str]]:
    nc = _action(code).nonconformity
    return _found(nc) + ([(_("Root cause"), nc.root_cause)] if nc.root_cause else [])


def _describe_report(fields: Fields) -> list[tuple[str, str]]:
    return [
        (_("Action"), fields["action"]),
        (_("What was done, and where can it be seen?"), fields["result"]),
    ]


def _report(code: str, fields: Fields, moment: Moment) -> None:
    action = _action(code, to_change=True)
    check_version(action, fields["version"])
    service.complete_action(action, fields["result"], moment)


def _report_hindrances(code: str, fields: Fields, moment: Moment) -> Sequence[Refusal]:
    action = _action(code)
    asked = rules.acting_moment(action, moment)
    return ACTION_WORKFLOW.hindrances(action, "complete_action", asked) or _changed(action.version, fields)


ANSWER = Preparable(
    WORKFLOW.kind,
    "answer",
    _l("Answer to a nonconformity"),
    Permission.NONCONFORMITIES_RESPOND,
    _describe_answer,
    _answer,
    _answer_hindrances,
    _about_answer,
)
REPORT = Preparable(
    ACTION_WORKFLOW.kind,
    "complete_action",
    _l("Report of a corrective action"),
    Permission.NONCONFORMITIES_RESPOND,
    _describe_report,
    _report,
    _report_hindrances,
    _about_report,
)
PREPARABLES = (ANSWER, REPORT)


def fields_of(data: Mapping[str, Any]) -> dict[str, str]:
    """What a form holds as plain texts, days as ISO; what was left empty is left out."""
    kept = {name: value.isoformat() if isinstance(value, date) else value for name, value in data.items() if value}
    return {name: str(value) for name, value in kept.items()}
