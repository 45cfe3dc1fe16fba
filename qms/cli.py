"""The `qms` command: the same verbs as the pages, for the office's own machine and for the clock.

Every failure is one sentence on standard error; exit code 1 for what cannot be done, 2 for a wrong call.
"""

import json
import os
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, OperationalError

from qms.app import create_app
from qms.backup import BackupError, back_up, restore_into
from qms.commands.accounts import demo_code_, user
from qms.commands.house import language, open_house, say, settings_of_instance, unit_named
from qms.commands.trail import trail, verify
from qms.config import SettingsError, load_settings, present_settings
from qms.demo.service import load_demo
from qms.evaluation import report
from qms.evaluation.models import Run, RunOrigin
from qms.evaluation.outcome import Outcome
from qms.evaluation.service import evaluate, store, yesterday
from qms.imports import exporting
from qms.imports.refused import Problems
from qms.imports.result import problems_as_dict
from qms.imports.takeover import take_over
from qms.kernel import schema
from qms.kernel.db import db, writing
from qms.kernel.language import LANGUAGES, _, force_locale
from qms.kernel.moment import system_moment
from qms.serve import PortTaken, check_port, clock_process, serve
from qms.trail.stock import tell_of_restore, upgrade
from qms.units.models import Unit


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="qms")
def qms() -> None:
    """Quality management by TCVN ISO 9001 for public administration."""


@qms.command()
def init() -> None:
    """Create the database schema or bring it to this version."""
    with open_house(migrated=False):
        upgrade(system_moment())
        click.echo(_("The database is at revision %(revision)s.", revision=schema.current_revision()))


@qms.command()
def demo() -> None:
    """Load the demo office into an empty database."""
    with open_house(migrated=False):
        schema.upgrade()
        say(_("Loading the demo office …"))
        for username, password, shows in load_demo(system_moment()):
            click.echo(f"  {username:<20} {password:<22} {shows}")


@qms.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--demo/--no-demo", "with_demo", default=True, help="Load the demo office when the database is empty.")
def run(host: str, port: int, workers: int, with_demo: bool) -> None:
    """Serve the application and run the clock."""
    check_port(host, port)
    with open_house(migrated=False) as app:
        upgrade(system_moment())
        sign_ins = []
        if with_demo and db.session.scalar(select(Unit.id).limit(1)) is None:
            say(_("Loading the demo office …"))
            sign_ins = load_demo(system_moment())
        elif with_demo:
            sign_ins = load_demo(system_moment(), only_tell=True)
    serve(app, host, port, workers, sign_ins)


@qms.command(hidden=True)
@click.option("--parent", type=int, required=True)
def clock(parent: int) -> None:
    """Run the clock beside the web server; ends with it."""
    clock_process(create_app(load_settings()), parent)


@qms.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only check.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text")
def import_(file: Path, dry_run: bool, shape: str) -> None:
    """Take over a register workbook: all of it or nothing."""
    with open_house():
        say(_("Reading %(file)s …", file=file.name))
        try:
            result = take_over(file.read_bytes(), system_moment(), dry_run=dry_run)
        except Problems as problems:
            if shape == "json":
                click.echo(json.dumps(problems_as_dict(problems), ensure_ascii=False))
            else:
                for problem in problems.found:
                    click.echo(str(problem), err=True)
            sys.exit(1)
        click.echo(json.dumps(result.as_dict(), ensure_ascii=False) if shape == "json" else result.text())


@qms.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--template", is_flag=True, help="Write an empty workbook with the headers and allowed values.")
@click.option(
    "--language", "spoken", type=click.Choice(LANGUAGES), help="Of sheets, headers and words; else QMS_LANGUAGE, or vi."
)
def export(file: Path, template: bool, spoken: str | None) -> None:
    """Write the register workbook."""
    if template:
        app = create_app(load_settings())
        with app.app_context(), force_locale(language()):
            file.write_bytes(exporting.template(spoken or language()))
        return
    with open_house():
        say(_("Writing the registers …"))
        file.write_bytes(exporting.export_workbook(system_moment(), language=spoken))


def _day(_context: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        if "-" in value and "W" not in value:  # fromisoformat knows more ways to write a day than people do
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise click.BadParameter(f"“{value}” is not a day; write it like 2026-11-30.")


@qms.command("evaluate")
@click.option("--as-of", callback=_day, help="The day to evaluate, such as 2026-11-30; by default yesterday.")
@click.option("--agency", help="Only units at or below the unit with this code.")
@click.option("--format", "shape", type=click.Choice(["table", "json"]), default="table")
@click.option("--store", "keep", is_flag=True, help="Seal and keep the run.")
@click.option("--report", "paper", type=click.Path(dir_okay=False, path_type=Path), help="FILE.pdf, .xlsx or .docx; stores.")
def evaluate_(as_of: date | None, agency: str | None, shape: str, keep: bool, paper: Path | None) -> None:
    """Evaluate which units maintain TCVN ISO 9001 at the end of a day."""
    extension = paper.suffix.removeprefix(".").lower() if paper is not None else ""
    if paper is not None and extension not in report.RENDERERS:
        raise click.BadParameter(f"“{paper.name}” must end in .pdf, .xlsx or .docx.", param_hint="--report")
    if paper is not None and not paper.resolve().parent.is_dir():
        raise click.BadParameter(f"There is no folder {paper.resolve().parent}.", param_hint="--report")
    with open_house():
        moment = system_moment()
        scope = unit_named(agency) if agency is not None else None
        say(_("Evaluating …"))
        outcome = evaluate(as_of or yesterday(moment), moment, scope)
        if keep or paper is not None:
            with writing():
                run_id = store(outcome, moment, RunOrigin.PERSON, scope).id
        if paper is not None:
            spoken = language()
            content = report.render(run_id, extension, spoken)
            with writing():
                run = db.session.get_one(Run, run_id)
                content = report.keep(run, extension, spoken, content, moment)
            paper.write_bytes(content)
        if shape == "json":
            for piece in outcome.json_pieces():
                click.echo(piece, nl=False)
            click.echo()
        else:
            _table(outcome)


def _table(outcome: Outcome) -> None:
    spoken = language()
    click.echo(f"{outcome.criteria_set.code}  {outcome.as_of.strftime('%d/%m/%Y')}  {outcome.share.text(spoken)}")
    for one in outcome.units:
        click.echo(f"{one.agency or '-':<10} {one.unit:<14} {one.verdict.title!s:<16} {one.score.k}/{one.score.n}")
    for left in outcome.out_of_scope:
        click.echo(f"{left.agency or '-':<10} {left.unit:<14} {left.reason.title}")


@qms.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-keys", is_flag=True, help="Put the secret key into the backup too.")
def backup(file: Path, with_keys: bool) -> None:
    """Write database, files and settings into one file, with hashes."""
    with open_house():
        say(_("Writing the backup …"))
        back_up(present_settings(), file, with_keys=with_keys)


@qms.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Restore a backup into an empty instance."""
    restore_into(settings_of_instance(), file)
    with open_house(migrated=False):
        upgrade(system_moment())
        tell_of_restore(file.name, system_moment())
        click.echo(_("The backup is restored."))


for command in (user, demo_code_, trail, verify):
    qms.add_command(command)


def _sentence(error: Exception) -> str | None:
    """The one sentence for a failure that was to be expected; None for a fault of the program."""
    if isinstance(error, OperationalError):
        return f"The database cannot be used: {_first_line(error)}."
    if isinstance(error, DBAPIError):
        return f"The database refused: {_first_line(error)}."
    if isinstance(error, (SettingsError, BackupError, PortTaken)):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'The file'}: {error.strerror or error}."
    return None


def _first_line(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error.orig).__name__


def main(arguments: Sequence[str] | None = None) -> Any:
    """Entry point: calls the command and turns expected failures into one sentence."""
    try:
        return qms.main(args=None if arguments is None else list(arguments), standalone_mode=False)
    except click.UsageError as error:
        click.echo(f"{error.format_message()}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        click.echo(error.format_message(), err=True)
        sys.exit(1)
    except click.Abort:
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the last door: what is expected becomes a sentence, the rest is raised again
        sentence = _sentence(error)
        if sentence is None:
            sentence = _write_fault(Path(os.environ.get("QMS_INSTANCE", "instance")) / "errors.log", error)
        click.echo(sentence, err=True)
        sys.exit(1)


def _write_fault(path: Path, error: Exception) -> str:
    """Writes down where the program failed and answers with the sentence that says so."""
    lines = traceback.format_exception(error)
    fault = f"The program has a fault ({type(error).__name__})"
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC).isoformat()}\n{''.join(lines)}\n")
    except OSError:
        return f"{fault}: {error}."
    return f"{fault}; it is written down in {path}."


if __name__ == "__main__":
    main()
