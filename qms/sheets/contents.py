"""What an office keeps and no sheet holds: said on the first sheet of the workbook, as an export is not the whole."""

from dataclasses import dataclass

from flask_babel import LazyString


@dataclass(frozen=True)
class NotContained:
    """Something in words, with the tables in which it is kept; without any where a sheet holds the record and not this of it."""

    title: LazyString
    tables: tuple[str, ...] = ()
