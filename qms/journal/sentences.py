"""An entry of the trail as a sentence: who did what, from what to what, in whose name, after whose preparation, and why."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from qms.journal.names import PERSON_FIELDS, Names, names_of, person_of, who
from qms.journal.words import Words, words
from qms.kernel.db import db
from qms.kernel.feature import house
from qms.kernel.language import _
from qms.trail.models import OWN_FIELDS, TrailEntry, TrailSeal
from qms.units.models import Unit

Seal = tuple[str, int]
"""Name of a chain, and the number in it."""


@dataclass(frozen=True)
class Told:
    """One entry for people. ``details`` are lines such as "State: planned → under way"; ``seal`` is (chain, number)."""

    id: int
    at: datetime
    kind: str
    code: str
    person_id: int | None
    who: str
    deed: str
    record: str
    unit: str
    details: Sequence[str]
    reason: str | None
    address: str | None
    seal: Seal | None

    @property
    def sentence(self) -> str:
        """Who did what."""
        return str(_("%(who)s: %(deed)s", who=self.who, deed=self.deed))

    @property
    def whole(self) -> str:
        """Everything in one line, as in an export."""
        why = [_("Reason: %(reason)s", reason=self.reason)] if self.reason else []
        return ". ".join([self.sentence, *self.details, *why])


def tell(entries: Sequence[TrailEntry]) -> list[Told]:
    """The entries as sentences, with a fixed number of statements however many there are."""
    names, known = names_of(entries), words(house())
    beside = _units_and_seals([entry.id for entry in entries])
    return [_told(entry, names, known, *beside[entry.id]) for entry in entries]


def _told(entry: TrailEntry, names: Names, known: Words, unit: str, seal: Seal | None) -> Told:
    return Told(
        id=entry.id,
        at=entry.at,
        kind=entry.kind,
        code=entry.code,
        person_id=entry.person_id,
        who=who(entry, names),
        deed=known.deed(entry.kind, entry.deed),
        record=record_name(entry.kind, entry.code, names, known),
        unit=unit,
        details=list(_details(entry, names, known)),
        reason=entry.reason,
        address=entry.address,
        seal=seal,
    )


def record_name(kind: str, code: str, names: Names, known: Words) -> str:
    """Kind and code of a record; a person by name, as nobody knows people by number."""
    person_id = person_of(kind, code)
    shown = known.value(kind, "code", code) if person_id is None else names.name(person_id)
    return f"{known.kind(kind)} {shown}"


def _details(entry: TrailEntry, names: Names, known: Words) -> Iterator[str]:
    yield from _lines(entry.kind, entry.changes.items(), names, known)
    for name in entry.personal:
        if name in OWN_FIELDS:
            continue
        stored = entry.personal_value(name)
        if stored is None:
            yield _("%(field)s: erased", field=known.field(entry.kind, name))
        else:
            yield from _lines(entry.kind, [(name, json.loads(stored))], names, known)


def _lines(kind: str, changes: Iterable[tuple[str, Any]], names: Names, known: Words) -> Iterator[str]:
    for name, change in changes:
        field = known.field(kind, name)
        if isinstance(change, list) and len(change) == 2 and change[0] is not None and change[0] != change[1]:
            before, after = (_value(kind, name, one, names, known) for one in change)
            yield f"{field}: {before} → {after}"
        else:  # what was set for the first time, what stayed as it was, and counts
            value = change[1] if isinstance(change, list) and len(change) == 2 else change
            yield f"{field}: {_value(kind, name, value, names, known)}"


def _value(kind: str, name: str, value: Any, names: Names, known: Words) -> str:
    return names.name(value) if name in PERSON_FIELDS and isinstance(value, int) else known.value(kind, name, value)


def _units_and_seals(ids: Collection[int]) -> dict[int, tuple[str, Seal | None]]:
    query = (
        select(TrailEntry.id, Unit.name, TrailSeal.chain, TrailSeal.number)
        .outerjoin(Unit, Unit.id == TrailEntry.unit_id)
        .outerjoin(TrailSeal, TrailSeal.entry_id == TrailEntry.id)
        .where(TrailEntry.id.in_(ids))
    )
    rows = db.session.execute(query) if ids else ()
    return {entry_id: (unit or "", None if chain is None else (chain, number)) for entry_id, unit, chain, number in rows}
