"""A large file is taken over by its mapping in the queue: whoever confirmed it may leave the page."""

from collections.abc import Mapping
from typing import Any

from qms.accounts.permissions import Permission
from qms.drafts import queries, service
from qms.imports import takeover
from qms.imports.refused import Problems, WorkbookRefused
from qms.imports.result import sentence_of
from qms.imports.taking.looking import Looking
from qms.imports.taking.planning import FILE_GONE, KIND, looking_at, plan
from qms.imports.work import PROBLEMS
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused, refuse_if
from qms.kernel.work import Finish, LongWork, Progress, Result

LARGE = 1_000
"""Rows of a file from which on nobody waits for it on the page."""


def is_large(looking: Looking) -> bool:
    """Whether the file goes through the queue."""
    return sum(len(grid.rows) for grid in looking.grids) >= LARGE


def _take_mapped(arguments: Mapping[str, Any], moment: Moment, progress: Progress) -> Finish:
    """Checks the file of the draft once more and lets it in, in a transaction of its own; killed in between, it does it again."""
    draft = queries.find(arguments["draft"], KIND, moment.person)
    refuse_if(FILE_GONE if draft is None else None)
    assert draft is not None
    looking = looking_at(draft, moment)
    progress(0, 2)
    try:
        planned = plan(looking)
        progress(1, 2)
        result = takeover.apply(planned, moment)
    except WorkbookRefused as refused:
        raise Refused([Refusal(refused.code, refused.sentence)]) from refused
    except Problems as problems:
        raise Refused([PROBLEMS]) from problems

    def tell() -> Result:
        done = queries.find(arguments["draft"], KIND, moment.person)
        if done is not None:
            service.drop(done)
        return Result(sentence=sentence_of(result))

    return tell


TAKE_MAPPED = LongWork("take_mapped", _l("Take a workbook over by its mapping"), Permission.REGISTERS_IMPORT, _take_mapped)
