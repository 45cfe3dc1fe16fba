"""The sheets of the register workbook, as offices print the titles of their ISO registers.

The contract of the file format: names, keys, kinds and order here are what offices already have on their disks. Lengths are
those of the tables that take the values over.
"""

from qms.imports.sheet import Column, Kind, Sheet
from qms.kernel.language import _l

LATER = frozenset(
    {
        "service_results",
        "acknowledgements",
        "legal_changes",
        "legal_impacts",
        "objectives",
        "measurements",
        "risks",
        "satisfaction",
        "directives",
        "tasks",
        "targets",
        "party_inspections",
    }
)
"""Sheets of the contract that this version cannot take over yet."""

_CODE = 80
_PAPER = 200  # number and symbol of a document
_CLAUSE = 20

UNITS = Sheet(
    name="units",
    title=_l("Units"),
    title_vi="Cơ quan, đơn vị",
    key=("code",),
    columns=(
        Column("code", _l("Unit code"), "Mã đơn vị", Kind.CODE, required=True, longest=_CODE),
        Column("name", _l("Unit name"), "Tên đơn vị", required=True, longest=300),
        Column("name_en", _l("English name"), "Tên tiếng Anh", longest=300),
        Column(
            "kind",
            _l("Kind of unit"),
            "Loại đơn vị",
            Kind.CHOICE,
            required=True,
            choices=(
                "province",
                "commune",
                "party_body",
                "front_body",
                "department",
                "administrative_organisation",
                "public_service_unit",
            ),
        ),
        Column("parent_code", _l("Code of the unit above"), "Mã đơn vị cấp trên", Kind.CODE, longest=_CODE, refers_to="units"),
        Column("agency", _l("Has a QMS of its own"), "Có HTQLCL riêng", Kind.YES_NO, default=False),
        Column("bloc", _l("Bloc"), "Khối", Kind.CHOICE, choices=("state", "party", "front"), default="state"),
        Column(
            "basis",
            _l("Basis of application"),
            "Căn cứ áp dụng",
            Kind.CHOICE,
            choices=("mandatory", "encouraged", "local_plan"),
            default="local_plan",
        ),
        Column("serves_public", _l("Serves the public"), "Giải quyết TTHC", Kind.YES_NO, default=False),
        Column("in_scope_from", _l("In scope from"), "Áp dụng từ ngày", Kind.DAY),
        Column("in_scope_to", _l("In scope to"), "Áp dụng đến ngày", Kind.DAY),
        Column("exclusion_reason", _l("Reason for exclusion"), "Lý do không áp dụng"),
        Column("exclusion_decision", _l("Decision on exclusion"), "Văn bản cho phép không áp dụng", Kind.NUMBER, longest=_PAPER),
        Column("successor_code", _l("Code of the successor"), "Mã đơn vị kế thừa", Kind.CODE, longest=_CODE, refers_to="units"),
        Column(
            "not_applicable_clauses",
            _l("Clauses not applicable"),
            "Điều khoản không áp dụng",
            Kind.CLAUSES,
            longest=_CLAUSE,
            refers_to="clauses",
        ),
    ),
)

ANNOUNCEMENTS = Sheet(
    name="announcements",
    title=_l("Announcements of conformity"),
    title_vi="Công bố HTQLCL",
    key=("unit_code", "number"),
    columns=(
        Column("unit_code", _l("Unit code"), "Mã đơn vị", Kind.CODE, required=True, longest=_CODE, refers_to="units"),
        Column("number", _l("Number of the announcement"), "Số công bố", Kind.NUMBER, required=True, longest=80),
        Column("announced_on", _l("Announced on"), "Ngày công bố", Kind.DAY, required=True),
        Column("confirmed_on", _l("Effectiveness confirmed on"), "Ngày xác nhận hiệu lực", Kind.DAY),
        Column("notified_on", _l("Authority notified on"), "Ngày thông báo cơ quan chủ trì", Kind.DAY),
        Column("posted_on", _l("Posted on"), "Ngày niêm yết", Kind.DAY),
        Column("scope", _l("Scope of application"), "Phạm vi áp dụng"),
        Column("edition", _l("Edition of the standard"), "Phiên bản tiêu chuẩn", Kind.NUMBER, longest=80),
        Column("revoked_on", _l("Revoked on"), "Ngày hủy bỏ công bố", Kind.DAY),
    ),
)

PEOPLE = Sheet(
    name="people",
    title=_l("People"),
    title_vi="Cán bộ, công chức, viên chức, người lao động",
    key=("username",),
    columns=(
        Column("username", _l("User name"), "Tên đăng nhập", Kind.USERNAME, required=True, longest=80),
        Column("full_name", _l("Full name"), "Họ và tên", required=True, longest=200),
        Column("email", _l("E-mail address"), "Thư điện tử", longest=254),
        Column("title", _l("Position"), "Chức vụ", longest=200),
        Column("unit_code", _l("Unit code"), "Mã đơn vị", Kind.CODE, required=True, longest=_CODE, refers_to="units"),
        Column(
            "roles",
            _l("Roles"),
            "Vai trò",
            Kind.ROLES,
            choices=(
                "administrator",
                "quality_officer",
                "management_representative",
                "leader",
                "unit_head",
                "auditor",
                "staff",
                "provincial_officer",
                "inspector",
                "publisher",
                "reader",
            ),
            longest=_CODE,
            refers_to="units",
        ),
    ),
)

SERVICES = Sheet(
    name="services",
    title=_l("Administrative procedures"),
    title_vi="Thủ tục hành chính",
    key=("unit_code", "code"),
    columns=(
        Column("unit_code", _l("Unit code"), "Mã đơn vị", Kind.CODE, required=True, longest=_CODE, refers_to="units"),
        Column("code", _l("Code of the administrative procedure"), "Mã TTHC", Kind.CODE, required=True, longest=_CODE),
        Column("name", _l("Name of the administrative procedure"), "Tên TTHC", required=True),
        Column("field", _l("Field"), "Lĩnh vực", longest=200),
        Column("decision", _l("Decision that announced it"), "Quyết định công bố", Kind.NUMBER, longest=_PAPER),
        Column("time_limit_days", _l("Time limit in days"), "Thời hạn giải quyết (ngày)", Kind.DECIMAL, minimum=0),
        Column("valid_from", _l("Valid from"), "Có hiệu lực từ ngày", Kind.DAY, required=True),
        Column("valid_to", _l("Valid to"), "Có hiệu lực đến ngày", Kind.DAY),
    ),
)

PROCEDURES = Sheet(
    name="procedures",
    title=_l("Internal documents"),
    title_vi="Danh mục tài liệu nội bộ",
    key=("unit_code", "code"),
    columns=(
        Column(
            "unit_code",
            _l("Code of the owning unit"),
            "Mã đơn vị chủ trì",
            Kind.CODE,
            required=True,
            longest=_CODE,
            refers_to="units",
        ),
        Column("code", _l("Document code"), "Mã hiệu tài liệu", Kind.CODE, required=True, longest=_CODE),
        Column("title", _l("Document title"), "Tên tài liệu", required=True),
        Column(
            "kind",
            _l("Kind of document"),
            "Loại tài liệu",
            Kind.CHOICE,
            required=True,
            choices=(
                "policy",
                "model",
                "system_procedure",
                "operational_procedure",
                "internal_procedure",
                "instruction",
                "form",
                "external",
            ),
        ),
        Column("issue", _l("Issue number"), "Lần ban hành", Kind.NUMBER, longest=40),
        Column("issued_on", _l("Issued on"), "Ngày ban hành", Kind.DAY),
        Column("effective_on", _l("Effective on"), "Ngày hiệu lực", Kind.DAY, required=True),
        Column("reviewed_on", _l("Reviewed on"), "Ngày soát xét", Kind.DAY),
        Column("withdrawn_on", _l("Withdrawn on"), "Ngày thu hồi", Kind.DAY),
        Column("clauses", _l("Clauses"), "Điều khoản", Kind.CLAUSES, longest=_CLAUSE, refers_to="clauses"),
        Column("service_codes", _l("Codes of the administrative procedures"), "Mã các TTHC", Kind.CODES, longest=_CODE),
    ),
)

PROCEDURE_UNITS = Sheet(
    name="procedure_units",
    title=_l("Application of internal documents"),
    title_vi="Đơn vị áp dụng tài liệu",
    key=("unit_code", "procedure_code", "applies_to"),
    columns=(
        Column(
            "unit_code",
            _l("Code of the owning unit"),
            "Mã đơn vị chủ trì",
            Kind.CODE,
            required=True,
            longest=_CODE,
            refers_to="units",
        ),
        Column(
            "procedure_code",
            _l("Document code"),
            "Mã hiệu tài liệu",
            Kind.CODE,
            required=True,
            longest=_CODE,
            refers_to="procedures",
        ),
        Column(
            "applies_to",
            _l("Code of the applying unit"),
            "Mã đơn vị áp dụng",
            Kind.CODE,
            required=True,
            longest=_CODE,
            refers_to="units",
        ),
        Column("from", _l("Applies from"), "Áp dụng từ ngày", Kind.DAY, required=True),
        Column("to", _l("Applies to"), "Áp dụng đến ngày", Kind.DAY),
    ),
)

AUDITS = Sheet(
    name="audits",
    title=_l("Internal audits and inspections"),
    title_vi="Đánh giá nội bộ, kiểm tra",
    key=("code",),
    columns=(
        Column("code", _l("Audit code"), "Mã cuộc đánh giá", Kind.CODE, required=True, longest=_CODE),
        Column(
            "unit_code",
            _l("Code of the audited unit"),
            "Mã đơn vị được đánh giá",
            Kind.CODE,
            required=True,
            longest=_CODE,
            refers_to="units",
        ),
        Column(
            "kind",
            _l("Kind of audit"),
            "Loại đánh giá",
            Kind.CHOICE,
            choices=("planned", "for_cause", "thematic", "follow_up", "inspection"),
            default="planned",
        ),
        Column("planned_on", _l("Planned on"), "Ngày theo kế hoạch", Kind.DAY, required=True),
        Column("started_on", _l("Started on"), "Ngày bắt đầu", Kind.DAY),
        Column("reported_on", _l("Reported on"), "Ngày báo cáo", Kind.DAY),
        Column("cancelled_on", _l("Cancelled on"), "Ngày hủy", Kind.DAY),
        Column(
            "lead_auditor",
            _l("Audit team leader (user name)"),
            "Trưởng đoàn đánh giá (tên đăng nhập)",
            Kind.USERNAME,
            longest=80,
            refers_to="people",
        ),
        Column(
            "independence_exception",
            _l("Document on the exception from independence"),
            "Văn bản về ngoại lệ tính độc lập",
            Kind.NUMBER,
            longest=_PAPER,
        ),
        Column("clauses", _l("Clauses"), "Điều khoản", Kind.CLAUSES, longest=_CLAUSE, refers_to="clauses"),
    ),
)

NONCONFORMITIES = Sheet(
    name="nonconformities",
    title=_l("Nonconformities"),
    title_vi="Sự không phù hợp",
    key=("code",),
    columns=(
        Column("code", _l("Nonconformity code"), "Mã sự không phù hợp", Kind.CODE, required=True, longest=_CODE),
        Column("unit_code", _l("Unit code"), "Mã đơn vị", Kind.CODE, required=True, longest=_CODE, refers_to="units"),
        Column(
            "source",
            _l("Source"),
            "Nguồn phát hiện",
            Kind.CHOICE,
            choices=("internal_audit", "inspection", "evaluation", "complaint", "process", "supplier", "task", "self"),
            default="self",
        ),
        Column("audit_code", _l("Audit code"), "Mã cuộc đánh giá", Kind.CODE, longest=_CODE, refers_to="audits"),
        Column("procedure_code", _l("Document code"), "Mã hiệu tài liệu", Kind.CODE, longest=_CODE, refers_to="procedures"),
        Column("clause", _l("Clause"), "Điều khoản", Kind.CLAUSE, longest=_CLAUSE, refers_to="clauses"),
        Column("grade", _l("Grade"), "Mức độ", Kind.CHOICE, required=True, choices=("major", "minor")),
        Column("statement", _l("Statement of the nonconformity"), "Nội dung sự không phù hợp", required=True),
        Column("requirement", _l("Requirement"), "Yêu cầu"),
        Column("evidence", _l("Objective evidence"), "Bằng chứng khách quan"),
        Column("raised_on", _l("Raised on"), "Ngày phát hiện", Kind.DAY, required=True),
        Column("response_due_on", _l("Response due on"), "Hạn trả lời", Kind.DAY, required=True),
        Column("responded_on", _l("Responded on"), "Ngày trả lời", Kind.DAY),
        Column("due_on", _l("Due on"), "Thời hạn hoàn thành", Kind.DAY, required=True),
        Column("moved_to", _l("Moved to"), "Gia hạn đến ngày", Kind.DAY),
        Column("moved_on", _l("Moved on"), "Ngày cho gia hạn", Kind.DAY),
        Column("correction", _l("Correction"), "Sự khắc phục"),
        Column("root_cause", _l("Root cause"), "Nguyên nhân gốc"),
        Column("effect_due_on", _l("Verification of effectiveness due on"), "Hạn thẩm tra hiệu lực", Kind.DAY),
        Column("verified_on", _l("Effectiveness verified on"), "Ngày thẩm tra hiệu lực", Kind.DAY),
        Column("closed_on", _l("Closed on"), "Ngày đóng", Kind.DAY),
        Column("reopened_on", _l("Reopened on"), "Ngày mở lại", Kind.DAY),
    ),
)

NONCONFORMITY_EVENTS = Sheet(
    name="nonconformity_events",
    title=_l("Closings and reopenings"),
    title_vi="Lịch sử đóng, mở lại sự không phù hợp",
    key=("nonconformity_code", "event", "on"),
    columns=(
        Column(
            "nonconformity_code",
            _l("Nonconformity code"),
            "Mã sự không phù hợp",
            Kind.CODE,
            required=True,
            longest=_CODE,
            refers_to="nonconformities",
        ),
        Column("event", _l("Event"), "Sự kiện", Kind.CHOICE, required=True, choices=("closed", "reopened")),
        Column("on", _l("On"), "Ngày", Kind.DAY, required=True),
    ),
)

ACTIONS = Sheet(
    name="actions",
    title=_l("Corrective actions"),
    title_vi="Hành động khắc phục",
    key=("nonconformity_code", "number"),
    columns=(
        Column(
            "nonconformity_code",
            _l("Nonconformity code"),
            "Mã sự không phù hợp",
            Kind.CODE,
            required=True,
            longest=_CODE,
            refers_to="nonconformities",
        ),
        Column("number", _l("Number of the action"), "Số thứ tự", Kind.NUMBER, required=True, longest=20),
        Column("description", _l("Description of the action"), "Nội dung hành động", required=True),
        Column("owner", _l("Responsible person"), "Người thực hiện", longest=200),
        Column("due_on", _l("Due on"), "Thời hạn hoàn thành", Kind.DAY, required=True),
        Column("moved_to", _l("Moved to"), "Gia hạn đến ngày", Kind.DAY),
        Column("moved_on", _l("Moved on"), "Ngày cho gia hạn", Kind.DAY),
        Column("completed_on", _l("Completed on"), "Ngày hoàn thành", Kind.DAY),
        Column("cancelled_on", _l("Cancelled on"), "Ngày hủy", Kind.DAY),
    ),
)

REVIEWS = Sheet(
    name="reviews",
    title=_l("Management reviews"),
    title_vi="Xem xét của lãnh đạo",
    key=("unit_code", "held_on"),
    columns=(
        Column("unit_code", _l("Code of the agency"), "Mã cơ quan", Kind.CODE, required=True, longest=_CODE, refers_to="units"),
        Column("held_on", _l("Held on"), "Ngày họp", Kind.DAY, required=True),
        Column("minutes", _l("Minutes"), "Biên bản", longest=500),
    ),
)

SHEETS = (
    UNITS,
    ANNOUNCEMENTS,
    PEOPLE,
    SERVICES,
    PROCEDURES,
    PROCEDURE_UNITS,
    AUDITS,
    NONCONFORMITIES,
    NONCONFORMITY_EVENTS,
    ACTIONS,
    REVIEWS,
)
"""In the order in which they can be taken over: what is referred to comes first."""
