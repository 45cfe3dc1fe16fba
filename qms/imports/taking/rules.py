"""When a mapping may be kept: pure functions."""

from qms.imports.taking.models import LONGEST_NAME
from qms.kernel.language import _l
from qms.kernel.refusal import Refusal

MOST = 100
"""Mappings of one agency; more than that nobody finds again."""


def named(name: str) -> Refusal | None:
    """What is kept is found again by its name."""
    if 0 < len(name) <= LONGEST_NAME:
        return None
    return Refusal("mapping_unnamed", _l("A name of 1 to %(most)s characters.", most=LONGEST_NAME))


def not_too_many(kept: int) -> Refusal | None:
    """An agency with many mappings deletes one first."""
    if kept < MOST:
        return None
    return Refusal("too_many_mappings", _l("Your agency keeps %(most)s mappings already. Delete one first.", most=MOST))
