"""What nonconformities add to the pages of a unit, of a procedure and of an audit."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import Select, func

from nonconformities import queries
from nonconformities.models import Nonconformity, NonconformityState
from procedures.models import KIND as PROCEDURE
from qms.accounts.permissions import Permission
from qms.kernel.language import _, _l
from qms.kernel.moment import Moment
from qms.kernel.panels import Line, Panel, Shown
from qms.organisation.panels import register_of_unit

AUDIT = "audit"
"""A kind that a feature above this one brings: it is known by its name alone."""


def _open_in_unit(shown: Shown, moment: Moment) -> Select[Any]:
    still_open = queries.visible(moment.person, shown.unit_id).where(Nonconformity.state != NonconformityState.CLOSED)
    return still_open.with_only_columns(func.count(Nonconformity.id))


def _of_procedure(shown: Shown, moment: Moment) -> Sequence[Line]:
    """The newest that name the procedure, with their state: what to look at when it is reviewed (7.5.2)."""
    return [
        Line(nc.code, url_for("nonconformities.show", nonconformity_id=nc.id), note=nc.statement[:160], state=nc.state)
        for nc in queries.of_procedure(shown.id, moment)
    ]


def _of_audit(shown: Shown, moment: Moment) -> Sequence[Line]:
    """Those it raised, with their state: whether what it found is mended (9.2.2 e)."""
    return [
        Line(nc.code, url_for("nonconformities.show", nonconformity_id=nc.id), note=nc.statement[:160], state=nc.state)
        for nc in queries.of_audit(shown.code, shown.unit_id, moment)
    ]


PANELS = (
    register_of_unit(
        _l("Nonconformities"),
        "alert-triangle",
        Permission.NONCONFORMITIES_READ,
        lambda shown: url_for("nonconformities.listing", unit=shown.unit_code),
        _open_in_unit,
        lambda number: _("%(count)s open", count=number) if number else "",
    ),
    Panel(PROCEDURE, _l("Nonconformities against this procedure"), _of_procedure),
    Panel(AUDIT, _l("Nonconformities of this audit"), _of_audit),
)
