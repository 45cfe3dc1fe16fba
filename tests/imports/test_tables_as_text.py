"""CSV in the dialects that offices have, and tables pasted from the clipboard: every cell as it shows, or one clear sentence."""

import csv
import io
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms.imports.files import open_file, open_pasted
from qms.imports.grid import COLUMN_LIMIT, PICTURE, Fault, Grid
from qms.imports.refused import WorkbookRefused

PLACE = Path("shared", "data", "service_procedures")
TABLE = [
    ["Mã", "Tên quy trình", "Đơn vị"],
    ["01", "Tiếp nhận, trả kết quả;\nxử lý văn bản", 'Phòng "Văn hóa – Xã hội"'],
    ["QT-02", "Đánh giá nội bộ", "Văn phòng"],
]


def table_of(grids: list[Grid]) -> list[list[object]]:
    (grid,) = grids
    assert [number for number, _cells in grid.rows] == list(range(1, len(grid.rows) + 1))
    return [[cells.get(index) for index in range(max(cells) + 1)] for _number, cells in grid.rows]


def separated(rows: Sequence[Sequence[str]], separator: str = ",", line_end: str = "\r\n") -> str:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator, lineterminator=line_end, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return written.getvalue()


def in_windows_letters(text: str) -> bytes:
    """As Vietnamese Windows keeps it: the letter with its breve, circumflex or horn, then the tone as a mark of its own."""
    found = b""
    for letter in text:
        try:
            found += letter.encode("cp1258")
        except UnicodeEncodeError:
            base, tone = unicodedata.normalize("NFD", letter)[0], ""
            for mark in unicodedata.normalize("NFD", letter)[1:]:
                if mark in "\u0300\u0301\u0303\u0309\u0323":
                    tone += mark
                else:
                    base = unicodedata.normalize("NFC", base + mark)
            found += (base + tone).encode("cp1258")
    return found


def refused(data: bytes | str) -> str:
    with pytest.raises(WorkbookRefused) as caught:
        open_file(data, "so.csv") if isinstance(data, bytes) else open_pasted(data)
    assert caught.value.sentence.endswith(".")
    return caught.value.code


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("letters", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
def test_a_csv_is_read_whatever_its_letters_separator_and_line_ends(letters: str, separator: str, line_end: str) -> None:
    text = separated(TABLE, separator, line_end)
    data = in_windows_letters(text) if letters == "cp1258" else text.encode(letters)

    assert table_of(open_file(data, "so.csv")) == TABLE


def test_the_sheet_of_a_csv_is_called_as_its_file() -> None:
    (grid,) = open_file(b"a,b\n1,2\n", "Sổ 2025.csv")
    assert grid.name == "Sổ 2025"


def test_the_line_in_which_excel_names_the_separator_is_no_row() -> None:
    assert table_of(open_file(b"sep=;\r\na,x;b\r\n1;2\r\n", "so.csv")) == [["a,x", "b"], ["1", "2"]]


def test_commas_in_sentences_do_not_separate() -> None:
    text = "Mã;Nội dung\n1;Một, hai, ba\n2;Bốn, năm\n3;Sáu, bảy, tám, chín\n"
    assert table_of(open_file(text.encode(), "so.csv"))[1] == ["1", "Một, hai, ba"]


def test_one_column_is_not_cut_at_its_commas() -> None:
    text = "Nội dung\nMột, hai\nBa\nBốn\n"
    assert table_of(open_file(text.encode(), "so.csv")) == [["Nội dung"], ["Một, hai"], ["Ba"], ["Bốn"]]


def test_empty_lines_count_so_that_rows_have_the_numbers_that_excel_shows() -> None:
    (grid,) = open_file(b'Danh s\xc3\xa1ch,\n\nM\xc3\xa3,T\xc3\xaan\n"1\n2",x\n,\n3,y\n', "so.csv")
    assert [number for number, _cells in grid.rows] == [1, 3, 4, 6]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("007", "007"),
        ("1.000080", "1.000080"),
        ('="007"', "007"),
        ("TRUE", "TRUE"),
        ("#N/A", Fault("#N/A")),
        ("#REF!", Fault("#REF!")),
        ("Err:502", Fault("Err:502")),
        ("########", Fault("########")),
        ("#2 của phòng", "#2 của phòng"),
        ('=DISPIMG("ID_7A",1)', PICTURE),
    ],
)
def test_a_cell_is_the_text_that_stands_there_and_an_error_is_no_text(cell: str, shown: object) -> None:
    data = separated([["Mã", "Tên"], [cell, "x"]]).encode()
    assert table_of(open_file(data, "so.csv"))[1][0] == shown


@pytest.mark.parametrize("text", ['a,b\n"1,2\n3,4\n', 'a,b\n"1" 2,3\n'])
def test_a_quotation_mark_that_would_swallow_rows_is_refused_with_its_line(text: str) -> None:
    assert refused(text.encode()) == "quotes"


@pytest.mark.parametrize(
    "data",
    [
        b"Quy tr\xd7nh,\xae\xb8nh gi\xb8\n1,2\n",  # TCVN3: quy trình, đánh giá
        "Façade,Größe\n1,2\n".encode("cp1252"),
        b"a,b\n\x81\x8d,2\n",
        "a,b\n1,2\n".encode("utf-16")[:-1],
    ],
    ids=["TCVN3", "Western", "no letters", "cut UTF-16"],
)
def test_letters_that_would_be_read_wrongly_are_refused(data: bytes) -> None:
    assert refused(data) == "encoding"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"  \r\n",
        b"\xef\xbb\xbf",
        b"%PDF-1.7\n",
        b"<html><table></table></html>",
        b"a,b\n\0,2",
        b"{\\rtf1 a;b}",
        b"\xff\xd8\xff\xe0\0\x10",
    ],
    ids=["empty", "blank", "only a mark", "pdf", "html", "binary", "rtf", "jpeg"],
)
def test_what_is_no_table_is_refused(data: bytes) -> None:
    assert refused(data) == "wrong_type"


def test_more_columns_than_a_sheet_has_are_refused() -> None:
    assert refused(b"a," * (COLUMN_LIMIT + 1) + b"\n") == "too_large"


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=4), min_size=1))
def test_what_a_program_writes_as_csv_is_read_or_refused_and_never_breaks(rows: list[list[str]]) -> None:
    try:
        open_file(separated(rows).encode(), "so.csv")
    except WorkbookRefused as refusal:
        assert refusal.code in {"wrong_type", "quotes", "encoding"}


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_never_break(data: bytes) -> None:
    try:
        open_file(data, "so.csv")
    except WorkbookRefused as refusal:
        assert refusal.sentence


def test_a_table_is_pasted_as_excel_and_google_sheets_copy_it() -> None:
    text = 'Mã\tNội dung\tGhi chú\r\n01\t"Dòng một\nDòng ""hai"""\t\r\n"QT" 02\t"Hạng A"\t5" ống\r\n'
    assert table_of(open_pasted(text)) == [
        ["Mã", "Nội dung", "Ghi chú"],
        ["01", 'Dòng một\nDòng "hai"'],
        ['"QT" 02', '"Hạng A"', '5" ống'],
    ]


def test_a_table_may_be_pasted_with_semicolons() -> None:
    assert table_of(open_pasted(separated(TABLE, ";"))) == TABLE


def test_one_pasted_column_stays_one() -> None:
    assert table_of(open_pasted("Mã\n01\n02")) == [["Mã"], ["01"], ["02"]]


@pytest.mark.parametrize("text", ["", " \n\t\n"])
def test_nothing_pasted_is_said(text: str) -> None:
    assert refused(text) == "empty"


def test_the_real_list_of_administrative_procedures_is_read_cell_by_cell() -> None:
    found = next((path for path in (up / PLACE for up in Path(__file__).parents) if path.is_dir()), None)
    if found is None:
        pytest.skip("the list of administrative procedures is not beside the checkout")
    data = (found / "tthc_cap_xa.csv").read_bytes()
    records = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    expected = [{index: text for index, text in enumerate(row) if text.strip()} for row in records]
    (grid,) = open_file(data, "tthc_cap_xa.csv")

    assert [cells for _number, cells in grid.rows] == expected
    assert len(expected) > 500
