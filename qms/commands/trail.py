"""`qms verify` and `qms trail`: is everything still as it was sealed, and the trail as files."""

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from qms.commands.house import language, open_house, say
from qms.journal.verification import Outcome, verify_all
from qms.kernel.language import _
from qms.kernel.moment import system_moment
from qms.trail.heads import lines
from qms.trail.keys import KeysUnreadable, rotate_keys
from qms.trail.reading import whole_trail
from qms.trail.stock import take_stock
from qms.trail.verify_trail import Head, export_lines, read_heads

File = click.Path(dir_okay=False, path_type=Path)
MOST_SHOWN = 1_000
ExistingFile = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--heads", type=ExistingFile, help="Daily heads from outside the database, one a line.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text")
def verify(heads: Path | None, shape: str) -> None:
    """Check the audit trail, and hold every record, run, paper and file and the schema against it."""
    with open_house(), _sentences():
        say(_("Checking the audit trail …"))
        outcome = verify_all(_progress, None if heads is None else _published(heads))
        if shape == "json":
            click.echo(json.dumps(_as_dict(outcome), ensure_ascii=False))
        else:
            for finding in outcome.findings[:MOST_SHOWN]:
                click.echo(str(finding))
            if len(outcome.findings) > MOST_SHOWN:
                click.echo(_("… and %(count)s more.", count=len(outcome.findings) - MOST_SHOWN))
            for line in outcome.report.lines(language(), len(outcome.findings)):
                click.echo(line)
    if outcome.found:
        sys.exit(1)


def _progress(what: str, count: int) -> None:
    say(_("%(what)s: %(count)s", what=what, count=count) if count else what)


def _as_dict(outcome: Outcome) -> dict[str, Any]:
    records = [{"what": one.what, "place": one.place, "key": one.key} for one in outcome.findings]
    return outcome.report.as_dict() | {"intact": not outcome.found, "records_found": len(records), "records": records}


@click.group()
def trail() -> None:
    """The audit trail: export, daily heads, keys."""


@trail.command("export")
@click.argument("file", type=File)
def trail_export(file: Path) -> None:
    """Write the whole trail for verify_trail.py, one row a line."""
    with open_house(), whole_trail() as (heads, rows), _private(file) as target:
        for line in export_lines(heads, rows):
            target.write(line + "\n")


@trail.command("heads")
@click.argument("file", type=File)
def trail_heads(file: Path) -> None:
    """Write all daily heads, one a line."""
    with open_house(), file.open("w", encoding="utf-8") as target:
        target.writelines(lines())


@trail.command("rotate-key")
def trail_rotate_key() -> None:
    """Seal future daily heads with a new key; the old keys stay."""
    with open_house(), _sentences():
        click.echo(
            _("Daily heads are sealed with the key %(name)s from now on. Back up the file of the keys.", name=rotate_keys())
        )


@trail.command("take-stock")
@click.option("--reason", required=True, help="Why what stands in the database counts from now on; kept in the trail.")
def trail_take_stock(reason: str) -> None:
    """Let what stands in the database count, after everything that was found has been looked into."""
    with open_house(), _sentences():
        moment = system_moment()
        changed = take_stock(moment.today.isoformat(), moment, reason)
        click.echo(_("%(count)s rows stood otherwise than had been told. The trail says so, with the reason.", count=changed))


def _published(path: Path) -> list[Head]:
    try:
        return read_heads(path.read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError) as error:
        raise click.ClickException(_("%(file)s does not hold daily heads, one a line.", file=path.name)) from error


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except KeysUnreadable as error:
        raise click.ClickException(str(error)) from error
    except sqlite3.Error as error:
        raise click.ClickException(_("The database cannot be read: %(reason)s.", reason=error)) from error


@contextmanager
def _private(path: Path) -> Iterator[TextIO]:
    """A file that only its owner may read: it holds names and addresses."""
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8", errors="surrogateescape") as file:
        yield file
