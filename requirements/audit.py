"""Asks the public advisories about every package of ``runtime.txt``: `make audit`.

pip-audit ends with success and "No known vulnerabilities found" when the service knows none of the packages, which is
what a mirror without advisories looks like. So this counts what was really looked up, and asks a second service.
Ends with 0 when every package was looked up and has no advisory, 1 when one has, 2 when something was not looked up.
"""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("runtime.txt")
SERVICES = ("pypi", "osv")


@dataclass
class Findings:
    """What one service said: packages it knows, advisories by package, why the others were not looked up."""

    known: set[str] = field(default_factory=set)
    advisories: dict[str, list[str]] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


def read(answer: str) -> Findings:
    """The findings in pip-audit's JSON."""
    found = Findings()
    rows: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    for row in rows:
        if "skip_reason" in row:
            found.unknown[row["name"]] = row["skip_reason"]
            continue
        found.known.add(row["name"])
        if row["vulns"]:
            found.advisories[f"{row['name']} {row['version']}"] = [
                f"{each['id']} (mended in {', '.join(each['fix_versions']) or 'no version yet'})" for each in row["vulns"]
            ]
    return found


def ask(service: str) -> Findings | None:
    """What the service says; None when it does not answer."""
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", service, "--requirement", str(FILE)]
    command += ["--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return read(run.stdout)
    except (json.JSONDecodeError, KeyError):
        print(f"{service}: no answer ({(run.stderr.strip().splitlines() or ['nothing was said'])[-1][:200]})")
        return None


def judge(found: Findings | None) -> tuple[int, str]:
    """How the command ends, and the sentence for people."""
    if found is None or not found.known:
        return 2, "!!! NOTHING WAS AUDITED: no service with advisories can be reached from here. Run it where one can be."
    lines = [f"{package}: {'; '.join(ids)}" for package, ids in sorted(found.advisories.items())]
    if found.unknown:
        lines.append(f"!!! NOT AUDITED, as the service does not know them: {', '.join(sorted(found.unknown))}")
    if found.advisories:
        return 1, "\n".join(lines)
    if found.unknown:
        return 2, "\n".join(lines)
    return 0, f"{len(found.known)} packages looked up, none has a known vulnerability."


def main() -> int:
    """Asks one service after the other until one knows our packages."""
    found = None
    for service in SERVICES:
        found = ask(service) or found
        if found is not None and found.known:
            break
        print(f"{service}: knows none of our packages, or cannot be reached")
    status, sentence = judge(found)
    print(sentence)
    return status


if __name__ == "__main__":
    sys.exit(main())
