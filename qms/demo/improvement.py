"""Audits, nonconformities and actions of the invented ward, in every state."""

from dataclasses import dataclass
from datetime import date, timedelta

from qms.kernel.days import add_months

Row = dict[str, object]

AUDITED = ("VP", "KTHTDT", "VHXH", "TTPVHCC", "VPDU", "MTTQ", "TYT", "MN", "TH", "THCS", "TTVH")


@dataclass(frozen=True)
class Case:
    """One nonconformity: days before today for each fact; None where it has not happened."""

    unit: str
    grade: str
    raised: int
    statement: str
    requirement: str
    evidence: str
    clause: str
    correction: str | None = None
    cause: str | None = None
    action: str | None = None
    responded: int | None = None
    completed: int | None = None
    completed_late: bool = False
    verified: int | None = None
    closed: int | None = None
    reopened: int | None = None
    due_after: int = 60


_SLIP = (
    "Giấy tiếp nhận hồ sơ thiếu ngày hẹn trả kết quả.",
    "Điều 8.5.1: quy trình yêu cầu ghi ngày, giờ hẹn trả.",
    "05/20 giấy tiếp nhận trong tháng bỏ trống dòng ngày hẹn.",
    "8.5.1",
)
_LIST = (
    "Danh mục tài liệu nội bộ chưa cập nhật bản mới.",
    "Điều 7.5.3: tài liệu phải được kiểm soát phiên bản.",
    "02 quy trình lần ban hành cũ còn để tại bàn làm việc.",
    "7.5.3",
)
_GOAL = (
    "Mục tiêu chất lượng của đơn vị chưa được theo dõi.",
    "Điều 6.2.1: mục tiêu phải được theo dõi.",
    "Không có số liệu quý gần nhất trong sổ theo dõi mục tiêu.",
    "6.2.1",
)
_TRAIN = (
    "Chưa lưu hồ sơ đào tạo của người mới.",
    "Điều 7.2: lưu bằng chứng về năng lực.",
    "02 người mới nhận việc không có phiếu hướng dẫn.",
    "7.2",
)
_FIX = (
    "Đã bổ sung ngay hồ sơ còn thiếu.",
    "Quy trình không giao rõ người kiểm tra trước khi lưu.",
    "Giao người kiểm tra và tập huấn lại bộ phận liên quan",
)

CASES = (
    # closed in good time, one or two for every unit that maintains
    *(Case(unit, "minor", 200, *_SLIP, *_FIX, responded=194, completed=160, verified=130, closed=128) for unit in ("VP", "TTPVHCC")),
    *(Case(unit, "minor", 190, *_LIST, *_FIX, responded=184, completed=150, verified=125, closed=124) for unit in ("VHXH", "KTHTDT", "VPDU")),
    *(Case(unit, "minor", 180, *_GOAL, *_FIX, responded=175, completed=140, verified=110, closed=109) for unit in ("MTTQ", "TYT", "MN")),
    *(Case(unit, "minor", 170, *_TRAIN, *_FIX, responded=165, completed=130, verified=100, closed=98) for unit in ("TH", "TTVH")),
    # the school that must supplement: answered and done late
    Case("THCS", "minor", 210, *_LIST, *_FIX, responded=180, completed=120, completed_late=True, verified=90, closed=88),
    # the centre that does not maintain: a major one, overdue without finished action
    Case("TTVH", "major", 95, "Không kiểm tra an toàn nhà văn hóa trong năm.", "Điều 7.1.3: duy trì cơ sở hạ tầng an toàn.", "03/03 nhà văn hóa không có biên bản kiểm tra.", "7.1.3", "Đã tạm dừng 01 nhà văn hóa.", "Chưa giao đầu mối kiểm tra định kỳ.", "Kiểm tra và lập biên bản cho 03 nhà văn hóa", responded=89),
    # under way, none of them late
    Case("VHXH", "minor", 4, "Hồ sơ trợ giúp xã hội thiếu phiếu kiểm soát quá trình.", "Điều 8.5.1: mỗi hồ sơ có phiếu kiểm soát.", "03/12 hồ sơ đã xem không có phiếu.", "8.5.1"),
    Case("TTPVHCC", "minor", 20, *_TRAIN, *_FIX, responded=14),
    Case("VP", "minor", 45, *_GOAL, *_FIX, responded=40, completed=6),
    Case("TYT", "minor", 55, *_LIST, *_FIX, responded=50, completed=25, verified=3),
    Case("TH", "minor", 100, *_SLIP, *_FIX, responded=95, completed=70, verified=50, closed=48, reopened=5, due_after=130),
)  # fmt: skip


def audit_rows(today: date) -> list[Row]:
    """Yearly audits led from another unit, audits of the agency itself, and one to be held today."""
    found: list[Row] = []
    counters: dict[int, int] = {}

    def code(day: date) -> str:
        counters[day.year] = counters.get(day.year, 0) + 1
        return f"ĐG-{day.year}-{counters[day.year]:02d}"

    for months, clauses in ((14, "4;5;6;7"), (7, "7;8;9;10")):
        for index, unit in enumerate(("MA", *AUDITED)):
            leader = AUDITED[(index + 3) % len(AUDITED)]
            day = add_months(today, -months) + timedelta(days=index)
            found.append(
                {
                    "code": code(day),
                    "unit_code": unit,
                    "kind": "planned",
                    "planned_on": day,
                    "started_on": day,
                    "reported_on": day + timedelta(days=2),
                    "lead_auditor": f"truong.{leader.lower()}",
                    "clauses": clauses,
                }
            )
    found.append(
        {
            "code": code(today),
            "unit_code": "TTPVHCC",
            "kind": "planned",
            "planned_on": today,
            "lead_auditor": "thu.ky.iso",
            "clauses": "7.2;7.3;7.5;8.2;8.5;9.1.2;10.2",
        }
    )
    return found  # fmt: skip


def _numbered(today: date) -> list[tuple[str, Case]]:
    counters: dict[int, int] = {}
    found = []
    for case in sorted(CASES, key=lambda case: -case.raised):
        year = (today - timedelta(days=case.raised)).year
        counters[year] = counters.get(year, 0) + 1
        found.append((f"NC-{year}-{counters[year]:03d}", case))
    return found


def nonconformity_rows(today: date) -> list[Row]:
    """The register of nonconformities."""

    def ago(days: int | None) -> date | None:
        return None if days is None else today - timedelta(days=days)

    return [
        {
            "code": code,
            "unit_code": case.unit,
            "source": "internal_audit",
            "clause": case.clause,
            "grade": case.grade,
            "statement": case.statement,
            "requirement": case.requirement,
            "evidence": case.evidence,
            "raised_on": ago(case.raised),
            "response_due_on": ago(case.raised - 14),
            "responded_on": ago(case.responded),
            "due_on": ago(case.raised - case.due_after),
            "correction": case.correction,
            "root_cause": case.cause,
            "effect_due_on": ago((case.completed or case.raised - 60) - 60) if case.responded is not None else None,
            "verified_on": ago(case.verified),
            "closed_on": ago(case.closed),
            "reopened_on": ago(case.reopened),
        }
        for code, case in _numbered(today)
    ]


def event_rows(_today: date) -> list[Row]:
    """No record was closed twice, so the register of closings stays empty."""
    return []


def action_rows(today: date) -> list[Row]:
    """One corrective action for each nonconformity that was answered."""
    found = []
    for code, case in _numbered(today):
        if case.action is None:
            continue
        completed = None if case.completed is None else today - timedelta(days=case.completed)
        due = today - timedelta(days=case.raised - 50)
        if completed is not None:
            due = completed + timedelta(days=-20 if case.completed_late else 5)
        found.append({"nonconformity_code": code, "number": "1", "description": case.action, "owner": f"truong.{case.unit.lower()}", "due_on": due, "completed_on": completed})  # fmt: skip
    return found
