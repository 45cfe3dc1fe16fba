"""Services, procedures and the units they apply to, as sheets of the register workbook."""

from procedures import register_rows, register_taking
from procedures.models import ProcedureKind
from qms.kernel.language import _l
from qms.sheets.columns import CLAUSE_LENGTH, CODE_LENGTH, PAPER_LENGTH, Column, Kind, Reference, unit_column
from qms.sheets.row_rules import not_before
from qms.sheets.sheet import Sheet

_PRESENT = _l("A document of the sheet procedures, or one that is already here.")

_OWNER = unit_column(_l("Code of the owning unit"), "Mã đơn vị chủ trì")

SERVICES = Sheet(
    name="services",
    title=_l("Administrative procedures"),
    title_vi="Thủ tục hành chính",
    purpose=_l("One administrative procedure that a unit handles"),
    tables=("services",),
    kind="service",
    key=("unit_code", "code"),
    columns=(
        unit_column(),
        Column("code", _l("Code of the administrative procedure"), "Mã TTHC", Kind.CODE, required=True, longest=CODE_LENGTH),
        Column("name", _l("Name of the administrative procedure"), "Tên TTHC", required=True),
        Column("field", _l("Field"), "Lĩnh vực", longest=200),
        Column("decision", _l("Decision that announced it"), "Quyết định công bố", Kind.NUMBER, longest=PAPER_LENGTH),
        Column("time_limit_days", _l("Time limit in days"), "Thời hạn giải quyết (ngày)", Kind.DECIMAL, minimum=0),
        Column("valid_from", _l("Valid from"), "Có hiệu lực từ ngày", Kind.DAY, required=True),
        Column("valid_to", _l("Valid to"), "Có hiệu lực đến ngày", Kind.DAY),
    ),
    rows=register_rows.services,
    save=register_rows.save_services,
    rules=(not_before("valid_to", "valid_from"),),
    taking=register_taking.SERVICES,
)

PROCEDURES = Sheet(
    name="procedures",
    title=_l("Internal documents"),
    title_vi="Danh mục tài liệu nội bộ",
    purpose=_l("One internal document: procedure, instruction, form"),
    tables=("procedures", "procedure_services"),
    kind="procedure",
    key=("unit_code", "code"),
    missing=_l('The unit "%(unit_code)s" owns no document "%(value)s".'),
    present=_PRESENT,
    columns=(
        _OWNER,
        Column("code", _l("Document code"), "Mã hiệu tài liệu", Kind.CODE, required=True, longest=CODE_LENGTH),
        Column("title", _l("Document title"), "Tên tài liệu", required=True),
        Column(
            "kind",
            _l("Kind of document"),
            "Loại tài liệu",
            Kind.CHOICE,
            required=True,
            choices=tuple(ProcedureKind),
        ),
        Column("issue", _l("Issue number"), "Lần ban hành", Kind.NUMBER, longest=40),
        Column("issued_on", _l("Issued on"), "Ngày ban hành", Kind.DAY, happened=True),
        Column("effective_on", _l("Effective on"), "Ngày hiệu lực", Kind.DAY, required=True),
        Column("reviewed_on", _l("Reviewed on"), "Ngày soát xét", Kind.DAY, happened=True),
        Column("withdrawn_on", _l("Withdrawn on"), "Ngày thu hồi", Kind.DAY),
        Column("clauses", _l("Clauses"), "Điều khoản", Kind.CLAUSES, longest=CLAUSE_LENGTH),
        Column(
            "service_codes",
            _l("Codes of the administrative procedures"),
            "Mã các TTHC",
            Kind.CODES,
            names="services",
            longest=CODE_LENGTH,
        ),
    ),
    rows=register_rows.procedures,
    save=register_rows.save_procedures,
    trail_code=lambda _staging, values: str(values["code"]),
    rules=(not_before("withdrawn_on", "issued_on"),),
    taking=register_taking.PROCEDURES,
)

PROCEDURE_UNITS = Sheet(
    name="procedure_units",
    title=_l("Application of internal documents"),
    title_vi="Đơn vị áp dụng tài liệu",
    purpose=_l("One unit to which an internal document applies"),
    tables=("procedure_units",),
    kind="procedure_unit",
    key=("unit_code", "procedure_code", "applies_to"),
    seen_by=("applies_to",),
    columns=(
        _OWNER,
        Column(
            "procedure_code",
            _l("Document code"),
            "Mã hiệu tài liệu",
            Kind.CODE,
            required=True,
            longest=CODE_LENGTH,
            refers_to=Reference("procedures", by=("unit_code", "procedure_code")),
        ),
        unit_column(_l("Code of the applying unit"), "Mã đơn vị áp dụng", name="applies_to"),
        Column("from", _l("Applies from"), "Áp dụng từ ngày", Kind.DAY, required=True),
        Column("to", _l("Applies to"), "Áp dụng đến ngày", Kind.DAY),
    ),
    rows=register_rows.applications,
    save=register_rows.save_applications,
    told_under=("procedure",),
    trail_code=lambda _staging, values: f"{values['procedure_code']}/{values['applies_to']}",
    rules=(not_before("to", "from"),),
    taking=register_taking.PROCEDURE_UNITS,
)

SHEETS = (SERVICES, PROCEDURES, PROCEDURE_UNITS)
