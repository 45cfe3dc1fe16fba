"""The registers of the invented ward: units, people, announcements, reviews, services and procedures.

One QMS for the whole ward, announced and reviewed by its People's Committee (MA); the Party office and the Front body apply it
by local plan. MA itself is the agency and is not counted as a unit of its own. All days are counted back from ``today``, so the
office looks the same whenever it is loaded.
"""

import csv
from datetime import date, timedelta
from importlib.resources import files

from qms.demo.days import on_a_working_day, on_working_days
from qms.demo.improvement import MERGED, MERGED_MONTHS, action_rows, audit_rows, event_rows, nonconformity_rows
from qms.kernel.days import add_months

Row = dict[str, object]

DIVISIONS = (
    # code, name, English name, kind, bloc, serves the public, title of the head
    ("VP", "Văn phòng HĐND và UBND", "Office of the Council and Committee", "administrative_organisation", "state", True, "Chánh Văn phòng"),
    ("KTHTDT", "Phòng Kinh tế, Hạ tầng và Đô thị", "Economy and Infrastructure Division", "department", "state", True, "Trưởng phòng Kinh tế, Hạ tầng và Đô thị"),
    ("VHXH", "Phòng Văn hóa - Xã hội", "Culture and Society Division", "department", "state", True, "Trưởng phòng Văn hóa - Xã hội"),
    ("TTPVHCC", "Trung tâm Phục vụ hành chính công", "Public Administration Service Centre", "administrative_organisation", "state", True, "Giám đốc Trung tâm Phục vụ hành chính công"),
    ("VPDU", "Văn phòng Đảng ủy", "Office of the Party Committee", "party_body", "party", False, "Chánh Văn phòng Đảng ủy"),
    ("MTTQ", "Ủy ban Mặt trận Tổ quốc Việt Nam phường", "Fatherland Front Committee", "front_body", "front", False, "Chủ tịch Ủy ban MTTQ"),
    ("TYT", "Trạm Y tế phường", "Health Station", "public_service_unit", "state", True, "Trưởng Trạm Y tế"),
    ("MN", "Trường Mầm non Minh An (mẫu)", "Minh An Kindergarten", "public_service_unit", "state", True, "Hiệu trưởng Trường Mầm non"),
    ("TH", "Trường Tiểu học Minh An (mẫu)", "Minh An Primary School", "public_service_unit", "state", True, "Hiệu trưởng Trường Tiểu học"),
    ("THCS", "Trường THCS Minh An (mẫu)", "Minh An Lower Secondary School", "public_service_unit", "state", True, "Hiệu trưởng Trường THCS"),
    ("TTVH", "Trung tâm Văn hóa, Thông tin và Thể thao", "Culture, Information and Sports Centre", "public_service_unit", "state", True, "Giám đốc Trung tâm Văn hóa, Thông tin và Thể thao"),
    ("BQLDA", "Ban Quản lý dự án đầu tư - hạ tầng", "Project Management Board", "public_service_unit", "state", False, "Giám đốc Ban Quản lý dự án"),
)  # fmt: skip

NEW_UNIT = "BQLDA"

SCOPE_MONTHS = 38
"""How long ago the ward began; so the answer of a year ago is no longer that of a beginner."""

OPERATIONAL = {
    # unit: titles of its operational procedures; the first ones share out the unit's services
    "VP": ("Chứng thực bản sao, chữ ký, hợp đồng", "Hòa giải ở cơ sở", "Tiếp công dân và giải quyết đơn thư", "Quản lý văn bản đi, văn bản đến"),
    "KTHTDT": ("Giải quyết thủ tục đất đai", "Giải quyết thủ tục nhà ở, thủy lợi", "Giải quyết thủ tục nông nghiệp, hợp tác xã", "Kiểm tra trật tự xây dựng"),
    "VHXH": ("Giải quyết thủ tục giảm nghèo", "Giải quyết thủ tục nuôi con nuôi", "Giải quyết chính sách người có công", "Tổ chức sự kiện văn hóa"),
    "TTPVHCC": ("Tiếp nhận hồ sơ và trả kết quả", "Đăng ký khai sinh, khai tử", "Đăng ký kết hôn, cải chính hộ tịch", "Tiếp nhận phản ánh, kiến nghị"),
    "VPDU": ("Chuẩn bị hội nghị Ban Chấp hành", "Quản lý hồ sơ đảng viên"),
    "MTTQ": ("Giám sát và phản biện xã hội", "Tiếp nhận, phân phối quỹ vì người nghèo"),
    "TYT": ("Tiêm chủng mở rộng", "Khám, cấp phát thuốc", "Xử lý ổ dịch"),
    "MN": ("Đón, trả trẻ", "Tổ chức bữa ăn bán trú"),
    "TH": ("Tuyển sinh lớp 1", "Đánh giá học sinh", "Quản lý thiết bị dạy học"),
    "THCS": ("Tuyển sinh lớp 6", "Đánh giá, xếp loại học sinh", "Quản lý dạy thêm, học thêm"),
    "TTVH": ("Quản lý nhà văn hóa tổ dân phố", "Phát thanh cơ sở"),
    "BQLDA": ("Quản lý dự án đầu tư công",),
}  # fmt: skip

SYSTEM = (
    ("QT-HT-01", "Kiểm soát thông tin dạng văn bản", "7.5"),
    ("QT-HT-02", "Quản lý rủi ro và cơ hội", "6.1"),
    ("QT-HT-03", "Đánh giá nội bộ", "9.2"),
    ("QT-HT-04", "Kiểm soát sự không phù hợp và hành động khắc phục", "8.7;10.2"),
    ("QT-HT-05", "Xem xét của lãnh đạo", "9.3"),
    ("QT-HT-06", "Đo lường sự hài lòng, xử lý phản ánh", "9.1.2"),
)


def register(today: date) -> dict[str, list[Row]]:
    """All sheets of the register workbook for an office that is loaded on ``today``; every day in them is a working day."""

    def ago(days: int) -> date:
        return today - timedelta(days=days)

    services = _services(add_months(today, -16))
    sheets: dict[str, list[Row]] = {
        "units": _units(today),
        "announcements": [
            _row(unit_code="MA", number="03/QĐ-UBND", announced_on=add_months(today, -38), confirmed_on=add_months(today, -38), notified_on=add_months(today, -38), posted_on=add_months(today, -38), scope="Thủ tục hành chính của các phòng", edition="TCVN ISO 9001:2015", revoked_on=add_months(today, -14)),
            _row(unit_code="MA", number="05/QĐ-UBND", announced_on=add_months(today, -14), confirmed_on=add_months(today, -14), notified_on=add_months(today, -14), posted_on=add_months(today, -14), scope="Toàn bộ thủ tục hành chính và hoạt động nội bộ", edition="TCVN ISO 9001:2015"),
        ],
        "people": _people(),
        "services": services,
        "procedures": _procedures(today, services),
        "procedure_units": [
            _row(unit_code="MA", procedure_code=code, applies_to=unit[0], **{"from": ago(120) if unit[0] == NEW_UNIT else add_months(today, -15)})
            for code, _title, _clauses in SYSTEM
            for unit in DIVISIONS
        ],
        "audits": audit_rows(today),
        "nonconformities": nonconformity_rows(today),
        "nonconformity_events": event_rows(today),
        "actions": action_rows(today),
        "reviews": [
            _row(unit_code="MA", held_on=held_on, minutes=f"BB-XXLĐ-{held_on.year}")
            for held_on in (on_a_working_day(add_months(today, -months), today) for months in (4, 15, 27))
        ],
    }  # fmt: skip
    return on_working_days(sheets, today)


def _row(**values: object) -> Row:
    return dict(values)


def _units(today: date) -> list[Row]:
    root = _row(
        code="MA",
        name="Ủy ban nhân dân phường Minh An (mẫu)",
        name_en="People's Committee of Minh An Ward (sample)",
        kind="commune",
        agency=True,
        bloc="state",
        basis="local_plan",
        serves_public=True,
        exclusion_reason="Cơ quan chủ trì HTQLCL; từng đơn vị trực thuộc được đánh giá riêng",
        not_applicable_clauses="8.3",
    )
    found = [root]
    for code, name, name_en, kind, bloc, public, _head in DIVISIONS:
        start = today - timedelta(days=150) if code == NEW_UNIT else add_months(today, -SCOPE_MONTHS)
        found.append(
            _row(
                code=code,
                name=name,
                name_en=name_en,
                kind=kind,
                parent_code="MA",
                agency=False,
                bloc=bloc,
                basis="local_plan",
                serves_public=public,
                in_scope_from=start,
            )
        )
    found.append(
        _row(
            code=MERGED,
            name="Đài Truyền thanh phường (cũ)",
            name_en="Radio Station (former)",
            kind="public_service_unit",
            parent_code="MA",
            bloc="state",
            basis="local_plan",
            in_scope_from=add_months(today, -SCOPE_MONTHS),
            in_scope_to=add_months(today, -MERGED_MONTHS),
            exclusion_reason="Sáp nhập vào Trung tâm Văn hóa, Thông tin và Thể thao",
            exclusion_decision="12/QĐ-UBND",
            successor_code="TTVH",
        )
    )
    found.append(
        _row(
            code="BQLCHO",
            name="Ban Quản lý chợ Minh An (mẫu)",
            name_en="Market Management Board",
            kind="public_service_unit",
            parent_code="MA",
            bloc="state",
            basis="encouraged",
            exclusion_reason="Đang chuyển đổi mô hình quản lý",
            exclusion_decision="31/TB-UBND",
        )
    )
    return found


def _people() -> list[Row]:
    found = [
        _row(
            username="quan.tri",
            full_name="Quản trị hệ thống",
            title="Quản trị hệ thống",
            unit_code="VP",
            roles="administrator@MA",
        ),
        _row(username="thu.ky.iso", full_name="Thư ký ISO", title="Thư ký ISO", unit_code="VP", roles="quality_officer@MA"),
        _row(username="chu.tich", full_name="Chủ tịch UBND phường", title="Chủ tịch UBND phường", unit_code="MA", roles="leader"),
        _row(
            username="pho.chu.tich",
            full_name="Phó Chủ tịch UBND phường",
            title="Đại diện lãnh đạo về chất lượng",
            unit_code="MA",
            roles="management_representative",
        ),
        _row(
            username="can.bo.mot.cua",
            full_name="Công chức tiếp nhận hồ sơ",
            title="Công chức tiếp nhận hồ sơ",
            unit_code="TTPVHCC",
            roles="staff",
        ),
    ]
    for code, _name, _english, _kind, _bloc, _public, head in DIVISIONS:
        found.append(
            _row(username=f"truong.{code.lower()}", full_name=head, title=head, unit_code=code, roles="unit_head;auditor@MA")
        )
    return found  # fmt: skip


def _services(since: date) -> list[Row]:
    text = files("qms.demo").joinpath("services.tsv").read_text(encoding="utf-8")
    return [{**row, "valid_from": since} for row in csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)]


def _procedures(today: date, services: list[Row]) -> list[Row]:
    found = []
    issued = add_months(today, -15)
    for code, title, clauses in SYSTEM:
        found.append(
            _row(
                unit_code="MA",
                code=code,
                title=title,
                kind="system_procedure",
                issue="02",
                issued_on=issued,
                effective_on=issued,
                reviewed_on=add_months(today, -4),
                clauses=clauses,
            )
        )
    found.append(
        _row(
            unit_code="MA",
            code="CSCL",
            title="Chính sách chất lượng",
            kind="policy",
            issue="01",
            issued_on=issued,
            effective_on=issued,
            reviewed_on=add_months(today, -4),
            clauses="5.2",
        )
    )
    for unit, titles in OPERATIONAL.items():
        codes = [str(row["code"]) for row in services if row["unit_code"] == unit]
        shared = [codes[index::3] for index in range(3)]
        for number, title in enumerate(titles, 1):
            effective = today - timedelta(days=120) if unit == NEW_UNIT else issued
            # the division that must supplement forgot the yearly review of two procedures
            forgotten = unit == "KTHTDT" and number > 2
            reviewed = None if forgotten or unit == NEW_UNIT else add_months(today, -3)
            named = ";".join(shared[number - 1]) if number <= 3 else None
            found.append(
                _row(
                    unit_code=unit,
                    code=f"QT-{unit}-{number:02d}",
                    title=title,
                    kind="operational_procedure",
                    issue="01",
                    issued_on=effective,
                    effective_on=effective,
                    reviewed_on=reviewed,
                    clauses="8.1;8.5.1",
                    service_codes=named or None,
                )
            )
    found.append(
        _row(
            unit_code=MERGED,
            code=f"QT-{MERGED}-01",
            title="Phát thanh trên hệ thống loa cơ sở",
            kind="operational_procedure",
            issue="01",
            issued_on=issued,
            effective_on=issued,
            withdrawn_on=add_months(today, -MERGED_MONTHS),
            clauses="8.5.1",
        )
    )
    return found  # fmt: skip
