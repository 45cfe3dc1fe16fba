"""Issuing the paper of a nonconformity: once it is closed the bytes are kept and served again (7.5.3); before, it is a draft."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import defer

from nonconformities.models import Nonconformity, NonconformityPaper, NonconformityState
from nonconformities.paper.form import LANGUAGE, closed_on, compose
from nonconformities.service import KIND
from qms.kernel.db import db
from qms.kernel.language import force_locale
from qms.kernel.later import later
from qms.kernel.moment import Moment
from qms.trail.service import record
from qms.units.queries import agencies_of

if TYPE_CHECKING:
    from qms.reports import form
else:
    form = later("qms.reports.form")


def is_final(nc: Nonconformity) -> bool:
    """Whether the paper is kept: a closed record changes no more, unless it is reopened and closed anew."""
    return nc.state is NonconformityState.CLOSED


def render(nc: Nonconformity, today: date) -> bytes:
    """The paper, of the day of the closing, or of today while it is a draft."""
    agency = agencies_of([nc.unit_id]).get(nc.unit_id, nc.unit)
    day = (closed_on(nc) if is_final(nc) else None) or today
    with force_locale(LANGUAGE):
        filled = compose(nc, agency, day, draft=not is_final(nc))
        return form.render_forms([filled], title_for_file=f"{nc.code}: {filled.title}", language=LANGUAGE, made_on=day)


def issued(nc: Nonconformity) -> Sequence[NonconformityPaper]:
    """Every paper issued of the record, newest first, without its bytes."""
    query = select(NonconformityPaper).where(NonconformityPaper.nonconformity_id == nc.id)
    return db.session.scalars(query.options(defer(NonconformityPaper.content)).order_by(NonconformityPaper.id.desc())).all()


def issued_before(nc: Nonconformity) -> NonconformityPaper | None:
    """The paper that was issued of the record as it is now."""
    return next((paper for paper in issued(nc) if paper.basis == _basis(nc)), None)


def find(nc: Nonconformity, paper_id: int) -> NonconformityPaper | None:
    """One issued paper of the record with its bytes."""
    of_record = (NonconformityPaper.id == paper_id, NonconformityPaper.nonconformity_id == nc.id)
    return db.session.scalars(select(NonconformityPaper).where(*of_record)).first()


def keep(nc: Nonconformity, content: bytes, moment: Moment) -> NonconformityPaper:
    """Keeps the bytes as the paper of the closed record; when somebody else was faster, theirs count."""
    there = issued_before(nc)
    if there is not None:
        return there
    paper = NonconformityPaper(
        nonconformity_id=nc.id,
        basis=_basis(nc),
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        issued_at=moment.instant,
    )
    db.session.add(paper)
    db.session.flush()
    record(moment, KIND, nc.code, "issue_paper", unit_id=nc.unit_id, changes={"sha256": [None, paper.sha256]})
    return paper


def _basis(nc: Nonconformity) -> str:
    """What the paper rests on: the version of the record; taking a photo out, for one, makes another paper."""
    return f"version {nc.version}"
