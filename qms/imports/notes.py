"""Rows that are taken over as they stand although the rules of today would not let them happen so."""

from collections.abc import Iterator
from datetime import date

from qms.imports.problems import Note
from qms.imports.references import histories
from qms.imports.world import World
from qms.kernel.language import _

_HAPPENED = {
    "announcements": ("announced_on", "confirmed_on", "notified_on", "posted_on", "revoked_on"),
    "procedures": ("issued_on", "reviewed_on"),
    "audits": ("started_on", "reported_on", "cancelled_on"),
    "nonconformities": ("raised_on", "responded_on", "moved_on", "verified_on", "closed_on", "reopened_on"),
    "nonconformity_events": ("on",),
    "actions": ("moved_on", "completed_on", "cancelled_on"),
    "reviews": ("held_on",),
}
"""Columns whose day tells what happened, so that it should not lie ahead."""

_ENDED = {"audits": "reported_on", "actions": "completed_on"}


def notes(world: World, today: date) -> Iterator[Note]:
    """Everything worth a second look, sheet by sheet and row by row."""
    for page in world.values():
        name = page.sheet.name
        for row, _key, values in page.rows:
            for column in _HAPPENED.get(name, ()):
                day = values.get(column)
                if day is not None and day > today:
                    sentence = _("The day %(day)s lies in the future.", day=f"{day:%d/%m/%Y}")
                    yield Note(name, row.number, column, sentence)
            ended = _ENDED.get(name)
            if ended is not None and values.get(ended) is not None and values.get("cancelled_on") is not None:
                yield Note(name, row.number, "cancelled_on", _("Both a completion and a cancelling are given."))
    yield from _roots(world)
    yield from _bare_closings(world)


def _roots(world: World) -> Iterator[Note]:
    page = world["units"]
    roots = [key for key, values in page.after.items() if values.get("parent_code") is None]
    if len(roots) < 2:
        return
    for row, key, values in page.rows:
        if key is not None and key != roots[0] and values.get("parent_code") is None:
            yield Note("units", row.number, "parent_code", _("There are several units with no unit above them."))


def _bare_closings(world: World) -> Iterator[Note]:
    _before, after = histories(world)
    with_actions = {key[0] for key in world["actions"].after}
    for row, key, values in world["nonconformities"].rows:
        events = after.get(key[0], set()) if key is not None else set()
        if key is None or not events or max((day, event == "reopened") for event, day in events)[1]:
            continue
        for missing, column, sentence in (
            (key[0] not in with_actions, "closed_on", _("Closed with no corrective action.")),
            (values.get("root_cause") is None, "root_cause", _("Closed with no cause.")),
            (values.get("verified_on") is None, "verified_on", _("Closed with no verification of effectiveness.")),
        ):
            if missing:
                yield Note("nonconformities", row.number, column, sentence)
