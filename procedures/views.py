"""The list of procedures and the page of one."""

from enum import StrEnum
from typing import TypeVar

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from procedures import queries
from procedures.models import KIND, ProcedureKind, Validity
from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.kernel.feature import house
from qms.kernel.panels import Shown
from qms.kernel.web import filter_text, page_number

blueprint = Blueprint("procedures", __name__)
Choice = TypeVar("Choice", bound=StrEnum)


def _chosen(kind: type[Choice], name: str) -> Choice | None:
    value = request.args.get(name)
    return kind(value) if value in set(kind) else None


@blueprint.get("/procedures")
@needs(Permission.PROCEDURES_READ)
def listing() -> ResponseReturnValue:
    """Procedures by unit, kind, validity and words; the filters stand in the address."""
    moment = now()
    filters = queries.Filters(
        filter_text("unit"), _chosen(ProcedureKind, "kind"), _chosen(Validity, "validity"), filter_text("q")
    )
    page = queries.page_of_procedures(moment.person, filters, moment.today, page_number())
    rows = [(each, queries.validity(each, moment.today), queries.review_due_on(each, moment.today)) for each in page.items]
    return render_template(
        "procedures/listing.html", page=page, rows=rows, filters=filters, kinds=ProcedureKind, validities=Validity
    )


@blueprint.get("/procedures/<int:procedure_id>")
@needs(Permission.PROCEDURES_READ)
def show(procedure_id: int) -> ResponseReturnValue:
    """One procedure: is it in force, until when is its review owed, what and whom does it serve."""
    moment = now()
    procedure = queries.find(moment.person, procedure_id)
    if procedure is None:
        abort(404)
    return render_template(
        "procedures/show.html",
        procedure=procedure,
        validity=queries.validity(procedure, moment.today),
        review_due_on=queries.review_due_on(procedure, moment.today),
        services=queries.named_services(procedure),
        cards=house().cards(Shown(KIND, procedure.id, procedure.code, procedure.unit_id, procedure.unit.code), moment),
    )


def record_url(reference: str) -> str | None:
    """Address of the procedure with that reference; None when there is none."""
    procedure_id = queries.id_of(reference)
    return None if procedure_id is None else url_for("procedures.show", procedure_id=procedure_id)
