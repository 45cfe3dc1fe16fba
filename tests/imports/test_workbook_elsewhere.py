"""Our own workbook in other programs: opened and saved by LibreOffice, edited there, or written as WPS Office writes."""

import io
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from qms.imports.exporting import export_workbook
from qms.imports.takeover import check, take_over
from tests.conftest import NO_LIBREOFFICE
from tests.imports.conftest import BuildXml
from tests.imports.registers_of_an_office import OFFICE, read_workbook, workbook_of
from tests.imports.test_own_workbook import opened, values
from tests.office import moment_of

BY_LIBREOFFICE = Path(__file__).parent / "books" / "by_libreoffice.xlsx"
"""The small office, written by us in Vietnamese, opened and saved by LibreOffice 7.4 (``soffice --convert-to xlsx``)."""


def test_what_libreoffice_saved_is_read_as_what_we_wrote(app: Flask) -> None:
    with app.app_context():
        assert values(BY_LIBREOFFICE.read_bytes()) == values(workbook_of(OFFICE))


def through_libreoffice(data: bytes, folder: Path) -> bytes:
    if shutil.which("soffice") is None:
        pytest.skip(f"{NO_LIBREOFFICE} (soffice): only the workbook that it saved once was read.")
    source = folder / "written.xlsx"
    source.write_bytes(data)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    call = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(folder / "saved"), str(source)]
    subprocess.run(call, check=True, capture_output=True, timeout=120)
    return (folder / "saved" / "written.xlsx").read_bytes()


def test_an_export_that_libreoffice_opened_and_saved_changes_nothing(app: Flask, tmp_path: Path) -> None:
    take_over(workbook_of(OFFICE), moment_of())
    exported = export_workbook(moment_of(), language="vi")
    plan = check(through_libreoffice(exported, tmp_path), moment_of())
    assert (plan.result.new, plan.result.changed, plan.result.unchanged) == (0, 0, 20)


def test_one_edited_cell_is_the_one_change(app: Flask, tmp_path: Path) -> None:
    take_over(workbook_of(OFFICE), moment_of())
    book = opened(export_workbook(moment_of(), language="vi"))
    page = book["Sự không phù hợp"]
    grade = next(cell for cell in page[1] if cell.value == "Mức độ *")
    page.cell(2, grade.column).value = "nặng"
    edited = io.BytesIO()
    book.save(edited)
    plan = check(through_libreoffice(edited.getvalue(), tmp_path), moment_of())
    assert (plan.result.new, plan.result.changed) == (0, 1)
    changed = plan.office["nonconformities"]
    (key,) = changed.changed
    before, after = changed.before[key], changed.after[key]
    assert {name: (before[name], after[name]) for name in after if before[name] != after[name]} == {"grade": ("minor", "major")}


def test_what_wps_writes_is_read(app: Flask, bare_workbook: BuildXml) -> None:
    """As WPS saves: shared strings with their spaces, days by a format with a locale, a cell that only has a style."""
    titles = ["Mã đơn vị *", "Tên đơn vị *", "Loại đơn vị *", "Có HTQLCL riêng", "Áp dụng từ ngày"]
    filled = ["MA", "Phường Minh An ", "Xã, phường", "có"]
    shared = "".join(f'<si><t xml:space="preserve">{text}</t></si>' for text in (*titles, *filled))
    head = "".join(f'<c r="{letter}1" s="1" t="s"><v>{place}</v></c>' for place, letter in enumerate("ABCDE"))
    row = "".join(f'<c r="{letter}2" s="1" t="s"><v>{place}</v></c>' for place, letter in enumerate("ABCD", start=5))
    rest = '<c r="E2" s="2"><v>45839</v></c><c r="F2" s="1"/>'
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    formats = '<numFmts count="1"><numFmt numFmtId="176" formatCode="[$-42A]dd/mm/yyyy;@"/></numFmts>'
    styles = '<cellXfs count="3"><xf/><xf numFmtId="49"/><xf numFmtId="176" applyNumberFormat="1"/></cellXfs>'
    data = bare_workbook(
        f'<row r="1" spans="1:5">{head}</row><row r="2" spans="1:5">{row}{rest}</row>',
        name="Đơn vị",
        **{
            "xl/sharedStrings.xml": f'<sst {main} count="9" uniqueCount="9">{shared}</sst>',
            "xl/styles.xml": f"<styleSheet {main}>{formats}{styles}</styleSheet>",
        },
    )
    with app.app_context():
        register, problems = read_workbook(data)
    assert problems == []
    assert register["units"][0].values == {
        "code": "MA",
        "name": "Phường Minh An",
        "kind": "commune",
        "agency": True,
        "in_scope_from": date(2025, 7, 1),
    }
