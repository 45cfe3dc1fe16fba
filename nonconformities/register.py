"""Nonconformities, their closings and their actions, as sheets of the register workbook."""

from nonconformities import register_actions, register_history, register_rows, register_taking
from nonconformities.models import EventKind, Grade, Source
from qms.kernel.language import _l
from qms.sheets.columns import CLAUSE_LENGTH, CODE_LENGTH, Column, Kind, Reference, unit_column
from qms.sheets.row_notes import ended_and_cancelled
from qms.sheets.row_rules import not_before, only_with, together
from qms.sheets.sheet import Sheet

_OWNER = Column(
    "nonconformity_code",
    _l("Nonconformity code"),
    "Mã sự không phù hợp",
    Kind.CODE,
    required=True,
    longest=CODE_LENGTH,
    refers_to=Reference("nonconformities"),
)

_GRADES = {Grade.MAJOR.value: _l("major"), Grade.MINOR.value: _l("minor")}
"""A register of nonconformities does not repeat what it is a register of."""

_PROCEDURE = Reference(
    "procedures",
    holds=register_rows.applies_to_unit,
    wrong=_l('No document "%(value)s" belongs or applies to the unit "%(unit_code)s".'),
    allowed=_l("A document that the unit owns or that applies to it."),
)

NONCONFORMITIES = Sheet(
    name="nonconformities",
    title=_l("Nonconformities"),
    title_vi="Sự không phù hợp",
    purpose=_l("One nonconformity, from its finding to its closing"),
    tables=("nonconformities", "nonconformity_responses"),
    kind="nonconformity",
    key=("code",),
    missing=_l('There is no nonconformity "%(value)s".'),
    present=_l("A nonconformity of the sheet nonconformities, or one that is already here."),
    columns=(
        Column("code", _l("Nonconformity code"), "Mã sự không phù hợp", Kind.CODE, required=True, longest=CODE_LENGTH),
        unit_column(),
        Column(
            "source",
            _l("Source"),
            "Nguồn phát hiện",
            Kind.CHOICE,
            choices=tuple(Source),
            default="self",
        ),
        Column("audit_code", _l("Audit code"), "Mã cuộc đánh giá", Kind.CODE, longest=CODE_LENGTH, refers_to=Reference("audits")),
        Column("procedure_code", _l("Document code"), "Mã hiệu tài liệu", Kind.CODE, longest=CODE_LENGTH, refers_to=_PROCEDURE),
        Column("clause", _l("Clause"), "Điều khoản", Kind.CLAUSE, longest=CLAUSE_LENGTH),
        Column("grade", _l("Grade"), "Mức độ", Kind.CHOICE, required=True, choices=tuple(Grade), words=_GRADES),
        Column("statement", _l("Statement of the nonconformity"), "Nội dung sự không phù hợp", required=True),
        Column("requirement", _l("Requirement"), "Yêu cầu"),
        Column("evidence", _l("Objective evidence"), "Bằng chứng khách quan"),
        Column("raised_on", _l("Raised on"), "Ngày phát hiện", Kind.DAY, required=True, happened=True),
        Column("response_due_on", _l("Response due on"), "Hạn trả lời", Kind.DAY, required=True),
        Column("responded_on", _l("Responded on"), "Ngày trả lời", Kind.DAY, happened=True),
        Column("due_on", _l("Due on"), "Thời hạn hoàn thành", Kind.DAY, required=True),
        Column("moved_to", _l("Moved to"), "Gia hạn đến ngày", Kind.DAY),
        Column("moved_on", _l("Moved on"), "Ngày cho gia hạn", Kind.DAY, happened=True),
        Column("correction", _l("Correction"), "Sự khắc phục"),
        Column("root_cause", _l("Root cause"), "Nguyên nhân gốc"),
        Column("effect_due_on", _l("Verification of effectiveness due on"), "Hạn thẩm tra hiệu lực", Kind.DAY),
        Column("verified_on", _l("Effectiveness verified on"), "Ngày thẩm tra hiệu lực", Kind.DAY, happened=True),
        Column("closed_on", _l("Closed on"), "Ngày đóng", Kind.DAY, happened=True),
        Column("reopened_on", _l("Reopened on"), "Ngày mở lại", Kind.DAY, happened=True),
    ),
    rows=register_rows.nonconformities,
    save=register_rows.save_nonconformities,
    rules=(
        not_before("closed_on", "raised_on"),
        not_before("responded_on", "raised_on"),
        only_with("reopened_on", "closed_on"),
        together("moved_to", "moved_on"),
    ),
    checks=(register_history.contradictions,),
    checked_with=("nonconformity_events",),
    notes=(register_history.bare_closings,),
    taking=register_taking.NONCONFORMITIES,
)

NONCONFORMITY_EVENTS = Sheet(
    name="nonconformity_events",
    title=_l("Closings and reopenings"),
    title_vi="Lịch sử đóng, mở lại",
    purpose=_l("One closing or reopening of a nonconformity"),
    tables=("nonconformity_events",),
    kind="nonconformity_event",
    key=("nonconformity_code", "event", "on"),
    owner="nonconformity_code",
    columns=(
        _OWNER,
        Column("event", _l("Event"), "Sự kiện", Kind.CHOICE, required=True, choices=tuple(EventKind)),
        Column("on", _l("On"), "Ngày", Kind.DAY, required=True, happened=True),
    ),
    rows=register_history.events,
    save=register_actions.save_events,
    exported=register_history.long_histories,
    told_under=("nonconformity",),
)

ACTIONS = Sheet(
    name="actions",
    title=_l("Corrective actions"),
    title_vi="Hành động khắc phục",
    purpose=_l("One corrective action for a nonconformity"),
    tables=("actions",),
    kind="action",
    key=("nonconformity_code", "number"),
    owner="nonconformity_code",
    columns=(
        _OWNER,
        Column("number", _l("Number of the action"), "Số thứ tự", Kind.NUMBER, required=True, longest=20),
        Column("description", _l("Description of the action"), "Nội dung hành động", required=True),
        Column("owner", _l("Responsible person"), "Người thực hiện", longest=200, personal=True, names="people"),
        Column("due_on", _l("Due on"), "Thời hạn hoàn thành", Kind.DAY, required=True),
        Column("moved_to", _l("Moved to"), "Gia hạn đến ngày", Kind.DAY),
        Column("moved_on", _l("Moved on"), "Ngày cho gia hạn", Kind.DAY, happened=True),
        Column("completed_on", _l("Completed on"), "Ngày hoàn thành", Kind.DAY, happened=True),
        Column("cancelled_on", _l("Cancelled on"), "Ngày hủy", Kind.DAY, happened=True),
    ),
    rows=register_actions.actions,
    save=register_actions.save_actions,
    rules=(together("moved_to", "moved_on"),),
    notes=(ended_and_cancelled("actions", "completed_on"),),
    after=("people",),
    told_under=("nonconformity",),
    taking=register_taking.ACTIONS,
)

SHEETS = (NONCONFORMITIES, NONCONFORMITY_EVENTS, ACTIONS)
