"""Records that only agencies have, units with a QMS of their own: announcements, reviews (4.3, 9.3)."""

from collections.abc import Callable, Iterator

from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.sheets.problems import Problem, quote
from qms.sheets.sheet import World


def only_of_agencies(name: str) -> Callable[[World, Moment], Iterator[Problem]]:
    """The check of a sheet whose records belong to agencies, after the import as well."""

    def check(world: World, _moment: Moment) -> Iterator[Problem]:
        units, page = world["units"], world[name]
        rows = {key: row for row, key, _values in units.rows if key is not None}
        own = {key: row for row, key, _values in page.rows if key is not None}
        for key, values in page.after.items():
            unit = units.after.get((values.get("unit_code"),))
            if unit is None or unit.get("agency", True):  # an unknown unit, or a cell that could not be read, is told already
                continue
            if key in own:
                wrong = _('The unit "%(code)s" is no agency.', code=quote(str(values["unit_code"])))
                yield Problem(name, own[key].number, "unit_code", wrong, _("A unit that has a QMS of its own (agency = yes)."))
            elif (values["unit_code"],) in rows:
                number = rows[values["unit_code"],].number
                wrong = _("The unit has announcements or reviews of an agency.")
                yield Problem("units", number, "agency", wrong, _("It stays an agency (agency = yes)."))

    return check
