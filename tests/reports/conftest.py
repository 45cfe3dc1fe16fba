"""Invented runs of an invented ward, small and large, and the translations they are printed with."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import Babel, force_locale

import qms
from qms.evaluation.models import Exclusion, Verdict
from qms.evaluation.paper import compose
from qms.evaluation.report_model import CauseLine, CriterionLine, ExcludedLine, FigureLine, Previous, Reason, RunReport, UnitLine
from qms.kernel.share import Share
from qms.reports.issuer import issuer_of
from qms.reports.paper import Paper
from qms.units.models import Bloc, UnitKind

NAMES = (
    ("VP", "Văn phòng Hội đồng nhân dân và Ủy ban nhân dân", UnitKind.ADMINISTRATIVE_ORGANISATION),
    ("KTHT", "Phòng Kinh tế, Hạ tầng và Đô thị", UnitKind.DEPARTMENT),
    ("VHXH", "Phòng Văn hóa - Xã hội", UnitKind.DEPARTMENT),
    ("HCC", "Trung tâm Phục vụ hành chính công", UnitKind.ADMINISTRATIVE_ORGANISATION),
    ("VPDU", "Văn phòng Đảng ủy", UnitKind.PARTY_BODY),
    ("MTTQ", "Ủy ban Mặt trận Tổ quốc Việt Nam phường", UnitKind.FRONT_BODY),
    ("TYT", "Trạm Y tế phường", UnitKind.PUBLIC_SERVICE_UNIT),
    ("MN1", "Trường Mầm non Hoa Sữa", UnitKind.PUBLIC_SERVICE_UNIT),
    ("MN2", "Trường Mầm non Bằng Lăng", UnitKind.PUBLIC_SERVICE_UNIT),
    ("TH1", "Trường Tiểu học Minh An", UnitKind.PUBLIC_SERVICE_UNIT),
    ("THCS", "Trường Trung học cơ sở Minh An", UnitKind.PUBLIC_SERVICE_UNIT),
    ("BQL", "Ban Quản lý dự án đầu tư - hạ tầng", UnitKind.PUBLIC_SERVICE_UNIT),
)
VERDICTS = (
    Verdict.MAINTAINS,
    Verdict.MAINTAINS,
    Verdict.TO_SUPPLEMENT,
    Verdict.MAINTAINS,
    Verdict.MAINTAINS,
    Verdict.MAINTAINS,
    Verdict.NOT_MAINTAINED,
    Verdict.MAINTAINS,
    Verdict.BUILDING,
    Verdict.MAINTAINS,
    Verdict.MAINTAINS,
    Verdict.MAINTAINS,
)
REASONS = {
    Verdict.MAINTAINS: (),
    Verdict.TO_SUPPLEMENT: (
        Reason("Hành động khắc phục đúng hạn", Share(3, 5), ("NC-2026-004/2", "NC-2026-009/1")),
        Reason("Xem xét đủ các điều khoản", Share(20, 28), ("10.1", "4.1", "4.2", "6.1", "7.4", "8.3", "8.4", "9.1")),
    ),
    Verdict.NOT_MAINTAINED: (
        Reason("Không có sự không phù hợp quá hạn", Share(1, 3), ("NC-2026-011", "NC-2026-012")),
        Reason("Được đánh giá nội bộ", Share(0, 0)),
        Reason("Quy trình được xem xét hằng năm", Share(2, 40), tuple(f"QT-NV-{number:02}" for number in range(1, 39))),
    ),
    Verdict.BUILDING: (),
}
CRITERIA = (
    CriterionLine("Đã công bố HTQLCL", "4.3, 4.4; QĐ 19 Đ. 4.3", True, 0, Share(12, 12)),
    CriterionLine("Có quy trình đang hiệu lực", "4.4.2, 7.5", True, 0, Share(12, 12)),
    CriterionLine(
        "Được đánh giá nội bộ",
        "9.2; QĐ 19 Đ. 4.4b",
        True,
        0,
        Share(10, 11),
        "Báo cáo một cuộc đánh giá nội bộ độc lập",
        Share(7, 12),
    ),
    CriterionLine(
        "Không có sự không phù hợp quá hạn",
        "10.2",
        True,
        0,
        Share(11, 12),
        "Hoàn thành hành động và đóng sự không phù hợp quá hạn",
        Share(7, 12),
    ),
    CriterionLine("Có xem xét của lãnh đạo", "9.3; QĐ 19 Đ. 4.4b", True, 0, Share(11, 11)),
    CriterionLine("Quy trình bao quát thủ tục hành chính", "4.3, 8.1; TT 26 Đ. 36.1a", False, 2, Share(4, 4)),
    CriterionLine(
        "Quy trình được xem xét hằng năm", "7.5.2", False, 2, Share(10, 12), "Rà soát các quy trình đã quá 12 tháng", Share(7, 12)
    ),
    CriterionLine(
        "Xem xét đủ các điều khoản", "9.2.2", False, 1, Share(9, 11), "Đánh giá các điều khoản chưa được xem xét", Share(7, 12)
    ),
    CriterionLine("Trả lời sự không phù hợp đúng hạn", "10.2.1", False, 1, Share(5, 6)),
    CriterionLine(
        "Hành động khắc phục đúng hạn", "10.2.1", False, 2, Share(5, 7), "Hoàn thành hành động khắc phục đúng hạn", Share(7, 12)
    ),
)

FIGURES = (
    FigureLine("Đánh giá nội bộ", "Cuộc đánh giá đã có báo cáo", 11, 9),
    FigureLine("Đánh giá nội bộ", "Đơn vị được đánh giá", 11, 9),
    FigureLine("Sự không phù hợp và hành động khắc phục", "Sự không phù hợp đã lập", 19, 14),
    FigureLine("Xem xét của lãnh đạo", "Cuộc xem xét của lãnh đạo đã tổ chức", 1, 1),
)


def ward(language: str, copies: int = 1) -> RunReport:
    """A ward of twelve units, or a larger organisation of several such wards."""
    units = []
    for copy in range(1, copies + 1):
        tail = "" if copies == 1 else f" {copy}"
        for (code, name, kind), verdict in zip(NAMES, VERDICTS, strict=True):
            units.append(
                UnitLine(
                    agency_code=f"MA{tail.strip()}",
                    agency_name=f"Ủy ban nhân dân phường Minh An{tail} (mẫu)",
                    code=f"{code}{tail.strip()}",
                    name=name,
                    kind=kind,
                    verdict=verdict,
                    timely_verdict=Verdict.TO_SUPPLEMENT if code == "TH1" else verdict,
                    score=Share(11 if verdict is Verdict.MAINTAINS else 7, 13),
                    reasons=REASONS[verdict],
                )
            )
    return RunReport(
        issuer=issuer_of(
            "UBND phường Minh An (mẫu)",
            UnitKind.COMMUNE,
            Bloc.STATE,
            "MA",
            language=language,
            name_en="People's Committee of Minh An Ward (sample)",
            addressee="Sở Khoa học và Công nghệ thành phố Hà Nội",
            copies=("Ủy ban nhân dân thành phố Hà Nội (để báo cáo)",),
            signer_name="Người Ký Mẫu",
        ),
        as_of=date(2026, 11, 30),
        sealed_on=date(2026, 12, 1),
        forecast=False,
        approved=True,
        criteria_set="tcvn-iso-9001-2015/0.1",
        run_hash="6f1c2a" * 10 + "9b7e",
        trail_head=4312,
        units=tuple(units),
        excluded=(
            ExcludedLine(
                "MA",
                "TTVH",
                "Trung tâm Văn hóa, Thông tin và Thể thao",
                Exclusion.DISSOLVED,
                None,
                "12/QĐ-UBND",
                "Hồ sơ sẵn sàng",
            ),
            ExcludedLine("MA", "DC", "Bộ phận Địa chính", Exclusion.MERGED, "KTHT", "45/QĐ-UBND", "Sáp nhập từ ngày 01/7/2025"),
            ExcludedLine(
                "MA", "CD", "Tổ công nghệ số cộng đồng", Exclusion.NOT_REQUIRED, note="Không giải quyết thủ tục hành chính"
            ),
        ),
        criteria=CRITERIA,
        agencies_in_scope=copies,
        agencies_announced=copies,
        agencies_maintaining=0,
        late=Share(12, 140),
        taken_over=Share(0, 140),
        started_on=(date(2026, 11, 22),),
        previous=Previous(date(2025, 11, 30), Share(8, 12)),
        figures=FIGURES,
        causes=(
            CauseLine("Phòng Văn hóa - Xã hội", "NC-2026-004", "Chưa phân công người theo dõi hạn hoàn thành hành động."),
            CauseLine("Trạm Y tế phường", "NC-2026-011", "Chưa tập huấn quy trình mới. " * 20),
        ),
    )


@pytest.fixture(scope="session")
def printing(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A bare application that knows the shipped catalogues, compiled here from their sources."""
    folder = tmp_path_factory.mktemp("translations")
    for source in (Path(qms.__file__).parent / "translations").glob("*/LC_MESSAGES/messages.po"):
        language = source.parent.parent.name
        target = folder / language / "LC_MESSAGES" / "messages.mo"
        target.parent.mkdir(parents=True)
        with source.open("rb") as po, target.open("wb") as mo:
            write_mo(mo, read_po(po, locale=language))
    app = Flask("printing")
    Babel(app, default_translation_directories=str(folder))
    return app


@pytest.fixture
def report_in(printing: Flask) -> Iterator[Callable[..., Paper]]:
    """Composes the ward's report in a language: ``report_in("vi", copies=10, approved=False, …)``."""

    def compose_in(language: str, copies: int = 1, **changes: object) -> Paper:
        with printing.test_request_context(), force_locale(language):
            return compose(replace(ward(language, copies), **changes), language)  # type: ignore[arg-type]

    return compose_in


@pytest.fixture(params=["vi", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """Both languages in turn."""
    return str(request.param)
