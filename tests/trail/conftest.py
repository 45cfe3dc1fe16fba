"""A small office whose trail is sealed, and ways to do to it what nobody should."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.journal.chains import chain_of
from qms.kernel.db import db, writing
from qms.trail.heads import make_head
from qms.trail.reading import verify
from qms.trail.sealing import seal
from qms.trail.service import record
from qms.trail.verify_trail import Report
from qms.units.models import Unit
from tests.office import TODAY, Office, moment_of


class Trail:
    """Two agencies, a person with a deputy, and what they did: sealed, with daily heads."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.wards: list[Unit] = [office.agency("PMA"), office.agency("PMB")]
        self.divisions: list[Unit] = [office.unit(parent=ward) for ward in self.wards]
        self.officer: Person = office.person("can-bo", unit=self.divisions[0], role=Role.QUALITY_OFFICER)
        self.day = TODAY

    def deeds(self, number: int = 4) -> None:
        """Deeds in both agencies and one in none, of a person with an address."""
        for count in range(number):
            for unit in (*self.divisions, None):
                moment = moment_of(self.officer, self.day)
                moment = type(moment)(moment.person, moment.instant, "10.0.0.7", "anfrage", "thu-ky")
                with writing():
                    record(
                        moment,
                        "procedure",
                        f"QT-{count}",
                        "revise",
                        unit_id=unit.id if unit else None,
                        changes={"title": ["Cũ", "Mới"]},
                        personal={"owner": ["can-bo", "nguoi-khac"]},
                        reason="Theo quyết định mới",
                        on_behalf_of="truong-phong",
                    )

    def seal(self) -> int:
        """Seals what is recent."""
        return seal(moment_of(None, self.day), chain_of)

    def head(self) -> None:
        """Seals everything and makes the head of the day; the next deeds are of the next day."""
        seal(moment_of(None, self.day), chain_of, everything=True)
        with writing():
            make_head(self.day, moment_of(None, self.day))
        self.day += timedelta(days=1)

    def days(self, number: int = 3) -> "Trail":
        """Some days of work, each with its head."""
        for _day in range(number):
            self.deeds()
            self.head()
        return self


@pytest.fixture
def trail(office: Office) -> Trail:
    """The office before anything was done."""
    return Trail(office)


@pytest.fixture
def file(app: Flask) -> Path:
    """The SQLite database of ``app``."""
    return Path(db.engine.url.database or "")


Tamper = Callable[..., Report]


@pytest.fixture
def tamper(app: Flask, file: Path) -> Tamper:
    """``tamper("UPDATE …")`` straight in the file, past every trigger and foreign key; answers with what is found."""

    def straight(*statements: str) -> Report:
        db.session.rollback()
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                assert connection.execute(statement).rowcount != 0, f"nothing was done by {statement}"
            connection.commit()
        return verify()

    return straight


Attack = Callable[..., None]


@pytest.fixture
def attack(any_app: Flask) -> Attack:
    """``attack("UPDATE …")`` straight in the database, past triggers and foreign keys."""

    def straight(*statements: str) -> None:
        db.session.rollback()
        if db.engine.dialect.name == "postgresql":
            with db.engine.begin() as connection:
                connection.execute(text("SET LOCAL session_replication_role = replica"))
                for statement in statements:
                    assert connection.execute(text(statement)).rowcount != 0, f"nothing was done by {statement}"
            return
        with closing(sqlite3.connect(db.engine.url.database or "")) as file:
            for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                file.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                assert file.execute(statement).rowcount != 0, f"nothing was done by {statement}"
            file.commit()

    return straight
