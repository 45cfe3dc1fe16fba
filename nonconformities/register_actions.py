"""Corrective actions, and closings told as a list, read for the register workbook and written from it."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select

from nonconformities.models import Action, Nonconformity
from nonconformities.register_history import stage_events
from nonconformities.register_state import settle, state_of_action
from nonconformities.rules import move_counts
from qms.accounts.models import Person
from qms.kernel.bulk import as_values
from qms.kernel.days import entered_late
from qms.people.register_reach import reach_after
from qms.sheets.sheet import Saving, Values

_ACTION = ("number", "description", "due_on", "moved_to", "moved_on", "completed_on", "cancelled_on")


def actions(_day: date) -> Iterator[Values]:
    """Every action, in the order in which they came."""
    joined = (
        select(
            Nonconformity.code.label("nonconformity_code"),
            *(getattr(Action, name) for name in _ACTION),
            func.coalesce(Person.username, Action.owner_text).label("owner"),
        )
        .select_from(Action)
        .join(Nonconformity, Nonconformity.id == Action.nonconformity_id)
        .outerjoin(Person, Person.id == Action.owner_id)
    )
    return as_values(joined.order_by(Action.id))


def save_actions(saving: Saving) -> None:
    """Actions; the state of their nonconformity follows where one was added, completed or cancelled."""
    staging, day = saving.staging, saving.day
    nonconformities, owners = staging.ids(Nonconformity.code), _owners(saving)
    fresh = [
        _action(values)
        | owners(values)
        | _completed(values, day)
        | {"nonconformity_id": nonconformities[values["nonconformity_code"]], "added_on": None, "version": 1}
        for values in saving.new
    ]
    staging.insert(Action, fresh)
    ids = staging.ids(Action.nonconformity_id, Action.number)

    def number(values: Values) -> dict[str, int]:
        return {"id": ids[nonconformities[values["nonconformity_code"]], values["number"]]}

    staging.update(Action, [number(after) | _action(after) for _before, after in saving.changed])
    staging.update(Action, [number(after) | owners(after) for after in saving.changed_in("owner")])
    completed = saving.changed_in("completed_on")
    staging.update(Action, [number(after) | _completed(after, day) for after in completed])
    moved = (*saving.new, *completed, *saving.changed_in("cancelled_on"))
    new = {key[0] for key in saving.world["nonconformities"].new}  # they were given their state with all of their actions
    settle(saving, {values["nonconformity_code"] for values in moved} - new)


def save_events(saving: Saving) -> None:
    """The closings and reopenings that the rows of their nonconformities have not brought already."""
    written = {key[0] for key in saving.world["nonconformities"].touched}
    ids = saving.staging.ids(Nonconformity.code)
    come: dict[int, set[tuple[str, date]]] = {}
    for values in saving.new:
        if values["nonconformity_code"] not in written:
            come.setdefault(ids[values["nonconformity_code"]], set()).add((values["event"], values["on"]))
    stage_events(saving.staging, come, saving.day)
    settle(saving, {values["nonconformity_code"] for values in saving.new} - written)


def _owners(saving: Saving) -> Any:
    """The person of an owner's name whom the action may name; any other name is kept as text."""
    page = saving.world["nonconformities"]
    asked = {values["owner"] for values in (*saving.new, *saving.changed_in("owner")) if values["owner"] is not None}
    reach = reach_after(saving.world, asked, saving.day) if asked else None
    people: Mapping[str, int] = saving.staging.ids(Person.username) if asked else {}

    def owner(values: Values) -> dict[str, Any]:
        name = values["owner"]
        unit = page.after[values["nonconformity_code"],]["unit_code"]
        known = people[name] if reach is not None and name is not None and reach.reaches(unit, name) else None
        return {"owner_id": known, "owner_text": name if known is None else None}

    return owner


def _action(values: Values) -> dict[str, Any]:
    return {name: values[name] for name in _ACTION} | {
        "move_counts": move_counts(values["due_on"], values["moved_to"], values["moved_on"]),
        "state": state_of_action(values),
        "taken_over": True,
    }


def _completed(values: Values, day: date) -> dict[str, Any]:
    completed_on = values["completed_on"]
    return {
        "completed_entered_on": None if completed_on is None else day,
        "completed_late": entered_late(completed_on, day),
    }
