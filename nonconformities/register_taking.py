"""What a log of nonconformities of any office declares: usual titles and words, deadlines by the rules, states (7.5.3, 10.2).

Titles and words are folded, the most usual first; the register's own name and title of a column are known without them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from nonconformities.models import Grade
from nonconformities.rules import DUE_WORKING_DAYS, RESPONSE_WORKING_DAYS, Limits, limits
from qms.kernel.language import _l
from qms.sheets.taking import Rule, State, Taking
from qms.workdays.queries import calendar


def _limits(values: Mapping[str, Any]) -> Limits | None:
    grade, raised_on = values.get("grade"), values.get("raised_on")
    if grade is None or raised_on is None:
        return None
    return limits(Grade(grade), raised_on, calendar())


def response_due_on(values: Mapping[str, Any]) -> date | None:
    """The day an answer would have been due if the nonconformity had been raised here."""
    found = _limits(values)
    return None if found is None else found.response_due_on


def due_on(values: Mapping[str, Any]) -> date | None:
    """The day everything would have been due if the nonconformity had been raised here."""
    found = _limits(values)
    return None if found is None else found.due_on


NONCONFORMITIES = Taking(
    titles={
        "code": (
            "so phieu",
            "ma so",
            "so nc",
            "so hieu",
            "ma nc",
            "ma kph",
            "so kph",
            "so phieu nc",
            "ma su kph",
            "ma",
            "code",
            "nc no.",
        ),
        "unit_code": (
            "don vi",
            "bo phan",
            "phong ban",
            "phong, ban",
            "phong/ban",
            "phong",
            "ten don vi",
            "don vi/bo phan",
            "bo phan/don vi",
            "don vi duoc danh gia",
            "bo phan duoc danh gia",
            "noi phat hien",
            "noi xay ra",
            "don vi xay ra",
            "don vi co su khong phu hop",
            "unit",
            "department",
        ),
        "source": ("nguon", "nguon goc", "nguon nc", "phat hien qua", "phat hien tu", "hinh thuc phat hien", "nguon kph"),
        "audit_code": ("cuoc danh gia", "dot danh gia", "so cuoc danh gia", "ma dot danh gia"),
        "procedure_code": (
            "tai lieu",
            "quy trinh",
            "ma hieu",
            "ma tai lieu",
            "ma quy trinh",
            "tai lieu lien quan",
            "quy trinh lien quan",
        ),
        "clause": (
            "dieu khoan iso",
            "dieu khoan tieu chuan",
            "dieu khoan tcvn iso 9001",
            "dieu khoan tham chieu",
            "dieu muc",
            "dieu",
        ),
        "grade": (
            "muc do nc",
            "muc",
            "loai",
            "phan loai",
            "loai nc",
            "loai kph",
            "cap do",
            "muc do kph",
            "loai phat hien",
            "phat hien loai",
        ),
        "statement": (
            "noi dung khong phu hop",
            "noi dung nc",
            "noi dung kph",
            "mo ta",
            "mo ta su khong phu hop",
            "mo ta khong phu hop",
            "mo ta nc",
            "noi dung",
            "su khong phu hop",
            "diem khong phu hop",
            "noi dung diem khong phu hop",
            "noi dung phat hien",
            "phat hien",
            "ton tai",
            "noi dung ton tai",
            "ton tai, han che",
            "su khong phu hop (kph)",
            "finding",
        ),
        "requirement": ("yeu cau tieu chuan", "chuan muc", "yeu cau khong dap ung", "can cu", "tieu chi"),
        "evidence": ("bang chung", "chung cu", "bang chung danh gia", "bang chung kem theo"),
        "raised_on": (
            "ngay lap phieu",
            "ngay lap",
            "ngay ghi nhan",
            "ngay",
            "ngay thang",
            "thoi gian phat hien",
            "ngay danh gia",
            "ngay xay ra",
            "ngay/thang",
        ),
        "response_due_on": ("han phan hoi", "han bao cao", "thoi han tra loi", "thoi han phan hoi", "ngay phai tra loi"),
        "responded_on": ("ngay phan hoi", "ngay bao cao khac phuc", "ngay de xuat hanh dong"),
        "due_on": (
            "thoi han",
            "han",
            "han hoan thanh",
            "han xu ly",
            "thoi han khac phuc",
            "han khac phuc",
            "thoi han xu ly",
            "thoi gian hoan thanh",
            "thoi han thuc hien",
            "deadline",
        ),
        "moved_to": ("gia han", "gia han den", "han moi", "han dieu chinh"),
        "moved_on": ("ngay gia han", "ngay dong y gia han"),
        "correction": (
            "khac phuc",
            "bien phap khac phuc",
            "xu ly tuc thoi",
            "bien phap xu ly",
            "khac phuc tam thoi",
            "hanh dong xu ly",
            "bien phap xu ly ngay",
        ),
        "root_cause": (
            "nguyen nhan",
            "phan tich nguyen nhan",
            "nguyen nhan su khong phu hop",
            "nguyen nhan khong phu hop",
            "ly do",
            "cause",
        ),
        "effect_due_on": ("han tham tra", "han kiem tra hieu luc", "han kiem tra", "ngay du kien tham tra"),
        "verified_on": (
            "ngay tham tra",
            "ngay kiem tra",
            "ngay xac nhan",
            "ngay kiem tra lai",
            "ngay danh gia hieu luc",
            "ngay xac nhan hieu luc",
        ),
        "closed_on": ("ngay dong nc", "ngay dong phieu", "ngay dong kph", "ngay ket thuc", "dong ngay", "closed"),
        "reopened_on": ("mo lai ngay",),
        "state": (
            "trang thai",
            "tinh trang",
            "tinh trang xu ly",
            "tinh trang khac phuc",
            "ket qua",
            "ket qua khac phuc",
            "ket qua xu ly",
            "ket qua thuc hien",
            "da dong",
            "status",
        ),
    },
    words={
        "grade": {
            "lon": "major",
            "nang": "major",
            "nghiem trong": "major",
            "kph nang": "major",
            "kph lon": "major",
            "nc lon": "major",
            "nc nang": "major",
            "khong phu hop nang": "major",
            "khong phu hop lon": "major",
            "su khong phu hop nang": "major",
            "su khong phu hop lon": "major",
            "major nc": "major",
            "ma": "major",
            "nho": "minor",
            "nhe": "minor",
            "khong nghiem trong": "minor",
            "kph nhe": "minor",
            "kph nho": "minor",
            "nc nho": "minor",
            "nc nhe": "minor",
            "khong phu hop nhe": "minor",
            "khong phu hop nho": "minor",
            "su khong phu hop nhe": "minor",
            "su khong phu hop nho": "minor",
            "minor nc": "minor",
            "mi": "minor",
        },
        "source": {
            "danh gia nb": "internal_audit",
            "dgnb": "internal_audit",
            "dg noi bo": "internal_audit",
            "noi bo": "internal_audit",
            "kiem tra": "inspection",
            "thanh tra": "inspection",
            "doan kiem tra": "inspection",
            "kiem tra cua so": "inspection",
            "danh gia ben ngoai": "inspection",
            "danh gia hang nam": "evaluation",
            "khieu nai": "complaint",
            "phan anh": "complaint",
            "phan anh, kien nghi": "complaint",
            "khieu nai cua cong dan": "complaint",
            "y kien to chuc, cong dan": "complaint",
            "tac nghiep": "process",
            "qua trinh tac nghiep": "process",
            "trong qua trinh thuc hien": "process",
            "nha cung cap": "supplier",
            "nha thau": "supplier",
            "tu phat hien": "self",
            "tu kiem tra": "self",
            "don vi tu phat hien": "self",
        },
    },
    rules={
        "response_due_on": Rule(
            _l("%(days)s working days after it was raised, as for one that is raised here", days=RESPONSE_WORKING_DAYS),
            response_due_on,
        ),
        "due_on": Rule(
            _l(
                "%(major)s working days after a major, %(minor)s after a minor one was raised, as for one that is raised here",
                major=DUE_WORKING_DAYS[Grade.MAJOR],
                minor=DUE_WORKING_DAYS[Grade.MINOR],
            ),
            due_on,
        ),
    },
    states=(
        State(
            "open",
            _l("New, nothing done yet"),
            ("moi", "mo", "chua", "chua xu ly", "chua khac phuc", "chua thuc hien", "chua dong", "ton dong", "khong", "open"),
        ),
        State(
            "acting",
            _l("Being corrected"),
            ("dang xu ly", "dang khac phuc", "dang thuc hien", "dang theo doi", "chua xong", "mot phan", "in progress"),
        ),
        State(
            "corrected",
            _l("Corrected, effect not verified yet"),
            ("da khac phuc", "da xu ly", "da thuc hien", "da hoan thanh", "hoan thanh", "xong", "da xong", "cho tham tra"),
            needs="actions.completed_on",
        ),
        State(
            "verified",
            _l("Effect verified"),
            ("da tham tra", "da kiem tra", "da xac nhan", "dat", "co hieu luc", "hieu luc", "verified"),
            needs="verified_on",
        ),
        State(
            "closed",
            _l("Closed"),
            ("da dong", "dong", "da dong nc", "da dong phieu", "ket thuc", "da ket thuc", "closed", "x", "co"),
            needs="closed_on",
        ),
    ),
    beside=("actions",),
    left_out=(
        "phu hop",
        "khuyen nghi",
        "ofi",
        "co hoi cai tien",
        "diem cai tien",
        "cai tien",
        "luu y",
        "diem luu y",
        "nhan xet",
        "quan sat",
        "kien nghi",
        "gop y",
        "obs",
        "observation",
    ),
    counted="KPH-{yyyy}-{nnn}",
)

ACTIONS = Taking(
    titles={
        "nonconformity_code": ("so phieu", "ma nc", "ma kph", "so nc", "so phieu nc"),
        "number": ("hanh dong so", "so hanh dong"),
        "description": (
            "hanh dong khac phuc",
            "bien phap khac phuc, phong ngua",
            "bien phap khac phuc phong ngua",
            "hanh dong khac phuc, phong ngua",
            "bien phap",
            "giai phap",
            "bien phap thuc hien",
            "noi dung khac phuc",
            "noi dung thuc hien",
            "hanh dong",
            "ke hoach khac phuc",
            "corrective action",
        ),
        "owner": (
            "nguoi chiu trach nhiem",
            "trach nhiem",
            "nguoi phu trach",
            "ca nhan thuc hien",
            "don vi thuc hien",
            "bo phan thuc hien",
            "chu tri thuc hien",
            "phan cong",
            "nguoi xu ly",
            "nguoi khac phuc",
        ),
        "due_on": ("han thuc hien hanh dong", "thoi han hanh dong", "han hoan thanh hanh dong"),
        "completed_on": (
            "ngay khac phuc",
            "ngay thuc hien",
            "ngay thuc hien xong",
            "ngay khac phuc xong",
            "hoan thanh ngay",
            "ngay hoan thanh thuc te",
        ),
        "cancelled_on": ("ngay huy hanh dong",),
    },
    rules={"due_on": Rule(_l("The day on which the nonconformity itself is due"), lambda values: values.get("due_on"))},
)
