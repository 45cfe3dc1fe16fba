"""The body of a paper in a PDF: blocks as ReportLab draws them, headings and signatures kept with what they belong to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import CondPageBreak, Flowable
from reportlab.platypus import KeepTogether as Kept
from reportlab.platypus import PageBreak as NewPage

from qms.reports.paper import Block, Caption, Group, Heading, KeepTogether, PageBreak, Table, Text
from qms.reports.pdf_table import ruled_table
from qms.reports.pdf_tags import Node, Words
from qms.reports.pdf_text import markup, run_markup

_KEPT_WHOLE = 0.35
"""A table of up to this part of a page is not divided."""


@dataclass(frozen=True)
class Looks:
    """How the blocks of a family of papers are set."""

    body: ParagraphStyle
    flush: ParagraphStyle
    small: ParagraphStyle
    heading: ParagraphStyle
    caption: ParagraphStyle
    table: float
    """Size of the type in tables."""


class Flow:
    """Blocks in a column of a given size; each becomes an element of the structure as it is laid out."""

    def __init__(self, width: float, height: float, looks: Looks, blocks: Iterable[Block]) -> None:
        self.width, self.height, self.looks = width, height, looks
        self.depths = {level: depth for depth, level in enumerate(sorted(set(_levels(blocks))), 2)}
        self.depth = 1
        """The title of a paper is its H1; below it no level is left out."""

    def begin(self) -> None:
        """After another title headings begin below it."""
        self.depth = 1

    def blocks(self, blocks: Sequence[Block], node: Node) -> list[Flowable]:
        """The blocks in order; what leads something goes to the next page when that does not begin beside it."""
        story, leading = self.open_blocks(blocks, node)
        return story + leading

    def open_blocks(self, blocks: Sequence[Block], node: Node) -> tuple[list[Flowable], list[Flowable]]:
        """The same, and apart the headings at the end that lead something to come."""
        story: list[Flowable] = []
        leading: list[Flowable] = []
        captions: list[Node] = []
        for block in blocks:
            if isinstance(block, PageBreak):
                story += [*leading, NewPage()]
                leading = []
                continue
            if isinstance(block, KeepTogether):
                story.append(Kept([*leading, *(self.flowable(part, node, captions) for part in block.blocks)]))
                leading = []
                continue
            flowable = self.flowable(block, node, captions)
            if isinstance(block, Heading | Caption) or (isinstance(block, Text) and block.leads):
                leading.append(flowable)
                continue
            story += self.led(leading, block, flowable)
            leading = []
        return story, leading

    def led(self, leading: Sequence[Flowable], block: Text | Table, flowable: Flowable) -> list[Flowable]:
        """Headings and the beginning of what they lead: a page break before them unless both fit."""
        needed = sum(self.tall(part) for part in leading) + self.beginning(block, flowable)
        return [CondPageBreak(min(needed, self.height * 0.7)), *leading, flowable]

    def tall(self, flowable: Flowable) -> float:
        """Height with the space around it."""
        return float(flowable.wrap(self.width, self.height)[1] + flowable.getSpaceBefore() + flowable.getSpaceAfter())

    def beginning(self, block: Text | Table, flowable: Flowable) -> float:
        """How much of a block has to stand beside its heading: the first lines, a small table, or a table's head and two rows."""
        whole = self.tall(flowable)
        if isinstance(block, Text):
            return min(whole, 4 * self.looks.body.leading)
        rows: list[float] = vars(flowable)["_rowHeights"]  # ReportLab offers no public name for them
        if whole <= self.height * _KEPT_WHOLE:
            return whole
        opened = block.rows[:1] and isinstance(block.rows[0], Group)
        return sum(rows[: 4 if opened else 3]) + 2 * self.looks.caption.spaceBefore

    def flowable(self, block: Heading | Text | Caption | Table, node: Node, captions: list[Node]) -> Flowable:
        """One block as ReportLab draws it; ``captions`` wait for their table, whose elements they become."""
        looks = self.looks
        match block:
            case Heading(level, text):
                printed = text.upper() if level == 1 else text
                self.depth = min(self.depths[level], self.depth + 1)
                return Words(markup(printed), looks.heading).belonging(node.add(f"H{self.depth}", printed))
            case Text(runs, indent, small, _leads):
                style = looks.small if small else looks.body if indent else looks.flush
                return Words("".join(map(run_markup, runs)), style).belonging(node.add("P"))
            case Caption():
                captions.append(Node("Caption"))
                return Words(markup(block.line), looks.caption).belonging(captions[-1])
            case Table():
                table = node.add("Table")
                table.kids += captions
                captions.clear()
                return ruled_table(block, self.width, looks.table, table)


def _levels(blocks: Iterable[Block]) -> Iterator[int]:
    for block in blocks:
        if isinstance(block, KeepTogether):
            yield from _levels(block.blocks)
        elif isinstance(block, Heading):
            yield block.level
