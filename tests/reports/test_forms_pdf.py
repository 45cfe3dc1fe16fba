"""A form of the QMS on paper: its head holds every name, and nothing that belongs together is parted."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from qms.reports.form import BOTTOM, HEAD_GAP, HEAD_HEIGHT, TOP, Form, render_forms
from qms.reports.paper import Block, Column, Heading, KeepTogether, Table, paragraph

LONG = "Trung tâm Phát triển quỹ đất, Quản lý dự án và Phục vụ hành chính công khu vực số 2 phường Văn Miếu - Quốc Tử Giám"
PAGE = 841.89


def drawn(*blocks: Block, unit: str = "Văn phòng") -> PdfReader:
    """A form with these blocks, as a file."""
    form = Form(
        agency="Ủy ban nhân dân phường Minh An",
        unit=unit,
        title="Phiếu sự không phù hợp",
        code="QMS-P",
        issue="01",
        day="01/12/2026",
        blocks=blocks,
    )
    return PdfReader(BytesIO(render_forms([form], title_for_file="Phiếu", language="vi")))


def tops(reader: PdfReader, words: str) -> list[float]:
    """How far below the upper edge the words stand, on whichever page."""
    found: list[float] = []

    def visit(text: str, cm: list[float], tm: list[float], *_look: object) -> None:
        if words in text:
            found.append(PAGE - (tm[5] * cm[3] + cm[5]))

    for page in reader.pages:
        page.extract_text(visitor_text=visit)
    return found


def test_a_head_with_long_names_grows_and_the_text_begins_below_it() -> None:
    (short,), (long,) = tops(drawn(paragraph("Dòng đầu")), "Dòng đầu"), tops(drawn(paragraph("Dòng đầu"), unit=LONG), "Dòng đầu")
    assert short == pytest.approx(TOP + HEAD_HEIGHT + HEAD_GAP, abs=20)
    (unit_ends,) = tops(drawn(paragraph("Dòng đầu"), unit=LONG), "Quốc Tử Giám")
    assert long > short and unit_ends > TOP
    assert long - unit_ends > HEAD_GAP, "the last line of the name stands within the frame"


@pytest.mark.parametrize("filling", range(22, 42))
def test_a_heading_stands_beside_the_table_it_leads(filling: int) -> None:
    table = Table((Column("TT", 1), Column("Nội dung", 9)), tuple((f"{number}.", "Hồ sơ đã xem") for number in range(30)))
    reader = drawn(*(paragraph(f"Dòng {number}") for number in range(filling)), Heading(2, "Bằng chứng"), table)
    (page,) = (text for text in (page.extract_text() for page in reader.pages) if "Bằng chứng" in text)
    assert "0." in page.splitlines()[-1] or "1." in page, page


@pytest.mark.parametrize("filling", range(24, 42))
def test_room_for_signatures_stands_beside_its_heading(filling: int) -> None:
    signatures = Table((Column("Người đóng", 1), Column("Người thẩm tra", 1)), (("\n\n\n\n", ""),))
    together = KeepTogether((Heading(2, "6. Đóng"), paragraph("Chưa đóng."), signatures))
    texts = [page.extract_text() for page in drawn(*(paragraph(f"Dòng {number}") for number in range(filling)), together).pages]
    assert "Người thẩm tra" in next(text for text in texts if "6. Đóng" in text)
    assert BOTTOM > 0
