"""A digest in words: what is overdue, what is due soon, what else happened; as values of a letter and as plain text for Zalo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app

from qms.accounts.models import Person
from qms.digest.waiting import Waiting
from qms.kernel.language import _, ngettext
from qms.kernel.web import day_text
from qms.notices.models import Notice
from qms.notices.sentences import OVERDUE, one_line, sentence_or_name, stage_name
from qms.units.models import Unit

AT_MOST = 50
"""How many things of one kind a digest lists; the page has them all."""


@dataclass(frozen=True)
class Digest:
    """What a person is told on a day. ``news`` are the notices that are no reminders, the newest first."""

    today: date
    waiting: Sequence[Waiting]
    news: Sequence[Notice]
    fresh: frozenset[tuple[str, str, str, date | None]] = frozenset()
    """Name, kind, code and day of the reminders that no digest has carried yet."""
    notice_ids: Sequence[int] = ()
    """The notices it carries."""

    @property
    def overdue(self) -> list[Waiting]:
        """What is late, the latest first."""
        return [one for one in self.waiting if one.stage(self.today) == OVERDUE]

    @property
    def soon(self) -> list[Waiting]:
        """What is due soon."""
        return [one for one in self.waiting if one.stage(self.today) != OVERDUE]

    def is_fresh(self, waiting: Waiting) -> bool:
        """Whether a person hears of it for the first time."""
        name = stage_name(waiting.stage(self.today), waiting.deadline.name)
        return (name, waiting.deadline.kind, waiting.code, waiting.due_on) in self.fresh

    @property
    def says_something_new(self) -> bool:
        """Whether it is worth a letter; what people were told once does not come every morning."""
        return bool(self.news) or any(self.is_fresh(one) for one in self.waiting)


def digest_of(today: date, waiting: Sequence[Waiting], notices: Sequence[Notice]) -> Digest:
    """A digest of what waits and of notices that were not carried yet."""
    fresh = frozenset((one.name, one.kind, one.code, one.due_on) for one in notices)
    news = [one for one in notices if not is_reminder(one)]
    return Digest(today, waiting, sorted(news, key=lambda one: -one.id), fresh, [one.id for one in notices])


def is_reminder(notice: Notice) -> bool:
    """Whether a notice tells of a deadline, which a digest lists anyway."""
    return "." in notice.name


def subject_line(digest: Digest) -> str:
    """What stands in the list of somebody's mails: how much, and how much of it is late."""
    late, total = len(digest.overdue), len(digest.waiting)
    if not total:
        return str(ngettext("%(num)s new message", "%(num)s new messages", len(digest.news)))
    things = str(ngettext("%(num)s thing needs you", "%(num)s things need you", total))
    return f"{things}, {ngettext('%(num)s is overdue', '%(num)s are overdue', late)}" if late else things


def groups(digest: Digest, urls: Mapping[tuple[str, str], str | None]) -> list[dict[str, Any]]:
    """The parts of a digest in the language of now, each with its items: sentence, day, address."""
    parts = (
        (_("Overdue"), [_due_item(one, digest, urls) for one in digest.overdue]),
        (_("Due soon"), [_due_item(one, digest, urls) for one in digest.soon]),
        (_("News"), [_news_item(one, urls) for one in digest.news]),
    )
    return [
        {"title": str(title), "count": len(items), "rows": items[:AT_MOST], "more": max(0, len(items) - AT_MOST)}
        for title, items in parts
        if items
    ]


def _due_item(one: Waiting, digest: Digest, urls: Mapping[tuple[str, str], str | None]) -> dict[str, Any]:
    return {
        "sentence": one.sentence,
        "note": _due_note(one, digest.today),
        "fresh": digest.is_fresh(one),
        "url": urls.get((one.deadline.kind, one.code)),
    }


def _news_item(one: Notice, urls: Mapping[tuple[str, str], str | None]) -> dict[str, Any]:
    note = _("due on %(day)s", day=day_text(one.due_on)) if one.due_on else None
    return {
        "sentence": sentence_or_name(one.name, one.values),
        "note": note,
        "fresh": False,
        "url": urls.get((one.kind, one.code)),
    }


def person_text(person: Person, digest: Digest) -> str:
    """The digest of a person as plain text to be pasted into a message; no link that signs in."""
    return _plain("digest/person.txt", full_name=one_line(person.full_name), day=digest.today, groups=groups(digest, {}))


def unit_text(unit: Unit, today: date, waiting: Sequence[Waiting], people: Mapping[int, Person]) -> str:
    """What is asked of a unit's people, by person, as plain text for the group of the unit."""
    shown = [
        {
            "who": one_line(who),
            "rows": [{"sentence": one.sentence, "note": _due_note(one, today)} for one in rows],
        }
        for who, rows in by_person(waiting, people)
    ]
    return _plain("digest/unit.txt", unit=one_line(unit.name), day=today, people=shown)


def by_person(waiting: Sequence[Waiting], people: Mapping[int, Person]) -> list[tuple[str, list[Waiting]]]:
    """What waits, by name of who owes it; whoever is latest comes first, what nobody holds comes last."""
    held: dict[int | None, list[Waiting]] = {}
    for one in waiting:
        held.setdefault(one.person_id if one.person_id in people else None, []).append(one)
    ordered = sorted(held.items(), key=lambda entry: (entry[0] is None, entry[1][0].due_on))
    return [(_("Nobody named yet") if key is None else people[key].full_name, rows) for key, rows in ordered]


def _due_note(one: Waiting, today: date) -> str:
    parts = (one.shown_code, str(_("due on %(day)s", day=day_text(one.due_on))), one.distance(today))
    return ", ".join(part for part in parts if part)


def _plain(template: str, **values: Any) -> str:
    text = current_app.jinja_env.get_template(template).render(values)
    return "\n".join(line.rstrip() for line in text.strip().split("\n")) + "\n"
