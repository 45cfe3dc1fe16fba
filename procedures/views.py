"""The pages of procedures."""

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from procedures import queries
from procedures.listing import LIST
from procedures.models import KIND
from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.kernel.feature import house
from qms.kernel.panels import Shown

blueprint = Blueprint("procedures", __name__)


LIST.open(blueprint, "/procedures")


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
