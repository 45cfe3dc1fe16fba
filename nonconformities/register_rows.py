"""Nonconformities read for the register workbook, and written from it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ScalarSelect, func, select

from nonconformities.models import NUMBERING, EventKind, Grade, Nonconformity, NonconformityEvent, Response
from nonconformities.register_history import events_before, histories, stage_events
from nonconformities.register_state import lives, settle
from nonconformities.rules import effect_limit_of, limit_of, move_counts
from procedures.models import Procedure
from qms.kernel.bulk import as_values, chunks
from qms.kernel.days import entered_late
from qms.kernel.db import db
from qms.kernel.text import search_text
from qms.sheets.sheet import Change, Saving, Values, World
from qms.standard.catalogue import EDITION
from qms.units.models import Unit
from qms.units.register_rows import of_units

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
_RESPONSE = ("responded_on", "effect_due_on")


def nonconformities(_day: date) -> Iterator[Values]:
    """Every nonconformity with the response that holds and its latest closing and reopening."""
    standing = select(func.max(Response.id)).where(Response.nonconformity_id == Nonconformity.id, Response.withdrawn_on.is_(None))
    joined = (
        of_units(Nonconformity, _SAME)
        .outerjoin(Procedure, Procedure.id == Nonconformity.procedure_id)
        .outerjoin(Response, Response.id == standing.correlate(Nonconformity).scalar_subquery())
        .add_columns(
            Procedure.code.label("procedure_code"),
            *(getattr(Response, name) for name in _RESPONSE),
            _latest(EventKind.CLOSED).label("closed_on"),
            _latest(EventKind.REOPENED).label("reopened_on"),
        )
    )
    return as_values(joined)


def _latest(kind: EventKind) -> ScalarSelect[date]:
    own = (NonconformityEvent.nonconformity_id == Nonconformity.id, NonconformityEvent.event == kind)
    return select(func.max(NonconformityEvent.on)).where(*own).correlate(Nonconformity).scalar_subquery()


def save_nonconformities(saving: Saving) -> None:
    """Nonconformities, a response that holds from the beginning, and the history; the state follows from them."""
    staging, world = saving.staging, saving.world
    units, states = staging.ids(Unit.code), lives(world)
    procedures = _procedures(saving, units)
    fresh = [
        _nonconformity(values, units) | procedures(values) | states(values["code"]) | {"edition": EDITION, "version": 1}
        for values in saving.new
    ]
    staging.insert(Nonconformity, fresh)
    NUMBERING.leave_to(staging, (row["code"] for row in fresh))
    ids = staging.ids(Nonconformity.code)

    def number(values: Values) -> dict[str, int]:
        return {"id": ids[values["code"]]}

    changed = [number(after) | _nonconformity(after, units) for _before, after in saving.changed]
    staging.update(Nonconformity, changed)
    relinked = saving.changed_in("procedure_code", "unit_code")
    staging.update(Nonconformity, [number(after) | procedures(after) for after in relinked])
    _answer(saving, ids)
    rewritten = _rewrite_history(saving, ids)
    settle(saving, [values["code"] for values in saving.changed_in("responded_on", "verified_on")] + rewritten)


def applies_to_unit(world: World, values: Mapping[str, Any]) -> bool:
    """Whether a unit owns the procedure that its nonconformity names, or the procedure applies to it."""
    unit, code = values.get("unit_code"), values.get("procedure_code")
    return (unit, code) in world["procedures"].after or any(
        (key[1], key[2]) == (code, unit) for key in world["procedure_units"].after
    )


def _procedures(saving: Saving, units: Mapping[str, int]) -> Any:
    """The id of the procedure that the unit owns under the code, or else of the one that applies to it."""
    applied: dict[tuple[str, str], str] = {}
    ids: dict[Any, int] = {}
    if any(values["procedure_code"] is not None for values in saving.written):
        ids = saving.staging.ids(Procedure.unit_id, Procedure.code)
        for owner, code, unit in saving.world["procedure_units"].after:
            known = applied.get((unit, code))
            if known is None or units[owner] < units[known]:
                applied[unit, code] = owner

    def found(values: Values) -> dict[str, Any]:
        unit, code = values["unit_code"], values["procedure_code"]
        owner = applied.get((unit, code))
        own = ids.get((units[unit], code))
        return {"procedure_id": own if own is not None or owner is None else ids.get((units[owner], code))}

    return found


def _answer(saving: Saving, ids: Mapping[str, int]) -> None:
    corrected = [(before, after) for before, after in saving.changed if any(before[name] != after[name] for name in _RESPONSE)]
    kept = _days_of_entry(corrected, ids)
    # a correction holds from the beginning, so nothing of what stood before it remains
    saving.staging.delete(Response, [{"nonconformity_id": ids[after["code"]]} for _before, after in corrected])
    answers = [
        _response(values, kept.get(values["code"]) or saving.day) | {"nonconformity_id": ids[values["code"]]}
        for values in (*saving.new, *(after for _before, after in corrected))
        if any(values[name] is not None for name in _RESPONSE)
    ]
    saving.staging.insert(Response, answers)


def _days_of_entry(corrected: Sequence[Change], ids: Mapping[str, int]) -> dict[str, date | None]:
    """When the responses were entered whose day stays."""
    same = {ids[after["code"]]: after["code"] for before, after in corrected if before["responded_on"] == after["responded_on"]}
    entered: dict[str, date | None] = {}
    for some in chunks(same):
        standing = select(Response.nonconformity_id, Response.responded_entered_on).where(
            Response.nonconformity_id.in_(some), Response.withdrawn_on.is_(None)
        )
        entered.update({same[number]: day for number, day in db.session.execute(standing.order_by(Response.id))})
    return entered


def _rewrite_history(saving: Saving, ids: Mapping[str, int]) -> list[str]:
    """The events of what is written; answers with the codes of known nonconformities whose history changes."""
    after, before = histories(saving.world), events_before(saving.world)
    gone = {ids[code]: before.get(code, set()) - after[code] for code in (values["code"] for values in saving.written)}
    come = {ids[code]: after[code] - before.get(code, set()) for code in (values["code"] for values in saving.written)}
    staging = saving.staging
    removed = [
        {"nonconformity_id": number, "on": on, "event": EventKind(event)} for number, some in gone.items() for event, on in some
    ]
    staging.delete(NonconformityEvent, removed)
    stage_events(staging, come, saving.day)
    changed = [values["code"] for _before, values in saving.changed]
    return [code for code in changed if gone[ids[code]] or come[ids[code]]]


def _nonconformity(values: Values, units: Mapping[str, int]) -> dict[str, Any]:
    grade, moved_to = Grade(values["grade"]), values["moved_to"]
    return {name: values[name] for name in _SAME} | {
        "unit_id": units[values["unit_code"]],
        "limit_on": limit_of(grade, values["due_on"]),
        "moved_limit_on": None if moved_to is None else limit_of(grade, moved_to),
        "move_counts": move_counts(values["due_on"], moved_to, values["moved_on"]),
        "folded": search_text(values["code"], values["statement"], values["requirement"], values["evidence"]),
        "taken_over": True,
    }


def _response(values: Values, entered_on: date) -> dict[str, Any]:
    responded_on, effect_due_on = values["responded_on"], values["effect_due_on"]
    return {
        "held_from": None,
        "withdrawn_on": None,
        "responded_on": responded_on,
        "responded_entered_on": None if responded_on is None else entered_on,
        "responded_late": entered_late(responded_on, entered_on),
        "effect_due_on": effect_due_on,
        "effect_limit_on": None if effect_due_on is None else effect_limit_of(effect_due_on),
    }
