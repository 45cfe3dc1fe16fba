"""What is stored about a person, for the person and for whoever the law obliges to answer (Law 91/2025 on personal data)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from qms.accounts.models import Person
from qms.accounts.service import KIND, code_of
from qms.journal.sentences import Told, tell
from qms.journal.words import Words, words
from qms.kernel.db import db
from qms.kernel.feature import house
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.kernel.together import together
from qms.kernel.web import moment_text
from qms.trail.forgetting import naming
from qms.trail.models import TrailEntry

NAME = "people"
"""Of this feature."""
LAST_DEEDS = 10_000
"""How many entries of the trail the export holds, newest first; more is asked for with the trail's own export."""


@dataclass(frozen=True)
class Part:
    """What stands under one heading: the first lines, and how many there are in all."""

    lines: list[dict[str, Any]]
    count: int


def everything(person: Person, most: int | None = None) -> dict[str, Part]:
    """All headings of all features, this package's first; empty ones stay, as "nothing" is an answer, too.

    ``most`` is how many lines of each are wanted (None: all).
    """
    features = sorted(house().features, key=lambda feature: feature.name != NAME)
    asked = [stored for feature in features if feature.personal is not None for stored in feature.personal(person.id)]
    found: dict[str, Part] = {}
    for stored, rows in zip(asked, together([one.select for one in asked], most), strict=True):
        before = found.get(stored.heading, Part([], 0))
        lines = [*before.lines, *(dict(stored.tell(row)) for row in rows.first)]
        found[stored.heading] = Part(lines[:most], before.count + rows.count)
    found[_("Audit trail")] = _deeds(person, most)
    return found


def readable(stored: Mapping[str, Part]) -> dict[str, Part]:
    """The same in people's words: fields and states of features as the audit trail calls them, an empty value as nothing."""
    known = words(house())
    return {
        heading: Part(
            [{known.field("", name): _in_words(known, name, value) for name, value in line.items()} for line in part.lines],
            part.count,
        )
        for heading, part in stored.items()
    }


def _in_words(known: Words, name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if name == "state":
        return next((str(title) for key, title in known.states.items() if key.endswith(f".{value}")), str(value))
    return known.value("", name, value)


def _deeds(person: Person, most: int | None) -> Part:
    """What the person did, and what was done to the account with its details; other people's accounts stay numbers.

    The trail is looked through once: with the numbers of the entries comes how many there are.
    """
    tells = or_(TrailEntry.person_id == person.id, _about(person), TrailEntry.id.in_(naming(person.id, person.username)))
    wanted = (
        select(TrailEntry.id, func.count().over().label("in_all"))
        .where(tells)
        .order_by(TrailEntry.id.desc())
        .limit(LAST_DEEDS if most is None else most)
        .subquery()
    )
    query = (
        select(TrailEntry, wanted.c.in_all)
        .join(wanted, wanted.c.id == TrailEntry.id)
        .options(joinedload(TrailEntry.personal_values))
        .order_by(TrailEntry.id.desc())
    )
    rows = db.session.execute(query).unique().all()
    return Part(
        [_deed(told, person) for told in tell([entry for entry, _in_all in rows])], min(rows[0].in_all, LAST_DEEDS) if rows else 0
    )


def _deed(told: Told, person: Person) -> dict[str, Any]:
    about_self = (told.kind, told.code) == (KIND, code_of(person))
    return {
        _("When"): moment_text(told.at),
        _("Who"): told.who,
        _("Deed"): told.deed,
        _("Record"): told.record if told.kind != KIND or about_self else f"#{told.code}",
        _("Details"): "; ".join(told.details) if about_self else "",
        _("Network address"): (told.address or "") if told.person_id == person.id else "",
    }


def _about(person: Person) -> ColumnElement[bool]:
    return and_(TrailEntry.kind == KIND, TrailEntry.code == code_of(person))


def as_json(person: Person, moment: Moment) -> dict[str, Any]:
    """The export as one document that a program reads."""
    stored = {heading: part.lines for heading, part in everything(person).items()}
    return {"person": code_of(person), "made_at": _stamp(moment.instant), "stored": stored}


def _stamp(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")
