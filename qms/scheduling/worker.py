"""The job process at the queue: takes a piece of work by a lease, does it, and enters result and end in one transaction.

A process that is killed leaves its lease behind. When that runs out, the work is taken up once more; after the second time it
is said to have failed. A process that was only slow finds its lease gone when it wants to write, and writes nothing: so no
work is done twice, whoever does it. On PostgreSQL several processes take work (``SKIP LOCKED``); on SQLite only the clock does.
"""

import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import Select, or_, select, update
from sqlalchemy.exc import OperationalError

from qms.accounts.actor import actor_of
from qms.accounts.models import Person
from qms.config import present_settings
from qms.kernel.days import local_day
from qms.kernel.db import connection_of, db, is_full, is_locked, noting, writing
from qms.kernel.language import LANGUAGES, _, force_locale
from qms.kernel.moment import Moment, system_moment
from qms.kernel.refusal import Refused
from qms.kernel.work import Result, WorkInterrupted
from qms.notices.sentences import ended_name
from qms.notices.service import notify
from qms.scheduling import binding
from qms.scheduling.models import RECORD, Work, WorkState
from qms.scheduling.queue import kind_of
from qms.scheduling.results import fresh_file
from qms.trail.service import record

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
BEAT_SECONDS = 1.0
"""How often progress is written, and the owner's wish read."""
RENEW_WITHIN = timedelta(seconds=45)
MOST_ATTEMPTS = 2


class Taken:
    """A piece of work in the hands of this process: says how far it is, holds the lease, hears when it shall stop."""

    def __init__(self, app: Flask, work_id: int, owner: str, stop: threading.Event) -> None:
        self._app, self._id, self._owner, self._stop = app, work_id, owner, stop
        self._counts = (0, 0)
        self._told = (0, 0)
        self._until = datetime.now(UTC) + LEASE
        self._over = threading.Event()
        self.lost = self.unwanted = False
        self._file: Path | None = None
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "Taken":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def file(self) -> Path:
        """Where the content of the result is written."""
        if self._file is None:
            self._file = fresh_file()
        return self._file

    @property
    def total(self) -> int:
        """Of how many it last said that so many are done."""
        return self._counts[1]

    @property
    def stopping(self) -> bool:
        """Whether this process must end."""
        return self._stop.is_set()

    def __call__(self, done: int, total: int) -> None:
        """How far it is; raises ``WorkInterrupted`` when it shall stop."""
        total = max(total, 0)
        self._counts = (min(max(done, 0), total), total)
        if self.lost or self.unwanted or self.stopping:
            raise WorkInterrupted

    def drop_file(self) -> None:
        """Removes what was written for a result that will not be."""
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def _beat(self) -> None:
        with self._app.app_context():
            while not self._over.wait(BEAT_SECONDS):
                try:
                    self._tell(datetime.now(UTC))
                    self._hear()
                except OperationalError:  # the next beat may find the database again; the lease tells when it was too long
                    log.warning("the progress of work %s could not be written", self._id)

    def _tell(self, instant: datetime) -> None:
        counts = self._counts
        if counts == self._told and self._until - instant > RENEW_WITHIN:
            return
        held = update(Work).where(Work.id == self._id, Work.owner == self._owner)
        if noting(held.values(done=counts[0], total=counts[1], until=instant + LEASE)):
            self._told, self._until = counts, instant + LEASE

    def _hear(self) -> None:
        with db.engine.connect() as connection:
            row = connection.execute(select(Work.owner, Work.unwanted).where(Work.id == self._id)).first()
        self.lost = row is None or row.owner != self._owner
        self.unwanted = row is not None and row.unwanted


def take(owner: str, instant: datetime) -> int | None:
    """The next piece of work for this process alone; None when there is none. What died twice is said to have failed."""
    ready = or_(Work.state == WorkState.QUEUED, (Work.state == WorkState.RUNNING) & (Work.until < instant))
    if db.session.scalar(select(Work.id).where(ready).limit(1)) is None:  # asked every second: mostly there is nothing
        return None
    with writing() as session:
        work = session.scalar(select(Work).where(ready).order_by(Work.id).limit(1).with_for_update(skip_locked=True))
        if work is None:
            return None
        if not binding.holds(work):
            _refuse(work, instant)
            return None
        if work.attempts >= MOST_ATTEMPTS:
            with force_locale(work.language):
                sentence = _("The program ended twice while it did this. Nothing was changed; the administrator should look.")
            _end(work, WorkState.FAILED, instant, sentence=sentence)
            return None
        if work.unwanted:
            _end(work, WorkState.CANCELLED, instant)
            return None
        work.state, work.owner, work.until = WorkState.RUNNING, owner, instant + LEASE
        work.started_at = work.started_at or instant
        work.attempts += 1
        work.done = work.total = 0
        return work.id


def work_off(app: Flask, owner: str, stop: threading.Event) -> int:
    """Does what is queued until nothing is left or ``stop`` is set; answers how many pieces were taken."""
    count = 0
    while not stop.is_set():
        work_id = take(owner, datetime.now(UTC))
        if work_id is None:
            return count
        count += 1
        _do(app, work_id, owner, stop)
    return count


def _do(app: Flask, work_id: int, owner: str, stop: threading.Event) -> None:
    work = db.session.get_one(Work, work_id)
    if not binding.holds(work):  # changed since it was taken
        _forged(work_id, owner)
        return
    language = work.language
    with Taken(app, work_id, owner, stop) as taken, force_locale(language):
        try:
            _run(work, owner, taken)
        except binding.Forged:
            db.session.rollback()
            taken.drop_file()
            _forged(work_id, owner)
        except WorkInterrupted:
            db.session.rollback()
            taken.drop_file()
            _interrupted(work_id, owner)
        except Exception as error:  # noqa: BLE001 - whatever happened, its owner must be told
            db.session.rollback()
            taken.drop_file()
            _failed(work_id, owner, _sentence(work_id, error))


def _run(work: Work, owner: str, taken: Taken) -> None:
    """Computes outside any transaction; then writes, and enters the end, in one."""
    moment = _moment(work)
    kind = kind_of(work.kind)
    if moment is None or not moment.person.may(kind.permission, None):
        _failed(work.id, owner, _("Whoever started this has no right to it any more."))
        return
    work_id = work.id
    finish = kind.run(dict(work.arguments), moment, taken)
    with writing(connection_of(finish)) as session:
        mine = session.scalar(_held(work_id, owner))  # from here on nobody takes it over, or back
        if mine is None or mine.unwanted:
            raise WorkInterrupted
        if not binding.holds(mine):  # or the result would be somebody else's
            raise binding.Forged
        result = finish()
        mine.total = mine.done = taken.total
        _end(mine, WorkState.DONE, datetime.now(UTC), result, taken.file if result.file_name else None)


def _moment(work: Work) -> Moment | None:
    """The owner with the grants of now; None for somebody whose account is closed."""
    instant = datetime.now(UTC)
    person = db.session.get(Person, work.person_id)
    if person is None or person.disabled:
        return None
    return Moment(actor_of(person, local_day(instant)), instant, work.address, work.request_id)


def _end(
    work: Work,
    state: WorkState,
    instant: datetime,
    result: Result | None = None,
    file: Path | None = None,
    sentence: str | None = None,
) -> None:
    """Enters how it ended, and tells its owner unless the owner ended it."""
    _close(work, state, instant, result, file, sentence)
    if state is not WorkState.CANCELLED:
        notify(work.person_id, ended_name(work.kind, well=state is WorkState.DONE), RECORD, str(work.id), system_moment(instant))


def _close(
    work: Work,
    state: WorkState,
    instant: datetime,
    result: Result | None = None,
    file: Path | None = None,
    sentence: str | None = None,
) -> None:
    result = result or Result(sentence)
    path = None if result.endpoint is None else current_app.url_map.bind("").build(result.endpoint, dict(result.values))
    work.state, work.owner, work.until, work.finished_at = state, None, None, instant
    work.kept_until = instant + timedelta(days=present_settings().results_days)
    work.sentence, work.path, work.file_name = result.sentence, path, result.file_name
    work.file = None if file is None else file.name
    work.seal = None  # nobody takes it up again


def _interrupted(work_id: int, owner: str) -> None:
    """Taken back by its owner: over. Left because this process ends: waits again, as if it had not been begun."""
    with writing() as session:
        work = session.scalar(_held(work_id, owner))
        if work is None:  # another process has it
            return
        if work.unwanted:
            _end(work, WorkState.CANCELLED, datetime.now(UTC))
            return
        work.state, work.owner, work.until = WorkState.QUEUED, None, None
        work.attempts -= 1
        work.done = work.total = 0


def _failed(work_id: int, owner: str, sentence: str) -> None:
    with writing() as session:
        work = session.scalar(_held(work_id, owner))
        if work is not None:
            _end(work, WorkState.FAILED, datetime.now(UTC), sentence=sentence)


def _forged(work_id: int, owner: str) -> None:
    with writing() as session:
        work = session.scalar(_held(work_id, owner))
        if work is not None:
            _refuse(work, datetime.now(UTC))


def _refuse(work: Work, instant: datetime) -> None:
    """Does nothing of it, and says so to the log, the trail and the administrator: nobody knows who asked for it, if anybody."""
    log.error("work %s was not done: another hand has changed or put in its row", work.id)
    record(system_moment(instant), RECORD, str(work.id), binding.DEED, changes={"person": [None, work.person_id]})
    with force_locale(work.language if work.language in LANGUAGES else LANGUAGES[0]):
        sentence = _("This is not what was asked for: another hand has changed it. Nothing was done; please start it again.")
    _close(work, WorkState.FAILED, instant, sentence=sentence)


def _held(work_id: int, owner: str) -> Select[Work]:
    return select(Work).where(Work.id == work_id, Work.owner == owner).with_for_update()


def _sentence(work_id: int, error: Exception) -> str:
    """Why it failed, for its owner."""
    if isinstance(error, Refused):
        return " ".join(str(refusal) for refusal in error.refusals)
    if isinstance(error, OperationalError) and is_locked(error):
        return str(_("Others were saving all the time. Nothing was changed; please start it again."))
    if is_full(error):
        return str(_("There is no room left on the disk of the server. Nothing was changed; please tell the administrator."))
    log.error("work %s failed", work_id, exc_info=error)
    sentence = _(
        "The system could not do this. Nothing was changed. Please tell the administrator the number %(id)s.", id=work_id
    )
    return str(sentence)
