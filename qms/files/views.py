"""Sending a stored file. No page of its own: the page of the record that holds the file decides who may have it."""

from flask import Response, abort, send_file

from qms.config import present_settings
from qms.files.models import StoredFile
from qms.files.service import path_of


def send_stored(stored: StoredFile) -> Response:
    """The bytes as an attachment that no browser interprets; 404 when they are gone from the disk."""
    path = path_of(present_settings().files, stored.sha256)
    if not path.is_file():
        abort(404)
    return send_file(
        path, mimetype=stored.media_type, as_attachment=True, download_name=stored.name, etag=False, conditional=False
    )
