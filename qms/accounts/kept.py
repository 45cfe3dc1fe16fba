"""The name under which a browser keeps what somebody typed and could not send yet.

Pages tell it to their scripts. It says nothing of the person to whoever opens the storage of a shared machine, and no page of
somebody else looks under it (ASVS 14.3.3).
"""

import hmac

from qms.accounts.models import Person
from qms.config import present_settings

LENGTH = 24


def kept_under(person: Person) -> str:
    """The same text for a person always, for two people never the same, and nothing to read the person from."""
    key = present_settings().secret_key.encode()
    return hmac.digest(key, f"kept in the browser: {person.id}".encode(), "sha256").hex()[:LENGTH]
