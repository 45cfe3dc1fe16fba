"""Nonconformities, their closings and their actions, as the register workbook holds them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from nonconformities.models import (
    Action,
    ActionState,
    EventKind,
    Grade,
    Nonconformity,
    NonconformityEvent,
    NonconformityState,
    Response,
)
from nonconformities.register_state import settle
from procedures.models import Procedure, ProcedureUnit
from qms.accounts.models import Person
from qms.imports.taker import Change, Key, Values
from qms.kernel.bulk import OPTIONS, chunks, delete_where, ids_by, insert_rows, stored, update_rows
from qms.kernel.days import entered_late
from qms.kernel.db import db
from qms.kernel.text import fold
from qms.standard.catalogue import EDITION
from qms.units.models import Unit

_SAME = (
    "code",
    "source",
    "audit_code",
    "clause",
    "grade",
    "statement",
    "requirement",
    "evidence",
    "raised_on",
    "response_due_on",
    "due_on",
    "moved_to",
    "moved_on",
    "correction",
    "root_cause",
    "verified_on",
)
_LIFE = ("responded_on", "verified_on", "history")
_RESPONSE = ("responded_on", "effect_due_on")
_ACTION = ("number", "description", "due_on", "moved_to", "moved_on", "completed_on", "cancelled_on")
_MINOR_GRACE = timedelta(days=90)
_EFFECT_GRACE = timedelta(days=30)
_LONGEST_MOVE = 60


class NonconformityTaker:
    """The sheet ``nonconformities``. ``history`` of the values to save: every closing and reopening, (event, day)."""

    sheet = "nonconformities"
    kind = "nonconformity"

    def code(self, values: Mapping[str, Any]) -> str:
        """The code of the nonconformity."""
        return str(values["code"])

    def rows(self, day: date) -> dict[Key, Values]:
        """Every nonconformity with the response that holds and its latest closing and reopening."""
        units = {number: code for code, number in ids_by(Unit.code).items()}
        procedures = dict(db.session.execute(select(Procedure.id, Procedure.code)).all())
        responses = {row["nonconformity_id"]: row for row in stored(Response) if row["withdrawn_on"] is None}
        latest: dict[tuple[int, str], date] = {}
        for row in stored(NonconformityEvent):  # by nonconformity and day, its key
            latest[row["nonconformity_id"], row["event"]] = row["on"]
        return {
            (row["code"],): {name: row[name] for name in _SAME}
            | {name: responses.get(row["id"], {}).get(name) for name in _RESPONSE}
            | {
                "unit_code": units[row["unit_id"]],
                "procedure_code": procedures.get(row["procedure_id"]),
                "closed_on": latest.get((row["id"], EventKind.CLOSED)),
                "reopened_on": latest.get((row["id"], EventKind.REOPENED)),
            }
            for row in stored(Nonconformity)
        }

    def save(self, new: Sequence[Values], changed: Sequence[Change], day: date) -> None:
        """Writes nonconformities, a response that holds from the beginning, and the history; the state follows from them."""
        units = ids_by(Unit.code)
        fresh = {"edition": EDITION, "state": NonconformityState.PLANNING, "version": 1}
        insert_rows(Nonconformity, [_nonconformity(values, units) | fresh for values in new])
        ids = ids_by(Nonconformity.code)
        update_rows(Nonconformity, [_nonconformity(after, units) | {"id": ids[after["code"]]} for _before, after in changed])
        self._link_procedures(new, changed, ids, units)
        self._answer(new, changed, ids, day)
        self._write_history([*new, *(after for _before, after in changed)], ids, day)
        lived = [after for before, after in changed if any(before.get(name) != after.get(name) for name in _LIFE)]
        settle([ids[values["code"]] for values in (*new, *lived)])

    def _link_procedures(
        self, new: Sequence[Values], changed: Sequence[Change], ids: Mapping[str, int], units: Mapping[str, int]
    ) -> None:
        """The procedure that the unit owns under the code, or else the one that applies to it."""
        wanted = [
            after
            for before, after in (*(({}, values) for values in new), *changed)
            if (before.get("procedure_code"), before.get("unit_code")) != (after["procedure_code"], after["unit_code"])
            and (before or after["procedure_code"] is not None)
        ]
        if not wanted:
            return
        found: dict[tuple[int, str], int] = {}
        applied = select(ProcedureUnit.unit_id, Procedure.code, Procedure.id).join(ProcedureUnit.procedure)
        owned = select(Procedure.unit_id, Procedure.code, Procedure.id)
        for query in (applied.order_by(Procedure.unit_id.desc()), owned):
            found.update({(unit_id, code): number for unit_id, code, number in db.session.execute(query)})
        update_rows(
            Nonconformity,
            [
                {
                    "id": ids[values["code"]],
                    "procedure_id": found.get((units[values["unit_code"]], values["procedure_code"])),
                }
                for values in wanted
            ],
        )

    def _answer(self, new: Sequence[Values], changed: Sequence[Change], ids: Mapping[str, int], day: date) -> None:
        corrected = [(before, after) for before, after in changed if any(before[name] != after[name] for name in _RESPONSE)]
        entered: dict[int, date | None] = {}
        for some in chunks(ids[after["code"]] for _before, after in corrected):
            standing = select(Response.nonconformity_id, Response.responded_entered_on).where(
                Response.nonconformity_id.in_(some), Response.withdrawn_on.is_(None)
            )
            entered.update(dict(db.session.execute(standing.order_by(Response.id)).all()))
        # a correction holds from the beginning, so nothing of what stood before it remains
        delete_where(Response.nonconformity_id, [ids[after["code"]] for _before, after in corrected])
        kept = {
            after["code"]: entered.get(ids[after["code"]])
            for before, after in corrected
            if before["responded_on"] == after["responded_on"]
        }
        insert_rows(
            Response,
            [
                _response(values, kept.get(values["code"]) or day) | {"nonconformity_id": ids[values["code"]]}
                for values in (*new, *(after for _before, after in corrected))
                if any(values[name] is not None for name in _RESPONSE)
            ],
        )

    def _write_history(self, saved: Sequence[Values], ids: Mapping[str, int], day: date) -> None:
        wanted = {(ids[values["code"]], on, event) for values in saved for event, on in values["history"]}
        present = _events({ids[values["code"]] for values in saved})
        for number, on, event in sorted(present - wanted):
            db.session.execute(
                NonconformityEvent.__table__.delete().where(  # type: ignore[attr-defined]  # a mapped table
                    NonconformityEvent.nonconformity_id == number,
                    NonconformityEvent.on == on,
                    NonconformityEvent.event == EventKind(event),
                ),
                execution_options=OPTIONS,
            )
        _add_events(wanted - present, day)


class EventTaker:
    """The sheet ``nonconformity_events``."""

    sheet = "nonconformity_events"
    kind = "nonconformity_event"

    def code(self, values: Mapping[str, Any]) -> str:
        """Nonconformity, event and day."""
        return f"{values['nonconformity_code']}/{values['event']}/{values['on'].isoformat()}"

    def rows(self, day: date) -> dict[Key, Values]:
        """Every closing and reopening, by nonconformity and day."""
        codes = {number: code for code, number in ids_by(Nonconformity.code).items()}
        return {
            (codes[row["nonconformity_id"]], row["event"], row["on"]): {
                "nonconformity_code": codes[row["nonconformity_id"]],
                "event": row["event"],
                "on": row["on"],
            }
            for row in stored(NonconformityEvent)
        }

    def save(self, new: Sequence[Values], changed: Sequence[Change], day: date) -> None:
        """Adds the events that the rows of their nonconformities have not brought already."""
        ids = ids_by(Nonconformity.code)
        wanted = {(ids[values["nonconformity_code"]], values["on"], values["event"]) for values in new}
        missing = wanted - _events({number for number, _on, _event in wanted})
        _add_events(missing, day)
        settle({number for number, _on, _event in missing})


class ActionTaker:
    """The sheet ``actions``. The owner is a person where the name is a user name, else it is kept as text."""

    sheet = "actions"
    kind = "action"

    def code(self, values: Mapping[str, Any]) -> str:
        """Nonconformity and number."""
        return f"{values['nonconformity_code']}/{values['number']}"

    def rows(self, day: date) -> dict[Key, Values]:
        """Every action, in the order in which they came."""
        codes = {number: code for code, number in ids_by(Nonconformity.code).items()}
        people = {number: username for username, number in ids_by(Person.username).items()}
        return {
            (codes[row["nonconformity_id"]], row["number"]): {name: row[name] for name in _ACTION}
            | {
                "nonconformity_code": codes[row["nonconformity_id"]],
                "owner": people.get(row["owner_id"], row["owner_text"]),
            }
            for row in stored(Action)
        }

    def save(self, new: Sequence[Values], changed: Sequence[Change], day: date) -> None:
        """Writes actions; the state of their nonconformity follows where one was added, completed or cancelled."""
        nonconformities, people = ids_by(Nonconformity.code), ids_by(Person.username)
        insert_rows(
            Action,
            [
                _action(values, people)
                | _completed(values, day)
                | {"nonconformity_id": nonconformities[values["nonconformity_code"]], "added_on": None, "version": 1}
                for values in new
            ],
        )
        numbers = select(Action.nonconformity_id, Action.number, Action.id)
        ids = {(owner, number): action for owner, number, action in db.session.execute(numbers)}

        def place(values: Values) -> int:
            return ids[nonconformities[values["nonconformity_code"]], values["number"]]

        update_rows(Action, [_action(after, people) | {"id": place(after)} for _before, after in changed])
        completed = [after for before, after in changed if before["completed_on"] != after["completed_on"]]
        update_rows(Action, [_completed(after, day) | {"id": place(after)} for after in completed])
        cancelled = [after for before, after in changed if before["cancelled_on"] != after["cancelled_on"]]
        settle({nonconformities[values["nonconformity_code"]] for values in (*new, *completed, *cancelled)})


def _nonconformity(values: Values, units: Mapping[str, int]) -> dict[str, Any]:
    grace = _MINOR_GRACE if values["grade"] == Grade.MINOR else timedelta()
    moved_to = values["moved_to"]
    return {name: values[name] for name in _SAME} | {
        "unit_id": units[values["unit_code"]],
        "limit_on": values["due_on"] + grace,
        "moved_limit_on": None if moved_to is None else moved_to + grace,
        "move_counts": _move_counts(values),
        "folded": fold(f"{values['code']} {values['statement']}"),
        "taken_over": True,
    }


def _move_counts(values: Values) -> bool:
    due_on, moved_to, moved_on = values["due_on"], values["moved_to"], values["moved_on"]
    return moved_to is not None and moved_on < due_on and 1 <= (moved_to - due_on).days <= _LONGEST_MOVE


def _response(values: Values, entered_on: date) -> dict[str, Any]:
    responded_on, effect_due_on = values["responded_on"], values["effect_due_on"]
    return {
        "held_from": None,
        "withdrawn_on": None,
        "responded_on": responded_on,
        "responded_entered_on": None if responded_on is None else entered_on,
        "responded_late": entered_late(responded_on, entered_on),
        "effect_due_on": effect_due_on,
        "effect_limit_on": None if effect_due_on is None else effect_due_on + _EFFECT_GRACE,
    }


def _action(values: Values, people: Mapping[str, int]) -> dict[str, Any]:
    owner_id = people.get(values["owner"])
    if values["cancelled_on"] is not None:
        state = ActionState.CANCELLED
    else:
        state = ActionState.OPEN if values["completed_on"] is None else ActionState.DONE
    return {name: values[name] for name in _ACTION} | {
        "owner_id": owner_id,
        "owner_text": values["owner"] if owner_id is None else None,
        "move_counts": _move_counts(values),
        "state": state,
        "taken_over": True,
    }


def _completed(values: Values, day: date) -> dict[str, Any]:
    completed_on = values["completed_on"]
    return {
        "completed_entered_on": None if completed_on is None else day,
        "completed_late": entered_late(completed_on, day),
    }


def _events(numbers: set[int]) -> set[tuple[int, date, str]]:
    found: set[tuple[int, date, str]] = set()
    table = NonconformityEvent
    for some in chunks(numbers):
        rows = select(table.nonconformity_id, table.on, table.event).where(table.nonconformity_id.in_(some))
        found.update((number, on, event.value) for number, on, event in db.session.execute(rows))
    return found


def _add_events(events: set[tuple[int, date, str]], day: date) -> None:
    insert_rows(
        NonconformityEvent,
        [
            {
                "nonconformity_id": number,
                "on": on,
                "event": event,
                "entered_on": day,
                "late": entered_late(on, day),
                "by_id": None,
                "reason": None,
            }
            for number, on, event in sorted(events)
        ],
    )


TAKERS = (NonconformityTaker(), EventTaker(), ActionTaker())
