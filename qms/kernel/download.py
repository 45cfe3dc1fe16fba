"""What people carry away as a file: one answer for every kind, so that no page forgets its type or sends it as a page."""

from collections.abc import Iterator

from flask import Response

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "json": "application/json; charset=utf-8",
    "jsonl": "application/jsonl",
    "pdf": "application/pdf",
    "py": "text/x-python; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def as_file(content: bytes | str | Iterator[str], name: str) -> Response:
    """The content under a name of ours (plain letters, never typed by people); its ending says what it is.

    Sent as an attachment, so the headers that forbid a file to run belong to it (``FILE_POLICY`` in ``qms.kernel.web``).
    """
    media_type = MEDIA_TYPES[name.rpartition(".")[2]]
    return Response(content, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
