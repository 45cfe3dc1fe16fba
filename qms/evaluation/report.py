"""Issuing the report of a run: printed once per form, its bytes are kept and served again."""

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from qms.config import present_settings
from qms.evaluation.models import IssuedPaper, Run
from qms.evaluation.paper import compose
from qms.evaluation.queries import whole_run
from qms.evaluation.reporting import Letter, report_of
from qms.kernel.db import db
from qms.kernel.language import force_locale
from qms.kernel.later import later
from qms.kernel.moment import Moment
from qms.reports.paper import Paper
from qms.trail.service import record
from qms.units.models import Bloc

if TYPE_CHECKING:
    from qms.reports import docx, pdf, xlsx
else:
    docx = later("qms.reports.docx")
    pdf = later("qms.reports.pdf")
    xlsx = later("qms.reports.xlsx")


def _pdf(paper: Paper) -> bytes:
    return pdf.render_pdf(paper)


def _docx(paper: Paper) -> bytes:
    return docx.render_docx(paper)


def _xlsx(paper: Paper) -> bytes:
    return xlsx.render_xlsx(paper)


RENDERERS: Mapping[str, Callable[[Paper], bytes]] = {"pdf": _pdf, "docx": _docx, "xlsx": _xlsx}


def issued(run: Run, extension: str, language: str) -> bytes | None:
    """The bytes that were issued for this form, or None."""
    return db.session.scalar(
        select(IssuedPaper.content).where(
            IssuedPaper.run_id == run.id,
            IssuedPaper.format == extension,
            IssuedPaper.language == language,
            IssuedPaper.letterhead == _letterhead(run),
        )
    )


def render(run_id: int, extension: str, language: str) -> bytes:
    """Prints the report of a stored run, from its frozen rows only. KeyError for an unknown form, LookupError for no run."""
    view = whole_run(run_id)
    if view is None:
        raise LookupError(f"there is no run {run_id}")
    with force_locale(language):
        return RENDERERS[extension](compose(report_of(view, language, _letter()), language))


def keep(run: Run, extension: str, language: str, content: bytes, moment: Moment) -> bytes:
    """Keeps the bytes as the issued paper; when another process was faster, its bytes count."""
    there = issued(run, extension, language)
    if there is not None:
        return there
    digest = hashlib.sha256(content).hexdigest()
    db.session.add(
        IssuedPaper(
            run_id=run.id,
            format=extension,
            language=language,
            letterhead=_letterhead(run),
            content=content,
            sha256=digest,
            size=len(content),
        )
    )
    changes = {"paper": [None, f"{extension}/{language}"], "sha256": [None, digest]}
    record(moment, "evaluation", str(run.id), "issue_paper", changes=changes)
    return content


def _letter() -> Letter:
    settings = present_settings()
    return Letter(settings.place, settings.superior_name, settings.report_to, settings.report_copies)


def _letterhead(run: Run) -> str:
    return "party" if run.issuing_bloc is Bloc.PARTY else "state"
