"""Lists of administrative procedures and of documents, as three offices keep them."""

from openpyxl.worksheet.worksheet import Worksheet

from tests.imports.offices.writing import Line, workbook

FIELDS = ("Hộ tịch", "Chứng thực", "Đất đai", "Người có công", "Bảo trợ xã hội")
SHORTENED = frozenset(range(9, 376, 10))
"""Rows of the list of 376 whose code ends in 0."""


def service_code(n: int) -> str:
    """The code of the n-th procedure of a list; every tenth ends in 0."""
    return f"{1 + n % 3}.{10_001 + n:06d}"


def _service(n: int) -> Line:
    return (n + 1, float(service_code(n)), f"Thủ tục số {n + 1}\n(cấp xã)", FIELDS[n % 5], 5, "01/07/2025")


def _with_six_places(page: Worksheet) -> None:
    for (cell,) in page.iter_rows(min_col=2, max_col=2):
        if isinstance(cell.value, float):
            cell.number_format = "0.000000"


def _service_lines() -> list[Line]:
    titles = ("STT", "Mã TTHC", "Tên thủ tục hành chính", "Lĩnh vực", "Thời hạn giải quyết", "Ngày hiệu lực")
    lines: list[Line] = [("DANH MỤC THỦ TỤC HÀNH CHÍNH",), ()]
    for n in range(376):
        if n % 50 == 0:
            lines.append(titles)  # the header stands on every printed page
        lines.append(_service(n))
    return [*lines, ("Tổng số: 376 thủ tục",)]


def list_of_376_shown_whole() -> bytes:
    """Codes as numbers whose format shows all six places."""
    return workbook({"DM TTHC": _service_lines()}, _with_six_places)


def list_of_376_cut_by_excel() -> bytes:
    """The same where Excel shows a number without the zero at its end."""
    return workbook({"DM TTHC": _service_lines()})


def list_of_525() -> bytes:
    """Codes as text, the unit by its name in each row, no day at all."""
    names = ("Văn phòng", "Phòng Kinh tế", "PHÒNG VĂN HÓA - XÃ HỘI")
    lines = [(service_code(n), f"Thủ tục số {n + 1}", FIELDS[n % 5], names[n % 3]) for n in range(525)]
    return workbook({"Sheet1": [("Mã thủ tục", "Tên thủ tục", "Lĩnh vực", "Đơn vị giải quyết"), *lines]})


DOCUMENTS: tuple[Line, ...] = (
    (1, "QT-01", "Kiểm soát thông tin dạng văn bản", "Quy trình HT", "Lần 02", "02/01/2026", "x"),
    (2, "QT-02", "Đánh giá nội bộ", "Quy trình HT", "Lần 01", "02/01/2026", "x"),
    (3, "HD-01", "Hướng dẫn tiếp nhận hồ sơ", "HD", "Lần 01", "15.01.2026", "x"),
    (4, "BM-01-01", "Phiếu kiểm soát", "Biểu mẫu", "Lần 01", "15-01-2026", "x"),
    (5, "TCVN ISO 9001:2015", "Hệ thống quản lý chất lượng - Các yêu cầu", "Bên ngoài", None, "31/12/2015", "x"),
    (6, "QT-03", "Tiếp công dân", "QT", "Lần 01", "02/01/2026", "x"),
    (7, "CSCL", "Chính sách chất lượng", "Chính sách", "Lần 03", "02/01/2026", "x"),
)


def _hide_a_row(page: Worksheet) -> None:
    page.row_dimensions[8].hidden = True


def list_of_documents() -> bytes:
    """Header in row 4, kinds in the office's own words, one row hidden, and no day on which a document takes effect."""
    titles = ("STT", "Ký hiệu", "Tên tài liệu", "Loại", "Lần BH", "Ngày BH", "Tình trạng")
    above: list[Line] = [("UBND PHƯỜNG MẪU",), ("DANH MỤC TÀI LIỆU NỘI BỘ",), ()]
    below: list[Line] = [(), (None, None, None, None, "NGƯỜI LẬP")]
    return workbook({"Danh mục": [*above, titles, *DOCUMENTS, *below]}, _hide_a_row)
