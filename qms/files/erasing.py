"""Erasing a file: the row goes with its entry in the trail, the bytes after the commit, and only when nothing refers to them.

Two uploads of one picture share their bytes, so whoever keeps a row and whoever removes bytes wait for one another: a lock on
the hash on PostgreSQL, the one writer on SQLite. A crash between commit and removal leaves an orphan, which a daily sweep takes.
"""

import re
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app, request
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, SessionTransaction

from qms.config import present_settings
from qms.files.models import StoredFile
from qms.files.service import KIND, UPLOAD, lock_hash, path_of
from qms.kernel.days import LOCAL, local_day
from qms.kernel.db import db, writing
from qms.kernel.feature import Job, by_parts
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.web import request_id
from qms.trail.service import record

GRACE = timedelta(days=1)
"""Bytes are stored before the row that refers to them; what is younger may still get one."""
SWEEP_HOUR = 3
_ERASED = "qms_erased_files"
_HASH = re.compile(r"[0-9a-f]{64}")


def erase(stored: StoredFile, moment: Moment, *, unit_id: int | None = None, reason: str | None = None) -> None:
    """Removes a file. The caller has taken it from its record; the bytes go once that is committed.

    What is rolled back keeps its bytes. The trail keeps number and hash, never the name: it may name a citizen.
    """
    changes = {"sha256": [stored.sha256, None], "size": [stored.size, None]}
    record(moment, KIND, str(stored.id), "erase", unit_id=unit_id, changes=changes, reason=reason)
    session = db.session()
    session.info.setdefault(_ERASED, set()).add(stored.sha256)
    session.delete(stored)


@event.listens_for(Session, "after_commit")
def _remove_bytes(session: Session) -> None:
    """Still inside ``writing()``, so on SQLite the look that follows takes the one writer's lock."""
    for sha256 in session.info.pop(_ERASED, ()):
        try:
            with db.engine.begin() as connection:
                _remove_unless_needed(connection, sha256)
        except (OSError, OperationalError):  # the row is gone, and that counts; the sweep takes the bytes
            current_app.logger.warning("%s: the bytes of an erased file wait for the sweep", request_id() if request else "-")


@event.listens_for(Session, "after_soft_rollback")
def _keep_bytes(session: Session, _previous: SessionTransaction) -> None:
    session.info.pop(_ERASED, None)


def _remove_unless_needed(connection: Connection, sha256: str) -> bool:
    lock_hash(connection, sha256)
    needed = connection.scalar(select(StoredFile.id).where(StoredFile.sha256 == sha256).limit(1)) is not None
    path = path_of(_folder(), sha256)
    if needed or not path.exists():
        return False
    path.unlink(missing_ok=True)
    return True


def sweep(moment: Moment) -> int:
    """Removes bytes without a row and uploads that broke off, once they are older than ``GRACE``; answers how many."""
    folder, removed = _folder(), 0
    old = (moment.instant - GRACE).timestamp()
    for path in sorted(folder.glob("*/*")) if folder.is_dir() else ():
        if not path.is_file() or path.stat().st_mtime > old:
            continue
        if path.name.startswith(UPLOAD):
            path.unlink(missing_ok=True)
            removed += 1
        elif _HASH.fullmatch(path.name) and not _has_row(path.name):
            with writing() as session:
                removed += _remove_unless_needed(session.connection(), path.name)
    return removed


def _has_row(sha256: str) -> bool:
    """A look without a lock, as nearly every file has its row."""
    known = db.session.scalar(select(StoredFile.id).where(StoredFile.sha256 == sha256).limit(1))
    db.session.rollback()
    return known is not None


def _folder() -> Path:
    return present_settings().files


def _daily(instant: datetime) -> str | None:
    return None if instant.astimezone(LOCAL).hour < SWEEP_HOUR else local_day(instant).isoformat()


SWEEP = Job("sweep_files", _l("Files that nothing refers to"), _daily, by_parts(lambda _period, moment: str(sweep(moment))))
