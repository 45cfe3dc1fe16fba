"""Office files that are the same bytes every time: zip entries and core properties otherwise carry the moment of saving."""

import re
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def still(content: bytes) -> bytes:
    """The same DOCX or XLSX with every entry and both properties dated 1 January 2000, as ReportLab's ``invariant`` does."""
    target = BytesIO()
    with ZipFile(BytesIO(content)) as source, ZipFile(target, "w", ZIP_DEFLATED) as copy:
        for name in source.namelist():
            entry = ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            data = source.read(name)
            copy.writestr(entry, _MOMENT.sub(rb"\g<1>2000-01-01T00:00:00Z", data) if name == "docProps/core.xml" else data)
    return target.getvalue()
