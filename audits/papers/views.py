"""The doors to the papers of an audit: print one, fetch one that was issued."""

from flask import Blueprint, Response, abort, redirect, url_for
from flask.typing import ResponseReturnValue

from audits import queries
from audits.models import Audit, PaperKind
from audits.papers import keeping
from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.config import present_settings
from qms.kernel.db import writing
from qms.kernel.download import as_file
from qms.kernel.forms import check_version

blueprint = Blueprint("audit_papers", __name__, url_prefix="/audits/<int:audit_id>/papers")


@blueprint.post("/<any(plan, checklist, report):kind>")
@needs(Permission.AUDITS_READ)
def issue(audit_id: int, kind: str) -> ResponseReturnValue:
    """Prints a paper; one that is final is kept and served again, another is a draft and carried away."""
    moment, wanted = now(), PaperKind(kind)
    audit = _audit(audit_id)
    if wanted not in keeping.printable(audit):
        abort(404)
    before = keeping.issued_before(audit, wanted)
    if before is not None:
        return redirect(url_for(".paper", audit_id=audit_id, paper_id=before.id), 303)
    settings = present_settings()
    content = keeping.render(audit, wanted, moment, settings.place, settings.superior_name)
    if not keeping.is_final(audit, wanted):
        return as_file(content, f"audit-{audit_id}-{wanted.value}-draft.pdf")
    version = str(audit.version)
    with writing():
        audit = queries.find_for_change(audit_id, moment.person) or abort(404)
        check_version(audit, version)
        paper_id = keeping.keep(audit, wanted, content, moment).id
    return redirect(url_for(".paper", audit_id=audit_id, paper_id=paper_id), 303)


@blueprint.get("/<int:paper_id>.pdf")
@needs(Permission.AUDITS_READ)
def paper(audit_id: int, paper_id: int) -> Response:
    """An issued paper, the same bytes at each asking."""
    found = keeping.find(queries.find(audit_id, now().person) or abort(404), paper_id) or abort(404)
    return as_file(found.content, f"audit-{audit_id}-{found.kind.value}-{paper_id}.pdf")


def _audit(audit_id: int) -> Audit:
    return queries.find_with_evidence(audit_id, now().person) or abort(404)
