"""A house with two deadlines of the tests' own, over real records: actions by owner, answers by the head named as owner."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, select

from nonconformities.models import Action, ActionState, Nonconformity
from qms.accounts.models import Person
from qms.kernel.days import LOCAL
from qms.kernel.db import db
from qms.kernel.feature import Deadline, House
from qms.kernel.language import _l
from qms.notices.models import Letter, Notice, Reminder
from qms.scheduling.clock import run_owed
from qms.units.models import Unit
from tests.notices.conftest import mail, mail_server, trial_house
from tests.notices.mail_server import MailServer
from tests.office import Office

__all__ = ["MailServer", "mail", "mail_server"]


def open_actions(_today: date, until: date) -> Select[Any]:
    """Actions that are open and due by a day; their owner owes them."""
    return (
        select(
            Action.owner_id.label("person_id"),
            Nonconformity.code.label("code"),
            Nonconformity.unit_id.label("unit_id"),
            Action.due_on.label("due_on"),
            Action.description.label("text"),
        )
        .join(Nonconformity, Nonconformity.id == Action.nonconformity_id)
        .where(Action.state == ActionState.OPEN, Action.due_on <= until)
    )


REPORT = Deadline("trial_report", _l("Report the action as completed"), "nonconformity", open_actions)


class Desk:
    """People with actions that are due, and a clock that can be put to any instant."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.ward = office.agency("PTM", name="Ủy ban nhân dân phường Tân Mỹ")
        self.unit = office.unit("PTM.TP", parent=self.ward, name="Phòng Tư pháp")

    def person(self, name: str = "Trần Thị Bình", **fields: Any) -> Person:
        """Somebody of the unit."""
        return self.office.person(unit=fields.pop("unit", self.unit), full_name=name, **fields)

    def action(
        self, owner: Person | None, due_on: date, what: str = "Rà soát phiếu hẹn", unit: Unit | None = None, **nc: Any
    ) -> Action:
        """An open action that is due."""
        case = self.office.nonconformity(unit or self.unit, raised_on=due_on - timedelta(days=30), **nc)
        return self.office.action(case, due_on=due_on, description=what, owner_id=None if owner is None else owner.id)

    def clock(self, day: date, at: time = time(7, 0)) -> int:
        """The clock looks at an instant; answers how many jobs ran."""
        return run_owed("clock", local(day, at))


def local(day: date, at: time) -> datetime:
    """A local instant."""
    return datetime.combine(day, at, LOCAL)


def told() -> list[tuple[str, str, date | None]]:
    """Everything that stands in inboxes: name of the message, code, day."""
    db.session.rollback()
    return [(one.name, one.code, one.due_on) for one in db.session.scalars(select(Notice).order_by(Notice.id))]


def ledger() -> list[tuple[str, date, str]]:
    """The ledger: code, day, stage."""
    db.session.rollback()
    return [(one.code, one.due_on, one.stage) for one in db.session.scalars(select(Reminder).order_by(Reminder.id))]


def letters() -> list[Letter]:
    """The outbox."""
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


@pytest.fixture
def desk(request: pytest.FixtureRequest, office: Office) -> Desk:
    """A unit of a ward, and deadlines over its actions, on ``any_app`` or ``app``."""
    app: Flask = request.getfixturevalue("any_app" if "any_app" in request.fixturenames else "app")
    trial_house(app, REPORT)
    only_the_digest(app)
    return Desk(office)


def only_the_digest(app: Flask) -> None:
    """No other job of the house runs."""
    house = app.extensions["qms.house"]
    features = [one if one.name in {"digest", "trial"} else replace(one, jobs=(), chores=()) for one in house.features]
    app.extensions["qms.house"] = House(features)
