"""The sheet of a unit on paper: what its people owe, for the meeting on Monday and the board in the corridor.

Vietnamese always, as every paper of the office; no address and no link stands on it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from qms.accounts.models import Person
from qms.digest.composing import by_person
from qms.digest.waiting import Waiting
from qms.kernel.language import _, force_locale, ngettext
from qms.kernel.later import later
from qms.kernel.web import day_text
from qms.notices.sentences import OVERDUE
from qms.reports.paper import Align, Column, Group, Run, Table, Text, paragraph
from qms.units.models import Unit
from qms.units.queries import agencies_of

if TYPE_CHECKING:
    from qms.reports import form
else:
    form = later("qms.reports.form")

LANGUAGE = "vi"
CODE, ISSUE = "QMS-NV", "01"
"""Code and edition of the form itself."""


def render_sheets(
    sheets: Sequence[tuple[Unit, Sequence[Waiting]]], people: Mapping[int, Person], today: date, until: date
) -> bytes:
    """One sheet for each unit, as one file."""
    agencies = agencies_of([unit.id for unit, _waiting in sheets])
    with force_locale(LANGUAGE):
        forms = [_form(unit, agencies.get(unit.id, unit).name, waiting, people, today, until) for unit, waiting in sheets]
        title = f"{_('Tasks due')} {day_text(today)}"
        return form.render_forms(forms, title_for_file=title, language=LANGUAGE, made_on=today)


def _form(
    unit: Unit, agency: str, waiting: Sequence[Waiting], people: Mapping[int, Person], today: date, until: date
) -> "form.Form":
    late = sum(one.stage(today) == OVERDUE for one in waiting)
    return form.Form(
        agency=agency,
        unit=unit.name if unit.name != agency else "",
        title=_("Tasks due"),
        code=CODE,
        issue=ISSUE,
        day=day_text(today),
        blocks=(
            _summary(unit, late, len(waiting) - late, until),
            *([_table(waiting, people, today)] if waiting else []),
            _closing(),
        ),
    )


def _summary(unit: Unit, late: int, soon: int, until: date) -> Text:
    overdue = ngettext("%(num)s thing overdue", "%(num)s things overdue", late)
    ahead = ngettext("%(num)s thing due by %(day)s", "%(num)s things due by %(day)s", soon, day=day_text(until))
    return paragraph(Run(f"{unit.name}: ", bold=True), f"{overdue}, {ahead}.", indent=False)


def _table(waiting: Sequence[Waiting], people: Mapping[int, Person], today: date) -> Table:
    rows: list[tuple[str, ...] | Group] = []
    number = 0
    for who, owed in by_person(waiting, people):
        rows.append(Group(who))
        for one in owed:
            number += 1
            rows.append((str(number), one.sentence, one.shown_code, day_text(one.due_on), one.distance(today), ""))
    return Table(
        (
            Column(_("No."), 5, Align.CENTER),
            Column(_("What is asked"), 31),
            Column(_("Record"), 14),
            Column(_("Due"), 13, Align.CENTER),
            Column(_("How far"), 18, Align.CENTER),
            Column(_("Result, note"), 19),
        ),
        tuple(rows),
    )


def _closing() -> Text:
    return paragraph(
        Run(_("Taken from the system; what is reported there as done no longer stands on the next sheet."), italic=True),
        indent=False,
    )
