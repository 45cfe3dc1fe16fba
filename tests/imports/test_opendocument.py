"""Workbooks as OpenDocument: every cell as it shows, however rows and cells are repeated; or one clear sentence."""

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms.imports.files import open_file
from qms.imports.grid import NOT_COMPUTED, PICTURE, Fault, Grid, Shown
from qms.imports.number_formats import Number
from qms.imports.refused import WorkbookRefused
from tests.imports.conftest import UNIT
from tests.imports.registers_of_an_office import read_workbook

TYPE = "application/vnd.oasis.opendocument.spreadsheet"
MANIFEST = '<manifest:manifest xmlns:manifest="urn:m">{more}</manifest:manifest>'
CONTENT = """<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:o" xmlns:table="urn:t"
 xmlns:text="urn:x" xmlns:style="urn:s" xmlns:calcext="urn:c" xmlns:draw="urn:d"><office:automatic-styles>
<style:style style:name="away" style:family="table"><style:table-properties table:display="false"/></style:style>
<style:style style:name="out"><style:text-properties style:text-line-through-style="solid"/></style:style>
<style:style style:name="in"><style:text-properties style:text-line-through-style="none"/></style:style>
</office:automatic-styles><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"""
TABLE = '<table:table table:name="{name}"{more}>{rows}</table:table>'


def packed(rows: str = "", *, tables: str | None = None, kind: str = TYPE, manifest: str = "", **parts: str) -> bytes:
    content = CONTENT.format(tables=TABLE.format(name="Sổ", more="", rows=rows) if tables is None else tables)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("mimetype", kind)
        for name, text in {"META-INF/manifest.xml": MANIFEST.format(more=manifest), "content.xml": content, **parts}.items():
            archive.writestr(name, text, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"


def text(*paragraphs: str, more: str = "") -> str:
    shown = "".join(f"<text:p>{paragraph}</text:p>" for paragraph in paragraphs)
    return f'<table:table-cell office:value-type="string"{more}>{shown}</table:table-cell>'


def number(value: str, shown: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="float" office:value="{value}"{more}><text:p>{shown}</text:p></table:table-cell>'


def only(data: bytes) -> Grid:
    (grid,) = open_file(data, "sổ.ods")
    return grid


def refused(data: bytes) -> str:
    with pytest.raises(WorkbookRefused) as caught:
        open_file(data, "sổ.ods")
    return caught.value.code


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (text("Văn bản"), "Văn bản"),
        (text("Dòng một", "Dòng hai"), "Dòng một\nDòng hai"),
        (text('a<text:s text:c="2"/>b<text:tab/>c<text:line-break/>d <text:a>e</text:a>'), "a  b\tc\nd e"),
        (text("", more=' office:string-value=""'), None),
        (number("7", "7"), 7.0),
        (number("7", "QT-07"), "QT-07"),
        (number("7", "QT-7/2025"), "QT-7/2025"),
        (number("1.00008", "1.000080"), "1.000080"),
        (number("1.00008", "1,000080"), "1.000080"),
        (number("1.00008", "1.00008"), 1.00008),
        (number("1234", "1.234"), 1234.0),
        (number("1.234", "1.23"), 1.234),
        (number("-5", "-5"), -5.0),
        ('<table:table-cell office:value-type="percentage" office:value="0.15"><text:p>15%</text:p></table:table-cell>', 0.15),
        ('<table:table-cell office:value-type="date" office:date-value="2026-09-18T07:30:00"/>', date(2026, 9, 18)),
        ('<table:table-cell office:value-type="time" office:time-value="PT30H05M00S"/>', "30:05"),
        ('<table:table-cell office:value-type="boolean" office:boolean-value="true"/>', True),
        ('<table:table-cell office:value-type="boolean" office:boolean-value="false"/>', False),
        (text("#DIV/0!", more=' calcext:value-type="error" table:formula="of:=1/0"'), Fault("#DIV/0!")),
        (text("#N/A", more=' table:formula="of:=NA()"'), Fault("#N/A")),
        ('<table:table-cell table:formula="of:=1+1"/>', NOT_COMPUTED),
        (text("QT-02", more=' table:formula="of:=&quot;QT-&quot;&amp;&quot;02&quot;"'), "QT-02"),
        (text("", more=' table:formula="of:=&quot;&quot;" office:string-value=""'), None),
        (text('=DISPIMG("ID_7A",1)'), PICTURE),
        (text("x", more=' table:formula="of:=DISPIMG(&quot;ID_7A&quot;;1)"'), PICTURE),
        (text("image (x)"), "image (x)"),
        ("<table:covered-table-cell><text:p>x</text:p></table:covered-table-cell>", None),
        ("<table:table-cell/>", None),
        (
            '<table:table-cell office:value-type="string"><office:annotation><text:p>lời bình</text:p></office:annotation>'
            "<text:p>x</text:p></table:table-cell>",
            "x",
        ),
    ],
)
def test_a_cell_shows_what_it_shows_in_libreoffice(cell: str, shown: Shown | None) -> None:
    rows = only(packed(row(cell))).rows
    found = rows[0][1][0] if rows else None

    assert (found.text if isinstance(found, Number) else found) == shown
    assert isinstance(found, Number) == (isinstance(shown, str) and "office:value=" in cell)


def test_rows_and_cells_that_repeat_stand_where_they_show_and_empty_ones_cost_nothing() -> None:
    empty = "<table:table-cell table:number-columns-repeated='2'/>"
    repeated = text("x", more=' table:number-columns-repeated="2"')
    rows = (
        row(empty, repeated, more=' table:number-rows-repeated="2"')
        + row("<table:table-cell/>", more=' table:number-rows-repeated="1048573"')
        + row(text("y"))
    )

    assert only(packed(rows)).rows == [(1, {2: "x", 3: "x"}), (2, {2: "x", 3: "x"}), (1048576, {0: "y"})]


@pytest.mark.parametrize(
    "rows",
    [
        row(text("x", more=' table:number-columns-repeated="16385"')),
        row(text("x", more=' table:number-columns-repeated="1000000000"')),
        row(text("x"), more=' table:number-rows-repeated="1048577"'),
        row(text("x", more=' table:number-columns-repeated="1000"'), more=' table:number-rows-repeated="10000"'),
    ],
)
def test_a_few_bytes_that_become_millions_of_cells_are_refused(rows: str) -> None:
    assert refused(packed(rows)) == "too_large"


def test_what_is_hidden_struck_out_or_merged_is_told_of_its_rows() -> None:
    out = text("x", more=' table:style-name="out"')
    rows = (
        '<table:table-column table:default-cell-style-name="out"/><table:table-column table:number-columns-repeated="9"/>'
        + row(text("x", more=' table:style-name="in"'))
        + row(text("x"), out)
        + row(out, text("y"), more=' table:visibility="filter"')
        + row(text("z", more=' table:number-rows-spanned="3" table:style-name="in"'), more=' table:visibility="collapse"')
    )
    hidden = TABLE.format(name="Trang ẩn", more=' table:style-name="away"', rows=row(text("z")))
    first, second = open_file(packed(tables=TABLE.format(name="Sổ", more="", rows=rows) + hidden), "sổ.ods")

    assert (first.hidden, first.hidden_rows, first.struck_rows, first.merged) == (False, [3, 4], [2], [(0, 4, 6)])
    assert (second.name, second.hidden, second.rows) == ("Trang ẩn", True, [(1, {0: "z"})])


def test_a_workbook_with_a_password_is_refused_and_says_so() -> None:
    assert refused(packed(manifest="<manifest:encryption-data/>")) == "password"


@pytest.mark.parametrize("part", ["Basic/Standard/Module1.xml", "Scripts/python/x.py"])
def test_a_workbook_with_macros_is_refused(part: str) -> None:
    assert refused(packed(**{part: "x"})) == "macros"


def test_a_text_document_is_refused() -> None:
    assert refused(packed(kind="application/vnd.oasis.opendocument.text")) == "wrong_type"


@pytest.mark.parametrize(
    "data",
    [
        packed(row(text("x")))[:400],
        packed(row(number("nan", "x"))),
        packed(row('<table:table-cell office:value-type="date" office:date-value="2026-13-01"/>')),
        packed(row(text("x", more=' table:number-columns-repeated="x"'))),
        packed(tables="<table:table/>"),
        packed(tables=TABLE.format(name="A", more="", rows="") * 2),
        packed("<table:table-row>"),
    ],
    ids=["cut short", "not a number", "no day", "not counted", "no name", "one name twice", "open tag"],
)
def test_a_workbook_that_makes_no_sense_is_refused_as_damaged(data: bytes) -> None:
    assert refused(data) == "damaged"


def test_xml_entities_and_bombs_are_refused() -> None:
    assert refused(packed(**{"content.xml": '<!DOCTYPE x [<!ENTITY a "ha">]><x/>'})) == "entities"
    assert refused(packed(**{"Pictures/x": "0" * (60 * 1024 * 1024)})) == "too_large"


WHOLE = packed(row(text("Mã"), number("7", "QT-07")) * 5)


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8))
def test_a_workbook_with_some_bytes_changed_is_read_or_refused_and_never_breaks(at: int, change: bytes) -> None:
    try:
        open_file(WHOLE[:at] + change + WHOLE[at + len(change) :], "sổ.ods")
    except WorkbookRefused as refusal:
        assert refusal.sentence


def test_a_register_workbook_may_come_as_opendocument() -> None:
    rows = row(*map(text, UNIT)) + row(*map(text, UNIT.values()))
    register, problems = read_workbook(packed(tables=TABLE.format(name="units", more="", rows=rows)))

    assert problems == []
    assert [one.values["name"] for one in register["units"]] == [UNIT["name"]]
