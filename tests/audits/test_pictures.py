"""Photos as evidence: what is taken, what becomes of it, and what hostile files come to."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from qms.files.service import LARGEST_BYTES, LARGEST_PIXELS, path_of, read_picture, store_bytes
from qms.kernel.refusal import Refused


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object) -> bytes:
    target = BytesIO()
    Image.new(mode, size, "teal" if mode == "RGB" else (0, 0, 0, 0)).save(target, kind, **options)
    return target.getvalue()


def refusal_of(raw: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read_picture(BytesIO(raw), "x.jpg")
    return refused.value.refusals[0].code


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 10)) + chunk(b"IEND", b"")


def many_scans(number: int) -> bytes:
    """A progressive JPEG whose last scan, a few bytes, is there again and again; each goes over all pixels."""
    whole = picture(size=(60, 40), progressive=True)
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * number + whole[-2:]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_kinds_become_a_plain_jpeg(kind: str) -> None:
    with Image.open(BytesIO(read_picture(BytesIO(picture(kind)), "a").content)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (60, 40))


def test_a_large_photo_is_made_smaller() -> None:
    with Image.open(BytesIO(read_picture(BytesIO(picture(size=(4000, 1000))), "a").content)) as image:
        assert image.size == (2000, 500)


def test_place_and_telephone_do_not_survive_but_the_right_way_up_does() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Telephone", 6
    taken = read_picture(BytesIO(picture(exif=exif)), "a").content
    with Image.open(BytesIO(taken)) as image:
        assert not image.getexif() and image.size == (40, 60)
    assert b"Telephone" not in taken


def test_what_telephones_and_scanners_make_is_taken() -> None:
    for raw in (picture(size=(9_000, 6_600)), picture("PNG", size=(2_480, 3_508)), many_scans(3)):
        assert read_picture(BytesIO(raw), "a").content


def test_no_picture_is_decoded_before_its_size_is_known_to_be_bearable(monkeypatch: pytest.MonkeyPatch) -> None:
    attacks = [picture("WEBP", lossless=True), picture("PNG"), many_scans(100)]
    monkeypatch.setattr(Image.Image, "load", lambda _image: pytest.fail("it was decoded"))
    for kind in ("WEBP", "PNG"):
        monkeypatch.setitem(LARGEST_PIXELS, kind, 10)
    assert [refusal_of(raw) for raw in attacks] == ["picture_too_many_pixels"] * 3


def test_see_through_parts_become_white() -> None:
    with Image.open(BytesIO(read_picture(BytesIO(picture("PNG", mode="RGBA")), "a").content)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not_a_picture"),
        (b"%PDF-1.7", "not_a_picture"),
        (picture("GIF"), "not_a_picture"),
        (picture("BMP"), "not_a_picture"),
        (picture(size=(600, 400))[:300], "not_a_picture"),
        (picture("PNG", size=(600, 400))[:80], "not_a_picture"),
        (png_header(9_000, 9_000), "picture_too_many_pixels"),
        (png_header(12_000, 9_000), "picture_too_many_pixels"),
        (png_header(60_000, 60_000), "picture_too_many_pixels"),
        (png_header(4_001, 4_000), "picture_too_many_pixels"),
        (picture("WEBP", size=(7_700, 2_100), lossless=True), "picture_too_many_pixels"),
        (many_scans(100), "picture_too_many_pixels"),
        (b"\xff\xd8\xff" + b"\0" * LARGEST_BYTES, "picture_too_large"),
    ],
)
def test_hostile_files_are_refused_with_a_sentence(raw: bytes, code: str) -> None:
    assert refusal_of(raw) == code


@pytest.mark.parametrize(
    ("name", "tidy"),
    [("../../etc/passwd", "passwd.jpg"), ("C:\\x\\Ảnh 1.png", "Ảnh 1.jpg"), ("", "photo.jpg"), ('a"\r\nb.jpg', "ab.jpg")],
)
def test_the_name_of_an_upload_is_only_a_name(name: str, tidy: str) -> None:
    assert read_picture(BytesIO(picture()), name).name == tidy


def test_the_same_picture_is_stored_once(tmp_path: Path) -> None:
    for _attempt in range(2):
        taken = read_picture(BytesIO(picture()), "a.jpg")
        store_bytes(taken, tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [path_of(tmp_path, taken.sha256)]
    assert path_of(tmp_path, taken.sha256).read_bytes() == taken.content
