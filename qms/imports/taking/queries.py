"""Reading the mappings that an agency keeps."""

from collections.abc import Mapping as Mappings
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from qms.imports.taking.models import KeptMapping
from qms.kernel.db import db
from qms.kernel.language import _
from qms.kernel.moment import Actor
from qms.kernel.stored import Stored
from qms.kernel.web import moment_text
from qms.units.queries import agencies_of


def keeper(actor: Actor) -> int | None:
    """The agency in whose name the person keeps mappings; the own unit where it belongs to none."""
    home = actor.home_unit_id
    if home is None:
        return None
    agency = agencies_of([home]).get(home)
    return home if agency is None else agency.id


def visible(actor: Actor) -> ColumnElement[bool]:
    """The scope: those of one's own agency."""
    unit_id = keeper(actor)
    return KeptMapping.unit_id.in_(() if unit_id is None else (unit_id,))


def kept_mappings(actor: Actor) -> Sequence[KeptMapping]:
    """What the agency keeps, by name."""
    return db.session.scalars(select(KeptMapping).where(visible(actor)).order_by(KeptMapping.name)).all()


def find_kept(kept_id: int, actor: Actor) -> KeptMapping | None:
    """One of them; None for any other."""
    return db.session.scalar(select(KeptMapping).where(KeptMapping.id == kept_id, visible(actor)))


def stored_about(person_id: int) -> Sequence[Stored]:
    """The mappings a person has kept for the agency, for the export that the law on personal data asks for."""
    own = select(KeptMapping.name, KeptMapping.kept_at).where(KeptMapping.kept_by_id == person_id).order_by(KeptMapping.id)
    return [Stored(_("Kept mappings of workbooks"), own, _kept)]


def _kept(row: Any) -> Mappings[str, Any]:
    return {_("Name"): row.name, _("Kept"): moment_text(row.kept_at)}
