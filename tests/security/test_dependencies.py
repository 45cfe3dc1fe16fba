"""Every package is pinned with its hashes, and what could not be audited is said loudly."""

import importlib.util
import re
import sys
import tomllib
from itertools import chain
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))
PINNED = re.compile(r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,-]+\])?==[0-9][^\s;]*( ; [^\\]+)?")


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    """The script behind `make audit`."""
    specification = importlib.util.spec_from_file_location("audit", ROOT / "requirements" / "audit.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["audit"] = module  # dataclasses look their module up
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)
def test_every_requirement_is_pinned_and_has_hashes(file: Path) -> None:
    loose = []
    for requirement in file.read_text(encoding="ascii").replace("\\\n", " ").splitlines():
        what, *hashes = re.split(r"\s+--hash=", requirement.strip())
        if what and not (PINNED.fullmatch(what.strip()) and hashes and all(each.startswith("sha256:") for each in hashes)):
            loose.append(what)
    assert not loose, f"not pinned with sha256 hashes: {loose}"


def test_every_package_the_product_names_is_locked() -> None:
    said = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*said["project"]["dependencies"], *chain.from_iterable(said["project"]["optional-dependencies"].values())]
    packages = [re.split(r"[\[>=<~! ]", one)[0] for one in asked]
    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements" / "dev.txt").read_text(encoding="ascii"), re.MULTILINE)
    assert len(packages) > 20
    assert not set(packages) - set(locked), "make lock"


def test_a_service_that_knows_no_package_is_no_assurance(audit: ModuleType) -> None:
    found = audit.read('{"dependencies": [{"name": "flask", "skip_reason": "Dependency not found"}], "fixes": []}')
    status, sentence = audit.judge(found)
    assert status == 2
    assert "NOTHING WAS AUDITED" in sentence


def test_an_advisory_is_named_with_the_version_that_mends_it(audit: ModuleType) -> None:
    row = '{"name": "flask", "version": "3.0.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.0.1"]}]}'
    status, sentence = audit.judge(audit.read(f'{{"dependencies": [{row}], "fixes": []}}'))
    assert (status, sentence) == (1, "flask 3.0.0: PYSEC-1 (mended in 3.0.1)")


def test_one_package_that_was_not_looked_up_spoils_the_assurance(audit: ModuleType) -> None:
    rows = '{"name": "flask", "version": "3.1.3", "vulns": []}, {"name": "ours", "skip_reason": "unknown"}'
    status, sentence = audit.judge(audit.read(f'{{"dependencies": [{rows}], "fixes": []}}'))
    assert status == 2
    assert "ours" in sentence
    clean = '{"dependencies": [{"name": "flask", "version": "3.1.3", "vulns": []}], "fixes": []}'
    assert audit.judge(audit.read(clean))[0] == 0
