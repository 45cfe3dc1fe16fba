"""The list of units: the tree, or those that match."""

from collections.abc import Sequence

from flask import url_for
from markupsafe import Markup

from qms.accounts.actor import visible_units
from qms.accounts.permissions import Permission
from qms.kernel.language import _, _l, current_language, ngettext
from qms.kernel.moment import Moment
from qms.kernel.paging import Page
from qms.kernel.web import day_text
from qms.pages.columns import Column, in_file_only, text, wide_only
from qms.pages.filters import one_of, open_first, words
from qms.pages.lists import RecordList
from qms.units import queries
from qms.units.models import ScopeState, Unit, UnitKind
from qms.units.queries import Branch

DEEPEST = 4
"""No unit is set in further than this, or nothing of its name would be left on a phone."""


def name_of(unit: Unit) -> str:
    """Its name in the language of whoever reads."""
    return unit.name_en if current_language() == "en" and unit.name_en else unit.name


def _named(branch: Branch, _moment: Moment) -> str:
    """The name, as deep as the unit stands; on a phone the grey line tells what has columns of its own elsewhere."""
    unit = branch.unit
    own_system = _("agency with a QMS of its own")
    below = f"{unit.code} · {own_system}" if unit.agency else unit.code
    return Markup(
        '<div class="ps-{}"><a class="what-title" href="{}">{}</a>'
        '<small>{}<span class="only-narrow"> · {} · {}</span></small></div>'
    ).format(
        min(branch.depth, DEEPEST),
        url_for("units.show", unit_id=unit.id),
        name_of(unit),
        below,
        unit.kind.title,
        _in_scope(branch),
    )


def _in_scope(branch: Branch) -> str:
    start, end = branch.unit.in_scope_from, branch.unit.in_scope_to
    if start is None:
        return _("not in scope")
    since = _("from %(day)s", day=day_text(start))
    return since if end is None else since + " " + _("to %(day)s", day=day_text(end))


def _tree(moment: Moment, number: int, size: int, without_ended: bool) -> Page:
    visible = visible_units(moment.person, Permission.UNITS_READ)
    ended = queries.stands(ScopeState.ENDED, moment.today) if without_ended else None
    return queries.page_of_tree(visible, number, size, hiding=ended)


def _rows(units: Sequence[Unit], _moment: Moment) -> Sequence[Branch]:
    return [Branch(unit, 0) for unit in units]


LIST = RecordList(
    name="units",
    title=_l("Units"),
    permission=Permission.UNITS_READ,
    query=lambda moment: queries.listed(visible_units(moment.person, Permission.UNITS_READ)),
    rows=_rows,
    at_rest=_tree,
    columns=(
        Column("name", _l("Unit"), lambda branch: name_of(branch.unit), _named, Unit.name, main=True),
        in_file_only(text("code", _l("Unit code"), lambda branch: branch.unit.code)),
        wide_only(text("kind", _l("Kind"), lambda branch: branch.unit.kind)),
        wide_only(text("above", _l("Belongs to"), lambda branch: branch.unit.parent.name if branch.unit.parent else None)),
        wide_only(text("scope", _l("In scope"), _in_scope, sort=Unit.in_scope_from)),
    ),
    order=(Unit.code,),
    filters=(
        words("q", _l("Name or code"), Unit.folded),
        one_of("kind", _l("Kind"), UnitKind, lambda kind, _moment: Unit.kind == kind),
        open_first(
            "scope",
            _l("Scope"),
            ScopeState,
            lambda standing, moment: queries.stands(standing, moment.today),
            closed=(ScopeState.ENDED,),
            hidden=lambda number: ngettext(
                "%(num)s unit no longer in scope is hidden.",
                "%(num)s units no longer in scope are hidden.",
                number,
            ),
        ),
    ),
    counted=lambda number: ngettext("%(num)s unit", "%(num)s units", number),
    empty=("sitemap", _l("No unit matches, or no unit has been taken over yet.")),
)
