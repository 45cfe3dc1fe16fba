"""What a printed paper owes its readers: every letter, every cell, the rules of NĐ 30/2020, the same bytes for ever."""

import pickle
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from qms.reports.letterhead import Family, Letterhead, place_and_date
from qms.reports.paper import Align, Caption, Column, Group, Heading, Paper, Signature, Table, paragraph
from qms.reports.pdf import render_pdf
from tests.reports.drawn import a_paper, flowing, pages

PaperIn = Callable[..., Paper]


def fonts_of(content: bytes) -> dict[str, bool]:
    """Names of all fonts that the pages name, and whether each is embedded."""
    found = {}
    for page in PdfReader(BytesIO(content)).pages:
        resources = page["/Resources"]
        assert isinstance(resources, DictionaryObject)
        named = resources["/Font"].get_object()
        assert isinstance(named, DictionaryObject)
        for reference in named.values():
            font = reference.get_object()
            descriptor = font.get("/FontDescriptor")
            found[str(font["/BaseFont"])] = descriptor is not None and "/FontFile2" in descriptor.get_object()
    return found


@pytest.mark.parametrize("copies", [1, 10])
def test_every_vietnamese_letter_and_the_share_can_be_read_out_of_the_report(report_in: PaperIn, copies: int) -> None:
    text = flowing(report_in("vi", copies=copies))
    assert all(letter in text for letter in "ếợữằẵĐ")
    assert f"{9 * copies}/{12 * copies} (75,0%)" in text
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert text == unicodedata.normalize("NFC", text)


def test_the_english_report_is_english(report_in: PaperIn) -> None:
    text = flowing(report_in("en"))
    assert "9/12 (75.0%)" in text
    assert "SOCIALIST REPUBLIC OF VIET NAM" in text
    assert "Minh An, 1 December 2026" in text


def test_only_tinos_is_used_and_all_of_it_is_embedded(report_in: PaperIn, language: str) -> None:
    fonts = fonts_of(render_pdf(report_in(language, approved=False)))
    assert fonts and all("Tinos" in name for name in fonts), fonts
    assert all(fonts.values()), fonts


def test_the_same_paper_is_the_same_bytes_twice_and_in_another_process(report_in: PaperIn) -> None:
    paper = report_in("vi")
    first = render_pdf(paper)
    assert render_pdf(paper) == first
    program = (
        "import pickle, sys; from qms.reports.pdf import render_pdf;"
        "sys.stdout.buffer.write(render_pdf(pickle.loads(sys.stdin.buffer.read())))"
    )
    other = subprocess.run([sys.executable, "-c", program], input=pickle.dumps(paper), capture_output=True, check=True)
    assert other.stdout == first


def test_title_language_and_author_stand_in_the_properties(report_in: PaperIn) -> None:
    reader = PdfReader(BytesIO(render_pdf(report_in("vi"))))
    assert reader.metadata is not None
    assert reader.metadata.title == "Báo cáo đánh giá HTQLCL năm 2026, Ủy ban nhân dân phường Minh An (mẫu)"
    assert reader.trailer["/Root"]["/Lang"] == "vi-VN"  # type: ignore[index]
    made = reader.metadata.creation_date
    assert made is not None and made.isoformat() == "2026-12-01T00:00:00+07:00"


@pytest.mark.parametrize("hostile", ["<img src='/etc/hostname'/>", "<b>never closed", "</para>", "A & B < C", "&lt;"])
def test_markup_in_peoples_text_is_printed_as_they_typed_it(hostile: str) -> None:
    table = Table((Column(hostile, 1), Column("x", 1)), ((hostile, ""), Group(hostile), ("", "")), total=(hostile, ""))
    paper = a_paper(Heading(2, hostile), paragraph(hostile), Caption(hostile, hostile), table, addressee=hostile)
    paper = replace(paper, recipients=(hostile,), bases=(hostile,), signature=Signature((hostile,), hostile))
    assert flowing(paper).count(hostile) >= 9


def test_decomposed_letters_are_composed_and_control_characters_dropped() -> None:
    typed = unicodedata.normalize("NFD", "Đường đến Ủy ban") + "\x00\x0b\x1f"
    assert "Đường đến Ủy ban" in flowing(a_paper(paragraph(typed)))


def test_pages_are_numbered_in_the_top_margin_but_not_the_first(report_in: PaperIn) -> None:
    texts = pages(report_in("vi", copies=10))
    assert len(texts) > 5
    assert not texts[0].strip().startswith("1")
    for number, text in enumerate(texts[1:], 2):
        assert str(number) in (text.strip().splitlines()[0], text.strip().splitlines()[-1])


@pytest.mark.parametrize("filling", range(0, 44, 3))
def test_a_heading_is_never_the_last_line_of_a_page(filling: int) -> None:
    rows = tuple((str(number), "Phòng Văn hóa - Xã hội") for number in range(60))
    table = Table((Column("TT", 1, Align.CENTER), Column("Đơn vị", 9)), rows)
    paper = a_paper(
        *(paragraph(f"Dòng {number}", indent=False) for number in range(filling)),
        Heading(1, "Đề mục một"),
        Heading(2, "Đề mục hai"),
        Caption("Bảng 1", "Các đơn vị"),
        table,
        Heading(1, "Đề mục ba"),
        paragraph("Một câu rất dài. " * 40),
    )
    for text in pages(paper):
        last = text.strip().splitlines()[-1]
        assert "ĐỀ MỤC" not in last and "Đề mục" not in last and "Bảng 1" not in last and last != "TT Đơn vị", last


@pytest.mark.parametrize("filling", range(20, 44, 2))
def test_the_signature_never_stands_alone_on_a_page(filling: int) -> None:
    texts = pages(a_paper(*(paragraph(f"Dòng {number}") for number in range(filling))))
    assert "CHỦ TỊCH" in texts[-1]
    assert "Trên đây là báo cáo./." in texts[-1]
    assert "Nơi nhận:" in texts[-1]


def test_a_long_closing_sentence_leaves_its_last_lines_beside_the_signature() -> None:
    closing = paragraph(" ".join(f"từ{number}" for number in range(900)))
    texts = pages(replace(a_paper(), blocks=(closing,)))
    assert len(texts) > 1
    assert "CHỦ TỊCH" in texts[-1] and "từ899" in texts[-1]


def test_long_codes_wrap_and_rows_taller_than_a_page_are_divided_without_loss() -> None:
    code = "NC-2026-" + "0123456789" * 12
    words = [f"mục{number:04}" for number in range(900)]
    table = Table((Column("TT", 1), Column("Lý do", 2)), (("1", code), ("2", " ".join(words)), ("3", "hết")))
    text = "".join(pages(a_paper(Caption("Bảng 1", "Dài"), table)))
    assert code in re.sub(r"\s", "", text)
    assert all(word in text for word in words)


def test_nothing_is_printed_outside_the_text_area(report_in: PaperIn, language: str) -> None:
    paper = report_in(language, copies=3)
    margins = paper.letterhead.measures
    left, right = margins.left * 72 / 25.4, 595.28 - margins.right * 72 / 25.4
    for page in PdfReader(BytesIO(render_pdf(paper))).pages:
        starts: list[float] = []

        def visit(text: str, cm: list[float], tm: list[float], _font: object, _size: float, found: list[float] = starts) -> None:
            if text.strip():
                found.append(tm[4] * cm[0] + cm[4])

        page.extract_text(visitor_text=visit)
        assert starts and all(left - 1 <= start <= right for start in starts)


def test_the_head_of_a_table_is_repeated_on_every_page() -> None:
    rows = tuple((str(number), "Đơn vị") for number in range(150))
    texts = pages(a_paper(Table((Column("TT", 1), Column("Tên đơn vị", 9)), rows)))
    assert len(texts) >= 4
    assert all("Tên đơn vị" in text for text in texts[:-1])


def test_a_draft_says_so_and_an_approved_paper_does_not(report_in: PaperIn) -> None:
    assert "DỰ THẢO" in pages(report_in("vi", approved=False))[0]
    assert "DỰ THẢO" not in flowing(report_in("vi", approved=True))


def test_party_papers_carry_the_party_and_no_motto() -> None:
    head = Letterhead(
        Family.PARTY, "Đảng bộ thành phố Hà Nội", "Đảng ủy phường", "Đảng Cộng sản Việt Nam", "", "Số", "Nơi nhận:", "Dự thảo"
    )
    text = flowing(a_paper(letterhead=head, number_symbol="BC/ĐU"))
    assert "ĐẢNG CỘNG SẢN VIỆT NAM" in text and "-BC/ĐU" in text and "*" in text


def test_dates_are_written_with_the_zeros_the_decree_wants() -> None:
    assert place_and_date("Hà Nội", date(2026, 1, 5), "vi") == "Hà Nội, ngày 05 tháng 01 năm 2026"
    assert place_and_date("Hà Nội", date(2026, 3, 15), "vi") == "Hà Nội, ngày 15 tháng 3 năm 2026"
    assert place_and_date("Hà Nội", date(2026, 1, 5), "en") == "Hà Nội, 5 January 2026"


def test_a_paper_that_does_not_end_with_a_sentence_is_refused() -> None:
    with pytest.raises(ValueError, match="ends with a sentence"):
        replace(a_paper(), blocks=(Heading(1, "Hết"),))


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells"):
        Table((Column("a", 1), Column("b", 1)), (("x",),))


def test_a_minute_carries_the_other_side_in_place_of_the_recipients() -> None:
    minute = a_paper(
        signature=Signature(("BÊN NHẬN",), "Lê Văn Nhận"),
        co_signature=Signature(("BÊN GIAO",), "Trần Thị Giao"),
        recipients=("- Như trên.",),
    )
    words = flowing(minute)
    assert words.index("BÊN GIAO") < words.index("BÊN NHẬN")
    assert "Trần Thị Giao" in words and "Lê Văn Nhận" in words
    assert "Như trên" not in words


@pytest.mark.parametrize("filling", range(16, 26))
def test_no_table_is_broken_after_its_first_row(filling: int) -> None:
    rows = tuple((f"{number}.", "Phòng Văn hóa - Xã hội") for number in range(60))
    table = Table((Column("TT", 1, Align.CENTER), Column("Đơn vị", 9)), rows)
    for caption in ([Caption("Bảng 1", "Các đơn vị")], []):
        texts = pages(a_paper(*(paragraph(f"Dòng {number}", indent=False) for number in range(filling)), *caption, table))
        first = next(text for text in texts if re.search(r"^\s*0\.", text, re.MULTILINE))
        assert re.search(r"^\s*1\.", first, re.MULTILINE), first


@pytest.mark.parametrize("filling", range(30))
@pytest.mark.parametrize("total", [None, ("", "Cộng")], ids=["rows", "total"])
def test_no_table_carries_a_single_row_over_to_its_last_page(filling: int, total: tuple[str, ...] | None) -> None:
    rows = tuple((f"{number}.", "Phòng Văn hóa - Xã hội") for number in range(50))
    table = Table((Column("TT", 1, Align.CENTER), Column("Đơn vị", 9)), rows, total=total)
    texts = pages(a_paper(*(paragraph(f"Dòng {number}", indent=False) for number in range(filling)), table))
    last = next(text for text in texts if re.search(r"^\s*49\.", text, re.MULTILINE))
    assert re.search(r"^\s*48\.", last, re.MULTILINE), last
    assert total is None or "Cộng" in last


@pytest.mark.parametrize("filling", range(18, 32))
def test_a_heading_before_the_closing_sentence_goes_with_it(filling: int) -> None:
    lines = (paragraph(f"Dòng {number}", indent=False) for number in range(filling))
    texts = pages(a_paper(*lines, Heading(1, "Kết luận")))
    assert "KẾT LUẬN" in next(text for text in texts if "Trên đây là báo cáo./." in text)


def test_a_long_name_of_the_place_stands_over_the_whole_date() -> None:
    day, names = date(2026, 1, 5), ("Ba Vì", "Văn Miếu - Quốc Tử Giám")
    short, long = (pages(a_paper(place_and_date=place_and_date(name, day, "vi")))[0] for name in names)
    assert "Ba Vì, ngày 05 tháng 01 năm 2026" in short
    assert re.search(r"^\s*ngày 05 tháng 01 năm 2026\s*$", long, re.MULTILINE), long


@pytest.mark.parametrize("filling", range(0, 44, 3))
def test_what_announces_a_table_or_a_list_is_never_the_last_line_of_a_page(filling: int) -> None:
    table = Table((Column("TT", 1), Column("Đơn vị", 9)), tuple((str(number), "Phòng Văn hóa - Xã hội") for number in range(60)))
    announced = (paragraph("Hai, nêu tại bảng.", leads=True), Caption("Bảng 1", "Các đơn vị"), table)
    listed = (paragraph("Nhiệm vụ sau:", leads=True), paragraph("- Việc một;"))
    texts = pages(a_paper(*(paragraph(f"Dòng {number}", indent=False) for number in range(filling)), *announced, *listed))
    for text in texts:
        last = text.strip().splitlines()[-1]
        assert "nêu tại bảng" not in last and "Nhiệm vụ sau" not in last, last


@pytest.mark.parametrize("place", ["after a group", "before the total"])
def test_a_row_taller_than_a_page_is_divided_also_where_it_should_stay_with_another(place: str) -> None:
    words = [f"mục{number:04}" for number in range(900)]
    tall = ("1", " ".join(words))
    rows = (Group("8.5 Cung cấp dịch vụ"), tall, ("2", "hết")) if place == "after a group" else (("2", "hết"), tall)
    table = Table((Column("TT", 1), Column("Nội dung", 4)), rows, total=None if place == "after a group" else ("", "Cộng"))
    text = "".join(pages(a_paper(table)))
    assert all(word in text for word in words)
