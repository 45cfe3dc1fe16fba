"""Units and announcements as sheets of the register workbook."""

from collections.abc import Iterator, Mapping

from qms.kernel.language import _, _l
from qms.kernel.moment import Moment
from qms.sheets.columns import CLAUSE_LENGTH, CODE_LENGTH, PAPER_LENGTH, TO_UNIT, Column, Kind, unit_column
from qms.sheets.problems import Note, Problem
from qms.sheets.row_rules import Finding, Named, RowRule, not_before
from qms.sheets.sheet import Sheet, World
from qms.units import register_rows, register_taking
from qms.units.models import Basis, Bloc, UnitKind
from qms.units.register_agencies import only_of_agencies


def _exclusion_has_reason(values: Mapping[str, object], named: Named) -> Finding | None:
    if values.get("in_scope_from") is not None or values.get("exclusion_reason") is not None:
        return None
    wrong = _("The unit is not in scope (%(column)s is empty) and has no reason for it.", column=named("in_scope_from"))
    return "exclusion_reason", wrong, _("A reason, or the day in %(column)s.", column=named("in_scope_from"))


def _circles(world: World, _moment: Moment) -> Iterator[Problem]:
    """Units form a tree, and successors lead to an end."""
    page = world["units"]
    for column, wrong, allowed in (
        ("parent_code", _("The unit stands above itself."), _("The units form a tree.")),
        ("successor_code", _("The unit is its own successor."), _("Successors lead to an end.")),
    ):
        in_circle = _in_circle({key[0]: values.get(column) for key, values in page.after.items()})
        for row, key, _values in page.rows:
            if key is not None and key[0] in in_circle:
                yield Problem("units", row.number, column, wrong, allowed)


def _in_circle(links: Mapping[str, str | None]) -> set[str]:
    seen: set[str] = set()
    found: set[str] = set()
    for start in links:
        path: dict[str, int] = {}
        code: str | None = start
        while code is not None and code in links and code not in seen:
            seen.add(code)
            path[code] = len(path)
            code = links[code]
        if code is not None and code in path:
            found.update(other for other, place in path.items() if place >= path[code])
    return found


def _several_roots(world: World) -> Iterator[Note]:
    page = world["units"]
    roots = [key for key, values in page.after.items() if values.get("parent_code") is None]
    if len(roots) < 2:
        return
    for row, key, values in page.rows:
        if key is not None and key != roots[0] and values.get("parent_code") is None:
            yield Note("units", row.number, "parent_code", _("There are several units with no unit above them."))


UNITS = Sheet(
    name="units",
    title=_l("Units"),
    title_vi="Đơn vị",
    purpose=_l("One unit of the organisation, and whether TCVN ISO 9001 applies to it"),
    tables=("units",),
    kind="unit",
    key=("code",),
    owner="code",
    missing=_l('There is no unit "%(value)s".'),
    present=_l("A unit of the sheet units, or one that is already here."),
    columns=(
        Column("code", _l("Unit code"), "Mã đơn vị", Kind.CODE, required=True, longest=CODE_LENGTH),
        Column("name", _l("Unit name"), "Tên đơn vị", required=True, longest=300),
        Column("name_en", _l("English name"), "Tên tiếng Anh", longest=300),
        Column(
            "kind",
            _l("Kind of unit"),
            "Loại đơn vị",
            Kind.CHOICE,
            required=True,
            choices=tuple(UnitKind),
        ),
        Column(
            "parent_code",
            _l("Code of the unit above"),
            "Mã đơn vị cấp trên",
            Kind.CODE,
            longest=CODE_LENGTH,
            refers_to=TO_UNIT,
        ),
        Column("agency", _l("Has a QMS of its own"), "Có HTQLCL riêng", Kind.YES_NO, default=False),
        Column("bloc", _l("Bloc"), "Khối", Kind.CHOICE, choices=tuple(Bloc), default="state"),
        Column(
            "basis",
            _l("Basis of application"),
            "Căn cứ áp dụng",
            Kind.CHOICE,
            choices=tuple(Basis),
            default="local_plan",
        ),
        Column("serves_public", _l("Serves the public"), "Giải quyết TTHC", Kind.YES_NO, default=False),
        Column("in_scope_from", _l("In scope from"), "Áp dụng từ ngày", Kind.DAY),
        Column("in_scope_to", _l("In scope to"), "Áp dụng đến ngày", Kind.DAY),
        Column("exclusion_reason", _l("Reason for exclusion"), "Lý do không áp dụng"),
        Column(
            "exclusion_decision",
            _l("Decision on exclusion"),
            "Văn bản cho phép không áp dụng",
            Kind.NUMBER,
            longest=PAPER_LENGTH,
        ),
        Column(
            "successor_code",
            _l("Code of the successor"),
            "Mã đơn vị kế thừa",
            Kind.CODE,
            longest=CODE_LENGTH,
            refers_to=TO_UNIT,
        ),
        Column(
            "not_applicable_clauses",
            _l("Clauses not applicable"),
            "Điều khoản không áp dụng",
            Kind.CLAUSES,
            longest=CLAUSE_LENGTH,
        ),
    ),
    rows=register_rows.units,
    save=register_rows.save_units,
    rules=(
        not_before("in_scope_to", "in_scope_from"),
        RowRule(("in_scope_from", "exclusion_reason"), _exclusion_has_reason),
    ),
    checks=(_circles,),
    notes=(_several_roots,),
    taking=register_taking.UNITS,
)

ANNOUNCEMENTS = Sheet(
    name="announcements",
    title=_l("Announcements of conformity"),
    title_vi="Công bố HTQLCL",
    purpose=_l("One announcement of conformity by an agency"),
    tables=("announcements",),
    kind="announcement",
    key=("unit_code", "number"),
    columns=(
        unit_column(),
        Column("number", _l("Number of the announcement"), "Số công bố", Kind.NUMBER, required=True, longest=80),
        Column("announced_on", _l("Announced on"), "Ngày công bố", Kind.DAY, required=True, happened=True),
        Column("confirmed_on", _l("Effectiveness confirmed on"), "Ngày xác nhận hiệu lực", Kind.DAY, happened=True),
        Column("notified_on", _l("Authority notified on"), "Ngày thông báo cơ quan chủ trì", Kind.DAY, happened=True),
        Column("posted_on", _l("Posted on"), "Ngày niêm yết", Kind.DAY, happened=True),
        Column("scope", _l("Scope of application"), "Phạm vi áp dụng"),
        Column("edition", _l("Edition of the standard"), "Phiên bản tiêu chuẩn", Kind.NUMBER, longest=80),
        Column("revoked_on", _l("Revoked on"), "Ngày hủy bỏ công bố", Kind.DAY, happened=True),
    ),
    rows=register_rows.announcements,
    save=register_rows.save_announcements,
    rules=(not_before("revoked_on", "announced_on"),),
    checks=(only_of_agencies("announcements"),),
    checked_with=("units",),
    taking=register_taking.ANNOUNCEMENTS,
)

SHEETS = (UNITS, ANNOUNCEMENTS)
