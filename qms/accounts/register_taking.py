"""What a list of people of any office declares: usual titles, words for roles, and a user name by the e-mail address (7.5.3).

Titles and words are folded, the most usual first; the register's own name and title of a column are known without them.
"""

from collections.abc import Mapping
from typing import Any

from qms.kernel.language import _l
from qms.sheets.taking import Rule, Taking


def username_of_address(values: Mapping[str, Any]) -> str | None:
    """What stands before the @; an office that gives addresses has seen to it that no two people share one."""
    name, at, _domain = str(values.get("email") or "").partition("@")
    return name.strip().casefold() or None if at else None


PEOPLE = Taking(
    titles={
        "username": ("tai khoan", "ten tai khoan", "user", "user name", "ma can bo", "so hieu can bo", "ma cbcc"),
        "full_name": ("ho ten", "ho va ten can bo", "ten", "ten can bo", "ho, ten", "can bo", "ho va ten cbcc", "ho ten can bo"),
        "email": ("email", "e-mail", "dia chi email", "hop thu", "mail", "thu cong vu", "email cong vu", "thu dien tu cong vu"),
        "title": ("chuc danh", "vi tri viec lam", "chuc vu, chuc danh", "chuc vu/chuc danh", "vi tri", "chuc vu hien tai"),
        "unit_code": (
            "don vi",
            "bo phan",
            "phong ban",
            "phong",
            "don vi cong tac",
            "phong, ban",
            "phong/ban",
            "noi cong tac",
            "ten don vi",
        ),
        "roles": ("nhiem vu iso", "vai tro iso", "phan cong", "nhiem vu", "quyen"),
    },
    words={
        "roles": {
            "thu ky iso": "quality_officer",
            "can bo chat luong": "quality_officer",
            "thu ky ban iso": "quality_officer",
            "truong ban iso": "management_representative",
            "dai dien lanh dao": "management_representative",
            "qmr": "management_representative",
            "lanh dao": "leader",
            "chu tich": "leader",
            "truong phong": "unit_head",
            "truong don vi": "unit_head",
            "thu truong don vi": "unit_head",
            "danh gia vien": "auditor",
            "danh gia vien noi bo": "auditor",
            "dgv": "auditor",
            "chuyen vien": "staff",
            "can bo": "staff",
            "nhan vien": "staff",
        }
    },
    rules={"username": Rule(_l("What stands before the @ of the e-mail address"), username_of_address)},
    counted="cb{nnn}",
)
