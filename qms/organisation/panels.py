"""The registers of a unit, which its page leads to: each feature brings its own line."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from flask_babel import LazyString
from sqlalchemy import Select

from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.panels import Line, Panel, Shown

UNIT = "unit"
HEADING = _l("Records of this unit")

Count = Callable[[Shown, Moment], Select[Any]]


def register_of_unit(
    title: LazyString,
    icon: str,
    permission: StrEnum,
    url: Callable[[Shown], str],
    count: Count | None = None,
    tell: Callable[[int], str] = str,
) -> Panel:
    """A line that leads to a list narrowed to the unit, for whoever may read it there; ``tell`` says what was counted."""

    def lines(shown: Shown, moment: Moment) -> Sequence[Line]:
        if not moment.person.may(permission, shown.unit_id):
            return ()
        return (Line(str(title), url(shown), icon, count=None if count is None else count(shown, moment), tell=tell),)

    return Panel(UNIT, HEADING, lines)
