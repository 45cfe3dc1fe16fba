"""A paper as PDF by ReportLab: A4, every font embedded, the same bytes whenever and wherever it is rendered."""

from functools import partial
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib.colors import black
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Spacer
from reportlab.platypus import KeepTogether as Kept
from reportlab.platypus import PageBreak as NewPage
from reportlab.platypus import Table as Grid

from qms.reports import fonts
from qms.reports.letterhead import Family, Letterhead
from qms.reports.paper import Annex, Paper, Signature
from qms.reports.pdf_flow import Flow, Looks
from qms.reports.pdf_tags import Node, TaggedCanvas, Words, tagged
from qms.reports.pdf_text import markup, style

_PLAIN_GRID = [
    ("FONTNAME", (0, 0), (-1, -1), fonts.REGULAR),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]
_SIGNING_SPACE = 26 * mm


def render_pdf(paper: Paper) -> bytes:
    """The paper as PDF, laid out by the rules of its letterhead's family; deterministic.

    User text is escaped on its way into ReportLab's markup: an <img> in a name would otherwise read a local file, and an
    unbalanced tag would raise.
    """
    fonts.register()
    return _Sheet(paper).render()


class _Rule(Flowable):
    """A thin line of a given length, centred where it stands."""

    def __init__(self, length: float) -> None:
        super().__init__()
        self.length = length

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The whole line is taken, so that the rule is centred under the words above it."""
        self.room = available_width
        return available_width, 4

    def draw(self) -> None:
        """Called by ReportLab with the origin at the lower left corner."""
        with tagged(self.canv).telling(None):
            self.canv.setLineWidth(0.7)
            self.canv.line((self.room - self.length) / 2, 1, (self.room + self.length) / 2, 1)


class _Sheet:
    """One rendering: the measures of the family and the styles made of them."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.measures = paper.letterhead.measures
        self.page_width, self.page_height = A4
        self.left, self.top = self.measures.left * mm, self.measures.top * mm
        self.width = self.page_width - self.left - self.measures.right * mm
        self.height = self.page_height - self.top - self.measures.bottom * mm
        body, indent = self.measures.body, self.measures.first_line * mm
        self.basis = style(body, fonts.ITALIC, TA_JUSTIFY, 1.27, indent=indent, before=2, after=2)
        looks = Looks(
            body=style(body, alignment=TA_JUSTIFY, leading=1.27, indent=indent, before=3, after=3),
            flush=style(body, alignment=TA_JUSTIFY, leading=1.27, before=3, after=3),
            small=style(12, indent=indent, before=2, after=2),
            heading=style(body, fonts.BOLD, TA_LEFT, 1.27, indent=indent, before=7, after=3),
            caption=style(body - 1, fonts.ITALIC, TA_CENTER, before=6, after=5),
            table=self.measures.table,
        )
        annexed = paper.annex.blocks if paper.annex is not None else ()
        self.flow = Flow(self.width, self.height, looks, [*paper.blocks, *annexed])
        self.root = Node("Document")

    def render(self) -> bytes:
        target = BytesIO()
        frame = Frame(
            self.left,
            self.measures.bottom * mm,
            self.width,
            self.height,
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
        )
        document = BaseDocTemplate(
            target,
            pagesize=A4,
            pageTemplates=[
                PageTemplate("first", [frame], autoNextPageTemplate="later"),
                PageTemplate("later", [frame], onPage=self.number_page),
            ],
            title=self.paper.title_for_file,
            author=self.paper.letterhead.issuing.replace("\n", " "),
            subject=self.paper.subject.replace("\n", " "),
            creator="QMS",
            lang="vi-VN" if self.paper.language == "vi" else "en",
            displayDocTitle=1,
            initialFontName=fonts.REGULAR,
            invariant=1,
        )
        document.build(self.story(), canvasmaker=partial(TaggedCanvas, root=self.root, made_on=self.paper.made_on))
        return target.getvalue()

    def number_page(self, canvas: Canvas, document: BaseDocTemplate) -> None:
        """NĐ 30/2020: Arabic figures, centred in the top margin, not on the first page."""
        with tagged(canvas).telling(None):
            canvas.saveState()
            canvas.setFont(fonts.REGULAR, 13)
            canvas.drawCentredString(self.left + self.width / 2, self.page_height - 12.5 * mm, str(document.page))
            canvas.restoreState()

    def words(self, text: str, looks: ParagraphStyle, role: str = "P", title: str = "") -> Words:
        """A paragraph of markup as the next element."""
        return Words(text, looks).belonging(self.root.add(role, title))

    def story(self) -> list[Flowable]:
        """Everything on the pages, in order; the last paragraph travels with the signature."""
        paper = self.paper
        story: list[Flowable] = [self.head(), Spacer(1, 16), *self.title()]
        if paper.addressee:
            story.append(self.words(markup(paper.addressee), style(self.measures.body, alignment=TA_CENTER, after=6)))
        story += [self.words(markup(basis), self.basis) for basis in paper.bases]
        body, leading = self.flow.open_blocks(paper.blocks[:-1], self.root)
        closing = self.flow.flowable(paper.closing, self.root, [])
        closing.wrap(self.width, self.height)
        lines = self.flow.looks.body.leading
        parts = closing.split(self.width, closing.height - 3 * lines) if closing.height > self.height / 3 else []
        if parts:
            body += [*self.flow.led(leading, paper.closing, parts[0]), *parts[1:-1]]
            leading, closing = [], parts[-1]
        story += [*body, Kept([*leading, closing, Spacer(1, 14), self.foot()])]
        return story if paper.annex is None else [*story, *self.annexed(paper.annex)]

    # the head

    def head(self) -> Grid:
        """Two columns: the bodies and the number; the republic (or the Party), place and date."""
        letterhead, measures = self.paper.letterhead, self.measures
        left_width, right_width = self.width * measures.bodies_share, self.width * (1 - measures.bodies_share)
        left: list[Flowable] = []
        if letterhead.superior:
            left += self.capitals(letterhead.superior, measures.superior, left_width, bold=False)
        left += self.capitals(letterhead.issuing, measures.issuing, left_width, bold=True)
        last = fonts.balanced(letterhead.issuing.upper(), fonts.BOLD, measures.issuing, left_width)[-1]
        if letterhead.family is Family.PARTY:
            # party papers part the body from the number by a star instead of a rule
            left.append(Words("*", style(measures.number, alignment=TA_CENTER)))
        else:
            left.append(_Rule(fonts.width(last, fonts.BOLD, measures.issuing) / 2))
        right = self.capitals(letterhead.nation, measures.nation, right_width, bold=True)
        ruled, size = letterhead.nation.upper(), measures.nation
        if letterhead.motto:
            ruled, size = letterhead.motto, measures.motto
            right.append(self.words(markup(ruled), style(size, fonts.BOLD, TA_CENTER)))
        right.append(_Rule(fonts.width(ruled, fonts.BOLD, size)))
        number: list[Flowable] = [
            self.words(markup(letterhead.number_line(self.paper.number_symbol)), style(measures.number, alignment=TA_CENTER))
        ]
        if self.paper.draft:
            number += self.draft_mark(letterhead, left_width)
        dated = fonts.after_comma(self.paper.place_and_date, fonts.ITALIC, measures.place, right_width)
        place = [self.words(markup(dated), style(measures.place, fonts.ITALIC, TA_CENTER))]
        grid = Grid([[left, right], [number, place]], colWidths=[left_width, right_width])
        grid.setStyle([*_PLAIN_GRID, ("TOPPADDING", (0, 1), (-1, 1), 5)])
        return grid

    def draft_mark(self, letterhead: Letterhead, room: float) -> list[Flowable]:
        """The boxed word under the number that tells a paper nobody has approved yet."""
        word = letterhead.draft_label.upper()
        side = max(0.0, (room - fonts.width(word, fonts.BOLD, 13)) / 2 - 8)
        boxed = ParagraphStyle(
            "draft",
            parent=style(13, fonts.BOLD, TA_CENTER),
            leftIndent=side,
            rightIndent=side,
            borderWidth=0.8,
            borderColor=black,
            borderPadding=3,
        )
        return [Spacer(1, 10), self.words(markup(word), boxed), Spacer(1, 4)]

    def capitals(self, text: str, size: float, room: float, *, bold: bool) -> list[Flowable]:
        """A centred name in capitals, its lines about equally long."""
        font = fonts.BOLD if bold else fonts.REGULAR
        lines = fonts.balanced(text.upper(), font, size, room)
        return [self.words(markup("\n".join(lines)), style(size, font, TA_CENTER))]

    def title(self) -> list[Flowable]:
        """Name of the type and subject, bold and centred over a short rule."""
        measures = self.measures
        room = self.width * 0.88
        lines = fonts.balanced(self.paper.subject, fonts.BOLD, measures.subject, room)
        longest = max(fonts.width(line, fonts.BOLD, measures.subject) for line in lines)
        return [
            self.words(markup(self.paper.kind), style(measures.kind, fonts.BOLD, TA_CENTER, 1.3)),
            self.words(markup("\n".join(lines)), style(measures.subject, fonts.BOLD, TA_CENTER, 1.3), "H1", " ".join(lines)),
            _Rule(min(longest, self.width) / 3),
            Spacer(1, 12),
        ]

    def annexed(self, annex: Annex) -> list[Flowable]:
        """A new page with its label, its title and the paper it belongs to, then its blocks."""
        size = self.measures.subject
        self.flow.begin()
        return [
            NewPage(),
            self.words(markup(annex.label), style(size, fonts.BOLD, TA_CENTER, 1.3), "H1", annex.label),
            self.words(markup(annex.title), style(size, fonts.BOLD, TA_CENTER, 1.3)),
            self.words(markup(annex.belongs_to), style(size, fonts.ITALIC, TA_CENTER, 1.3, after=10)),
            *self.flow.blocks(annex.blocks, self.root),
        ]

    # the foot

    def foot(self) -> Grid:
        """Recipients (or the other side) on the left, who signs on the right with room for signature and seal."""
        measures, other = self.measures, self.paper.co_signature
        share = 0.45 if other is None else 0.5
        left_width, right_width = self.width * share, self.width * (1 - share)
        left: list[Flowable] = [] if other is None else self.signing(other, left_width)
        if self.paper.recipients and other is None:
            title = escape(self.paper.letterhead.recipients_label)
            if self.paper.letterhead.family is Family.PARTY:
                left.append(self.words(f"<u>{title}</u>", style(measures.signature)))
            else:
                left.append(self.words(title, style(measures.recipients_title, fonts.BOLD_ITALIC)))
            left += [self.words(markup(line), style(measures.recipients)) for line in self.paper.recipients]
        grid = Grid([[left or "", self.signing(self.paper.signature, right_width)]], colWidths=[left_width, right_width])
        grid.setStyle(_PLAIN_GRID)
        return grid

    def signing(self, signature: Signature, room: float) -> list[Flowable]:
        """Titles, room for signature and seal, and the name when it is known."""
        block: list[Flowable] = []
        for title in signature.titles:
            block += self.capitals(title, self.measures.signature, room, bold=True)
        block.append(Spacer(1, _SIGNING_SPACE))
        if signature.name:
            block.append(self.words(markup(signature.name), style(self.measures.signature, fonts.BOLD, TA_CENTER)))
        return block
