"""Papers as workbooks. Text is always stored as text: nothing that people typed can become a formula."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from qms.reports.characters import clean
from qms.reports.comma_separated import Cell
from qms.reports.paper import Annex, Block, Caption, Group, Heading, KeepTogether, Paper, Table, Text
from qms.reports.still import still

_FORBIDDEN_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
_LONGEST_SHEET_NAME = 31
_PAPER_WIDTH = 130
"""Characters that the columns of a table of a paper share."""
_FACE = "Times New Roman"
_THIN = Side(style="thin")
_GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


def render_xlsx(paper: Paper) -> bytes:
    """The paper as a workbook: its head facts and sentences on the first sheet, then one sheet for each table; deterministic."""
    workbook = Workbook()
    cover = _sheet(workbook, paper.kind)
    cover.column_dimensions["A"].width = 110
    head = paper.letterhead
    line = 0
    for text, bold in (
        (head.superior, False),
        (head.issuing, True),
        (head.draft_label if paper.draft else "", True),
        (head.number_line(paper.number_symbol), False),
        (paper.place_and_date, False),
        (paper.kind, True),
        (paper.subject, True),
        (paper.addressee, False),
        *((basis, False) for basis in paper.bases),
        *_sentences(paper.blocks),
        *((title, True) for title in (paper.co_signature.titles if paper.co_signature else ())),
        *((title, True) for title in paper.signature.titles),
        (paper.signature.name, True),
        *_annexed(paper.annex),
    ):
        if text:
            line += 1
            written = _put(cover, line, 1, text)
            written.font = Font(name=_FACE, bold=bold)
            written.alignment = Alignment(wrap_text=True, vertical="top")
    for label, caption, table in _tables([*paper.blocks, *(paper.annex.blocks if paper.annex else ())]):
        _paper_table(_sheet(workbook, label), caption, table)
    workbook.properties.title = clean(paper.title_for_file)
    workbook.properties.creator = "QMS"
    target = BytesIO()
    workbook.save(target)
    return still(target.getvalue(), paper.made_on)


def _paper_table(sheet: Worksheet, caption: str, table: Table) -> None:
    first = 1
    if caption:
        _put(sheet, 1, 1, caption).font = Font(name=_FACE, italic=True)
        first = 3
    share = _PAPER_WIDTH / sum(column.width for column in table.columns)
    for index, column in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(index)].width = max(column.width * share, 6)
    rows: list[tuple[Sequence[str], bool]] = [([column.title for column in table.columns], True)]
    rows += [([row.text], True) if isinstance(row, Group) else (row, False) for row in table.rows]
    if table.total:
        rows.append((table.total, True))
    for number, (cells, bold) in enumerate(rows, first):
        for index, value in enumerate(cells, 1):
            cell = _put(sheet, number, index, value)
            cell.font = Font(name=_FACE, bold=bold)
            horizontal = "center" if number == first else table.columns[index - 1].align.value
            if len(cells) > 1 or len(table.columns) == 1:
                cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal=horizontal)
                cell.border = _GRID
    sheet.freeze_panes = f"A{first + 1}"


def _annexed(annex: Annex | None) -> Iterable[tuple[str, bool]]:
    if annex is not None:
        yield from ((annex.label, True), (annex.title, True), (annex.belongs_to, False))
        yield from _sentences(annex.blocks)


def _sentences(blocks: Iterable[Block]) -> Iterable[tuple[str, bool]]:
    for block in blocks:
        match block:
            case Heading():
                yield block.text, True
            case Text():
                yield "".join(run.text for run in block.runs), False
            case KeepTogether():
                yield from _sentences(block.blocks)


def _tables(blocks: Iterable[Block]) -> Iterable[tuple[str, str, Table]]:
    caption: Caption | None = None
    for block in blocks:
        match block:
            case Caption():
                caption = block
            case Table():
                yield (caption.label, caption.line, block) if caption else ("", "", block)
                caption = None
            case KeepTogether():
                yield from _tables(block.blocks)


def name_of_sheet(title: str) -> str:
    """A name that Excel accepts for a sheet; "" when nothing of the title can stand in one."""
    return _FORBIDDEN_IN_SHEET_NAME.sub(" ", clean(title)).strip()[:_LONGEST_SHEET_NAME].strip()


def _sheet(workbook: Workbook, title: str) -> Worksheet:
    """A sheet of that name; openpyxl numbers a name that is taken."""
    name = name_of_sheet(title)
    active = workbook.active
    if (
        isinstance(active, Worksheet)
        and active.max_row == 1
        and active.cell(1, 1).value is None
        and len(workbook.worksheets) == 1
    ):
        active.title = name or active.title
        return active
    created = workbook.create_sheet(name or None)
    assert isinstance(created, Worksheet)  # a workbook of data makes no chart sheets
    return created


def _put(sheet: Worksheet, row: int, column: int, value: Cell) -> SheetCell:
    """Writes one value. Text gets its type said aloud, because openpyxl stores a leading ``=`` as a formula, and the text
    format, because Excel would make one of it when somebody edits the cell; no apostrophe is added to what people typed."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, SheetCell)  # merged cells are never made here
    if isinstance(value, str):
        cell.value = clean(value)
        cell.data_type = "s"
        cell.number_format = "@"
    elif isinstance(value, date):
        cell.value = value
        cell.number_format = "dd/mm/yyyy"
    elif value is not None:
        cell.value = value
    return cell
