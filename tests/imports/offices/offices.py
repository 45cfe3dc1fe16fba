"""Lists of people and units, a programme of audits, and a list of announcements, as four offices keep them."""

from datetime import date

from tests.imports.offices.writing import Line, workbook

PEOPLE: tuple[Line, ...] = (
    (1, "Chánh Văn phòng", "Chánh Văn phòng", "Văn phòng", "cvp@mau.example"),
    (2, "Chuyên viên tổng hợp", "Chuyên viên", "Văn phòng", "CV.TH@mau.example"),
    (3, "Trưởng phòng Kinh tế", "Trưởng phòng", "Phòng Kinh tế", "tp.kt@mau.example"),
    (4, "Giám đốc Trung tâm", "Giám đốc", "Trung tâm Phục vụ hành chính công", "gd.tt@mau.example"),
    (5, "Nhân viên lễ tân", "Nhân viên", "Văn phòng", None),
)


def list_of_people() -> bytes:
    """No user names; four of five have an address."""
    titles = ("TT", "Họ tên", "Chức danh", "Đơn vị công tác", "Email")
    return workbook({"CBCC": [("DANH SÁCH CÁN BỘ, CÔNG CHỨC",), ("(Tính đến ngày 01/11/2026)",), titles, *PEOPLE]})


UNITS: tuple[Line, ...] = (
    ("MAU", "Ủy ban nhân dân phường Mẫu", "Phường", None, "x", "01/07/2025"),
    ("VP", "Văn phòng", "Phòng", "MAU", None, "01/07/2025"),
    ("KT", "Phòng Kinh tế", "Phòng chuyên môn", "MAU", None, "01/07/2025"),
    ("TTPV", "Trung tâm Phục vụ hành chính công", "Tổ chức hành chính", "MAU", "x", "01/07/2025"),
    ("TYT", "Trạm y tế", "Đơn vị sự nghiệp", "MAU", "x", "01/07/2025"),
)


def list_of_units() -> bytes:
    """Kinds in the office's own words, "x" for yes."""
    titles = ("Viết tắt", "Tên cơ quan", "Loại hình", "Trực thuộc", "Có TTHC", "Ngày áp dụng")
    return workbook({"Đơn vị thuộc UBND": [titles, *UNITS]})


PROGRAMME: tuple[Line, ...] = (
    (1, "Văn phòng", "tháng 3/2026", "Định kỳ", "16/3/2026", "20/3/2026", "Đã thực hiện"),
    (2, "Phòng Kinh tế", "tháng 3/2026", "Định kỳ", "17/3/2026", "20/3/2026", "Đã thực hiện"),
    (3, "Trung tâm Phục vụ hành chính công", "tháng 9/2026", "Định kỳ", "15/9/2026", None, "Đang thực hiện"),
    (4, "Phòng Văn hóa - Xã hội", "tháng 9/2026", "Chuyên đề", None, None, "Chưa thực hiện"),
)


def programme_of_audits() -> bytes:
    """Planned by the month, no codes, states in words."""
    titles = ("TT", "Đơn vị được đánh giá", "Thời gian dự kiến", "Hình thức", "Ngày thực hiện", "Ngày báo cáo", "Tình trạng")
    return workbook({"CTĐG 2026": [("CHƯƠNG TRÌNH ĐÁNH GIÁ NỘI BỘ NĂM 2026",), (), titles, *PROGRAMME]})


ANNOUNCEMENTS: tuple[Line, ...] = (
    (
        "UBND phường Mẫu",
        "125/QĐ-UBND",
        date(2024, 12, 2),
        "Toàn bộ thủ tục hành chính",
        "TCVN ISO 9001:2015",
        "Hết hiệu lực",
        date(2025, 12, 1),
    ),
    (
        "UBND phường Mẫu",
        "310/QĐ-UBND",
        date(2025, 12, 1),
        "Toàn bộ thủ tục hành chính",
        "TCVN ISO 9001:2015",
        "Còn hiệu lực",
        None,
    ),
)


def list_of_announcements() -> bytes:
    """The agency by its name, days as Excel keeps them."""
    titles = ("Cơ quan", "Số quyết định", "Ngày ký", "Phạm vi", "Tiêu chuẩn", "Hiệu lực", "Ngày hủy bỏ")
    return workbook({"Công bố": [titles, *ANNOUNCEMENTS]})
