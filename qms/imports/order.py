"""Rules inside one row, and between a nonconformity and its history, that need nothing but the workbook's values.

What an old register may hold is wide; refused is only what cannot have been: an end before its start, half of a pair.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from qms.imports.problems import Problem
from qms.kernel.language import _

Values = Mapping[str, object]
Finding = tuple[str, str, str]
"""(column at fault, what is wrong, what is allowed)"""


@dataclass(frozen=True)
class Rule:
    """One rule of a row: the columns it looks at, and what it finds wrong in their values."""

    columns: tuple[str, ...]
    find: Callable[[Values], Finding | None]


def row_problems(sheet: str, row: int, values: Values, present: Iterable[str], stored: Values | None = None) -> list[Problem]:
    """Which rules the row breaks.

    ``present`` are the columns that the sheet has, ``values`` those of them that could be read. Without ``stored`` only rules
    are asked whose columns were all read; with ``stored`` (what the record has already, or a new one's empty values) only the
    others, that is those which need a column the sheet does not have. So each rule is asked once, by the one who can.
    """
    columns = frozenset(present)
    unread = columns - values.keys()
    problems = []
    for rule in _RULES.get(sheet, ()):
        in_sheet = columns.issuperset(rule.columns)
        if in_sheet == (stored is not None) or not unread.isdisjoint(rule.columns):
            continue
        finding = rule.find(values if stored is None else {**stored, **values})
        if finding is not None:
            problems.append(Problem(sheet, row, *finding))
    return problems


def history_problems(
    place: tuple[str, int], closed_on: date | None, reopened_on: date | None, events: Sequence[tuple[str, date]]
) -> list[Problem]:
    """Where the days of a nonconformity and its events (``closed`` or ``reopened``, day) contradict each other (10.2).

    ``place`` is the sheet and row to name: the nonconformity's, or its first event's where the workbook has no such row.
    Nothing is asked where there are no events: then the days of the row are the whole history.
    """
    if not events:
        return []
    closings = [on for event, on in events if event == "closed"]
    reopenings = [on for event, on in events if event == "reopened"]
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


def _not_before(end: str, start: str) -> Rule:
    def find(values: Values) -> Finding | None:
        first, last = cast("date | None", values.get(start)), cast("date | None", values.get(end))
        if first is None or last is None or last >= first:
            return None
        wrong = _("The day %(day)s lies before %(start)s.", day=f"{last:%d/%m/%Y}", start=start)
        return end, wrong, _("A day not before %(day)s.", day=f"{first:%d/%m/%Y}")

    return Rule((end, start), find)


def _together(one: str, other: str) -> Rule:
    def find(values: Values) -> Finding | None:
        if (values.get(one) is None) == (values.get(other) is None):
            return None
        empty, filled = (one, other) if values.get(one) is None else (other, one)
        wrong = _("%(empty)s is empty while %(filled)s is filled.", empty=empty, filled=filled)
        return empty, wrong, _("Both are filled or both are empty.")

    return Rule((one, other), find)


def _only_with(dependent: str, condition: str) -> Rule:
    def find(values: Values) -> Finding | None:
        if values.get(dependent) is None or values.get(condition) is not None:
            return None
        wrong = _("%(filled)s is filled while %(empty)s is empty.", filled=dependent, empty=condition)
        return dependent, wrong, _("Only together with %(column)s.", column=condition)

    return Rule((dependent, condition), find)


def _exclusion_has_reason(values: Values) -> Finding | None:
    if values.get("in_scope_from") is not None or values.get("exclusion_reason") is not None:
        return None
    wrong = _("The unit is not in scope (in_scope_from is empty) and has no reason for it.")
    return "exclusion_reason", wrong, _("A reason, or the day in in_scope_from.")


_RULES: Mapping[str, Sequence[Rule]] = {
    "units": (
        _not_before("in_scope_to", "in_scope_from"),
        Rule(("in_scope_from", "exclusion_reason"), _exclusion_has_reason),
    ),
    "announcements": (_not_before("revoked_on", "announced_on"),),
    "services": (_not_before("valid_to", "valid_from"),),
    "procedures": (_not_before("withdrawn_on", "issued_on"),),
    "procedure_units": (_not_before("to", "from"),),
    "audits": (_not_before("reported_on", "started_on"),),
    "nonconformities": (
        _not_before("closed_on", "raised_on"),
        _not_before("responded_on", "raised_on"),
        _only_with("reopened_on", "closed_on"),
        _together("moved_to", "moved_on"),
    ),
    "actions": (_together("moved_to", "moved_on"),),
}
