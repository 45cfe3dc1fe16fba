"""Workbooks for the tests: written by openpyxl as an office's Excel would, or from bare XML where Excel's own shape matters."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import openpyxl
import pytest

Build = Callable[[Mapping[str, Sequence[Sequence[Any]]]], bytes]
BuildXml = Callable[..., bytes]

UNIT = {"code": "PMA", "name": "Phường Minh An (mẫu)", "kind": "commune", "in_scope_from": "2025-07-01"}

_TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"""
_RELATIONS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="{target}"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"/>{more}</Relationships>"""
_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
_BOOK = """<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">{settings}<sheets>
<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>"""


def _build(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _build_xml(rows: str, *, name: str = "units", settings: str = "", types: str = _TYPES, **more: str | bytes) -> bytes:
    relations = "".join(
        f'<Relationship Id="{kind}" Target="{kind}.xml"'
        f' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"/>'
        for kind in ("sharedStrings", "styles")
        if f"xl/{kind}.xml" in more
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": types,
        "_rels/.rels": _RELATIONS.format(target="xl/workbook.xml", kind="officeDocument", more=""),
        "xl/workbook.xml": _BOOK.format(name=name, settings=settings),
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(target="worksheets/sheet1.xml", kind="worksheet", more=relations),
        "xl/worksheets/sheet1.xml": _SHEET.format(rows=rows),
        **more,
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return packed.getvalue()


@pytest.fixture(scope="session")
def workbook() -> Build:
    """A function that writes {sheet: rows, the first of them the header} as .xlsx bytes."""
    return _build


@pytest.fixture(scope="session")
def bare_workbook() -> BuildXml:
    """A function that packs the XML of the rows of one sheet, and more parts by name, as .xlsx bytes."""
    return _build_xml


@pytest.fixture(scope="session")
def units_of() -> Callable[..., bytes]:
    """A function that writes a sheet ``units`` with one row: a valid unit, changed by what is given (None: no such column)."""

    def build(**changes: Any) -> bytes:
        unit = {name: value for name, value in (UNIT | changes).items() if value is not None}
        return _build({"units": [list(unit), list(unit.values())]})

    return build
