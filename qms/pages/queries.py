"""Reading what people keep of lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from qms.kernel.db import db
from qms.kernel.feature import house
from qms.kernel.language import _
from qms.kernel.stored import Stored
from qms.pages.models import SavedFilter


def saved_filters(person_id: int, list_name: str) -> Sequence[SavedFilter]:
    """What somebody keeps of a list, by title."""
    own = select(SavedFilter).where(SavedFilter.person_id == person_id, SavedFilter.list_name == list_name)
    return db.session.scalars(own.order_by(SavedFilter.title)).all()


def find_saved(saved_id: int, person_id: int) -> SavedFilter | None:
    """One of a person's own saved filters."""
    return db.session.scalar(select(SavedFilter).where(SavedFilter.id == saved_id, SavedFilter.person_id == person_id))


def stored_about(person_id: int) -> Sequence[Stored]:
    """The saved filters of a person, for the export that the law on personal data asks for."""
    own = select(SavedFilter.list_name, SavedFilter.title, SavedFilter.address).where(SavedFilter.person_id == person_id)
    return [Stored(_("Saved filters"), own.order_by(SavedFilter.id), _saved)]


def _saved(row: Any) -> Mapping[str, Any]:
    titles = {one.name: str(one.title) for feature in house().features for one in feature.lists}
    return {_("List"): titles.get(row.list_name, row.list_name), _("Name"): row.title, _("Filters"): row.address}
