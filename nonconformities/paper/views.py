"""The doors to the paper of a nonconformity: print it, fetch one that was issued."""

from flask import Response, abort, redirect, url_for
from flask.typing import ResponseReturnValue

from nonconformities import queries
from nonconformities.paper import keeping
from nonconformities.views.pages import pages
from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.kernel.db import writing
from qms.kernel.download import as_file
from qms.kernel.forms import check_version


@pages.post("/<int:nonconformity_id>/papers")
@needs(Permission.NONCONFORMITIES_READ)
def issue_paper(nonconformity_id: int) -> ResponseReturnValue:
    """Prints the record: of a closed one the paper is kept and served again, of another it is a draft to carry away."""
    moment = now()
    nc = queries.get(nonconformity_id, moment)
    before = keeping.issued_before(nc)
    if before is not None:
        return redirect(url_for(".paper", nonconformity_id=nonconformity_id, paper_id=before.id), 303)
    content, version = keeping.render(nc, moment.today), str(nc.version)
    if not keeping.is_final(nc):
        return as_file(content, f"nonconformity-{nonconformity_id}-draft.pdf")
    with writing():
        nc = queries.get(nonconformity_id, moment, to_change=True)
        check_version(nc, version)
        paper_id = keeping.keep(nc, content, moment).id
    return redirect(url_for(".paper", nonconformity_id=nonconformity_id, paper_id=paper_id), 303)


@pages.get("/<int:nonconformity_id>/papers/<int:paper_id>.pdf")
@needs(Permission.NONCONFORMITIES_READ)
def paper(nonconformity_id: int, paper_id: int) -> Response:
    """An issued paper, the same bytes at each asking."""
    nc = queries.get(nonconformity_id, now())
    found = keeping.find(nc, paper_id) or abort(404)
    return as_file(found.content, f"nonconformity-{nonconformity_id}-{paper_id}.pdf")
