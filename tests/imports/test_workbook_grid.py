"""What a cell shows, from the XML that spreadsheet programs write: types, formats, formulas, shared texts."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from qms.imports.files import open_file
from qms.imports.grid import NOT_COMPUTED, PICTURE, Fault, Shown, column_letters, read_grids, unescape
from qms.imports.number_formats import Number
from tests.imports.registers_of_an_office import read_workbook

Build = Callable[..., bytes]

STYLES = """<x:styleSheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:numFmts>
<x:numFmt numFmtId="164" formatCode="00"/><x:numFmt numFmtId="165" formatCode="[$-42A]dd/mm/yyyy;@"/>
<x:numFmt numFmtId="166" formatCode="[h]:mm"/><x:numFmt numFmtId="167" formatCode="0&quot; days&quot;"/>
</x:numFmts><x:cellStyleXfs><x:xf numFmtId="14"/></x:cellStyleXfs><x:cellXfs><x:xf numFmtId="0"/><x:xf numFmtId="14"/>
<x:xf numFmtId="164"/><x:xf numFmtId="165"/><x:xf numFmtId="166"/><x:xf numFmtId="167"/><x:xf numFmtId="57"/><x:xf numFmtId="20"/>
</x:cellXfs></x:styleSheet>"""
STRINGS = """<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>Văn bản</t></si>
<si><r><t xml:space="preserve">Quy </t></r><r><rPr><b/></rPr><t>trình</t></r><rPh sb="0" eb="1"><t>aid</t></rPh></si><si><t/></si>
<si><t>a_x000D__x000A_b_x005F_x0041_</t></si></sst>"""


def shown(build: Build, cell: str, settings: str = "") -> Shown | None:
    data = build(f'<row r="3">{cell}</row>', settings=settings, **{"xl/styles.xml": STYLES, "xl/sharedStrings.xml": STRINGS})
    (grid,) = read_grids(data, {"units"}.__contains__)
    return grid.rows[0][1][0] if grid.rows else None


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A3"><v>1.5</v></c>', 1.5),
        ('<c r="A3" t="n"><v>1E2</v></c>', 100.0),
        ('<c r="A3" t="b"><v>1</v></c>', True),
        ('<c r="A3" t="b"><v>0</v></c>', False),
        ('<c r="A3" t="s"><v>0</v></c>', "Văn bản"),
        ('<c r="A3" t="s"><v>1</v></c>', "Quy trình"),
        ('<c r="A3" t="s"><v>2</v></c>', None),
        ('<c r="A3" t="s"><v>3</v></c>', "a\r\nb_x0041_"),
        ('<c r="A3" t="inlineStr"><is><t>x</t></is></c>', "x"),
        ('<c r="A3" t="inlineStr"><is><r><t>x</t></r><r><t>y</t></r></is></c>', "xy"),
        ('<c r="A3" t="inlineStr"><is><t>x</t><rPh sb="0" eb="1"><t>aid</t></rPh></is></c>', "x"),
        ('<c r="A3" t="str"><f>A1</f><v>kết quả</v></c>', "kết quả"),
        ('<c r="A3" t="str"><f>""</f><v></v></c>', None),
        ('<c r="A3"><f>1+1</f><v>2</v></c>', 2.0),
        ('<c r="A3"><f>1+1</f></c>', Fault("")),
        ('<c r="A3"><f>1+1</f><v></v></c>', Fault("")),
        ('<c r="A3"><f t="shared" si="0"/><v/></c>', Fault("")),
        ('<c r="A3" t="e"><v>#REF!</v></c>', Fault("#REF!")),
        ('<c r="A3" t="e"><f>NA()</f><v>#N/A</v></c>', Fault("#N/A")),
        ('<c r="A3" t="d"><v>2026-09-18T00:00:00</v></c>', date(2026, 9, 18)),
        ('<c r="A3" s="1"><v>46283</v></c>', date(2026, 9, 18)),
        ('<c r="A3" s="3"><v>46283.75</v></c>', date(2026, 9, 18)),
        ('<c r="A3" s="6"><v>46283</v></c>', date(2026, 9, 18)),
        ('<c r="A3" s="1"><v>1</v></c>', date(1900, 1, 1)),
        ('<c r="A3" s="1"><v>59</v></c>', date(1900, 2, 28)),
        ('<c r="A3" s="1"><v>60</v></c>', "29/02/1900"),
        ('<c r="A3" s="1"><v>61</v></c>', date(1900, 3, 1)),
        ('<c r="A3" s="1"><v>-1</v></c>', -1.0),
        ('<c r="A3" s="1"><v>1e300</v></c>', 1e300),
        ('<c r="A3" s="2"><v>1</v></c>', "01"),
        ('<c r="A3" t="str"><f>_xlfn.DISPIMG("ID_7A",1)</f><v>=DISPIMG("ID_7A",1)</v></c>', PICTURE),
        ('<c r="A3" t="inlineStr"><is><t>=DISPIMG("ID_7A",1)</t></is></c>', PICTURE),
        ('<c r="A3" t="inlineStr"><is><t>image (x)</t></is></c>', "image (x)"),
        ('<c r="A3" s="2"><v>123</v></c>', "123"),
        ('<c r="A3" s="2"><v>1.5</v></c>', 1.5),
        ('<c r="A3" s="4"><v>1.25</v></c>', "30:00"),
        ('<c r="A3" s="7"><v>0.5</v></c>', "12:00"),
        ('<c r="A3" s="5"><v>15</v></c>', 15.0),
        ("<c><v>7</v></c>", 7.0),
        ('<c r="A3"/>', None),
        ('<x:c xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" r="A3"><x:v>7</x:v></x:c>', 7.0),
    ],
)
def test_a_cell_shows_what_it_shows_in_excel(bare_workbook: Build, cell: str, value: Shown | None) -> None:
    found = shown(bare_workbook, cell)
    assert (found.text if isinstance(found, Number) and isinstance(value, str) else found) == value


@pytest.mark.parametrize("settings", ['<calcPr calcId="0" fullCalcOnLoad="1"/>', '<calcPr fullCalcOnLoad="true"/>'])
def test_results_that_nobody_has_computed_are_none(bare_workbook: Build, settings: str) -> None:
    formula = '<c r="A3"><f>"QT-"&amp;"02"</f><v>0</v></c>'
    assert shown(bare_workbook, formula, settings) == NOT_COMPUTED
    assert shown(bare_workbook, formula) == 0.0
    assert shown(bare_workbook, '<c r="A3"><v>7</v></c>', settings) == 7.0


def test_what_is_hidden_or_struck_out_is_said_of_its_rows(bare_workbook: Build) -> None:
    styles = STYLES.replace("<x:cellStyleXfs>", "<x:fonts><x:font/><x:font><x:strike/></x:font></x:fonts><x:cellStyleXfs>")
    styles = styles.replace('<x:xf numFmtId="164"/>', '<x:xf numFmtId="0" fontId="1"/>')
    plain, struck = "<c><v>1</v></c>", '<c s="2"><v>1</v></c>'
    rows = (
        f'<row>{plain}</row><row hidden="1">{plain}</row><row>{struck}{struck}</row><row>{struck}{plain}</row><row hidden="1"/>'
    )
    (grid,) = read_grids(bare_workbook(rows, **{"xl/styles.xml": styles}), {"units"}.__contains__)
    assert (grid.hidden, grid.hidden_rows, grid.struck_rows) == (False, [2], [3])
    assert len(grid.rows) == 4, "and every row is read"


def test_a_workbook_may_count_its_days_from_1904(bare_workbook: Build) -> None:
    assert shown(bare_workbook, '<c r="A3" s="1"><v>44821</v></c>', settings='<workbookPr date1904="1"/>') == date(2026, 9, 18)


def test_rows_and_cells_without_references_are_counted(bare_workbook: Build) -> None:
    rows = "<row><c><v>1</v></c><c><v>2</v></c></row><row/><row><c><v>3</v></c></row>"

    assert read_grids(bare_workbook(rows), {"units"}.__contains__)[0].rows == [(1, {0: 1.0, 1: 2.0}), (3, {0: 3.0})]


def test_the_last_cell_that_excel_has_costs_no_memory(bare_workbook: Build) -> None:
    rows = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'

    assert read_grids(bare_workbook(rows), {"units"}.__contains__)[0].rows == [(1048576, {16383: 1.0})]


def test_a_sheet_that_is_not_asked_for_is_named_but_not_read(bare_workbook: Build) -> None:
    (grid,) = read_grids(bare_workbook('<row r="1"><c r="A1"><v>1</v></c></row>', name="notes"), {"units"}.__contains__)

    assert (grid.name, grid.rows) == ("notes", [])


def test_faults_are_problems_of_their_cells(bare_workbook: Build) -> None:
    texts = ("code", "name", "kind", "in_scope_from")
    header = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    kind = '<c t="inlineStr"><is><t>commune</t></is></c>'
    rows = f'<row>{header}</row><row><c t="e"><v>#NAME?</v></c><c><f>A1</f></c>{kind}<c><v>46283</v></c></row>'
    _register, problems = read_workbook(bare_workbook(rows))

    assert [(problem.row, problem.column) for problem in problems] == [(2, "code"), (2, "name"), (2, "in_scope_from")]
    assert "#NAME?" in problems[0].wrong and "no stored result" in problems[1].wrong


def test_columns_are_lettered_as_in_excel() -> None:
    assert [column_letters(index) for index in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]


def test_only_escaped_characters_are_unescaped() -> None:
    assert unescape("a_xD800_b") == "ab"
    assert unescape("_x0041_ _x41_ x0041_ _X0041_") == "A _x41_ x0041_ _X0041_"


def test_every_cell_of_the_national_portal_s_own_export_is_read_as_it_shows() -> None:
    place = Path("shared", "data", "service_procedures", "danh-sach-tthc-BoTuPhap.xlsx")
    path = next((up / place for up in Path(__file__).parents if (up / place).is_file()), None)
    if path is None:
        pytest.skip("the export of the national portal is not beside the checkout")
    sheets = openpyxl.load_workbook(path, data_only=True).worksheets
    grids = open_file(path.read_bytes(), path.name)

    assert [grid.name for grid in grids] == [sheet.title for sheet in sheets]
    for grid, sheet in zip(grids, sheets, strict=True):
        expected = {
            (cell.row, cell.column - 1): cell.value.replace("\r\n", "\n") if isinstance(cell.value, str) else cell.value
            for line in sheet.iter_rows()
            for cell in line
            if cell.value not in (None, "")
        }
        found = {(number, column): shown for number, cells in grid.rows for column, shown in cells.items()}
        assert {key: shown.replace("\r\n", "\n") if isinstance(shown, str) else shown for key, shown in found.items()} == expected
        assert len(found) > 1000
