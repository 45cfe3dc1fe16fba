"""The clauses of the standard, titles only, and what the 2026 edition changes."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from qms.accounts.gate import signed_in
from qms.kernel.language import _l
from qms.kernel.web import filter_text
from qms.standard.catalogue import EDITION, audited_clauses, changes_2026, clauses

blueprint = Blueprint("standard", __name__)

SAME = "same"
CHANGES = {
    SAME: _l("unchanged"),
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
    """The clauses of the edition the law refers to."""
    return render_template(
        "standard/clauses.html",
        edition=EDITION,
        clauses=tuple(clauses().values()),
        audited=frozenset(audited_clauses()),
    )


@blueprint.get("/standard/2026")
@signed_in
def edition_2026() -> ResponseReturnValue:
    """How the edition of 2026 maps to the other one: what changes, and with ``all`` what stays as well."""
    shown = [one for one in changes_2026() if one.change != SAME or filter_text("all") == "1"]
    return render_template(
        "standard/edition_2026.html",
        edition=EDITION,
        changes=[(one, CHANGES.get(one.change, one.change)) for one in shown],
        same=SAME,
        unchanged=len(changes_2026()) - len(shown),
    )
