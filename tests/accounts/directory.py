"""What the tests of the directory share: its settings, and what it left in the database."""

from sqlalchemy import select

from qms.accounts.models import DirectoryIdentity, Grant, Person
from qms.config import DirectorySettings
from qms.kernel.db import db
from qms.units.models import Unit

CLIENT = {"client_id": "qms", "client_secret": "known to both", "title": "Cổng định danh của tỉnh"}
SETTINGS = DirectorySettings(issuer="https://id.example.vn", **CLIENT)


def link_of(person_id: int) -> DirectoryIdentity | None:
    """Who the person is in the directory; None for whoever never came in by it."""
    return db.session.scalar(select(DirectoryIdentity).where(DirectoryIdentity.person_id == person_id))


def grants(username: str) -> set[tuple[str, str]]:
    """The roles in force that the directory gave, with their unit."""
    rows = db.session.execute(
        select(Grant.role, Unit.code)
        .join(Grant.unit)
        .join(Grant.person)
        .where(Person.username == username, Grant.by_directory.is_(True), Grant.revoked_at.is_(None))
    )
    return {(role.value, code) for role, code in rows}
