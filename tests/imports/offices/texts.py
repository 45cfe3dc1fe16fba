"""Two tables without a workbook: a CSV in the code page of Vietnamese Windows, and people copied out of a spreadsheet."""

import csv
import io
import unicodedata

from tests.imports.offices.lists import FIELDS, service_code
from tests.imports.offices.offices import PEOPLE

_TONES = "\u0300\u0301\u0303\u0309\u0323"
LEVELS = ("Cấp xã", "Cấp tỉnh, Cấp xã", "Cấp tỉnh", "Cấp bộ,\nCấp xã")


def _of_windows(text: str) -> bytes:
    """As Windows keeps Vietnamese in cp1258: the tone behind its letter."""
    parts = []
    for letter in unicodedata.normalize("NFC", text):
        apart = unicodedata.normalize("NFD", letter)
        tones = "".join(mark for mark in apart if mark in _TONES)
        bare = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in _TONES))
        parts.append((bare + tones).encode("cp1258"))
    return b"".join(parts)


def list_of_588() -> bytes:
    """Semicolons, quoted cells with line ends and semicolons, codes that end in 0, and procedures of other levels in between."""
    written = io.StringIO(newline="")
    lines = csv.writer(written, delimiter=";", lineterminator="\r\n")
    lines.writerow(("Mã thủ tục", "Tên thủ tục", "Lĩnh vực", "Cấp thực hiện", "Số quyết định"))
    for n in range(588):
        name = f"Thủ tục số {n + 1}; kèm hồ sơ\nnộp trực tuyến"
        lines.writerow((service_code(n), name, FIELDS[n % 5], LEVELS[n % 4], f"{n % 90 + 1}/QĐ-BTP"))
    return _of_windows(written.getvalue())


def pasted_people() -> str:
    """The list of people as the clipboard has it: tabs, and no title above the header."""
    titles = ("TT", "Họ tên", "Chức danh", "Đơn vị công tác", "Email")
    return "\r\n".join("\t".join("" if cell is None else str(cell) for cell in line) for line in (titles, *PEOPLE))
