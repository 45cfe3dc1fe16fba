"""What this package announces to the floors above, in the same transaction."""

from dataclasses import dataclass
from datetime import datetime

from qms.kernel.moment import Moment


@dataclass(frozen=True)
class AccountLocked:
    """Signing in failed so often that the account is locked until an instant; its owner and the administrators should know."""

    person_id: int
    until: datetime
    moment: Moment
    """Of whoever tried: nobody, at the address the attempts came from."""


@dataclass(frozen=True)
class AccountClosed:
    """An account was disabled: nobody used it for long, its person left, or an administrator did it."""

    person_id: int
    reason: str
    moment: Moment
