"""The list of procedures: by unit, kind, validity and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import Select

from procedures import queries
from procedures.models import Procedure, ProcedureKind, Validity
from qms.accounts.permissions import Permission
from qms.kernel.language import _l, ngettext
from qms.kernel.moment import Moment
from qms.pages.columns import due, heading, in_file_only, state, text, wide_only
from qms.pages.filters import Filter, one_of, open_first, words
from qms.pages.lists import RecordList
from qms.units.models import Unit


@dataclass(frozen=True)
class Row:
    """A procedure as the list shows it on a day."""

    procedure: Procedure
    validity: Validity
    review_due_on: date | None


def _rows(procedures: Sequence[Procedure], moment: Moment) -> Sequence[Row]:
    today = moment.today
    return [Row(each, queries.validity(each, today), queries.review_due_on(each, today)) for each in procedures]


def _of_unit(query: Select[Any], code: str, _moment: Moment) -> Select[Any]:
    return query.where(queries.serves(code))


LIST = RecordList(
    name="procedures",
    title=_l("Procedures"),
    permission=Permission.PROCEDURES_READ,
    query=lambda moment: queries.listed(moment.person),
    rows=_rows,
    columns=(
        due("review", _l("Review before"), lambda row: row.review_due_on, sort=queries.OWED_REVIEW_DAY),
        heading(
            "title",
            _l("Document"),
            lambda row: row.procedure.title,
            url=lambda row: url_for("procedures.show", procedure_id=row.procedure.id),
            below=lambda row: f"{row.procedure.code} · {row.procedure.kind.title}",
            sort=Procedure.title,
            narrow=lambda row: row.procedure.unit.name,
        ),
        in_file_only(text("code", _l("Code"), lambda row: row.procedure.code)),
        in_file_only(text("kind", _l("Kind"), lambda row: row.procedure.kind)),
        wide_only(text("unit", _l("Unit"), lambda row: row.procedure.unit.name, sort=Unit.name)),
        wide_only(text("issue", _l("Issue"), lambda row: row.procedure.issue)),
        wide_only(text("effective", _l("In force from"), lambda row: row.procedure.effective_on, sort=Procedure.effective_on)),
        state("validity", _l("Validity"), lambda row: row.validity),
    ),
    order=(queries.OWED_REVIEW_DAY.nulls_last(), Unit.code, Procedure.code),
    filters=(
        words("q", _l("Title or code"), Procedure.folded),
        Filter("unit", _l("Unit code"), _of_unit),
        one_of("kind", _l("Kind"), ProcedureKind, lambda kind, _moment: Procedure.kind == kind),
        open_first(
            "validity",
            _l("Validity"),
            Validity,
            lambda validity, moment: queries.is_in(validity, moment.today),
            closed=(Validity.WITHDRAWN,),
            hidden=lambda number: ngettext(
                "%(num)s withdrawn document is hidden.", "%(num)s withdrawn documents are hidden.", number
            ),
        ),
    ),
    counted=lambda number: ngettext("%(num)s document", "%(num)s documents", number),
    empty=("file-text", _l("No procedure matches, or none has been taken over yet.")),
)
