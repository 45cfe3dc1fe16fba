"""Whether the bytes of every file are those that were uploaded."""

import hashlib
from collections.abc import Iterator

from sqlalchemy import func, select

from qms.config import present_settings
from qms.files.models import StoredFile
from qms.files.service import path_of
from qms.kernel.db import db
from qms.kernel.language import _l
from qms.trail.findings import Check, Finding


def changed_files() -> Iterator[Finding]:
    """Files whose bytes are gone or do not give their hash; the same bytes are read once."""
    folder = present_settings().files
    files = select(StoredFile.sha256, func.min(StoredFile.id)).group_by(StoredFile.sha256).order_by(func.min(StoredFile.id))
    for digest, file_id in db.session.execute(files).all():
        try:
            with path_of(folder, digest).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            yield Finding("file_gone", StoredFile.__tablename__, str(file_id))
            continue
        if found != digest:
            yield Finding("file_changed", StoredFile.__tablename__, str(file_id))


CHECK = Check(_l("Files against their hashes"), changed_files)
