"""Anything that holds a table, opened as the grids that the take-over reads: the bytes decide what it is, not the name.

Workbooks are XLSX, XLS and ODS; a table may also come as CSV or be pasted. What cannot be read faithfully is refused.
"""

from collections.abc import Callable
from pathlib import PurePath

from qms.imports.grid import Grid, read_grids
from qms.imports.old_excel import MAGIC_OLE, read_old_excel
from qms.imports.opendocument import BEGIN, HEAD, read_opendocument
from qms.imports.package import MAGIC_ZIP
from qms.imports.refused import WorkbookRefused
from qms.imports.separated import read_pasted, read_separated
from qms.kernel.language import _

_NOT_TEXT = (b"%PDF", b"{\\rtf", b"<")
"""How files begin that are text and yet no table; a page of the web that calls itself .xls begins with "<" too."""
_LOOKED_AT = 1024


def open_file(data: bytes, name: str) -> list[Grid]:
    """Every sheet of the file, hidden ones too; a CSV is one sheet called as the file. Raises ``WorkbookRefused``."""
    if data.startswith((MAGIC_ZIP, MAGIC_OLE)):
        return open_workbook(data, lambda _name: True)
    begin = data[:_LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n")
    text = b"\0" not in data or data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not begin or not text or begin.startswith(_NOT_TEXT):
        raise _no_table()
    return read_separated(data, PurePath(name).stem)


def open_pasted(text: str) -> list[Grid]:
    """The one table that was copied from a spreadsheet; raises ``WorkbookRefused`` where there is none."""
    grids = read_pasted(text, "")
    if not grids[0].rows:
        raise WorkbookRefused("empty", _("Nothing was pasted."))
    return grids


def open_workbook(data: bytes, wanted: Callable[[str], bool]) -> list[Grid]:
    """The sheets of a workbook; those whose name is not ``wanted`` have no rows. Raises ``WorkbookRefused``."""
    if data.startswith(MAGIC_OLE):
        return read_old_excel(data, wanted)
    return read_opendocument(data, wanted) if data.startswith(BEGIN, HEAD) else read_grids(data, wanted)


def _no_table() -> WorkbookRefused:
    return WorkbookRefused("wrong_type", _("The file is no workbook (.xlsx, .xls, .ods) and no table as text (.csv)."))
