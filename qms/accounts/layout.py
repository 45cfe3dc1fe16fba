"""What the base layout needs on every page: who, whose agency, the menu, the day, language and theme."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from flask import Flask, g, has_request_context, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from qms.accounts.figures import init_figures, told
from qms.accounts.gate import is_limited, now, present_person, seconds_left
from qms.accounts.kept import kept_under
from qms.kernel.days import local_day
from qms.kernel.db import db
from qms.kernel.feature import MenuEntry, Phase, Told, house
from qms.kernel.language import LANGUAGES, _, current_language
from qms.kernel.web import cookie_name, request_id
from qms.units.models import Unit
from qms.units.queries import agencies_of

THEMES = ("light", "dark")
LANGUAGE_COOKIE = "language"


@dataclass(frozen=True)
class MenuItem:
    """A line of the side navigation; ``status`` (done, running, ahead) is the dot of the year."""

    title: str
    url: str
    icon: str
    section: str
    active: bool
    count: str | None
    status: Phase = Phase.RUNNING
    children: tuple["MenuItem", ...] = ()


class Menu:
    """The side navigation, made only when a page shows it: a part of a page or an error asks no figures."""

    def __iter__(self) -> Iterator[MenuItem]:
        return iter(self._items)

    @cached_property
    def _items(self) -> list[MenuItem]:
        """Asked once, though the side goes through it three times."""
        return list(self._made())

    def _made(self) -> Iterator[MenuItem]:
        if present_person() is None or is_limited():
            return
        moment = now()
        entries = [
            entry
            for feature in house().features
            for entry in feature.menu
            if entry.permission is None or moment.person.may(entry.permission, None)
        ]
        beside = told(entries, moment)
        exact = any(entry.endpoint == request.endpoint for entry in entries)
        for entry in sorted(entries, key=lambda each: each.order):
            said = beside.get(entry.endpoint, Told(None))
            active = _is_active(entry, exact)
            yield MenuItem(str(entry.title), url_for(entry.endpoint), entry.icon, entry.section, active, said.text, said.phase)


def _is_active(entry: MenuEntry, exact: bool) -> bool:
    if exact:
        return entry.endpoint == request.endpoint
    return entry.endpoint.partition(".")[0] == request.blueprint


def select_language() -> str:
    """Language of the answer: the person's, else the cookie, else what the browser asks for, else Vietnamese."""
    if not has_request_context():
        return LANGUAGES[0]
    if "qms_language" in g:  # kept apart from the person: an error page must not ask the database
        language: str = g.qms_language
        return language
    cookie = request.cookies.get(cookie_name(LANGUAGE_COOKIE))
    if cookie in LANGUAGES:
        return cookie
    return request.accept_languages.best_match(LANGUAGES, LANGUAGES[0]) or LANGUAGES[0]


def agency_name() -> str:
    """The agency of the person, else the head of the tree; the name of the system when the database does not answer."""
    if "qms_agency_name" not in g:
        try:
            g.qms_agency_name = _agency_name()
        except SQLAlchemyError:  # an error page must still have a head
            g.qms_agency_name = None
    name: str | None = g.qms_agency_name
    return name or _("Quality management system")


def _agency_name() -> str | None:
    person = present_person()
    if person is None:
        agency = db.session.scalar(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1))
    else:
        agency = agencies_of([person.unit_id]).get(person.unit_id)
    if agency is None:
        return None
    return agency.name_en if current_language() == "en" and agency.name_en else agency.name


def surroundings() -> dict[str, Any]:
    """Variables of every template."""
    person = present_person()
    today = local_day(datetime.now(UTC))
    theme = request.cookies.get(cookie_name("theme"))
    return {
        "person": person,
        "may": lambda permission, unit_id=None: now().person.may(permission, unit_id),
        "agency_name": agency_name(),
        "menu": Menu(),
        "today": today,
        "year": today.year,
        "language": current_language(),
        "theme": theme if theme in THEMES else None,
        "request_id": request_id(),
        "search_url": None if person is None or is_limited() else "/search",
        "kept_under": None if person is None else kept_under(person),
        "session_seconds": seconds_left(),
        "account_url": None if person is None or is_limited() else "/account",
    }


def build(app: Flask) -> None:
    """Gives the layout its variables."""
    init_figures(app)
    app.context_processor(surroundings)
