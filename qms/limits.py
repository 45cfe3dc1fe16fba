"""Bursts: how often in a short time one person may do what is costly or worth guessing at; everything in one table.

Whoever has signed in is counted as a person, everybody else by network address (of IPv6 by the network of one
connection, as a household has 2^64 addresses). Each worker counts for itself, in memory: these limits stop a script
that hammers. The patient guesser is stopped by the throttle of the sign-in, which all workers share in the database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from time import time
from typing import Any

from flask import Flask, current_app, g, request
from flask_limiter import Limiter, RequestLimit

from qms.accounts.gate import MARK, PUBLIC, present_person

ENABLED = "RATELIMIT_ENABLED"
IPV6_CONNECTION = 64
"""Length of the prefix that one IPv6 connection gets."""


@dataclass(frozen=True)
class Burst:
    """A line of the table: ``endpoints`` are names with ``*``; no methods mean all of them."""

    name: str
    limits: str
    endpoints: tuple[str, ...]
    methods: tuple[str, ...] = ()

    def covers(self, endpoint: str) -> bool:
        """Whether the endpoint is counted here."""
        return any(fnmatchcase(endpoint, pattern) for pattern in self.endpoints)


BURSTS = (
    # an office of 150 behind one address comes in between half past seven and eight
    Burst(
        "sign-in",
        "30 per 10 second; 120 per minute",
        ("accounts.sign_in", "second_step.*", "confirmation.*", "links.*", "passkeys.*", "account.password"),
        ("POST",),
    ),
    Burst("letter", "10 per minute", ("people.forgotten", "people.invite", "people.reset_password"), ("POST",)),
    # user names are tried nowhere: an invitation answers alike for each, and not often
    Burst("invitation", "10 per minute", ("people.invite_guest",), ("POST",)),
    Burst("search", "20 per 10 second; 60 per minute", ("search.show",)),
    # files and papers are made anew for each who asks
    Burst(
        "export",
        "10 per 10 second; 30 per minute",
        (
            "*.export",
            "*.paper",
            "*_paper",
            "people.*data_file",
            "audits.report",
            "registers.template",
            "registers.all_changes",
            "taking.all_changes",
            "trail_heads.download",
        ),
    ),
    # each keeps the machine busy for minutes
    Burst(
        "long work",
        "10 per minute",
        ("evaluation.start", "registers.take_over", "registers.confirm", "registers.export", "taking.confirm"),
        ("POST",),
    ),
)
PUBLIC_BURST = Burst("public", "100 per 10 second; 300 per minute", ())
"""What everybody may open, whoever it is; the endpoints are those marked public."""


def build(app: Flask) -> None:
    """Counts in front of the views of the table; to be called when every page is registered."""
    limiter = Limiter(_whoever, storage_uri="memory://", strategy="moving-window", on_breach=_note)
    limiter.request_filter(lambda: not current_app.config[ENABLED])
    limiter.init_app(app)
    for endpoint in list(app.view_functions):
        for burst in bursts_of(app, endpoint):
            counted = limiter.shared_limit(burst.limits, scope=burst.name, methods=list(burst.methods) or None)
            view: Any = counted(app.view_functions[endpoint])
            app.view_functions[endpoint] = view


def bursts_of(app: Flask, endpoint: str) -> Iterator[Burst]:
    """The lines of the table that count an endpoint."""
    yield from (burst for burst in BURSTS if burst.covers(endpoint))
    if getattr(app.view_functions[endpoint], MARK, None) == PUBLIC:
        yield PUBLIC_BURST


def seconds_to_wait() -> int:
    """How long the present request should have waited; at least one second."""
    seconds: int = g.get("qms_seconds_to_wait", 1)
    return seconds


def _whoever() -> str:
    person = present_person()
    return f"address {_connection(request.remote_addr or '')}" if person is None else f"person {person.id}"


def _connection(address: str) -> str:
    try:
        known = ip_address(address)
    except ValueError:  # a socket of the machine itself
        return address or "local"
    if isinstance(known, IPv6Address) and known.ipv4_mapped is None:
        return str(ip_network((known, IPV6_CONNECTION), strict=False))
    return str(known)


def _note(breached: RequestLimit) -> None:
    g.qms_seconds_to_wait = max(1, ceil(breached.reset_at - time()))
