"""What the claims of the directory say, and what they leave unsaid: "not told" is not "none".

A directory leaves a claim out for many reasons: a scope that was forgotten, more groups than fit into a token (then it names in
``_claim_names`` where they could be asked for, OpenID Connect Core 5.6.2). Nobody loses a role by that.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from qms.config import DirectorySettings
from qms.kernel.text import nfc, without_controls

USERNAME = re.compile(r"[^\s;@:]{1,80}")
"""User names as the register workbook has them."""
ELSEWHERE = "_claim_names"
MOST_ITEMS = 10_000
"""No person has so many roles and groups; a claim with more is not read at all, and never cut."""

Claims = Mapping[str, Any]


def text_of(value: object) -> str:
    """A claim as one tidy text; "" for anything else."""
    return nfc(without_controls(value)).strip() if isinstance(value, str) else ""


def username_of(claims: Claims, settings: DirectorySettings) -> str | None:
    """The user name, without the domain that the settings name; None when the claim holds none that this house can have."""
    told = text_of(claims.get(settings.username_claim))
    name, at, domain = told.rpartition("@")
    if at and domain.casefold() in settings.username_domains:
        told = name
    return told if USERNAME.fullmatch(told) else None


def roles_told(claims: Claims, settings: DirectorySettings) -> Iterator[str]:
    """Every role of the claims as ``role`` or ``role@unit``: those of the roles claim, and those of the groups in the table."""
    yield from _several(claims, settings.roles_claim) or ()
    if settings.groups:
        yield from (settings.groups[group] for group in _several(claims, settings.groups_claim) or () if group in settings.groups)


def untold(claims: Claims, settings: DirectorySettings) -> tuple[str, ...]:
    """The claims from which roles come in this installation and which this token does not hold, or not fully."""
    sources = [settings.groups_claim] if settings.groups else []
    if settings.expects_roles:
        sources.append(settings.roles_claim)
    return tuple(sorted(name for name in sources if _several(claims, name) is None))


def _several(claims: Claims, name: str) -> list[str] | None:
    """A list, or one text with ";" between its parts; None for a claim that is missing, lies elsewhere or is nothing of both."""
    value, elsewhere = claims.get(name), claims.get(ELSEWHERE)
    if isinstance(elsewhere, Mapping) and name in elsewhere:
        return None
    parts = value.split(";") if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) > MOST_ITEMS:
        return None
    return [part for part in map(text_of, parts) if part]
