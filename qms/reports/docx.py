"""A paper as an editable Word file with the look of the PDF: same measures, Times New Roman, the same words."""

from collections.abc import Iterable, Sequence
from io import BytesIO

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt
from docx.table import Table as Grid
from docx.table import _Cell as GridCell
from docx.text.paragraph import Paragraph

from qms.reports import fonts
from qms.reports.columns import column_widths
from qms.reports.letterhead import Family
from qms.reports.paper import (
    Align,
    Annex,
    Block,
    Caption,
    Group,
    Heading,
    KeepTogether,
    PageBreak,
    Paper,
    Run,
    Signature,
    Table,
    Text,
)
from qms.reports.still import still

FACE = "Times New Roman"
_PAGE_WIDTH, _PAGE_HEIGHT = 210.0, 297.0
_POINTS = 72 / 25.4
"""Points in a millimetre."""
_LONGEST_PROPERTY = 255
"""What Word takes of a title or subject; the name of a unit may be longer."""
_ALIGNMENT = {Align.LEFT: WD_ALIGN_PARAGRAPH.LEFT, Align.CENTER: WD_ALIGN_PARAGRAPH.CENTER, Align.RIGHT: WD_ALIGN_PARAGRAPH.RIGHT}


def render_docx(paper: Paper) -> bytes:
    """The paper as DOCX, laid out by the rules of its letterhead's family; deterministic.

    The widths of Times New Roman are those of Tinos, so rules get the length of the words over them here too.
    """
    return _Pages(paper).render()


class _Pages:
    """One rendering: the document that grows and the measures of its family."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.measures = paper.letterhead.measures
        self.width = _PAGE_WIDTH - self.measures.left - self.measures.right
        self.document: WordDocument = Document()

    def render(self) -> bytes:
        self.set_up()
        self.head()
        self.title()
        for basis in self.paper.bases:
            self.paragraph([Run(basis, italic=True)], WD_ALIGN_PARAGRAPH.JUSTIFY, indent=True)
        self.blocks(self.paper.blocks)
        self.document.paragraphs[-1].paragraph_format.keep_with_next = True
        self.foot()
        if self.paper.annex is not None:
            self.annexed(self.paper.annex)
        target = BytesIO()
        self.document.save(target)
        return still(target.getvalue(), self.paper.made_on)

    def set_up(self) -> None:
        """Page, margins, face, the page number in the head of every page but the first, properties."""
        document, measures = self.document, self.measures
        section = document.sections[0]
        section.page_width, section.page_height = Mm(_PAGE_WIDTH), Mm(_PAGE_HEIGHT)
        section.top_margin, section.bottom_margin = Mm(measures.top), Mm(measures.bottom)
        section.left_margin, section.right_margin = Mm(measures.left), Mm(measures.right)
        section.header_distance = Mm(10)
        section.different_first_page_header_footer = True
        number = section.header.paragraphs[0]
        number.alignment = WD_ALIGN_PARAGRAPH.CENTER
        number._p.append(_element("w:fldSimple", {"w:instr": "PAGE"}))
        normal = document.styles["Normal"]
        normal.font.name, normal.font.size = FACE, Pt(measures.body)
        properties = normal.element.get_or_add_rPr()
        properties.get_or_add_rFonts().set(qn("w:eastAsia"), FACE)
        language = "vi-VN" if self.paper.language == "vi" else "en-GB"
        properties.append(_element("w:lang", {"w:val": language, "w:eastAsia": language}))
        normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
        core = document.core_properties
        core.title, core.author, core.last_modified_by = self.paper.title_for_file[:_LONGEST_PROPERTY], "QMS", "QMS"
        core.subject, core.language, core.comments = self.paper.subject.replace("\n", " ")[:_LONGEST_PROPERTY], language, ""

    # the head

    def head(self) -> None:
        """Two columns: the bodies and the number; the republic (or the Party), place and date."""
        letterhead, measures = self.paper.letterhead, self.measures
        widths = (self.width * measures.bodies_share, self.width * (1 - measures.bodies_share))
        grid = self.grid(2, widths)
        left, right = grid.cell(0, 0), grid.cell(0, 1)
        if letterhead.superior:
            self.capitals(left, letterhead.superior, measures.superior, widths[0], bold=False)
        lines = self.capitals(left, letterhead.issuing, measures.issuing, widths[0], bold=True)
        if letterhead.family is Family.PARTY:
            self.paragraph([Run("*")], WD_ALIGN_PARAGRAPH.CENTER, size=measures.number, cell=left)
        else:
            self.rule(left, fonts.width(lines[-1], fonts.BOLD, measures.issuing) / 2, widths[0])
        ruled = self.capitals(right, letterhead.nation, measures.nation, widths[1], bold=True)[-1]
        size = measures.nation
        if letterhead.motto:
            ruled, size = letterhead.motto, measures.motto
            self.paragraph([Run(ruled, bold=True)], WD_ALIGN_PARAGRAPH.CENTER, size=size, cell=right)
        self.rule(right, fonts.width(ruled, fonts.BOLD, size), widths[1])
        number = letterhead.number_line(self.paper.number_symbol)
        self.paragraph([Run(number)], WD_ALIGN_PARAGRAPH.CENTER, size=measures.number, cell=grid.cell(1, 0))
        if self.paper.draft:
            self.draft_mark(grid.cell(1, 0), widths[0])
        place = [Run(self.paper.place_and_date, italic=True)]
        self.paragraph(place, WD_ALIGN_PARAGRAPH.CENTER, size=measures.place, cell=grid.cell(1, 1))
        self.drop_first_lines(grid)

    def draft_mark(self, cell: GridCell, room: float) -> None:
        """The boxed word under the number that tells a paper nobody has approved yet."""
        word = self.paper.letterhead.draft_label.upper()
        mark = self.paragraph([Run(word, bold=True)], WD_ALIGN_PARAGRAPH.CENTER, size=13, cell=cell, before=6)
        side = Pt(max(0.0, (room * _POINTS - fonts.width(word, fonts.BOLD, 13)) / 2 - 14))
        mark.paragraph_format.left_indent = mark.paragraph_format.right_indent = side
        _borders(mark, "top", "left", "bottom", "right")

    def capitals(self, cell: GridCell, text: str, size: float, room: float, *, bold: bool) -> list[str]:
        """A centred name in capitals, its lines about equally long; the lines."""
        font = fonts.BOLD if bold else fonts.REGULAR
        # Word pads a cell by 1.9 mm on each side
        lines = fonts.balanced(text.upper(), font, size, (room - 4) * _POINTS)
        self.paragraph([Run("\n".join(lines), bold=bold)], WD_ALIGN_PARAGRAPH.CENTER, size=size, cell=cell)
        return lines

    def rule(self, cell: GridCell | None, length: float, room: float) -> None:
        """A centred line of ``length`` points in ``room`` millimetres: the border of a very low paragraph."""
        low = self.paragraph([], WD_ALIGN_PARAGRAPH.CENTER, size=2, cell=cell, after=4)
        padding = 0.0 if cell is None else 3.8
        side = Pt(max(0.0, ((room - padding) * _POINTS - length) / 2))
        low.paragraph_format.left_indent = low.paragraph_format.right_indent = side
        low.paragraph_format.line_spacing = Pt(3)
        _borders(low, "bottom")

    def title(self) -> None:
        """Name of the type and subject, bold and centred over a short rule; the addressee under it."""
        paper, measures = self.paper, self.measures
        lines = fonts.balanced(paper.subject, fonts.BOLD, measures.subject, self.width * 0.88 * _POINTS)
        self.paragraph([Run(paper.kind, bold=True)], WD_ALIGN_PARAGRAPH.CENTER, size=measures.kind, before=14)
        _outlined(self.paragraph([Run("\n".join(lines), bold=True)], WD_ALIGN_PARAGRAPH.CENTER, size=measures.subject), 0)
        self.rule(None, max(fonts.width(line, fonts.BOLD, measures.subject) for line in lines) / 3, self.width)
        if paper.addressee:
            self.paragraph([Run(paper.addressee)], WD_ALIGN_PARAGRAPH.CENTER, before=8, after=6)

    # the body

    def blocks(self, blocks: Iterable[Block], *, kept: bool = False) -> None:
        """The blocks in order; headings and captions stay with what follows."""
        for block in blocks:
            match block:
                case Heading(level, text):
                    words = Run(text.upper() if level == 1 else text, bold=True)
                    title = self.paragraph([words], WD_ALIGN_PARAGRAPH.LEFT, indent=True, before=7, after=3)
                    title.paragraph_format.keep_with_next = True
                    _outlined(title, level)
                case Text(runs, indent, small, leads):
                    alignment = WD_ALIGN_PARAGRAPH.LEFT if small else WD_ALIGN_PARAGRAPH.JUSTIFY
                    size = 12 if small else self.measures.body
                    text_paragraph = self.paragraph(runs, alignment, indent=indent, size=size, before=3, after=3)
                    text_paragraph.paragraph_format.keep_with_next = kept or leads
                case Caption():
                    words = Run(block.line, italic=True)
                    line = self.paragraph([words], WD_ALIGN_PARAGRAPH.CENTER, size=self.measures.body - 1, before=6, after=5)
                    line.paragraph_format.keep_with_next = True
                case Table():
                    self.table(block)
                case KeepTogether():
                    self.blocks(block.blocks, kept=True)
                case PageBreak():
                    self.document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def table(self, table: Table) -> None:
        """A ruled grid whose head is repeated and whose rows are not broken inside."""
        # Word pads a cell by 1.9 mm on each side
        size, points = column_widths(table, self.width * _POINTS, self.measures.table, 3.8 * _POINTS)
        widths = [width / _POINTS for width in points]
        rows: list[tuple[tuple[str, ...] | Group, bool]] = [(row, False) for row in table.rows]
        if table.total:
            rows.append((table.total, True))
        grid = self.grid(len(rows) + 1, widths, style="Table Grid")
        grid.rows[0]._tr.get_or_add_trPr().append(_element("w:tblHeader", {}))
        for cell, column in zip(grid.rows[0].cells, table.columns, strict=True):
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
            heading = self.fill(cell, column.title, Align.CENTER, size, bold=True)
            heading.paragraph_format.keep_with_next = True
        for line, (row, bold) in zip(list(grid.rows)[1:], rows, strict=True):
            line._tr.get_or_add_trPr().append(_element("w:cantSplit", {}))
            cells = line.cells
            if isinstance(row, Group):
                opened = self.fill(cells[0].merge(cells[-1]), row.text, Align.LEFT, size, bold=True)
                opened.paragraph_format.keep_with_next = True
            else:
                for cell, column, text in zip(cells, table.columns, row, strict=True):
                    self.fill(cell, text, column.align, size, bold=bold)
        # two tables without a paragraph between them would melt into one
        self.document.add_paragraph().paragraph_format.line_spacing = Pt(6)

    def fill(self, cell: GridCell, text: str, align: Align, size: float, *, bold: bool) -> Paragraph:
        """Words into the first paragraph of a cell."""
        paragraph: Paragraph = cell.paragraphs[0]
        paragraph.alignment = _ALIGNMENT[align]
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        self.words(paragraph, [Run(text, bold=bold)], size)
        return paragraph

    # the foot

    def foot(self) -> None:
        """Recipients (or the other side) on the left, who signs on the right; the row is not broken."""
        measures, letterhead = self.measures, self.paper.letterhead
        share = 0.45 if self.paper.co_signature is None else 0.5
        widths = (self.width * share, self.width * (1 - share))
        grid = self.grid(1, widths)
        grid.rows[0]._tr.get_or_add_trPr().append(_element("w:cantSplit", {}))
        left, right = grid.cell(0, 0), grid.cell(0, 1)
        if self.paper.co_signature is not None:
            self.signing(left, self.paper.co_signature, widths[0])
        elif self.paper.recipients:
            party = letterhead.family is Family.PARTY
            title = Run(letterhead.recipients_label, bold=not party, italic=not party)
            line = self.paragraph([title], size=measures.signature if party else measures.recipients_title, cell=left)
            line.runs[0].underline = party
            for recipient in self.paper.recipients:
                self.paragraph([Run(recipient)], size=measures.recipients, cell=left)
        self.signing(right, self.paper.signature, widths[1])
        self.drop_first_lines(grid)
        # Word wants a paragraph after the last table; as low as it can be, so that it opens no page
        self.paragraph([], size=1).paragraph_format.line_spacing = Pt(1)

    def signing(self, cell: GridCell, signature: Signature, width: float) -> None:
        """Titles, room for the signature, and the name when it is known."""
        for words in signature.titles:
            self.capitals(cell, words, self.measures.signature, width, bold=True)
        self.paragraph([Run(signature.name, bold=True)], WD_ALIGN_PARAGRAPH.CENTER, cell=cell, before=74)

    def annexed(self, annex: Annex) -> None:
        """A new page with its label, its title and the paper it belongs to, then its blocks."""
        size = self.measures.subject
        label = self.paragraph([Run(annex.label, bold=True)], WD_ALIGN_PARAGRAPH.CENTER, size=size)
        label.paragraph_format.page_break_before = True
        self.paragraph([Run(annex.title, bold=True)], WD_ALIGN_PARAGRAPH.CENTER, size=size)
        self.paragraph([Run(annex.belongs_to, italic=True)], WD_ALIGN_PARAGRAPH.CENTER, size=size, after=10)
        self.blocks(annex.blocks)

    # building parts

    def grid(self, rows: int, widths: Sequence[float], style: str | None = None) -> Grid:
        """A table of fixed widths in millimetres."""
        grid: Grid = self.document.add_table(rows=rows, cols=len(widths), style=style)
        grid.alignment = WD_TABLE_ALIGNMENT.CENTER
        grid.autofit = False
        for column, width in zip(grid.columns, widths, strict=True):
            column.width = Mm(width)
        for row in grid.rows:
            for cell, width in zip(row.cells, widths, strict=True):
                cell.width = Mm(width)
        return grid

    def drop_first_lines(self, grid: Grid) -> None:
        """Removes the empty paragraph every new cell begins with, where words were added after it."""
        for row in grid.rows:
            for cell in row.cells:
                if len(cell.paragraphs) > 1:
                    first = cell.paragraphs[0]._p
                    cell._tc.remove(first)

    def paragraph(
        self,
        runs: Sequence[Run],
        alignment: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT,
        *,
        size: float | None = None,
        cell: GridCell | None = None,
        indent: bool = False,
        before: float = 0,
        after: float = 0,
    ) -> Paragraph:
        """A paragraph at the end of the document or of a cell; sizes and spaces in points."""
        paragraph: Paragraph = self.document.add_paragraph() if cell is None else cell.add_paragraph()
        paragraph.alignment = alignment
        layout = paragraph.paragraph_format
        layout.space_before, layout.space_after = Pt(before), Pt(after)
        layout.widow_control = True
        if cell is None:
            layout.line_spacing = 1.1
        if indent:
            layout.first_line_indent = Mm(self.measures.first_line)
        self.words(paragraph, runs, size or self.measures.body)
        return paragraph

    def words(self, paragraph: Paragraph, runs: Iterable[Run], size: float) -> None:
        """Runs into a paragraph; python-docx turns ``\\n`` into a line break."""
        for run in runs:
            written = paragraph.add_run(run.text)
            written.bold, written.italic = run.bold or None, run.italic or None
            written.font.size = Pt(size)


def _element(tag: str, attributes: dict[str, str]) -> BaseOxmlElement:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(name), value)
    return element


def _outlined(paragraph: Paragraph, level: int) -> None:
    """Makes it a heading for Word's outline and for screen readers, whatever it looks like; the title is level 0."""
    paragraph._p.get_or_add_pPr().append(_element("w:outlineLvl", {"w:val": str(level)}))


def _borders(paragraph: Paragraph, *sides: str) -> None:
    """Thin lines around a paragraph, in the order the schema wants: top, left, bottom, right."""
    borders = _element("w:pBdr", {})
    for side in sides:
        borders.append(_element(f"w:{side}", {"w:val": "single", "w:sz": "6", "w:space": "1", "w:color": "000000"}))
    properties = paragraph._p.get_or_add_pPr()
    # pBdr stands before these in the schema, and Word is strict about it
    later = ("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:rPr")
    properties.insert_element_before(borders, *later)
