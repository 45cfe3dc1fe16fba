"""What README and docs claim is so: names, commands, settings, numbers and links are held against the program."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest

from qms.accounts import jobs, passwords, sessions, throttle
from qms.app import MOST_BYTES
from qms.cli import qms
from qms.config import ENVIRONMENT, STORED, load_settings
from qms.files import service as files
from qms.imports import package
from qms.kernel import paging
from tests.program import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = ROOT / "docs" / "decisions"
LINK = re.compile(r"\]\(([^)#\s]+)\)")
LARGEST_PICTURE = 150_000
README, SECURITY = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/security.md"))


def minutes(time: timedelta) -> int:
    """A time in whole minutes."""
    return int(time.total_seconds()) // 60


def commands(group: click.Group, before: str = "qms") -> Iterator[str]:
    """Every command as it is typed."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {name}")
        elif not command.hidden:
            yield f"{before} {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_decision_is_listed_under_its_own_title() -> None:
    listed = dict(re.findall(r"^- \[(.+)\]\((.+)\)$", (DECISIONS / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    pages = [page for page in sorted(DECISIONS.glob("*.md")) if page.name != "README.md"]
    titles = {page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# "): page.name for page in pages}
    assert listed == titles


@pytest.mark.parametrize(
    "page", [page for page in DECISIONS.glob("*.md") if page.name != "README.md"], ids=lambda page: page.stem
)
def test_a_decision_has_its_question_answer_reasons_and_price(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [part for part in ("**Question.**", "**Decision.**", "**Why.**", "**What it costs.**") if part not in text] == []


def test_the_readme_names_every_command() -> None:
    assert [command for command in commands(qms) if f"`{command}" not in README] == []


def test_the_readme_names_every_setting_and_none_that_there_is_not() -> None:
    names = {f"QMS_{name.upper()}" for name in STORED | ENVIRONMENT}
    ends = set(re.findall(r"`…(_[A-Z_]+)`", README))
    told = set(re.findall(r"\bQMS_[A-Z_]+\b", README)) - {"QMS_"}
    assert {name for name in names - told if not any(name.endswith(end) for end in ends)} == set()
    assert told - names == set()


def test_the_defaults_of_the_readme_are_those_of_the_program(tmp_path: Path) -> None:
    table = dict(re.findall(r"^\| `(QMS_[A-Z_]+)` \|.*\| `([^`]+)` \|$", README, re.MULTILINE))
    settings = load_settings({"QMS_INSTANCE": str(tmp_path)})
    assert {name: table[name] for name in table if name not in {"QMS_INSTANCE", "QMS_OIDC_MAY_GRANT_ADMINISTRATOR"}} == {
        "QMS_PUBLIC_URL": settings.public_url,
        "QMS_TRUSTED_PROXIES": str(settings.trusted_proxies),
        "QMS_EVALUATION_DAY": f"{settings.evaluation_month:02}-{settings.evaluation_day:02}",
        "QMS_DIGEST_HOUR": str(settings.digest_hour),
        "QMS_RESULTS_DAYS": str(settings.results_days),
    }


def test_every_place_that_the_readme_points_to_is_there() -> None:
    table = README[README.index("## Where is") : README.index("### Adding a rule")]
    places = [place for place in re.findall(r"`([\w./-]+)`", table) if "/" in place]
    assert len(places) > 20
    rooms = {place for place in places if any(ROOT.glob(f"qms/*/{place}"))}  # named beside the package they are in
    assert [place for place in places if not (ROOT / place).exists() and place not in rooms] == []


@pytest.mark.parametrize("picture", sorted((ROOT / "docs" / "screenshots").iterdir()), ids=lambda picture: picture.name)
def test_a_picture_is_shown_and_small(picture: Path) -> None:
    assert f"docs/screenshots/{picture.name}" in README
    assert picture.stat().st_size <= LARGEST_PICTURE


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (README, f"client_max_body_size {MOST_BYTES // 1024**2}m;"),
        (README, f"after {minutes(sessions.IDLE)} minutes without a click"),
        (SECURITY, f"{passwords.SHORTEST} characters, {passwords.SHORTEST_WITH_SECOND_FACTOR} with a second factor"),
        (SECURITY, f"| roles that can do harm | {minutes(sessions.IDLE)} min | {minutes(sessions.LONGEST) // 60} h |"),
        (SECURITY, f"| light roles only | {minutes(sessions.LIGHT_IDLE) // 60} h | {sessions.LIGHT_LONGEST.days} days |"),
        (SECURITY, f"| from a letter | {minutes(sessions.LIGHT_IDLE) // 60} h | {sessions.LIMITED_LONGEST.days} days |"),
        (SECURITY, f"lock an account for {minutes(throttle.LOCK)} minutes"),
        (SECURITY, f"Accounts idle for {jobs.IDLE_DAYS} days are closed"),
        (SECURITY, f"{MOST_BYTES // 1024**2} MB a request, {files.LARGEST_BYTES // 1024**2} MB"),
        (SECURITY, f"{files.LARGEST_PIXELS['JPEG'] // 10**6} million pixels and {files.MOST_SCANS} scans"),
        (SECURITY, f"{package.UNPACKED_LIMIT // 1024**2} MB unpacked, ratio {package.RATIO_LIMIT}"),
        (SECURITY, f"{paging.MOST_IN_FILE:,} rows at most"),
        (SECURITY, f"One address tries {throttle.SOURCE_LIMIT} times"),
    ],
)
def test_a_number_in_the_docs_is_that_of_the_program(text: str, claim: str) -> None:
    assert claim in text
