"""The register workbook taken over: everything is checked before anything is written, and written in one step.

Reading, checking and making the rows ready happen outside the write transaction, which only lets them in (``Staging``).
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from qms.imports.alike import alike_notes, joined_codes
from qms.imports.headers import called
from qms.imports.house import house_sheets
from qms.imports.notes import notes
from qms.imports.reach import reach_problems, seen_codes
from qms.imports.references import reference_problems
from qms.imports.refused import Problems, WorkbookRefused
from qms.imports.result import Counts, Result
from qms.imports.row_checks import stored_problems
from qms.imports.workbook import Reading, read_workbook
from qms.imports.world import Office
from qms.kernel.db import db
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.kernel.staging import Staging
from qms.sheets.problems import Note, Problem
from qms.sheets.sheet import Key, Page, Saving, Sheet
from qms.trail.models import TrailEntry
from qms.trail.service import Deed, last_number, stage_deeds
from qms.units.models import Unit

TRIES = 3
"""How often a workbook is checked again because somebody changed its records between check and writing."""


@dataclass(frozen=True)
class Plan:
    """A workbook that may be taken over: what it says, what that would change, and as of which entry of the trail."""

    reading: Reading
    digest: str
    office: Office
    result: Result
    trail_number: int
    sheets: tuple[Sheet, ...]


def take_over(data: bytes, moment: Moment, *, dry_run: bool = False, sheets: Sequence[Sheet] | None = None) -> Result:
    """Checks a workbook and, but for a dry run, takes it over. Raises ``WorkbookRefused`` and ``Problems``."""
    plan = check(data, moment, sheets)
    return plan.result if dry_run else apply(plan, moment)


def check(data: bytes, moment: Moment, sheets: Sequence[Sheet] | None = None) -> Plan:
    """What a workbook would change, without writing anything.

    Raises ``WorkbookRefused`` if the bytes are no workbook, and ``Problems`` with everything that is wrong with it at once:
    the cells, the rows, and what they say of each other and of the records that are there.
    """
    brought = house_sheets() if sheets is None else tuple(sheets)
    return check_reading(read_workbook(data, brought), hashlib.sha256(data).hexdigest(), moment, brought)


def check_reading(reading: Reading, digest: str, moment: Moment, sheets: Sequence[Sheet] | None = None) -> Plan:
    """What a workbook that was read would change, whichever way it was read; ``digest`` is what the trail calls its file.

    Raises ``Problems``.
    """
    return _plan(reading, digest, moment, house_sheets() if sheets is None else tuple(sheets))


def apply(plan: Plan, moment: Moment) -> Result:
    """Writes what was planned, with its trail, or nothing; checks again when something happened in between.

    Raises ``Problems`` when it cannot be taken over any more, ``WorkbookRefused`` when the records do not come to rest.
    """
    for _attempt in range(TRIES):
        if not plan.result.new + plan.result.changed or _landed(plan, moment):
            return replace(plan.result, written=True)
        plan = _plan(plan.reading, plan.digest, moment, plan.sheets)
    raise WorkbookRefused("changed_meanwhile", _("Others are changing the same records. Nothing was written; please try again."))


def _plan(reading: Reading, digest: str, moment: Moment, sheets: tuple[Sheet, ...]) -> Plan:
    trail_number = last_number()
    office = Office(reading.register, sheets, moment.today, seen_codes(moment.person))
    found = [*reading.problems, *stored_problems(office, office.brought), *reference_problems(office)]
    found += _numbers_taken(reading, office)
    joined = list(joined_codes(office))
    found += [one for one in joined if isinstance(one, Problem)]
    for sheet in sheets:
        if not {sheet.name, *sheet.checked_with}.isdisjoint(office.brought):
            found += [problem for check_ in sheet.checks for problem in check_(office, moment)]
    if not found:
        found += reach_problems(office, moment.person)
    if found:
        raise Problems(map(reading.located, _in_sheet_order(found, sheets)))
    pages = [office[name] for name in office.brought]
    counts = tuple(
        Counts(page.sheet.name, called(page.sheet), len(page.new), len(page.changed), page.unchanged) for page in pages
    )
    noted = [
        *reading.notes,
        *alike_notes(office),
        *(one for one in joined if isinstance(one, Note)),
        *notes(office, moment.today),
    ]
    result = Result(counts, tuple(map(reading.located, noted)), written=False)
    return Plan(reading, digest, office, result, trail_number, sheets)


def _numbers_taken(reading: Reading, office: Office) -> Iterator[Problem]:
    """A number that was given here must not make a row the correction of somebody else's record."""
    for name, (column, numbers) in reading.given.items():
        for row, key, values in office[name].rows if numbers else ():
            if key is not None and values[column] in numbers and key in office[name].before:
                wrong = _('The number "%(code)s" is that of a record which is already here.', code=values[column])
                yield Problem(name, row.number, column, wrong, _("Another pattern of numbers, or codes in the workbook itself."))


def _in_sheet_order(found: Sequence[Problem], sheets: Sequence[Sheet]) -> list[Problem]:
    turn = {sheet.name: place for place, sheet in enumerate(sheets)}
    return sorted(found, key=lambda problem: turn.get(problem.sheet, -1))


def _landed(plan: Plan, moment: Moment) -> bool:
    """Makes everything ready and lets it in; False when what the plan rests on has changed meanwhile."""
    with Staging() as staging:
        for page in (plan.office[name] for name in plan.office.brought):
            if page.touched:
                new = [page.after[key] for key in page.new]
                changed = [(page.before[key], page.after[key]) for key in page.changed]
                page.sheet.save(Saving(staging, plan.office, moment.today, new, changed))
        stage_deeds(staging, moment, _deeds(plan, staging))
        return staging.land(lambda: _still_true(plan))


def _still_true(plan: Plan) -> bool:
    """Whether the records that the checks looked at are what they were, as far as the trail tells of anything since."""
    told = select(TrailEntry.kind).where(TrailEntry.id > plan.trail_number).distinct()
    kinds = frozenset(db.session.scalars(told))
    return all(plan.office.unchanged_since(page) for page in plan.office.loaded if kinds & page.sheet.kinds)


def _deeds(plan: Plan, staging: Staging) -> Iterator[Deed]:
    units, office = staging.ids(Unit.code), plan.office
    summary = {"new": plan.result.new, "changed": plan.result.changed, "unchanged": plan.result.unchanged}
    yield Deed("import", plan.digest, "take_over", None, summary)
    for page in (office[name] for name in office.brought):
        for deed, keys in (("taken_over", page.new), ("corrected", page.changed)):
            for key in keys:
                values = page.after[key]
                unit_id = units.get(office.unit_of(page.sheet, values) or "")
                yield Deed(page.sheet.kind, page.sheet.code(staging, values), deed, unit_id, *_changes(page, key))


def _changes(page: Page, key: Key) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """What is different, and apart from it what tells who somebody is."""
    before, after = page.before.get(key), page.after[key]
    beside = page.sheet.personal
    if before is None:
        return {}, {name: [None, _json(after[name])] for name in sorted(beside) if after.get(name) is not None}
    found = {name: [_json(before[name]), _json(value)] for name, value in after.items() if before[name] != value}
    return {k: v for k, v in found.items() if k not in beside}, {k: v for k, v in found.items() if k in beside}


def _json(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return list(value) if isinstance(value, tuple) else value
