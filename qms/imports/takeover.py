"""The register workbook taken over: everything is checked before anything is written, and written in one step."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from qms.accounts.models import Person
from qms.imports.notes import notes
from qms.imports.order import row_problems
from qms.imports.problems import Note, Problem, Problems
from qms.imports.reach import owners, reach_problems, unit_of
from qms.imports.references import agency_problems, histories, history_contradictions, reference_problems
from qms.imports.taker import Change, Key, Taker, Values
from qms.imports.workbook import Register, absent_problems, read_workbook
from qms.imports.world import Page, World, imagine
from qms.kernel.bulk import ids_by
from qms.kernel.db import writing
from qms.kernel.feature import house
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.trail.service import Deed, last_number, record_many
from qms.units.models import Unit

PERSONAL = {
    "people": frozenset({"username", "full_name", "email", "title"}),
    "audits": frozenset({"lead_auditor"}),
    "actions": frozenset({"owner"}),
}
"""Columns that tell who somebody is: the trail keeps them beside its chain."""


@dataclass(frozen=True)
class Counts:
    """What an import does with the rows of one sheet."""

    sheet: str
    new: int
    changed: int
    unchanged: int


@dataclass(frozen=True)
class Result:
    """What an import did, or would do (``written`` is False): numbers by sheet, and the rows worth a second look."""

    counts: tuple[Counts, ...]
    notes: tuple[Note, ...]
    written: bool

    @property
    def new(self) -> int:
        """Records that were not there."""
        return sum(counts.new for counts in self.counts)

    @property
    def changed(self) -> int:
        """Records that were there with other values."""
        return sum(counts.changed for counts in self.counts)

    @property
    def unchanged(self) -> int:
        """Records that were there word for word."""
        return sum(counts.unchanged for counts in self.counts)

    def text(self) -> str:
        """The result in lines for people."""
        lines = [_counted(counts.sheet, counts) for counts in self.counts]
        lines.append(_counted(_("Together"), self))
        lines.extend(str(_("Note: %(note)s", note=note)) for note in self.notes)
        if not self.written and self.new + self.changed:
            lines.append(str(_("Nothing was written.")))
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The result for programs."""
        return {
            "written": self.written,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "sheets": {
                counts.sheet: {"new": counts.new, "changed": counts.changed, "unchanged": counts.unchanged}
                for counts in self.counts
            },
            "notes": [
                {"sheet": note.sheet, "row": note.row, "column": note.column, "sentence": str(note.sentence)}
                for note in self.notes
            ],
        }


@dataclass(frozen=True)
class Plan:
    """A workbook that may be taken over: what it says, what that would change, and as of which entry of the trail."""

    register: Register
    digest: str
    world: World
    result: Result
    trail_number: int
    takers: tuple[Taker, ...]


def problems_as_dict(problems: Problems) -> dict[str, Any]:
    """Every problem of a workbook for programs."""
    return {
        "written": False,
        "problems": [
            {
                "sheet": problem.sheet,
                "row": problem.row,
                "column": problem.column,
                "wrong": str(problem.wrong),
                "allowed": str(problem.allowed),
            }
            for problem in problems.found
        ],
    }


def house_takers() -> tuple[Taker, ...]:
    """The takers that the features of the running application bring."""
    return tuple(taker for feature in house().features for taker in feature.takers)


def take_over(data: bytes, moment: Moment, *, dry_run: bool = False, takers: Sequence[Taker] | None = None) -> Result:
    """Checks a workbook and, but for a dry run, takes it over. Raises ``WorkbookRefused`` and ``Problems``."""
    plan = check(data, moment, takers)
    return plan.result if dry_run else apply(plan, moment)


def check(data: bytes, moment: Moment, takers: Sequence[Taker] | None = None) -> Plan:
    """What a workbook would change, without writing anything.

    Raises ``WorkbookRefused`` if the bytes are no workbook, and ``Problems`` with everything that is wrong with it at once:
    the cells, the rows, and what they say of each other and of the records that are there.
    """
    register, problems = read_workbook(data)
    digest = hashlib.sha256(data).hexdigest()
    return _plan(register, problems, digest, moment, house_takers() if takers is None else tuple(takers))


def apply(plan: Plan, moment: Moment) -> Result:
    """Writes what was planned, with its trail, or nothing; checks again when something happened in between.

    Raises ``Problems`` when it cannot be taken over any more.
    """
    if not plan.result.new + plan.result.changed:
        return replace(plan.result, written=True)
    with writing():
        if last_number() != plan.trail_number:
            plan = _plan(plan.register, [], plan.digest, moment, plan.takers)
        before, after = histories(plan.world)
        by_sheet = {taker.sheet: taker for taker in plan.takers}
        for name, page in plan.world.items():
            if page.touched:
                new, changed = _to_save(page, before, after)
                by_sheet[name].save(new, changed, moment.today)
        record_many(moment, _deeds(plan, by_sheet))
    return replace(plan.result, written=True)


def _plan(register: Register, problems: Sequence[Problem], digest: str, moment: Moment, takers: tuple[Taker, ...]) -> Plan:
    trail_number = last_number()
    world = imagine(register, takers, moment.today)
    found = [*problems, *_row_problems(world), *reference_problems(world), *agency_problems(world)]
    found += history_contradictions(world)
    if not found:
        found += reach_problems(world, moment.person)
    if found:
        raise Problems(_in_sheet_order(found, world))
    counts = tuple(Counts(name, len(page.new), len(page.changed), page.unchanged) for name, page in world.items() if page.rows)
    result = Result(counts, tuple(notes(world, moment.today)), written=False)
    return Plan(register, digest, world, result, trail_number, takers)


def _in_sheet_order(found: Sequence[Problem], world: World) -> list[Problem]:
    turn = {name: place for place, name in enumerate(world)}
    return sorted(found, key=lambda problem: turn.get(problem.sheet, -1))


def _row_problems(world: World) -> Iterator[Problem]:
    """Columns that a new record lacks, and rules that need what the record has already."""
    for page in world.values():
        for row, key, _values in page.rows:
            if key is None:
                continue
            stored = page.before.get(key)
            if stored is None:
                yield from absent_problems(page.sheet, row)
            yield from row_problems(
                page.sheet.name, row.number, row.values, row.present, page.sheet.empty_values if stored is None else stored
            )


def _to_save(
    page: Page, before: Mapping[str, set[tuple[str, date]]], after: Mapping[str, set[tuple[str, date]]]
) -> tuple[list[Values], list[Change]]:
    """The rows to write; those of nonconformities carry their whole history."""
    if page.sheet.name != "nonconformities":
        return [page.after[key] for key in page.new], [(page.before[key], page.after[key]) for key in page.changed]
    new = [page.after[key] | {"history": after[key[0]]} for key in page.new]
    changed = [
        (page.before[key] | {"history": before.get(key[0], set())}, page.after[key] | {"history": after[key[0]]})
        for key in page.changed
    ]
    return new, changed


def _deeds(plan: Plan, takers: Mapping[str, Taker]) -> Iterator[Deed]:
    units, owned, people = ids_by(Unit.code), owners(plan.world), ids_by(Person.username)
    summary = {"new": plan.result.new, "changed": plan.result.changed, "unchanged": plan.result.unchanged}
    yield Deed("import", plan.digest, "take_over", None, summary)
    for name, page in plan.world.items():
        taker = takers[name]
        for deed, keys in (("taken_over", page.new), ("corrected", page.changed)):
            for key in keys:
                values = page.after[key]
                code = str(people[values["username"]]) if name == "people" else taker.code(values)[:200]
                unit_id = units.get(unit_of(name, values, owned) or "")
                yield Deed(taker.kind, code, deed, unit_id, *_changes(page, key))


def _changes(page: Page, key: Key) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """What is different, and apart from it what tells who somebody is."""
    before, after = page.before.get(key), page.after[key]
    beside = PERSONAL.get(page.sheet.name, frozenset())
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


def _counted(name: str, counts: Counts | Result) -> str:
    return str(
        _(
            "%(name)s: %(new)s new, %(changed)s changed, %(unchanged)s unchanged",
            name=name,
            new=counts.new,
            changed=counts.changed,
            unchanged=counts.unchanged,
        )
    )
