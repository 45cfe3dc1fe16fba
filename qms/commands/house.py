"""What every command needs: the application with its database, in the language of the command."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask
from sqlalchemy import make_url, select
from sqlalchemy.exc import ArgumentError

from qms.app import create_app
from qms.config import Settings, SettingsError, load_settings
from qms.imports.refused import WorkbookRefused
from qms.kernel import schema
from qms.kernel.db import db
from qms.kernel.language import LANGUAGES, _, force_locale
from qms.kernel.refusal import Refused
from qms.units.models import Unit


@contextmanager
def open_house(*, migrated: bool = True) -> Iterator[Flask]:
    """The application on its database; refusals become the sentence of the command."""
    app = create_app(settings_of_instance())
    with app.app_context(), force_locale(language()):
        try:
            if migrated and not schema.is_current():
                raise click.ClickException(_("The database has not been prepared for this version; run “qms init” first."))
            yield app
        except (Refused, WorkbookRefused) as error:  # said here, where the language is known
            raise click.ClickException(words_of(error)) from error
        finally:
            db.session.remove()
            db.engine.dispose()


def settings_of_instance() -> Settings:
    """The settings, with a database address that can be read at all. Raises ``SettingsError``."""
    settings = load_settings()
    try:
        make_url(settings.database_url)
    except (ArgumentError, ValueError) as error:
        raise SettingsError("QMS_DATABASE_URL cannot be read as an address such as postgresql://qms@host:5432/qms.") from error
    return settings


def language() -> str:
    """Language of messages and papers: QMS_LANGUAGE, else Vietnamese; a terminal in English says nothing about the office."""
    chosen = os.environ.get("QMS_LANGUAGE", "")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def say(sentence: str) -> None:
    """Progress, on a terminal only."""
    if sys.stderr.isatty():
        click.echo(sentence, err=True)


def unit_named(code: str) -> Unit:
    """The unit with that code, or the sentence that there is none."""
    unit = db.session.scalar(select(Unit).where(Unit.code == code))
    if unit is None:
        raise click.ClickException(_("There is no unit with the code “%(code)s”.", code=code))
    return unit


def words_of(error: Refused | WorkbookRefused) -> str:
    """Every reason of a refusal in one line."""
    return " ".join(str(refusal) for refusal in error.refusals) if isinstance(error, Refused) else str(error.sentence)
