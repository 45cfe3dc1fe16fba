"""Which modules speak to another machine: few, named here, each with who decides whom it speaks to.

An address that somebody types (of a law, a mail, a directory claim) is never fetched, so there is nothing to forge a
request with. A new module that imports a network library, or runs a program, fails here by name.
"""

import ast
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.office import Office
from tests.program import PACKAGES, ROOT
from tests.security.planting import fill, plant
from tests.security.reading import read_everything, with_every_role
from tests.security.world import World, open_every_door
from tests.sources import parse

NETWORK = {
    "smtplib",
    "requests",
    "urllib3",
    "http.client",
    "urllib.request",
    "httpx",
    "aiohttp",
    "ftplib",
    "authlib",
    "socket.create_connection",
    "asyncio",
}
PROGRAMS = {"subprocess", "os.system", "os.popen", "pty", "multiprocessing", "ctypes"}
DANGEROUS = {
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "jsonpickle",
    "yaml",
    "xml.etree.ElementTree",
    "lxml",
    "xml.sax.handler",
    "xml.dom",
}

SPEAKS = {
    "qms/notices/sending.py": "hands letters to the mail server of the settings",
    "qms/accounts/directory/provider.py": "asks the identity provider of the settings, and no host it was not told",
}
"""Who speaks to another machine, and who decides to which."""
RUNS = {
    "qms/backup.py": "pg_dump and pg_restore of the operator's own command",
    "qms/commands/house.py": "the server and the clock as two processes",
    "qms/serve.py": "the server and the clock as two processes",
}
"""Who runs another program; none of them can be reached from a page."""


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"


def _who_imports(wanted: set[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            used = {name for name in _imports(path) if any(name == each or name.startswith(each + ".") for each in wanted)}
            if used:
                found[path.relative_to(ROOT).as_posix()] = used
    return found


def test_who_speaks_to_another_machine_is_named() -> None:
    found = _who_imports(NETWORK)
    assert not set(found) - set(SPEAKS), f"name in SPEAKS who decides whom it speaks to: {found}"
    assert not set(SPEAKS) - set(found), "these speak to nobody (any more)"


def test_who_runs_another_program_is_named_and_no_page_does() -> None:
    found = _who_imports(PROGRAMS)
    assert not set(found) - set(RUNS), f"runs a program: {found}"
    for place in set(RUNS) & set(found):
        text = (ROOT / place).read_text(encoding="utf-8")
        assert "shell=True" not in text
    views = [name for name in found if "views" in name]
    assert not views


def test_nothing_brings_objects_or_programs_to_life_from_bytes() -> None:
    assert not _who_imports(DANGEROUS)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(parse(path.read_text(encoding="utf-8"))):
                called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
                assert called not in {"eval", "exec", "compile", "render_template_string"}, f"{path}: {called}"
                assert not (isinstance(node, ast.Attribute) and node.attr in {"from_string", "literal_column"}), (
                    f"{path}: {node.attr}"
                )


def test_no_weak_hash_and_no_guessable_number_is_used() -> None:
    found = _who_imports({"random", "hashlib.md5", "hashlib.sha1", "hashlib.new", "uuid", "crypt"})
    # the id of a sending tells one from another; it is no secret
    allowed = {name for name in found if name.startswith("qms/demo/")} | {"audits/checklist_page.py"}
    assert not set(found) - allowed, found


@pytest.mark.timeout(300)
def test_no_address_that_people_typed_is_fetched(
    app: Flask, client: FlaskClient, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every page and paper is read while every text of the database is an address and every connection is refused."""
    open_every_door(app)
    world = World(office)
    fill(office, world.own)
    person = with_every_role(world)
    plant("http://169.254.169.254/latest/meta-data/<img src='http://169.254.169.254/x.png'/>")
    asked: list[object] = []

    def refuse(_self: socket.socket, address: object) -> None:
        asked.append(address)
        raise OSError("no connection in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *all_: asked.append(all_) or [])
    answers = [answer.address for answer in read_everything(app, world, person) if answer.response.status_code == 200]
    assert len(answers) > 30
    assert not asked


def test_no_certificate_is_taken_unseen_and_no_log_is_written_elsewhere() -> None:
    """TLS of letters and of the directory checks the other side; what is logged goes to standard error alone."""
    unseen = re.compile(r"verify\s*=\s*False|_create_unverified_context|CERT_NONE|check_hostname\s*=\s*False")
    elsewhere = re.compile(r"FileHandler|SysLogHandler|SMTPHandler|HTTPHandler|SocketHandler")
    culprits = [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for pattern in (unseen, elsewhere)
        for found in pattern.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not culprits
