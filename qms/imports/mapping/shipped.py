"""Mappings that come with the product: lists that every office gets from the same place.

They name no sheet of a file (the file brings it), and leave open what the file does not hold: which unit handles the
procedures, and since when. Both are asked of whoever takes the list over, and neither is made up.
"""

from dataclasses import dataclass

from flask_babel import LazyString

from qms.imports.mapping.value import Condition, Fill, Mapping, Source
from qms.kernel.language import _l


@dataclass(frozen=True)
class Shipped:
    """A mapping under a title that the program translates; ``key`` names it in an address."""

    key: str
    title: LazyString
    mapping: Mapping


def _columns(**titles: str) -> dict[str, Fill]:
    return {column: Fill(Source.COLUMN, title) for column, title in titles.items()}


PORTAL_EXPORT = Shipped(
    "portal_export",
    _l("National public service portal: exported list of administrative procedures, those of communes"),
    Mapping(
        "services",
        parts=(),
        fills=_columns(code="Mã số", name="Tên", field="Lĩnh vực"),
        only=(Condition("Cơ quan thực hiện", "cấp xã"),),
    ),
)
"""Who carries a procedure out stands as several lines of one cell; "cấp xã" is part of each name of a commune's organs there."""

PORTAL_TABLE = Shipped(
    "portal_table",
    _l("National public service portal: table of administrative procedures with levels and decisions, those of communes"),
    Mapping(
        "services",
        parts=(),
        fills=_columns(code="ma_thu_tuc", name="ten_thu_tuc", field="linh_vuc", decision="so_quyet_dinh"),
        only=(Condition("cap_thuc_hien", "Cấp xã"),),
    ),
)
"""The levels stand in one cell with commas between them."""

SHIPPED = (PORTAL_EXPORT, PORTAL_TABLE)
