"""When a draft may be begun: pure functions."""

from qms.kernel.language import _l
from qms.kernel.refusal import Refusal

MOST = 10
"""Drafts of one person; a file of each lies in the instance folder."""


def not_too_many(kept: int) -> Refusal | None:
    """Whoever has many drafts finishes or deletes one first."""
    if kept < MOST:
        return None
    return Refusal("too_many_drafts", _l("You have %(most)s unfinished files already. Finish or delete one first.", most=MOST))
