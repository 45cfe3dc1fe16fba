"""Two logs of nonconformities: one of 73 rows over four years, a sheet for each; one in which findings of every kind stand."""

from datetime import date, timedelta

from openpyxl.worksheet.worksheet import Worksheet

from tests.imports.offices.writing import Line, workbook

UNITS = (
    ("VP", "Văn phòng"),
    ("VHXH", "Phòng Văn hóa - Xã hội"),
    ("KTHT", "Phòng Kinh tế"),
    ("TTPV", "Trung tâm Phục vụ hành chính công"),
)
"""Codes and names of the units that the workbooks name."""

ROWS_OF_YEARS = {2023: 15, 2024: 21, 2025: 19, 2026: 18}
GRADES = ("Nhẹ", "nhẹ", "Nặng", "NC nhỏ")
MAJOR = frozenset({"Nặng"})
STATES = ("Đã đóng", "đã đóng", "Đang khắc phục")


def number_of(year: int, n: int) -> int:
    """How many rows stand before this one in the whole log."""
    return sum(count for earlier, count in ROWS_OF_YEARS.items() if earlier < year) + n


def raised(year: int, n: int) -> date:
    """The day on which the nonconformity of this row was found."""
    return date(year, 2, 3) + timedelta(days=14 * n)


def _found(year: int, n: int) -> object:
    """As three people typed it over the years: a day of Excel, and text with slashes or dots."""
    day = raised(year, n)
    return (day, f"{day.day}/{day.month}/{day.year}", f"{day:%d.%m.%Y}")[n % 3]


def _row(year: int, n: int) -> Line:
    whole = number_of(year, n)
    state = STATES[whole % 3]
    day = raised(year, n)
    done = day + timedelta(days=30) if state != STATES[2] else None
    return (
        n + 1,
        f"KPH-{year}-{n + 1:02d}",
        UNITS[whole % 4][1],
        _found(year, n),
        f"Hồ sơ số {whole + 1} không có phiếu kiểm soát quá trình giải quyết",
        GRADES[whole % 4],
        "Chưa phân công người theo dõi",
        f"Lập phiếu kiểm soát cho hồ sơ số {whole + 1}",
        "Công chức phụ trách hồ sơ",
        day + timedelta(days=45),
        done,
        state,
        done,
    )


def _merge_years(page: Worksheet) -> None:
    page.merge_cells("A1:M1")
    page.merge_cells("A2:M2")
    page.merge_cells("E4:G4")
    page.merge_cells("H4:K4")
    for column in "ABCDLM":
        page.merge_cells(f"{column}4:{column}5")


def log_of_four_years() -> bytes:
    """73 rows; the header stands in rows 4 and 5, totals and signatures below the table."""
    sheets: dict[str, list[Line]] = {}
    for year, count in ROWS_OF_YEARS.items():
        sheets[f"Năm {year}"] = [
            ("ỦY BAN NHÂN DÂN PHƯỜNG MẪU",),
            (f"SỔ THEO DÕI SỰ KHÔNG PHÙ HỢP NĂM {year}",),
            (),
            (
                "TT",
                "Số phiếu",
                "Đơn vị",
                "Ngày phát hiện",
                "Sự không phù hợp",
                None,
                None,
                "Khắc phục",
                None,
                None,
                None,
                "Tình trạng",
                "Ngày đóng",
            ),
            (
                None,
                None,
                None,
                None,
                "Nội dung",
                "Mức độ",
                "Nguyên nhân",
                "Biện pháp",
                "Người chịu trách nhiệm",
                "Thời hạn",
                "Ngày hoàn thành",
            ),
            *(_row(year, n) for n in range(count)),
            (None, "Tổng cộng:", count),
            (),
            (None, None, None, None, None, None, None, None, None, "Người lập biểu"),
        ]
    return workbook(sheets, _merge_years)


FINDINGS: tuple[Line, ...] = (
    ("NC‑01", "VP", "15/3/2026", "Sổ công văn đến không ghi ngày nhận", "Nhỏ", "Ghi bổ sung sổ", "Văn thư", "30/4/2026", "x"),
    (None, None, None, None, None, "Hướng dẫn lại cách vào sổ", "Chánh Văn phòng", "15/4/2026", None),
    (
        "NC-02",
        "KTHT",
        "15/3/2026",
        "Hồ sơ trễ hạn không có thư xin lỗi",
        "Lớn",
        "Gửi thư xin lỗi",
        "Chuyên viên",
        "30/4/2026",
        "đã khắc phục tháng 4",
    ),
    ("NC-03", "VHXH", "15/3/2026", "Nên có bảng phân công dán tại phòng", "OFI", None, None, None, None),
    ("NC-04", "VHXH", "16/3/2026", "Thực hiện đúng quy trình", "Phù hợp", None, None, None, None),
    ("NC-05", "TTPV", "31/4/2026", "Không niêm yết đủ thủ tục", "Nhỏ", "Niêm yết bổ sung", "Bộ phận một cửa", "30/5/2026", None),
)
"""Code, unit, found on, statement, grade, measure, who, until when, closed.

A hyphen that does not break stands in the first code, a day that does not exist in the last row.
"""


def _merge_findings(page: Worksheet) -> None:
    for column in "ABCDE":
        page.merge_cells(f"{column}4:{column}5")


def log_of_findings() -> bytes:
    """Six rows: two actions of one nonconformity below its merged cells, findings that are none, notes instead of days."""
    titles = (
        "Mã số",
        "Bộ phận",
        "Ngày phát hiện",
        "Nội dung phát hiện",
        "Phân loại",
        "Biện pháp",
        "Trách nhiệm",
        "Thời hạn",
        "Đã đóng",
    )
    return workbook({"Tổng hợp": [("TỔNG HỢP PHÁT HIỆN ĐÁNH GIÁ NỘI BỘ",), (), titles, *FINDINGS]}, _merge_findings)
