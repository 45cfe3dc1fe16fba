"""The list."""

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from qms.accounts.actor import in_visible_units
from qms.accounts.permissions import Permission
from qms.kernel.language import _l
from qms.pages.columns import text
from qms.pages.filters import Filter, words
from qms.pages.lists import Action, RecordList
from qms.units.models import Unit
from qms.units.queries import below
from tests.pages.small_feature.models import Provider

LIST = RecordList(
    name="providers",
    title=_l("Providers"),
    permission=Permission.REVIEWS_READ,
    query=lambda moment: (
        select(Provider)
        .join(Unit)
        .options(joinedload(Provider.unit))
        .where(in_visible_units(Provider.unit_id, moment.person, Permission.REVIEWS_READ))
    ),
    columns=(
        text("name", _l("Provider"), lambda one: one.name, sort=Provider.name),
        text("unit", _l("Unit"), lambda one: one.unit.name, sort=Unit.name),
        text("assessed", _l("Assessed on"), lambda one: one.assessed_on, sort=Provider.assessed_on),
    ),
    order=(Provider.assessed_on.desc(), Provider.id),
    filters=(
        words("q", _l("Name"), Provider.folded),
        Filter("unit", _l("Unit code"), lambda query, code, _moment: query.where(Provider.unit_id.in_(below(code)))),
    ),
    actions=lambda moment: (Action("Assess a provider", url_for("providers.new")),),
    counted=lambda number: f"{number} providers",
    empty=("building", _l("No provider was assessed yet.")),
)
