"""A file that is no workbook is refused in one sentence, quickly, whatever it is."""

import io
import os
import struct
import time
import zipfile
from collections.abc import Callable

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms.imports.package import RATIO_LIMIT, UNPACKED_LIMIT
from qms.imports.refused import WorkbookRefused
from qms.imports.writer import write_template
from tests.imports.registers_of_an_office import SHEETS, read_workbook

MEGABYTE = 1024 * 1024
VALID = write_template(SHEETS, "en")


def refused(data: bytes) -> str:
    with pytest.raises(WorkbookRefused) as caught:
        read_workbook(data)
    assert caught.value.sentence.endswith(".")
    return caught.value.code


def with_parts(parts: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The valid workbook with parts added or replaced."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(VALID)) as source, zipfile.ZipFile(packed, "w", method) as target:
        for name in source.namelist():
            if name not in parts:
                target.writestr(name, source.read(name))
        for name, content in parts.items():
            target.writestr(name, content)
    return packed.getvalue()


def zeros(size: int, name: str = "xl/media/image1.bin") -> bytes:
    """The valid workbook with a part of zeros, packed bit by bit so that the test itself stays small."""
    packed = io.BytesIO(VALID)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w", force_zip64=True) as part:
        for _turn in range(size // MEGABYTE):
            part.write(bytes(MEGABYTE))
    return packed.getvalue()


def compound_file(*entries: str) -> bytes:
    """A compound file (the container of .xls and of encrypted workbooks) with a directory of these names, by [MS-CFB] 2.2-2.6."""
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        bytes(16),
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        bytes(6),
        0,
        1,
        1,
        0,
        0x1000,
        0xFFFFFFFE,
        0,
        0xFFFFFFFE,
        0,
        0,
    )
    header = header.ljust(512, b"\xff")
    fat = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE).ljust(512, b"\xff")
    directory = b""
    for name in ("Root Entry", *entries):
        encoded = name.encode("utf-16-le")
        directory += (
            encoded.ljust(64, b"\0") + struct.pack("<HBBiii", len(encoded) + 2, 5 if directory == b"" else 2, 0, -1, -1, -1)
        ).ljust(128, b"\0")
    return header + fat + directory.ljust(512, b"\0")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><body><table><tr><td>units</td></tr></table></body></html>",
        b"code,name,kind\r\nPMA,Minh An,commune\r\n",
        b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
        "Mã đơn vị;Tên đơn vị".encode("utf-16"),
    ],
    ids=["empty", "html", "csv", "pdf", "utf-16 text"],
)
def test_a_file_of_another_type_is_refused_whatever_its_name(data: bytes) -> None:
    assert refused(data) == "wrong_type"


def test_a_word_document_is_refused_although_it_is_a_zip_too() -> None:
    written = io.BytesIO()
    docx.Document().save(written)

    assert refused(written.getvalue()) == "wrong_type"


def test_any_other_zip_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("units.csv", "code,name")

    assert refused(packed.getvalue()) == "wrong_type"


def test_a_binary_workbook_is_refused_as_a_wrong_type() -> None:
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    with zipfile.ZipFile(io.BytesIO(VALID)) as archive:
        types = archive.read("[Content_Types].xml").replace(kind, b"application/vnd.ms-excel.sheet.binary.macroEnabled.main")

    assert refused(with_parts({"[Content_Types].xml": types})) == "wrong_type"


def test_a_password_protected_workbook_is_refused_and_says_so() -> None:
    assert refused(compound_file("EncryptionInfo", "EncryptedPackage")) == "password"


def test_a_workbook_older_than_excel_97_is_refused_and_names_the_new_format() -> None:
    assert refused(compound_file("Book")) == "old_format"


def test_a_document_of_old_word_is_refused_although_its_container_is_that_of_old_excel() -> None:
    assert refused(compound_file("WordDocument")) == "wrong_type"


@pytest.mark.parametrize("project", ["_VBA_PROJECT_CUR", "_VBA_PROJECT"])
def test_an_old_workbook_with_macros_is_refused(project: str) -> None:
    assert refused(compound_file("Workbook", project)) == "macros"


def test_a_workbook_in_an_encrypted_zip_is_refused_as_password_protected() -> None:
    data = bytearray(VALID)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1

    assert refused(bytes(data)) == "password"


def test_a_workbook_with_a_macro_project_is_refused() -> None:
    assert refused(with_parts({"xl/vbaProject.bin": b"\xd0\xcf"})) == "macros"


def test_a_workbook_that_calls_itself_macro_enabled_is_refused() -> None:
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    with zipfile.ZipFile(io.BytesIO(VALID)) as archive:
        types = archive.read("[Content_Types].xml").replace(kind, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")

    assert refused(with_parts({"[Content_Types].xml": types})) == "macros"


def test_a_workbook_with_a_sheet_of_old_macros_is_refused() -> None:
    assert refused(with_parts({"xl/macrosheets/sheet1.xml": b"<macrosheet/>"})) == "macros"


def test_a_workbook_of_one_gigabyte_when_unpacked_is_refused_at_once() -> None:
    data = zeros(1024 * MEGABYTE)
    begin = time.perf_counter()

    assert refused(data) == "too_large"
    assert time.perf_counter() - begin < 2


def test_a_sheet_of_one_gigabyte_when_unpacked_is_refused_at_once() -> None:
    data = with_parts({})
    packed = io.BytesIO(data)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/worksheets/sheet99.xml", "w") as part:
        part.write(b"<worksheet><sheetData>")
        for _turn in range(1024):
            part.write(b"<row/>" * (MEGABYTE // 6))
    begin = time.perf_counter()

    assert refused(packed.getvalue()) == "too_large"
    assert time.perf_counter() - begin < 2


def test_a_part_that_grows_beyond_all_measure_is_refused_below_the_limit_too() -> None:
    assert refused(zeros(UNPACKED_LIMIT // 2)) == "too_large"


def test_a_small_part_may_grow_as_it_likes() -> None:
    _register, problems = read_workbook(zeros(MEGABYTE))

    assert problems == []


def test_more_than_the_limit_is_refused_even_when_no_part_grows_much() -> None:
    block = os.urandom(MEGABYTE // 64) * 64  # deflates by far less than the ratio's limit
    parts = {f"xl/media/image{number}.bin": block for number in range(UNPACKED_LIMIT // MEGABYTE + 1)}
    data = with_parts(parts)

    assert len(data) * RATIO_LIMIT > UNPACKED_LIMIT
    assert refused(data) == "too_large"


def test_a_size_that_lies_is_not_believed() -> None:
    data = bytearray(zeros(16 * MEGABYTE))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        entry = archive.getinfo("xl/media/image1.bin")
    true_size, small = struct.pack("<I", entry.file_size), struct.pack("<I", 100)
    central = data.rindex(b"PK\x01\x02")
    assert data[central + 24 : central + 28] == true_size
    data[central + 24 : central + 28] = small

    assert refused(bytes(data)) in ("too_large", "damaged")


def test_parts_packed_by_a_method_that_no_spreadsheet_program_uses_are_refused() -> None:
    assert refused(with_parts({"xl/media/image1.bin": bytes(MEGABYTE)}, method=zipfile.ZIP_BZIP2)) == "damaged"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet2.xml", "xl/styles.xml", "[Content_Types].xml"])
def test_xml_entities_are_refused_in_every_part(part: str) -> None:
    with zipfile.ZipFile(io.BytesIO(VALID)) as archive:
        content = archive.read(part)
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'

    assert refused(with_parts({part: laughs + content})) == "entities"


@pytest.mark.parametrize("kept", [10, 300, len(VALID) // 2, len(VALID) - 30])
def test_a_workbook_cut_short_is_refused_as_damaged(kept: int) -> None:
    assert refused(VALID[:kept]) == "damaged"


@pytest.mark.parametrize(
    ("rows", "more"),
    [
        ('<row r="1"><c r="A1" t="s"><v>7</v></c></row>', {}),
        ('<row r="1"><c r="A1"><v>one</v></c></row>', {}),
        ('<row r="1"><c r="A1"><v>NaN</v></c></row>', {}),
        ('<row r="1"><c r="A1" s="99"><v>1</v></c></row>', {}),
        ('<row r="1"><c r="1A"><v>1</v></c></row>', {}),
        ('<row r="first"><c r="A1"><v>1</v></c></row>', {}),
        ('<row r="1"><c r="A1">', {}),
        ("", {"xl/_rels/workbook.xml.rels": "<Relationships/>"}),
        ("", {"xl/workbook.xml": "<workbook><sheets><sheet/></sheets></workbook>"}),
        ("", {"xl/workbook.xml": b"\xff\xfe\x00"}),
    ],
    ids=["string", "number", "not a number", "style", "cell", "row", "open tag", "no relation", "no name", "no xml"],
)
def test_a_workbook_whose_parts_make_no_sense_is_refused_as_damaged(
    bare_workbook: Callable[..., bytes], rows: str, more: dict[str, str | bytes]
) -> None:
    assert refused(bare_workbook(rows, **more)) == "damaged"


def test_two_sheets_of_one_name_are_refused_before_one_of_them_is_lost(bare_workbook: Callable[..., bytes]) -> None:
    sheet = '<sheet name="units" sheetId="1" r:id="rId1"/>'
    book = f'<workbook xmlns:r="http://schemas.openxmlformats.org/x"><sheets>{sheet}{sheet}</sheets></workbook>'

    assert refused(bare_workbook("", **{"xl/workbook.xml": book})) == "damaged"


@given(st.integers(0, len(VALID) - 1), st.binary(min_size=1, max_size=8))
def test_a_workbook_with_some_bytes_changed_is_read_or_refused_and_never_breaks(at: int, change: bytes) -> None:
    data = VALID[:at] + change + VALID[at + len(change) :]
    try:
        read_workbook(data)
    except WorkbookRefused as refusal:
        assert refusal.code in {"damaged", "wrong_type", "password", "macros", "entities", "too_large"}


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    refused(data)
    assert refused(b"PK\x03\x04" + data) == "damaged"
