"""Word, Excel and CSV: the same content, never a formula, the same bytes."""

import csv
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import pairwise
from zipfile import ZipFile

import pytest
from docx import Document
from docx.shared import Mm
from openpyxl import load_workbook

from qms.reports.comma_separated import write_csv
from qms.reports.docx import render_docx
from qms.reports.list_xlsx import write_xlsx
from qms.reports.paper import Paper
from qms.reports.xlsx import render_xlsx

PaperIn = Callable[..., Paper]
FORMULAS = ["=1+1", "+1", "-1+2", "@SUM(A1)", "=HYPERLINK('x')", " =1+1"]


def test_the_word_file_holds_the_head_the_tables_the_signature_and_the_annex(report_in: PaperIn, language: str) -> None:
    document = Document(BytesIO(render_docx(report_in(language))))
    assert len(document.tables) == 1 + 3 + 1 + 2
    units = document.tables[5]
    assert len(units.rows) == 13
    assert "NC-2026-004/2" in units.rows[3].cells[4].text
    assert any("9/12" in paragraph.text for paragraph in document.paragraphs)
    assert document.tables[4].cell(0, 1).text.strip().endswith("Người Ký Mẫu")


def test_the_word_file_has_the_measures_of_the_decree_and_repeats_table_heads(report_in: PaperIn) -> None:
    document = Document(BytesIO(render_docx(report_in("vi"))))
    section = document.sections[0]
    assert section.left_margin is not None and abs(section.left_margin - Mm(30)) < Mm(0.1)
    assert section.different_first_page_header_footer
    assert document.styles["Normal"].font.name == "Times New Roman"
    for table in (*document.tables[1:4], *document.tables[5:]):
        assert "w:tblHeader" in table.rows[0]._tr.xml


def test_headings_of_the_word_file_are_headings_for_whoever_cannot_see_them(report_in: PaperIn) -> None:
    outlined = []
    for paragraph in Document(BytesIO(render_docx(report_in("vi")))).paragraphs:
        levels = paragraph._p.xpath("w:pPr/w:outlineLvl/@w:val")
        outlined += [(int(level), paragraph.text.splitlines()[0]) for level in levels]
    assert outlined[0][0] == 0 and outlined[0][1].startswith("Kết quả đánh giá việc duy trì")
    assert (1, "I. KẾT QUẢ DUY TRÌ HTQLCL") in outlined
    assert all(after <= before + 1 for (before, _), (after, _) in pairwise(outlined))


@pytest.mark.parametrize("render", [render_docx, render_xlsx])
def test_office_files_are_the_same_bytes_whenever_they_are_made(report_in: PaperIn, render: Callable[[Paper], bytes]) -> None:
    paper = report_in("vi")
    first = render(paper)
    time.sleep(2.1)  # zip entries count in steps of two seconds
    assert render(paper) == first
    with ZipFile(BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None


def test_the_workbook_has_a_cover_and_a_sheet_for_each_table(report_in: PaperIn) -> None:
    workbook = load_workbook(BytesIO(render_xlsx(report_in("vi", approved=False))))
    assert workbook.sheetnames == ["BÁO CÁO", "Bảng 1", "Bảng 2", "Bảng 3", "Bảng 4", "Bảng 5"]
    cover = [row[0].value for row in workbook["BÁO CÁO"].iter_rows()]
    assert "DỰ THẢO" in cover
    assert any("9/12 (75,0%)" in str(line) for line in cover)
    assert workbook["Bảng 4"].max_row == 2 + 1 + 12


def as_file(write: Callable[..., None], *given: object) -> bytes:
    """What is written to a file."""
    target = BytesIO()
    write(target, *given)
    return target.getvalue()


def test_text_in_a_workbook_is_never_a_formula() -> None:
    content = as_file(write_xlsx, "Danh sách", ["=Tên", "Số"], [(text, 7) for text in FORMULAS])
    sheet = load_workbook(BytesIO(content)).active
    assert sheet is not None
    cells = [row[0] for row in sheet.iter_rows(min_row=1)]
    assert [cell.value for cell in cells] == ["=Tên", *FORMULAS]
    assert {cell.data_type for cell in cells} == {"s"}
    with ZipFile(BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_a_list_keeps_numbers_and_days_and_loses_control_characters() -> None:
    row = ("Đ\x01\x0bợ", 12, Decimal("77.8"), date(2026, 1, 5), None)
    sheet = load_workbook(BytesIO(as_file(write_xlsx, "a/b:c*d?" + "x" * 40, list("abcde"), [row]))).active
    assert sheet is not None
    written = [cell.value for cell in sheet[2]]
    assert written[0] == "Đợ" and written[1] == 12 and float(str(written[2])) == 77.8 and written[4] is None
    assert sheet["D2"].value.date() == date(2026, 1, 5)
    assert len(sheet.title) <= 31


def test_a_csv_opens_in_excel_with_vietnamese_letters_and_no_formula() -> None:
    content = as_file(write_csv, ["Tên", "Số"], [(text, -5) for text in FORMULAS] + [("Phường Đông, Hà Nội", Decimal("-1.5"))])
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row[0] for row in rows[1:-1]] == [f"'{text}" for text in FORMULAS]
    assert {row[1] for row in rows[1:-1]} == {"-5"}
    assert rows[-1] == ["Phường Đông, Hà Nội", "-1.5"]
