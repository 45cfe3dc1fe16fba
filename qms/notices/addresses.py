"""Mail addresses: what a letter can be sent to. An address that could smuggle a header in is none."""

import re

LONGEST = 254
"""RFC 5321, 4.5.3.1.3."""

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def mail_address(text: str | None) -> str | None:
    """The address as a server takes it, its domain in ASCII; None for anything else (RFC 5321: dot-atom at domain).

    Quoted local parts and addresses in brackets are not used by people and are refused.
    """
    local, at, domain = (text or "").strip().rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local) > 64:
        return None
    try:
        domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    labels = domain.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        return None
    address = f"{local}@{domain}"
    return address if len(address) <= LONGEST else None
