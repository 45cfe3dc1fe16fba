"""Who acts, and when: handed to every verb, so no service asks the clock or the request."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from qms.kernel.days import local_day


class Actor(Protocol):
    """Somebody who acts: a person who signed in, or the system itself."""

    @property
    def username(self) -> str: ...

    @property
    def person_id(self) -> int | None:
        """Database id of the person; None for the system."""

    @property
    def home_unit_id(self) -> int | None:
        """The unit the person belongs to; None for the system."""

    def may(self, permission: str, unit_id: int | None) -> bool:
        """Whether a grant in force gives the permission in that unit (None: in any unit)."""


class System:
    """The clock and the command line: may do what the rules allow, belongs to no unit."""

    username = "system"
    person_id = None
    home_unit_id = None

    def may(self, permission: str, unit_id: int | None) -> bool:
        return True


@dataclass(frozen=True)
class Moment:
    """A person at an instant (aware, UTC); ``address`` and ``request_id`` go to the trail."""

    person: Actor
    instant: datetime
    address: str | None = None
    request_id: str | None = None

    @property
    def today(self) -> date:
        """The local day of the instant."""
        return local_day(self.instant)


def system_moment(instant: datetime | None = None) -> Moment:
    """A moment of the system itself, for jobs and commands."""
    return Moment(System(), instant or datetime.now(UTC))
