"""The clauses of the standard, titles only, and what the 2026 edition changes."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from qms.accounts.gate import signed_in
from qms.kernel.language import _l
from qms.standard.catalogue import EDITION, audited_clauses, changes_2026, clauses

blueprint = Blueprint("standard", __name__)

CHANGES = {
    "same": _l("unchanged"),
    "wording": _l("wording only"),
    "modified": _l("modified"),
    "merged": _l("merged"),
    "split": _l("split"),
    "new": _l("new"),
}
"""The words of the mapping, as people read them."""


@blueprint.get("/standard", endpoint="clauses")
@signed_in
def show_clauses() -> ResponseReturnValue:
    """Both clause tables: the edition the law refers to, and how 2026 maps to it."""
    return render_template(
        "standard/clauses.html",
        edition=EDITION,
        clauses=tuple(clauses().values()),
        audited=frozenset(audited_clauses()),
        changes=[(change, CHANGES.get(change.change, change.change)) for change in changes_2026()],
    )
