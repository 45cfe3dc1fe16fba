"""What a programme of audits of any office declares: usual titles and words, and states (7.5.3, 9.2).

Titles and words are folded, the most usual first; the register's own name and title of a column are known without them.
"""

from qms.kernel.language import _l
from qms.sheets.taking import State, Taking

AUDITS = Taking(
    titles={
        "code": ("ma so", "so", "ma", "so hieu", "so ke hoach", "ma dot danh gia", "so cuoc danh gia", "so chuong trinh"),
        "unit_code": (
            "don vi duoc danh gia",
            "bo phan duoc danh gia",
            "don vi",
            "bo phan",
            "phong ban",
            "phong, ban",
            "phong/ban",
            "don vi duoc kiem tra",
            "doi tuong danh gia",
        ),
        "kind": ("hinh thuc", "loai", "loai cuoc danh gia", "loai hinh", "hinh thuc danh gia"),
        "planned_on": (
            "ngay du kien",
            "thoi gian du kien",
            "thoi gian",
            "ke hoach",
            "ngay danh gia",
            "thoi gian danh gia",
            "ngay ke hoach",
            "thang",
            "thoi gian thuc hien",
        ),
        "started_on": ("ngay thuc hien", "ngay khai mac", "tu ngay", "ngay danh gia thuc te", "ngay tien hanh", "bat dau"),
        "reported_on": (
            "ngay ket thuc",
            "ngay lap bao cao",
            "ngay bao cao ket qua",
            "ngay ra bao cao",
            "bao cao ngay",
            "den ngay",
        ),
        "cancelled_on": ("ngay huy bo", "huy ngay"),
        "lead_auditor": (
            "truong doan",
            "truong doan danh gia",
            "truong nhom",
            "truong nhom danh gia",
            "danh gia vien truong",
            "chuyen gia danh gia truong",
        ),
        "independence_exception": ("van ban ngoai le", "ngoai le"),
        "clauses": ("dieu khoan danh gia", "dieu khoan iso", "pham vi", "pham vi danh gia", "noi dung danh gia"),
        "state": ("trang thai", "tinh trang", "ket qua", "ket qua thuc hien", "tinh trang thuc hien"),
    },
    words={
        "kind": {
            "dinh ky": "planned",
            "theo ke hoach": "planned",
            "danh gia dinh ky": "planned",
            "ke hoach": "planned",
            "hang nam": "planned",
            "dot xuat": "for_cause",
            "danh gia dot xuat": "for_cause",
            "chuyen de": "thematic",
            "theo chuyen de": "thematic",
            "danh gia lai": "follow_up",
            "phuc tra": "follow_up",
            "kiem tra lai": "follow_up",
            "tham tra": "follow_up",
            "kiem tra": "inspection",
            "kiem tra cua so": "inspection",
            "doan kiem tra": "inspection",
            "thanh tra": "inspection",
        }
    },
    states=(
        State("planned", _l("Planned"), ("chua thuc hien", "ke hoach", "chua danh gia", "du kien", "chua")),
        State(
            "under_way",
            _l("Under way"),
            ("dang thuc hien", "dang danh gia", "dang tien hanh", "dang lam", "dang trien khai"),
            needs="started_on",
        ),
        State(
            "reported",
            _l("Reported"),
            ("da thuc hien", "da danh gia", "hoan thanh", "da hoan thanh", "da bao cao", "xong", "da xong", "da lam", "x", "co"),
            needs="reported_on",
        ),
        State("cancelled", _l("Cancelled"), ("huy", "da huy", "khong thuc hien", "hoan"), needs="cancelled_on"),
    ),
    counted="ĐG-{yyyy}-{nn}",
)
