"""Office files that are the same bytes every time: zip entries and core properties otherwise carry the moment of saving."""

import re
from datetime import date
from io import BytesIO
from shutil import copyfileobj
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_PROPERTIES = "docProps/core.xml"


def still(content: bytes, made_on: date) -> bytes:
    """The same DOCX or XLSX with every entry dated 1 January 2000, and both properties the day of making."""
    target = BytesIO()
    write_still(BytesIO(content), target, made_on)
    return target.getvalue()


def write_still(source: BinaryIO, target: BinaryIO, made_on: date) -> None:
    """The same from file to file; never more than a piece of an entry is in memory, as a list may be long."""
    moment = rb"\g<1>" + made_on.isoformat().encode() + b"T00:00:00Z"
    with ZipFile(source) as moving, ZipFile(target, "w", ZIP_DEFLATED) as copy:
        for name in moving.namelist():
            entry = ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            entry.file_size = moving.getinfo(name).file_size  # so that a large one is written as such
            with moving.open(name) as before, copy.open(entry, "w") as after:
                if name == _PROPERTIES:
                    after.write(_MOMENT.sub(moment, before.read()))
                else:
                    copyfileobj(before, after)
