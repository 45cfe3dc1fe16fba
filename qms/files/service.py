"""Pictures as evidence: read, made harmless, kept under their hash. Reading and storing happen before the transaction."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import Connection, func, select

from qms.config import present_settings
from qms.files.models import StoredFile
from qms.kernel.db import db
from qms.kernel.language import _l
from qms.kernel.later import later
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused
from qms.kernel.text import nfc

if TYPE_CHECKING:
    from PIL import Image, ImageOps
else:
    Image = later("PIL.Image")
    ImageOps = later("PIL.ImageOps")

LARGEST_BYTES = 10 * 1024 * 1024
LARGEST_PIXELS = {"JPEG": 60_000_000, "PNG": 16_000_000, "WEBP": 16_000_000}
"""More than telephones take (JPEG) and screens or scanners make (PNG, WebP); a file of few bytes that unpacks to more is an
attack. A JPEG is decoded at a fraction of its size, the others only whole: 60 million pixels of WebP took seconds."""
MOST_SCANS = 64
"""A progressive JPEG has about ten scans, each over all its pixels; thousands fit into few bytes."""
SCAN = b"\xff\xda"
LONGEST_SIDE = 2000
MEDIA_TYPE = "image/jpeg"
KIND = "file"
UPLOAD = ".upload-"
"""How the name of an unfinished upload begins."""


@dataclass(frozen=True)
class Picture:
    """A harmless picture: new bytes (JPEG, no EXIF, so no place and no telephone), their hash, a tidy name."""

    name: str
    content: bytes
    sha256: str


def read_picture(stream: BinaryIO, name: str) -> Picture:
    """Decodes an upload and encodes it anew, longest side at most 2000 px; nothing of the old bytes survives.

    Raises ``Refused``: picture_too_large (over 10 MB), not_a_picture (no JPEG, PNG or WebP, or damaged), picture_too_many_pixels
    (or scans).
    """
    raw = stream.read(LARGEST_BYTES + 1)
    if len(raw) > LARGEST_BYTES:
        raise Refused([Refusal("picture_too_large", _l("The photo is larger than 10 MB; choose a smaller one."))])
    content = _encoded(raw)
    return Picture(_tidy_name(name), content, hashlib.sha256(content).hexdigest())


def _encoded(raw: bytes) -> bytes:
    try:
        with Image.open(BytesIO(raw), formats=tuple(LARGEST_PIXELS)) as image:
            kind = str(image.format)
            if image.width * image.height > LARGEST_PIXELS[kind] or (kind == "JPEG" and raw.count(SCAN) > MOST_SCANS):
                raise Refused([_too_many_pixels()])
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image)
            target = BytesIO()
            _flat(upright).save(target, "JPEG", quality=85, optimize=True)
            return target.getvalue()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused([_too_many_pixels()]) from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError) as error:  # what damaged files make Pillow raise
        raise Refused([Refusal("not_a_picture", _l("The file is not a readable JPEG, PNG or WebP picture."))]) from error


def _too_many_pixels() -> Refusal:
    sentence = _l("The photo has more than 60 million pixels (PNG and WebP: 16 million); choose a smaller one.")
    return Refusal("picture_too_many_pixels", sentence)


def _flat(image: "Image.Image") -> "Image.Image":
    """Plain RGB without metadata; see-through parts become white."""
    full = image.convert("RGBA")
    ground = Image.new("RGB", full.size, "white")
    ground.paste(full, mask=full.getchannel("A"))
    return ground


def _tidy_name(name: str) -> str:
    stem = PurePath(nfc(name).replace("\\", "/")).stem
    kept = "".join(letter for letter in stem if letter.isprintable() and letter not in '<>:"|?*/').strip(". ")
    return f"{kept[:120] or 'photo'}.jpg"


def path_of(folder: Path, sha256: str) -> Path:
    """Where the bytes of a hash lie."""
    return folder / sha256[:2] / sha256


def store_bytes(picture: Picture, folder: Path) -> None:
    """Writes the bytes under their hash, whole or not at all; the same picture twice is stored once."""
    target = path_of(folder, picture.sha256)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=UPLOAD)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(picture.content)
        Path(temporary).replace(target)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def lock_hash(connection: Connection, sha256: str) -> None:
    """Keeps others who keep or remove the bytes of this hash waiting until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(int(sha256[:15], 16))))


def keep(picture: Picture, moment: Moment) -> StoredFile:
    """The database row of a picture whose bytes are stored.

    Somebody may have erased the same picture since: under the lock the bytes are looked for again, and written when they went.
    """
    lock_hash(db.session.connection(), picture.sha256)
    store_bytes(picture, present_settings().files)
    stored = StoredFile(
        sha256=picture.sha256,
        name=picture.name,
        media_type=MEDIA_TYPE,
        size=len(picture.content),
        uploaded_at=moment.instant,
        uploaded_by_id=moment.person.person_id,
    )
    db.session.add(stored)
    db.session.flush()
    return stored
