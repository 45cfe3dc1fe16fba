"""Who may do what: the matrix, for everybody who has signed in."""

from flask import render_template
from flask.typing import ResponseReturnValue

from qms.accounts.gate import now, signed_in
from qms.accounts.permissions import Permission
from qms.kernel.feature import house
from qms.people.pages import blueprint
from qms.people.roles import matrix


@blueprint.get("/permissions")
@signed_in
def permissions() -> ResponseReturnValue:
    """Roles and permissions, printed by the tables that are enforced; combinations of duties for whoever may see people."""
    moment = now()
    workflows = [workflow for feature in house().features for workflow in feature.workflows]
    may_see = moment.person.may(Permission.ACCOUNTS_READ, None)
    titles = {f"{workflow.kind}.{step.name}": step.title for workflow in workflows for step in workflow.steps}
    return render_template(
        "people/permissions.html",
        columns=matrix.columns(),
        rows=matrix.rows(workflows),
        step_titles=titles | matrix.deed_titles(),
        separations=matrix.separations(),
        combinations=matrix.combinations(moment) if may_see else None,
    )
