"""What a start costs: nothing is imported that only papers, workbooks, keys or the directory need."""

import subprocess
import sys

import pytest

HEAVY = {
    "PIL": "pictures of evidence",
    "alembic": "another version of the schema",
    "authlib": "signing in by the directory",
    "cryptography": "secrets of second factors",
    "docx": "papers for Word",
    "holidays": "the calendar of working days",
    "openpyxl": "workbooks",
    "reportlab": "papers",
    "segno": "the picture a second factor is set up by",
    "webauthn": "passkeys",
}
"""Libraries that cost a start half of its time, and what each is imported for when it is needed."""


@pytest.mark.parametrize("program", ["qms.cli", "qms.app"])
def test_a_start_imports_no_heavy_library(program: str) -> None:
    code = f"import sys, {program}; {program}; print(*sorted({set(HEAVY)!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.split() == []


def test_what_is_imported_later_is_there_when_it_is_used() -> None:
    code = (
        "import sys; from qms.kernel.later import later; pdf = later('qms.reports.pdf'); before = 'reportlab' in sys.modules;"
        " assert pdf.render_pdf.__name__ == 'render_pdf'; print(before, 'reportlab' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.split() == ["False", "True"]
