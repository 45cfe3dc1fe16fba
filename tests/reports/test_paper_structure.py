"""What a printed paper tells whoever cannot see it: headings, paragraphs, tables with their heads, in the order of reading."""

from collections.abc import Callable
from io import BytesIO
from itertools import pairwise

import pytest
from pypdf import PdfReader

from qms.reports.form import Form, render_forms
from qms.reports.paper import Annex, Block, Caption, Column, Group, Heading, Paper, Run, Table, paragraph
from qms.reports.pdf import render_pdf
from tests.reports.drawn import a_paper, structure

PaperIn = Callable[..., Paper]


def a_form(*blocks: Block, title: str = "Phiếu đánh giá") -> Form:
    """A form of the office with these blocks."""
    return Form(
        agency="Ủy ban nhân dân phường Minh An",
        unit="Văn phòng",
        title=title,
        code="QMS-P",
        issue="01",
        day="01/12/2026",
        blocks=blocks,
    )


def drawn(*forms: Form) -> bytes:
    """The forms as a file."""
    return render_forms(forms, title_for_file="Phiếu", language="vi")


@pytest.mark.parametrize("copies", [1, 6])
def test_everything_on_the_pages_of_the_report_is_read_or_an_artifact(report_in: PaperIn, language: str, copies: int) -> None:
    structure(render_pdf(report_in(language, copies=copies, approved=False)))


def test_headings_lead_from_the_title_down_and_leave_no_level_out(report_in: PaperIn) -> None:
    root = structure(render_pdf(report_in("vi")))
    levels = [int(one.role[1]) for one in root.all() if one.role in ("H1", "H2", "H3", "H4")]
    assert levels[0] == 1 and {1, 2, 3} == set(levels)
    assert all(after <= before + 1 for before, after in pairwise(levels))
    only_second = structure(render_pdf(a_paper(Heading(2, "1. Một"), paragraph("Chữ"))))
    assert [one.text for one in only_second.named("H2")] == ["1. Một"]


def test_a_paper_that_begins_with_a_lower_heading_leaves_no_level_out_either() -> None:
    blocks = (
        Heading(2, "1. Một"),
        paragraph("Chữ"),
        Heading(1, "I. Hai"),
        paragraph("Chữ"),
        Heading(2, "1. Ba"),
        paragraph("Chữ"),
    )
    annex = Annex(label="PHỤ LỤC", title="Kèm theo", belongs_to="(Kèm báo cáo)", blocks=(Heading(2, "1. Bốn"), paragraph("Chữ")))
    root = structure(render_pdf(a_paper(*blocks, annex=annex)))
    assert [one.role for one in root.all() if one.role.startswith("H")] == ["H1", "H2", "H2", "H3", "H1", "H2"]


def test_the_report_is_read_from_the_head_to_the_annex(report_in: PaperIn) -> None:
    said = [one.text for one in structure(render_pdf(report_in("vi"))).all() if one.text]
    order = ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "BÁO CÁO", "I. KẾT QUẢ DUY TRÌ HTQLCL", "Nơi nhận:", "PHỤ LỤC"]
    assert [said.index(words) for words in order] == sorted(said.index(words) for words in order)
    assert said[0].startswith("ỦY BAN NHÂN DÂN")


def test_no_two_words_run_into_one_at_the_end_of_a_line() -> None:
    words = " ".join(f"từ{number}" for number in range(300))
    table = Table((Column("Lý do", 1), Column("x", 9)), ((words, ""),))
    root = structure(render_pdf(a_paper(paragraph(words), paragraph(Run("Đậm: ", bold=True), words), table)))
    said = [one.text for one in root.all()]
    assert words in said and f"Đậm: {words}" in said
    assert root.named("TD")[0].text == words


def test_a_paragraph_over_the_end_of_a_page_is_one_element() -> None:
    words = " ".join(f"từ{number}" for number in range(700))
    (whole,) = (one for one in structure(render_pdf(a_paper(paragraph(words)))).all() if one.text == words)
    assert whole.pages == [0, 1]


def test_a_table_is_rows_of_cells_under_heads_that_are_read_once() -> None:
    rows = tuple((str(number), "Đơn vị") for number in range(150))
    blocks = (
        Caption("Bảng 1", "Các đơn vị"),
        Table((Column("TT", 1), Column("Tên", 9)), (Group("Khối một"), *rows), total=("", "Cộng")),
    )
    (table,) = structure(render_pdf(a_paper(*blocks))).named("Table")
    assert [kid.role for kid in table.kids] == ["Caption", *["TR"] * 153]
    assert table.kids[0].text == "Bảng 1. Các đơn vị"
    heads = table.kids[1].kids
    assert [(head.role, head.text, head.pages, head.attributes["/Scope"]) for head in heads] == [
        ("TH", "TT", [0], "/Column"),
        ("TH", "Tên", [0], "/Column"),
    ]
    (group,) = table.kids[2].kids
    assert (group.role, group.text, group.attributes["/Scope"], group.attributes["/ColSpan"]) == ("TH", "Khối một", "/Row", 2)
    assert [cell.text for cell in table.kids[3].kids] == ["0", "Đơn vị"]
    assert [cell.text for cell in table.kids[-1].kids] == ["", "Cộng"], "an empty cell is a cell"
    assert table.kids[-1].kids[1].pages == [4]


def test_headings_stand_in_the_list_beside_the_pages(report_in: PaperIn) -> None:
    paper = a_paper(Heading(1, "I. Một"), paragraph("chữ " * 1500), Heading(2, "1. Hai"), paragraph("Hết"))
    reader = PdfReader(BytesIO(render_pdf(paper)))
    title, ((first), (second,)) = reader.outline
    assert (title.title, first.title, second.title) == ("Kết quả đánh giá", "I. MỘT", "1. Hai")
    assert [reader.get_destination_page_number(one) for one in (title, first, second)] == [0, 0, 2]


def test_the_head_of_a_form_is_read_once_for_each_form() -> None:
    long = a_form(Heading(2, "1. Mô tả"), paragraph("chữ " * 3000))
    root = structure(drawn(long, a_form(paragraph("Hết"), title="Phiếu hai")))
    assert [kid.role for kid in root.kids] == ["Sect", "Sect"]
    assert [one.text for one in root.named("H1")] == ["PHIẾU ĐÁNH GIÁ", "PHIẾU HAI"]
    assert sum("QMS-P" in one.text for one in root.all()) == 2
    assert [one.text for one in root.named("H2")] == ["1. Mô tả"]
