"""What a saved filter has to be; pure functions."""

from qms.kernel.language import _l
from qms.kernel.refusal import Refusal

MOST_SAVED = 20
"""Filters that somebody keeps of one list: more are no help any more."""


def not_too_many(kept: int) -> Refusal | None:
    """A list of saved filters must stay shorter than the filters themselves."""
    if kept < MOST_SAVED:
        return None
    return Refusal("too_many_saved", _l("At most %(most)s filters are kept for a list; remove one first.", most=MOST_SAVED))


def narrows_something(address: str) -> Refusal | None:
    """A filter that asks for nothing is the list itself."""
    return None if address else Refusal("nothing_to_save", _l("Narrow or sort the list first, then save it as you see it."))
