"""One word for one thing: what was once called otherwise is refused wherever people read Vietnamese."""

import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "qms" / "translations" / "vi" / "LC_MESSAGES" / "messages.po"

SAID_NOW = {
    r"niêm phong": "chốt số liệu; what is checked is a mã xác thực",
    r"tin nhắn": "thông báo",
    r"hộp thư đến": "thông báo",
    r"tin mới": "thông báo mới",
    r"nhận sổ": "nhập sổ theo dõi",
    r"nhập muộn": "ghi muộn",
    r"(dữ kiện|dữ liệu) (nhập|ghi) muộn": "số liệu ghi muộn",
    r"chuyên gia đánh giá": "đánh giá viên",
    r"trưởng đơn vị": "người đứng đầu đơn vị",
    r"(?<!ngày )phát biểu": "nội dung không phù hợp",
    r"việc chạy theo lịch": "công việc tự động",
    r"\bbạn\b": "ông/bà",
}
"""Old word → the one that is used now; README, "Words", has them beside the English."""

SAID_NOW_ON_PAGES = {r"\bsự khắc phục": "khắc phục", r"nội dung sự không phù hợp": "nội dung không phù hợp"}
"""The register workbook keeps these as heads of its columns: it is a contract of its own."""

FOLDERS = ("qms", "audits", "nonconformities", "procedures", "templates", "docs")
KINDS = {".py", ".html", ".txt", ".md", ".toml", ".tsv"}
THE_STANDARD_ITSELF = ROOT / "qms" / "standard" / "catalogues"
"""Its own words are kept."""


@cache
def places() -> tuple[tuple[str, str], ...]:
    """Every text that people may read, with the place where it stands."""
    return tuple(_places())


def _places() -> Iterator[tuple[str, str]]:
    catalogue = read_po(BytesIO(CATALOGUE.read_bytes()), locale="vi")
    for message in catalogue:
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        yield from ((f"catalogue: {message.id}", string) for string in strings if message.id and string)
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in KINDS]
    for path in (*files, *ROOT.glob("*.md")):
        if path.parent != THE_STANDARD_ITSELF:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


@pytest.mark.parametrize("old", sorted(SAID_NOW))
def test_an_old_word_is_said_nowhere(old: str) -> None:
    found = [place for place, text in places() if re.search(old, text, re.IGNORECASE)]
    assert not found, f"say “{SAID_NOW[old]}” there: {found}"


@pytest.mark.parametrize("old", sorted(SAID_NOW_ON_PAGES))
def test_an_old_word_is_said_on_no_page(old: str) -> None:
    found = [place for place, text in places() if place.startswith("catalogue") and re.search(old, text, re.IGNORECASE)]
    assert not found, f"say “{SAID_NOW_ON_PAGES[old]}” there: {found}"


def test_the_words_of_now_are_in_use() -> None:
    said = " ".join(text.casefold() for place, text in places() if place.startswith("catalogue"))
    for word in ("chốt số liệu", "mã xác thực", "thông báo", "nhập sổ theo dõi", "số liệu ghi muộn", "đánh giá viên"):
        assert word in said
    for word in ("người đứng đầu đơn vị", "khắc phục", "nội dung không phù hợp", "công việc tự động"):
        assert word in said
