"""The sheets of this house: what its features bring, in the order in which they can be taken over."""

from collections.abc import Iterable

from qms.imports.cells import folded
from qms.kernel.feature import house
from qms.kernel.language import _
from qms.sheets.contents import NotContained
from qms.sheets.sheet import Sheet

LATER = frozenset(
    {
        "service_results",
        "acknowledgements",
        "legal_changes",
        "legal_impacts",
        "objectives",
        "measurements",
        "risks",
        "satisfaction",
        "directives",
        "tasks",
        "targets",
        "party_inspections",
    }
)
"""Sheets of the contract that no feature of this version brings yet."""

FIRST_SHEET = {"en": "about", "vi": "Hướng dẫn"}
"""The sheet that explains the workbook, by language."""
LISTS_SHEET = {"en": "lists", "vi": "Danh mục"}
"""The hidden sheet out of which cells offer their values."""
BESIDE = frozenset(folded(name) for names in (FIRST_SHEET, LISTS_SHEET) for name in names.values())
"""Sheets of our own workbook that hold no records: the reader passes over them, whatever somebody wrote there."""


def later_sheet(name: str) -> str:
    """What is said of one of them, instead of dropping its rows in silence."""
    return str(_('This version cannot take over the sheet "%(name)s" yet.', name=name))


def house_sheets() -> tuple[Sheet, ...]:
    """The sheets of the running application."""
    return in_order(sheet for feature in house().features for sheet in feature.sheets)


def not_in_sheets() -> list[NotContained]:
    """What the features keep and no sheet holds."""
    return [one for feature in house().features for one in feature.not_in_sheets]


def in_order(sheets: Iterable[Sheet]) -> tuple[Sheet, ...]:
    """What is referred to comes first, otherwise as the features stand.

    Raises ``ValueError`` for two sheets of one name, for a reference to a sheet that nobody brings, and for a circle.
    """
    listed = list(sheets)
    by_name = {sheet.name: sheet for sheet in listed}
    if len(by_name) < len(listed):
        raise ValueError(f"two features bring one sheet: {sorted(sheet.name for sheet in listed)}")
    titles = [folded(title) for sheet in listed for title in {sheet.name, sheet.title_vi}]
    if len({*titles} - BESIDE) < len(titles):
        raise ValueError(f"two sheets cannot be told apart in a workbook: {sorted(titles)}")
    ordered: dict[str, Sheet] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        if name not in by_name or name in above:
            raise ValueError(f"the sheets {', '.join((*above, name))} cannot be put in an order")
        if name not in ordered:
            for other in _before(by_name[name]):
                add(other, (*above, name))
            ordered[name] = by_name[name]

    for sheet in listed:
        add(sheet.name, ())
    return tuple(ordered.values())


def _before(sheet: Sheet) -> list[str]:
    named = [column.refers_to.sheet for column in sheet.columns if column.refers_to is not None]
    return [name for name in dict.fromkeys((*named, *sheet.after)) if name != sheet.name]
