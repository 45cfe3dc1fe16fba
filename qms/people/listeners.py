"""What accounts announce: whoever it concerns is told, in the same transaction."""

from qms.accounts.events import AccountLocked
from qms.accounts.models import Person
from qms.accounts.service import KIND, code_of
from qms.kernel.db import db
from qms.kernel.web import moment_text
from qms.notices.addresses import mail_address
from qms.notices.service import notify, post


def tell_of_lock(event: AccountLocked) -> None:
    """Signing in failed too often: the owner should know at once, as it may have been somebody else (ASVS 6.3.5)."""
    person = db.session.get_one(Person, event.person_id)
    if person.disabled:
        return
    until = moment_text(event.until)
    address = event.moment.address or "-"
    values = {"until": until, "address": address}
    notify(person.id, "account_locked", KIND, code_of(person), event.moment, values=values)
    if mail_address(person.email) is not None:
        words = {"full_name": person.full_name, "username": person.username, **values}
        post(str(person.email), "account_locked", person.language, event.moment, values=words, person_id=person.id)
