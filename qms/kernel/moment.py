"""Who acts, for whom, and when: handed to every verb, so no service asks the clock or the request."""

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

    @property
    def identities(self) -> frozenset[int]:
        """Ids of the person and of everybody for whom the person is a deputy now: nobody judges the own work through another."""

    @property
    def home_units(self) -> frozenset[int]:
        """The units of all these people."""

    def may(self, permission: str, unit_id: int | None) -> bool:
        """Whether a grant in force gives the permission in that unit (None: in any unit)."""

    def may_everywhere(self, permission: str) -> bool:
        """Whether the grants in force give the permission in the whole organisation, so that a list need not be narrowed."""

    def on_behalf_of(self, permission: str, unit_id: int | None) -> str | None:
        """User name of the person as whose deputy one holds the permission there; None when an own grant gives it."""


class System:
    """The clock and the command line: may do what the rules allow, belongs to no unit."""

    username = "system"
    person_id = None
    home_unit_id = None
    identities: frozenset[int] = frozenset()
    home_units: frozenset[int] = frozenset()

    def may(self, permission: str, unit_id: int | None) -> bool:
        return True

    def may_everywhere(self, permission: str) -> bool:
        return True

    def on_behalf_of(self, permission: str, unit_id: int | None) -> str | None:
        return None


@dataclass(frozen=True)
class Entrusted:
    """An actor to whom one record gives rights that no grant gives: the owner of an action, the leader of an audit."""

    actor: Actor
    permissions: frozenset[str]
    unit_id: int

    @property
    def username(self) -> str:
        """The actor's own name; the trail keeps it."""
        return self.actor.username

    @property
    def person_id(self) -> int | None:
        """The actor's own id."""
        return self.actor.person_id

    @property
    def home_unit_id(self) -> int | None:
        """The actor's own unit."""
        return self.actor.home_unit_id

    @property
    def identities(self) -> frozenset[int]:
        """Those of the actor."""
        return self.actor.identities

    @property
    def home_units(self) -> frozenset[int]:
        """Those of the actor."""
        return self.actor.home_units

    def may(self, permission: str, unit_id: int | None) -> bool:
        """What the record gives in its unit, else what the grants give."""
        return self._given(permission, unit_id) or self.actor.may(permission, unit_id)

    def may_everywhere(self, permission: str) -> bool:
        """As the grants say: one record gives nothing elsewhere."""
        return self.actor.may_everywhere(permission)

    def on_behalf_of(self, permission: str, unit_id: int | None) -> str | None:
        """Nobody, when the record itself gives the right."""
        return None if self._given(permission, unit_id) else self.actor.on_behalf_of(permission, unit_id)

    def _given(self, permission: str, unit_id: int | None) -> bool:
        return permission in self.permissions and unit_id == self.unit_id


@dataclass(frozen=True)
class Moment:
    """A person at an instant (aware, UTC); ``address`` and ``request_id`` go to the trail.

    ``prepared_by`` is the user name of whoever filled the form in that this person now confirms.
    """

    person: Actor
    instant: datetime
    address: str | None = None
    request_id: str | None = None
    prepared_by: str | None = None

    @property
    def today(self) -> date:
        """The local day of the instant."""
        return local_day(self.instant)


def system_moment(instant: datetime | None = None) -> Moment:
    """A moment of the system itself, for jobs and commands."""
    return Moment(System(), instant or datetime.now(UTC))
