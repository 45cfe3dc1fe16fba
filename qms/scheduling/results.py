"""The files that long work leaves for its owner: written by the job process, sent by the pages, gone after a time."""

import re
import secrets
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, select

from qms.config import present_settings
from qms.kernel.db import db, writing
from qms.kernel.feature import Chore
from qms.kernel.moment import Moment
from qms.scheduling.models import Work

_SWEPT_AFTER = timedelta(days=1)
"""A file that no work names and nobody has written to for so long was left by a process that died."""
_AT_ONCE = 100
_NAME = re.compile(r"[0-9a-f]{32}")


def fresh_file() -> Path:
    """A path that nothing has, in the folder of results; the folder is only for the program itself."""
    folder = present_settings().results
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / secrets.token_hex(16)


def file_of(work: Work) -> Path | None:
    """Where the file of a result lies; None when there is none."""
    return None if work.file is None else _path(work.file)


def _path(name: str) -> Path | None:
    """A name as ``fresh_file`` makes them; any other was written by another hand, and leads nowhere."""
    return present_settings().results / name if _NAME.fullmatch(name) else None


def purge(moment: Moment) -> int:
    """Removes work whose time is over, its file after it; answers how many."""
    old = select(Work.id, Work.file).where(Work.kept_until < moment.instant).limit(_AT_ONCE)
    gone = db.session.execute(old).all()
    if not gone:
        return 0
    with writing() as session:
        session.execute(delete(Work).where(Work.id.in_([work_id for work_id, _file in gone])))
    for _id, file in gone:
        path = None if file is None else _path(file)
        if path is not None:
            path.unlink(missing_ok=True)
    return len(gone)


def sweep() -> int:
    """Removes files that no work names, a day after the last byte; answers how many."""
    folder = present_settings().results
    oldest = time.time() - _SWEPT_AFTER.total_seconds()
    old = [path for path in folder.glob("*") if path.stat().st_mtime < oldest]
    named = set(db.session.scalars(select(Work.file).where(Work.file.is_not(None)))) if old else set()
    left = [path for path in old if path.name not in named]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


PURGE = Chore("work_results", purge)
