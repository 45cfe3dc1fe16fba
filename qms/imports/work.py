"""A large workbook is taken over in the queue: whoever confirmed it may leave the page, and no thread of the server waits."""

from collections.abc import Mapping
from typing import Any

from qms.accounts.permissions import Permission
from qms.imports import takeover, uploads
from qms.imports.refused import Problems, WorkbookRefused
from qms.imports.result import sentence_of
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused, refuse_if
from qms.kernel.work import Finish, LongWork, Progress, Result

LARGE = 250_000
"""Bytes of a workbook (some five thousand rows) from which on nobody waits for it on the page."""

TOO_OLD = Refusal("preview_too_old", _l("The preview is too old. Please choose the workbook again; nothing was written."))
PROBLEMS = Refusal(
    "workbook_has_problems",
    _l("A record was changed since the preview, and the workbook has problems now. Nothing was written; please check it again."),
)


def _take_over(arguments: Mapping[str, Any], moment: Moment, progress: Progress) -> Finish:
    """Checks the bytes of ``token`` once more and lets them in.

    They land in a transaction of their own, before the work is entered as done: a process that is killed in between does it
    again, finds every row as it is and changes nothing.
    """
    token, person_id = arguments["token"], moment.person.person_id
    data = uploads.fetch(token, person_id)
    refuse_if(TOO_OLD if data is None else None)
    assert data is not None
    progress(0, 2)
    try:
        plan = takeover.check(data, moment)
        progress(1, 2)
        result = takeover.apply(plan, moment)
    except WorkbookRefused as refused:
        raise Refused([Refusal(refused.code, refused.sentence)]) from refused
    except Problems as problems:
        raise Refused([PROBLEMS]) from problems

    def tell() -> Result:
        uploads.forget(token, person_id)
        return Result(sentence=sentence_of(result))

    return tell


TAKE_OVER = LongWork("take_over", _l("Take registers over"), Permission.REGISTERS_IMPORT, _take_over)
