"""The daily letter: one for each person at most, with what is new and what else waits."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, time

from sqlalchemy import Select, select, update

from qms.accounts.links.service import may_get_letter
from qms.accounts.models import Person
from qms.config import present_settings
from qms.digest.composing import Digest, digest_of, groups, subject_line
from qms.digest.reminders import working_day_from
from qms.digest.waiting import Waiting, last_day, of_people
from qms.kernel.bulk import chunks
from qms.kernel.days import LOCAL
from qms.kernel.db import db, writing
from qms.kernel.feature import Job, by_parts
from qms.kernel.language import _l, force_locale
from qms.kernel.moment import Moment
from qms.kernel.web import public_link
from qms.notices.models import Letter, Notice
from qms.notices.records import record_path, way_in
from qms.notices.service import mail_configured, reachable_by_mail, write_letter
from qms.workdays.queries import calendar

log = logging.getLogger(__name__)

TEMPLATE = "digest"
PAGE = "/digest/mine"
"""The page of the own digest; a link from a letter leads to it and opens nothing else below it."""


class NotAllWritten(Exception):
    """Some digests could not be written; the job is tried again and leaves out whoever has one already."""


def send_digests(_period: str, moment: Moment) -> str:
    """Writes the letters of the day; answers how many. Without a mail server it writes none: people look at their page.

    Each letter is a transaction of its own, so one that cannot be written stops no other.
    """
    if not mail_configured():
        return "0"
    due = _people_with_news(moment)
    waiting: dict[int, list[Waiting]] = {}
    for one in of_people(due, moment.today, last_day(moment.today, calendar())):
        if one.person_id is not None:
            waiting.setdefault(one.person_id, []).append(one)
    news = _notices(due)
    digests = {who: digest_of(moment.today, waiting.get(who, ()), news.get(who, ())) for who in due}
    digests = {who: digest for who, digest in digests.items() if digest.says_something_new}
    paths = _paths(digests.values())
    failed = 0
    for who, digest in digests.items():
        try:
            with writing():
                _write(who, digest, paths, moment)
        except Exception:  # whatever is wrong with one letter, the others are written
            log.exception("the digest of person %s could not be written", who)
            failed += 1
    if failed:
        raise NotAllWritten(f"{failed} of {len(digests)}")
    return str(len(digests))


def _write(person_id: int, digest: Digest, paths: Mapping[tuple[str, str], str | None], moment: Moment) -> None:
    person = db.session.get_one(Person, person_id)
    address = reachable_by_mail(person)
    if address is None:
        return
    light = may_get_letter(person, moment.today)
    own = [path for key in _keys(digest) if (path := paths[key])]
    with force_locale(person.language):
        subject = subject_line(digest)
        plain = {} if light else {key: path and public_link(path) for key, path in paths.items()}
        values = {
            "subject": subject,
            "full_name": person.full_name,
            "headline": subject + ".",
            "sign_in_url": way_in(person, [PAGE, *dict.fromkeys(own)], moment) if light else None,
            "groups": groups(digest, plain),
            "all_url": public_link(PAGE),
        }
        letter = write_letter(address, TEMPLATE, person.language, moment, values, person.id)
    db.session.flush()
    for some in chunks(digest.notice_ids):
        carried = update(Notice).where(Notice.id.in_(some), Notice.letter_id.is_(None)).values(letter_id=letter.id)
        db.session.execute(carried)


def _keys(digest: Digest) -> list[tuple[str, str]]:
    return [(one.deadline.kind, one.code) for one in digest.waiting] + [(one.kind, one.code) for one in digest.news]


def _paths(digests: Iterable[Digest]) -> dict[tuple[str, str], str | None]:
    """The page of each record that is named, looked up once however many people hear of it."""
    return {key: record_path(*key) for key in dict.fromkeys(key for digest in digests for key in _keys(digest))}


def _uncarried() -> Select[Notice]:
    return select(Notice).where(Notice.letter_id.is_(None), Notice.read_at.is_(None))


def _people_with_news(moment: Moment) -> list[int]:
    """Whoever has notices that no letter carried, can be written to, and got no digest today yet."""
    begins = datetime.combine(moment.today, time(), LOCAL)
    had_one = select(Letter.id).where(Letter.person_id == Person.id, Letter.template == TEMPLATE, Letter.made_at >= begins)
    query = select(Person.id).where(
        Person.id.in_(_uncarried().with_only_columns(Notice.person_id)),
        Person.disabled.is_(False),
        Person.email.is_not(None),
        ~had_one.exists(),
    )
    return list(db.session.scalars(query.order_by(Person.id)))


def _notices(person_ids: list[int]) -> dict[int, list[Notice]]:
    found: dict[int, list[Notice]] = {}
    for some in chunks(person_ids):
        for notice in db.session.scalars(_uncarried().where(Notice.person_id.in_(some)).order_by(Notice.id)).all():
            db.session.expunge(notice)  # each letter has a transaction of its own; what was read here stays as it is
            found.setdefault(notice.person_id, []).append(notice)
    return found


def _digest_period(instant: datetime) -> str | None:
    return working_day_from(instant, present_settings().digest_hour, 0)


DIGESTS = Job("digests", _l("Daily letters"), _digest_period, by_parts(send_digests))
"""Every working day from the hour of the settings."""
