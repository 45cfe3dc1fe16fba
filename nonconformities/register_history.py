"""The closings and reopenings of nonconformities in the register workbook, told by days of a row or as a list (10.2)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import select

from nonconformities.models import EventKind, Nonconformity, NonconformityEvent
from qms.kernel.bulk import as_values
from qms.kernel.days import entered_late
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.kernel.staging import Staging
from qms.sheets.problems import Note, Problem
from qms.sheets.sheet import Row, Values, World

Event = tuple[str, date]


def events(_day: date) -> Iterator[Values]:
    """Every closing and reopening, by nonconformity and day."""
    code = Nonconformity.code.label("nonconformity_code")
    joined = select(code, NonconformityEvent.event, NonconformityEvent.on).join_from(
        NonconformityEvent, Nonconformity, Nonconformity.id == NonconformityEvent.nonconformity_id
    )
    return as_values(joined.order_by(*NonconformityEvent.__table__.primary_key))


def long_histories(listed: Iterable[Values]) -> Iterator[Values]:
    """Events that the two days of the nonconformity's own row cannot tell: what an export shows. They come by nonconformity."""
    for _code, rows in groupby(listed, itemgetter("nonconformity_code")):
        history = list(rows)
        if len({values["event"] for values in history}) < len(history):
            yield from history


def stage_events(staging: Staging, happened: Mapping[int, set[Event]], day: date) -> None:
    """Adds closings and reopenings to nonconformities (by id), entered on ``day``."""
    fresh = [
        {
            "nonconformity_id": number,
            "on": on,
            "event": EventKind(event),
            "entered_on": day,
            "late": entered_late(on, day),
            "by_id": None,
            "reason": None,
        }
        for number, found in sorted(happened.items())
        for event, on in sorted(found)
    ]
    staging.insert(NonconformityEvent, fresh)


def events_before(world: World) -> dict[str, set[Event]]:
    """What happened to every nonconformity as it stands, by its code."""
    before: dict[str, set[Event]] = defaultdict(set)
    for values in world["nonconformity_events"].before.values():
        before[values["nonconformity_code"]].add((values["event"], values["on"]))
    return before


def histories(world: World) -> dict[str, set[Event]]:
    """Closings and reopenings of every nonconformity after the import, by its code.

    The days of a row are the whole history unless there are events in the workbook, or more of them than a row can tell.
    """
    before, listed = events_before(world), _listed(world)
    page = world["nonconformities"]
    after: dict[str, set[Event]] = {}
    for (code,), values in page.after.items():
        told = _told(page.before.get((code,), {}))
        before_it, added = before.get(code, set()), listed.get(code, set())
        after[code] = before_it | added if added or before_it != told else _told(values)
    return after


def contradictions(world: World, _moment: Moment) -> Iterator[Problem]:
    """Where the days of a nonconformity are not the latest of its events."""
    page, listed = world["nonconformities"], world["nonconformity_events"]
    after = histories(world)
    rows = {key[0]: row for row, key, _values in page.rows if key is not None}
    first: dict[str, Row] = {}
    for event_row, key, values in listed.rows:
        if key is not None:
            first.setdefault(values["nonconformity_code"], event_row)
    changed = {key[0] for key in page.touched} | first.keys()
    for code in changed & after.keys():
        values, row = page.after[code,], rows.get(code)
        if row is not None and any(name in row.present and name not in row.values for name in ("closed_on", "reopened_on")):
            continue  # the day could not be read: told already
        if code not in first and after[code] == _told(values):
            continue
        place = ("nonconformities", row.number) if row is not None else ("nonconformity_events", first[code].number)
        yield from history_problems(place, values.get("closed_on"), values.get("reopened_on"), sorted(after[code]))


def history_problems(
    place: tuple[str, int], closed_on: date | None, reopened_on: date | None, found: Sequence[Event]
) -> list[Problem]:
    """Where the days of a nonconformity and its events (``closed`` or ``reopened``, day) contradict each other (10.2).

    ``place`` is the sheet and row to name: the nonconformity's, or its first event's where the workbook has no such row.
    Nothing is asked where there are no events: then the days of the row are the whole history.
    """
    if not found:
        return []
    closings = [on for event, on in found if event == "closed"]
    reopenings = [on for event, on in found if event == "reopened"]
    problems = []
    if not closings or min(reopenings, default=date.max) < min(closings):
        wrong = _("The first event of the nonconformity is not a closing.")
        problems.append(Problem(*place, "closed_on", wrong, _("A nonconformity is closed before it is reopened.")))
    for column, latest, on in (
        ("closed_on", max(closings, default=None), closed_on),
        ("reopened_on", max(reopenings, default=None), reopened_on),
    ):
        if latest != on:
            allowed = (
                _("The day is empty, as there is no such event.")
                if latest is None
                else _("The latest day of the events, %(day)s.", day=f"{latest:%d/%m/%Y}")
            )
            wrong = _("%(column)s is not the latest of its events.", column=column)
            problems.append(Problem(*place, column, wrong, allowed))
    return problems


def bare_closings(world: World) -> Iterator[Note]:
    """Closings that no action, cause or verdict explains: history as it stands."""
    page, after = world["nonconformities"], histories(world)
    closed = [
        (row, key, values)
        for row, key, values in page.rows
        if key is not None and after.get(key[0]) and not reopened_last(after[key[0]])
    ]
    if not closed:
        return
    with_actions = {key[0] for key in world["actions"].after}
    for row, key, values in closed:
        for missing, column, sentence in (
            (key[0] not in with_actions, "closed_on", _("Closed with no corrective action.")),
            (values.get("root_cause") is None, "root_cause", _("Closed with no cause.")),
            (values.get("verified_on") is None, "verified_on", _("Closed with no verification of effectiveness.")),
        ):
            if missing:
                yield Note("nonconformities", row.number, column, sentence)


def reopened_last(found: set[Event]) -> bool:
    """Whether the latest event is a reopening; on the same day it is the later one."""
    return max((day, event == EventKind.REOPENED) for event, day in found)[1]


def _listed(world: World) -> dict[str, set[Event]]:
    listed: dict[str, set[Event]] = defaultdict(set)
    for _row, key, values in world["nonconformity_events"].rows:
        if key is not None:
            listed[values["nonconformity_code"]].add((values["event"], values["on"]))
    return listed


def _told(values: Mapping[str, Any]) -> set[Event]:
    days = (("closed", values.get("closed_on")), ("reopened", values.get("reopened_on")))
    return {(event, day) for event, day in days if isinstance(day, date)}
