"""What the yearly report tells: the share with both parts, every unit, every reason, nothing dropped."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO

from pypdf import PdfReader

from qms.evaluation.legal_bases import legal_bases
from qms.evaluation.report_model import Previous
from qms.kernel.share import Share
from qms.reports.issuer import issuer_of, place_of
from qms.reports.letterhead import Family
from qms.reports.paper import Block, Caption, Group, Heading, Paper, Table, Text
from qms.reports.pdf import render_pdf
from qms.units.models import Bloc, UnitKind
from tests.reports.conftest import FIGURES, ward

PaperIn = Callable[..., Paper]


def blocks(paper: Paper) -> list[Block]:
    """All blocks of the body, then those of the annex."""
    return [*paper.blocks, *(paper.annex.blocks if paper.annex else ())]


def words(paper: Paper) -> str:
    """All sentences of the body and of the annex."""
    texts = [block for block in blocks(paper) if isinstance(block, Text)]
    return " ".join("".join(run.text for run in text.runs) for text in texts)


def tables(paper: Paper) -> list[Table]:
    """The tables in order."""
    return [block for block in blocks(paper) if isinstance(block, Table)]


def test_no_percentage_stands_without_its_two_parts(report_in: PaperIn, language: str) -> None:
    paper = report_in(language, copies=2)
    cells = [cell for table in tables(paper) for row in table.rows if not isinstance(row, Group) for cell in row]
    for text in [words(paper), *cells]:
        for percent in re.finditer(r"\d+[.,]\d%", text):
            assert re.search(r"\d+/\d+ \($", text[: percent.start()]), text


def test_nothing_in_scope_prints_a_share_without_percent(report_in: PaperIn) -> None:
    paper = report_in("vi", units=(), criteria=(), late=Share(0, 0), agencies_in_scope=0, agencies_announced=0, previous=None)
    assert "0/0" in words(paper) and "%" not in words(paper)
    render_pdf(paper)


def test_every_unit_stands_in_the_table_with_its_reasons(report_in: PaperIn) -> None:
    units = tables(report_in("vi", copies=10))[3]
    rows = [row for row in units.rows if not isinstance(row, Group)]
    assert len(rows) == 120 and sum(isinstance(row, Group) for row in units.rows) == 10
    assert "- Hành động khắc phục đúng hạn: 3/5 (NC-2026-004/2, NC-2026-009/1)" in rows[2][4]
    assert "QT-NV-12, và 26 mục khác" in rows[6][4]
    assert "Được đánh giá nội bộ: chưa có hồ sơ" in rows[6][4]


def test_the_kinds_add_up_to_the_total(report_in: PaperIn) -> None:
    by_kind = tables(report_in("vi"))[0]
    assert by_kind.total is not None
    for column in range(2, 7):
        total = sum(int(row[column]) for row in by_kind.rows if not isinstance(row, Group))
        assert total == int(by_kind.total[column])
    assert by_kind.total[2:] == ("12", "9", "1", "1", "1", "9/12 (75,0%)")


def test_units_out_of_scope_are_listed_with_reason_successor_and_decision(report_in: PaperIn) -> None:
    paper = report_in("vi")
    excluded = tables(paper)[4]
    assert len(excluded.rows) == 3
    assert excluded.rows[1][3:] == ("KTHT", "45/QĐ-UBND", "Sáp nhập từ ngày 01/7/2025")  # type: ignore[index]
    none = report_in("vi", excluded=())
    assert len(tables(none)) == 4 and "Không có đơn vị nào ngoài phạm vi đánh giá." in words(none)


def test_page_one_says_what_was_entered_late_and_what_it_changes(report_in: PaperIn) -> None:
    first = PdfReader(BytesIO(render_pdf(report_in("vi", copies=10)))).pages[0].extract_text()
    text = re.sub(r"\s+", " ", first)
    assert "12/140 số liệu được tính đạt là số liệu ghi muộn: nhập vào hệ thống sau hơn 30 ngày" in text
    assert "Trường Tiểu học Minh An (Cần bổ sung)" in text and "và 2 đơn vị khác được ghi rõ tại Phụ lục" in text


def test_history_taken_over_is_counted_in_one_sentence(report_in: PaperIn, language: str) -> None:
    text = words(report_in(language, taken_over=Share(580, 590)))
    said = {
        "vi": "580 trong tổng số 590 số liệu được tính đạt là số liệu nhập từ các sổ theo dõi",
        "en": "580 of 590 facts that count as met were taken over from the registers on 22/11/2026.",
    }
    assert said[language] in text and "22/11/2026" in text
    assert said[language][:20] not in words(report_in(language, taken_over=Share(0, 590)))


def test_nothing_is_said_of_late_entries_when_there_are_none(report_in: PaperIn) -> None:
    text = words(report_in("vi", late=Share(0, 140)))
    assert "ghi muộn" not in text and "3. Theo cơ quan" in text


def test_a_forecast_says_so_in_subject_and_first_paragraph(report_in: PaperIn, language: str) -> None:
    usual, forecast = report_in(language), report_in(language, forecast=True)
    said = {"vi": "kết quả dự báo", "en": "This is a forecast"}[language]
    first = next(block for block in forecast.blocks if isinstance(block, Text))
    assert said in "".join(run.text for run in first.runs) and said not in words(usual)
    assert usual.subject != forecast.subject


def test_the_earlier_share_is_compared_in_both_directions(report_in: PaperIn) -> None:
    def compared(k: int) -> str:
        return words(report_in("vi", previous=Previous(date(2025, 11, 30), Share(k, 12))))

    assert "30/11/2025 là 8/12 (66,7%), số đơn vị duy trì tăng 01 đơn vị" in compared(8)
    assert "giảm 02 đơn vị" in compared(11)
    assert "không thay đổi" in compared(9)


def test_the_paper_names_the_criteria_set_and_the_hash_of_the_run(report_in: PaperIn, language: str) -> None:
    text = words(report_in(language))
    assert "tcvn-iso-9001-2015/0.1" in text and "6f1c2a" * 10 + "9b7e" in text and "4312" in text


def test_every_heading_and_caption_is_translated(report_in: PaperIn) -> None:
    def titles(paper: Paper) -> list[str]:
        return [block.text for block in blocks(paper) if isinstance(block, Heading | Caption)]

    assert not set(titles(report_in("vi"))) & set(titles(report_in("en")))


def test_the_acts_implemented_are_those_in_force() -> None:
    acts = legal_bases(date(2026, 11, 30), "vi")
    assert "19/2014/QĐ-TTg" in acts[0] and "26/2014/TT-BKHCN" in acts[1]
    assert len(legal_bases(date(2014, 6, 1), "en")) == 1


def test_the_report_begins_with_what_it_implements_and_whom_it_is_sent_to(report_in: PaperIn) -> None:
    paper = report_in("vi")
    assert paper.addressee == "Kính gửi: Sở Khoa học và Công nghệ thành phố Hà Nội"
    assert paper.recipients[:2] == ("- Như trên;", "- Ủy ban nhân dân thành phố Hà Nội (để báo cáo);")
    assert words(paper).startswith(
        "Thực hiện Quyết định số 19/2014/QĐ-TTg ngày 05 tháng 3 năm 2014 của Thủ tướng Chính phủ và Thông"
    )
    assert paper.bases == ()


def test_whoever_leads_signs_by_name(report_in: PaperIn) -> None:
    assert report_in("vi").signature.name == "Người Ký Mẫu"


def test_the_year_is_told_beside_the_year_before(report_in: PaperIn) -> None:
    paper = report_in("vi")
    criteria, year = tables(paper)[1], tables(paper)[2]
    assert [row[1:] for row in year.rows if not isinstance(row, Group)][2] == ("Sự không phù hợp đã lập", "19", "14")
    assert criteria.columns[-1].title == "Năm 2025" and criteria.rows[9][-1] == "7/12 (58,3%)"  # type: ignore[index]
    first = report_in("vi", previous=None, figures=tuple(replace(one, before=0) for one in FIGURES))
    assert len(tables(first)[1].columns) == 5 and len(tables(first)[2].columns) == 3


def test_shortcomings_name_the_units_and_causes_are_quoted_to_a_length(report_in: PaperIn) -> None:
    text = words(report_in("vi"))
    assert "- Hành động khắc phục đúng hạn (10.2.1): 01/07 đơn vị chưa đạt, gồm: Phòng Văn hóa - Xã hội." in text
    assert text.index("- Không có sự không phù hợp quá hạn") < text.index("- Xem xét đủ các điều khoản")  # mandatory ones first
    assert "- Chưa phân công người theo dõi hạn hoàn thành hành động (Phòng Văn hóa - Xã hội, NC-2026-004)." in text
    assert "… (Trạm Y tế phường, NC-2026-011)." in text
    assert "- Rà soát các quy trình đã quá 12 tháng (Trạm Y tế phường);" in text


def test_nothing_lacking_is_said_in_words(report_in: PaperIn) -> None:
    fine = tuple(replace(line, reasons=()) for line in ward("vi").units)
    text = words(report_in("vi", units=fine, causes=()))
    assert "Tất cả các đơn vị trong phạm vi đều đạt" in text and "chưa đạt, gồm" not in text


def test_how_to_check_the_run_stands_at_the_foot_of_the_annex_alone(report_in: PaperIn, language: str) -> None:
    paper = report_in(language)
    assert paper.annex is not None
    body = " ".join("".join(run.text for run in block.runs) for block in paper.blocks if isinstance(block, Text))
    assert "6f1c2a" not in body and "tcvn-iso-9001" not in body and "4312" not in body
    foot = paper.annex.blocks[-1]
    assert isinstance(foot, Text) and "6f1c2a" in foot.runs[-1].text


def test_a_committee_signs_for_itself_and_names_no_superior(report_in: PaperIn) -> None:
    paper = report_in("vi")
    assert paper.letterhead.issuing == "Ủy ban nhân dân phường Minh An (mẫu)" and paper.letterhead.superior == ""
    assert paper.signature.titles == ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")
    assert paper.place_and_date.startswith("Minh An, ")


def test_the_bloc_chooses_letterhead_symbol_and_place() -> None:
    party = issuer_of("Đảng ủy phường Minh An", UnitKind.PARTY_BODY, Bloc.PARTY, "DU", superior="Đảng bộ thành phố Hà Nội")
    assert (party.family, party.number_symbol, party.place) == (Family.PARTY, "BC/ĐU", "Minh An")
    assert party.superior == "Đảng bộ thành phố Hà Nội"
    body = issuer_of(
        "Sở Khoa học và Công nghệ",
        UnitKind.DEPARTMENT,
        Bloc.STATE,
        "SKHCN",
        superior="Ủy ban nhân dân thành phố Hà Nội",
    )
    assert (body.family, body.number_symbol, body.place) == (Family.STATE, "BC-SKHCN", "Hà Nội")
    assert replace(body, place="Huế").place == "Huế"


def test_the_place_of_a_body_is_the_name_of_its_territory() -> None:
    assert place_of("UBND Phường Minh An (mẫu)") == "Minh An"
    assert place_of("Ủy ban nhân dân thành phố Hà Nội") == "Hà Nội"
    assert place_of("Đảng ủy phường Minh An") == "Minh An"
