"""The structure of a PDF: what is a heading, a paragraph, a cell, and in which order they are read (ISO 32000-1, 14.7 and 14.8).

ReportLab draws and knows no structure. But its catalogue may carry a tree, and its pages whatever is written between two
drawings: so everything drawn here is marked with the element it belongs to, or as an artifact (rules, page numbers, repeated
heads), and the tree is written with the file. A screen reader then tells headings, finds cells by their heads and reads on
over the end of a page.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph

LOCAL_HOURS = 7
"""Viet Nam is seven hours ahead of UTC the whole year: a day of making is a local one."""
_OUTLINED = {"H1": 0, "H2": 1, "H3": 2}
_CELLS = ("TH", "TD")
"""Elements that count also when nothing is drawn in them."""


class Node:
    """One element of the structure; what is drawn for it is noted as it is drawn."""

    def __init__(self, role: str, title: str = "", **attributes: str | int) -> None:
        self.role = role
        self.title = title
        """The words of a heading, for the outline."""
        self.attributes = attributes
        """Of a cell: which way its head counts (``Scope``), over how many columns it stands (``ColSpan``)."""
        self.kids: list[Node] = []
        self.pieces: list[tuple[int, int]] = []
        """Page and number of each piece that was drawn."""

    def add(self, role: str, title: str = "", **attributes: str | int) -> "Node":
        """A new element at the end of this one."""
        self.kids.append(Node(role, title, **attributes))
        return self.kids[-1]

    @property
    def said(self) -> bool:
        """Whether there is anything of it on the pages."""
        return bool(self.pieces) or self.role in _CELLS or any(kid.said for kid in self.kids)


class TaggedCanvas(Canvas):
    """A canvas that knows which element is being drawn, and writes the tree when it is saved.

    ``made_on`` is the day of making in the properties; ReportLab would write the first day of 2000.
    """

    def __init__(self, *arguments: Any, root: Node, made_on: date, **options: Any) -> None:
        self._root = root
        self._pages: list[list[Node]] = []
        self._here: list[Node] = []
        super().__init__(*arguments, **options)
        self._file: Any = vars(self)["_doc"]  # ReportLab offers no public name for it
        stamp = vars(self._file)["_timeStamp"]
        stamp.YMDhms = (made_on.year, made_on.month, made_on.day, 0, 0, 0)
        stamp.dhh = LOCAL_HOURS

    @contextmanager
    def telling(self, node: Node | None) -> Iterator[None]:
        """What is drawn within belongs to that element; without one it is an artifact, which nobody reads out.

        The head of a table is told once: where it is repeated on the next page it is an artifact, too.
        """
        page = len(self._pages)
        if node is None or (node.role == "TH" and any(page != drawn for drawn, _number in node.pieces)):
            self._write("/Artifact BMC")
        else:
            node.pieces.append((page, len(self._here)))
            self._write(f"/{node.role} <</MCID {len(self._here)}>> BDC")
            self._here.append(node)
        yield
        self._write("EMC")

    def outline(self, node: Node, top: float) -> None:
        """A heading stands in the list beside the pages, with its place."""
        key = f"h{len(self._pages)}.{len(self._here)}"
        self.bookmarkHorizontal(key, 0, top)
        self.addOutlineEntry(node.title, key, _OUTLINED[node.role])

    def showPage(self) -> None:  # noqa: N802  # ReportLab's name
        """Ends a page, which from now on names its place in the tree."""
        super().showPage()
        page = self._file.Pages.pages[-1]
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents, page.Tabs = len(self._pages), PDFName("S")
        self._pages.append(self._here)
        self._here = []

    def save(self) -> None:
        """Writes the tree into the file, and the file."""
        if vars(self)["_code"]:
            self.showPage()
        elements: dict[Node, Any] = {}
        tree = PDFDictionary({"Type": PDFName("StructTreeRoot")})
        reference = self._file.Reference(tree)
        tree["K"] = self._element(self._root, reference, elements)
        parents: list[Any] = []
        for number, nodes in enumerate(self._pages):
            parents += [number, PDFArray([elements[node] for node in nodes])]
        tree["ParentTree"] = self._file.Reference(PDFDictionary({"Nums": PDFArray(parents)}))
        tree["ParentTreeNextKey"] = len(self._pages)
        catalogue: Any = self._file.Catalog
        catalogue.StructTreeRoot = tree
        catalogue.MarkInfo = PDFDictionary({"Marked": "true"})
        super().save()

    def _element(self, node: Node, parent: Any, elements: dict[Node, Any]) -> Any:
        made = PDFDictionary({"S": PDFName(node.role), "P": parent})
        reference = elements[node] = self._file.Reference(made)
        if node.attributes:
            values = {name: PDFName(value) if isinstance(value, str) else value for name, value in node.attributes.items()}
            made["A"] = PDFDictionary({"O": PDFName("Table"), **values})
        pages = {page for page, _number in node.pieces}
        if len(pages) == 1:
            made["Pg"] = self._page(*pages)
        kids: list[Any] = [
            number if len(pages) == 1 else PDFDictionary({"Type": PDFName("MCR"), "Pg": self._page(page), "MCID": number})
            for page, number in node.pieces
        ]
        kids += [self._element(kid, reference, elements) for kid in node.kids if kid.said]
        made["K"] = PDFArray(kids)
        return reference

    def _page(self, number: int) -> Any:
        return self._file.Reference(self._file.Pages.pages[number])

    def _write(self, operator: str) -> None:
        vars(self)["_code"].append(operator)


def tagged(canvas: Canvas) -> TaggedCanvas:
    """The canvas that a flowable of ours is drawn on."""
    assert isinstance(canvas, TaggedCanvas)
    return canvas


class Words(Paragraph):
    """A paragraph that tells which element it is, on however many pages it stands; without one it is an artifact."""

    node: Node | None = None

    def belonging(self, node: Node | None) -> "Words":
        """The paragraph as the words of an element."""
        self.node = node
        return self

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """The parts belong to the element of the whole."""
        parts: list[Flowable] = super().split(available_width, available_height)
        for part in parts:
            if isinstance(part, Words):
                part.node = self.node
        return parts

    def draw(self) -> None:
        """Called by ReportLab with the origin at the lower left corner."""
        canvas = tagged(self.canv)
        if self.node is not None and self.node.title and not self.node.pieces:
            canvas.outline(self.node, self.height)
        self._part_words()
        with canvas.telling(self.node):
            super().draw()

    def _part_words(self) -> None:
        """Every line but the last ends in a space: who reads the file and not the page would run two words into one."""
        for line in vars(self)["blPara"].lines[:-1]:
            words: list[Any] = line[1] if isinstance(line, tuple) else line.words
            if words and isinstance(words[-1], str):
                words[-1] = words[-1].rstrip() + " "
            elif words:
                words[-1].text = words[-1].text.rstrip() + " "
