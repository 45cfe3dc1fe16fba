"""Papers as they are drawn: a short one to begin with, what stands on each page, and what the tree of its structure says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import IndirectObject

from qms.reports.letterhead import Family, Letterhead, enclosed
from qms.reports.paper import Block, Paper, Signature, paragraph
from qms.reports.pdf import render_pdf


def a_paper(*blocks: Block, **changes: object) -> Paper:
    """A short state paper with these blocks before its closing sentence."""
    head = Letterhead(Family.STATE, "", "Ủy ban nhân dân phường Minh An", "Nước", "Độc lập", "Số:", "Nơi nhận:", "Dự thảo")
    paper = Paper(
        letterhead=head,
        language="vi",
        kind="BÁO CÁO",
        subject="Kết quả đánh giá",
        place_and_date="Minh An, ngày 01 tháng 12 năm 2026",
        number_symbol="BC-UBND",
        blocks=(*blocks, paragraph("Trên đây là báo cáo./.")),
        signature=Signature(("CHỦ TỊCH",)),
        title_for_file="Báo cáo",
        recipients=enclosed(["Như trên", "Lưu: VT"]),
    )
    return replace(paper, **changes)  # type: ignore[arg-type]


def pages(paper: Paper) -> list[str]:
    """The text of each page, lines as printed."""
    return [page.extract_text() for page in PdfReader(BytesIO(render_pdf(paper))).pages]


def flowing(paper: Paper) -> str:
    """All text with line ends as spaces."""
    return re.sub(r"\s+", " ", " ".join(pages(paper)))


PAINTING = (b"Tj", b"TJ", b"S", b"f", b"f*", b"B", b"Do")
"""Operators that leave something on a page."""


@dataclass
class Told:
    """One element of the structure: its role, what it says, on which pages it is drawn, and what is in it."""

    role: str
    text: str
    pages: list[int]
    attributes: dict[str, Any]
    kids: "list[Told]" = field(default_factory=list)

    def all(self) -> "Iterator[Told]":
        """It and all within it, as they are read."""
        yield self
        for kid in self.kids:
            yield from kid.all()

    def named(self, role: str) -> "list[Told]":
        """All within it of that role."""
        return [one for one in self.all() if one.role == role]


def structure(content: bytes) -> Told:
    """The tree of a PDF with the words that are drawn for each element; AssertionError where tree and pages disagree."""
    reader = PdfReader(BytesIO(content))
    catalogue: Any = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    pieces = [_pieces(page) for page in reader.pages]
    parents = catalogue["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    numbers: dict[int, int] = {
        page.indirect_reference.idnum: at for at, page in enumerate(reader.pages) if page.indirect_reference
    }
    claimed: set[tuple[int, int]] = set()

    def told(reference: IndirectObject) -> Told:
        element: Any = reference.get_object()
        made = Told(str(element["/S"])[1:], "", [], dict(element.get("/A", {})))
        for kid in element["/K"]:
            if isinstance(kid, IndirectObject):
                assert kid.get_object().raw_get("/P").idnum == reference.idnum
                made.kids.append(told(kid))
                continue
            home, number = (element, kid) if isinstance(kid, int) else (kid, kid["/MCID"])
            page = numbers[home.raw_get("/Pg").idnum]
            assert (page, number) not in claimed, "a piece belongs to one element"
            claimed.add((page, number))
            named = list(parents[2 * page + 1].get_object())[number]
            assert named.idnum == reference.idnum, "the page names the element of the piece"
            made.text += pieces[page].pop(number)
            made.pages.append(page)
        made.text = " ".join(made.text.split())
        return made

    root = told(catalogue["/StructTreeRoot"].raw_get("/K"))
    assert [left for left in pieces if left] == [], "every piece belongs to an element"
    return root


def _pieces(page: Any) -> dict[int, str]:
    """What is drawn on a page for each number; nothing outside of elements and artifacts."""
    found: dict[int, str] = {}
    here: list[int | None] = []

    def operand(operator: bytes, arguments: Any, _cm: object, _tm: object) -> None:
        if operator in (b"BDC", b"BMC"):
            assert not here, "no element within another"
            here.append(arguments[1]["/MCID"] if operator == b"BDC" else None)
            if operator == b"BDC":
                found[arguments[1]["/MCID"]] = ""
        elif operator == b"EMC":
            here.pop()
        else:
            assert here or operator not in (b"Tj", b"TJ", b"S", b"f", b"f*", b"B", b"Do"), (
                f"{operator!r} outside of the structure"
            )

    def text(words: str, *_where: object) -> None:
        if here and here[-1] is not None:
            found[here[-1]] += words
        assert here or not words.strip(), f"{words!r} outside of the structure"

    page.extract_text(visitor_operand_before=operand, visitor_text=text)
    return found
