"""What a list of management reviews of any office declares: usual titles (7.5.3, 9.3).

Titles are folded, the most usual first; the register's own name and title of a column are known without them.
"""

from qms.sheets.taking import Taking

REVIEWS = Taking(
    titles={
        "unit_code": ("co quan", "don vi", "ten co quan", "ten don vi"),
        "held_on": ("ngay", "ngay xem xet", "ngay hop xem xet", "thoi gian hop", "thoi gian", "ngay thang"),
        "minutes": ("so bien ban", "bien ban so", "bien ban hop", "thong bao ket luan", "so van ban", "ket luan"),
    },
)
