"""Closing an account: the one verb for whoever does it, the clock or an administrator, and for whatever reason."""

from qms.accounts import sessions
from qms.accounts.events import AccountClosed
from qms.accounts.links import service as links
from qms.accounts.models import Person
from qms.accounts.service import KIND, code_of
from qms.kernel.events import announce
from qms.kernel.moment import Moment
from qms.trail.service import record


def close(person: Person, why: str, moment: Moment, words: str | None = None) -> None:
    """Nobody comes in by it any more: sessions and links end, the trail tells it, others hear of it.

    ``why`` is one word for programs; ``words`` stand beside the chain, as they may tell of illness or discipline. What stands
    in the way of closing is asked before.
    """
    person.disabled = True
    sessions.end_all(person.id, moment.instant)
    links.close_all(person, moment.instant)
    personal = {"reason": [None, words]} if words else {}
    changes = {"disabled": [False, True]}
    record(moment, KIND, code_of(person), "disable", unit_id=person.unit_id, changes=changes, personal=personal, reason=why)
    announce(AccountClosed(person.id, why, moment))
