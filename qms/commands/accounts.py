"""`qms user`: people who sign in, from the office's own machine."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Role
from qms.accounts.second_factor.service import reset_second_factor
from qms.accounts.service import create_person, find, set_password
from qms.commands.house import open_house, unit_named
from qms.demo.service import demo_code
from qms.kernel.db import writing
from qms.kernel.language import _
from qms.kernel.moment import system_moment


@click.group()
def user() -> None:
    """Manage people who sign in."""


@user.command("create")
@click.argument("username")
@click.option("--name", required=True, help="Full name or title of the person.")
@click.option("--unit", "unit_code", required=True, help="Code of the unit the person belongs to.")
@click.option("--role", "roles", multiple=True, help="role or role@UNIT; may be given several times.")
@click.option("--language", type=click.Choice(["vi", "en"]), default="vi")
def user_create(username: str, name: str, unit_code: str, roles: Sequence[str], language: str) -> None:
    """Add a person and print a first password, to be changed at the first sign-in."""
    with open_house():
        password = secrets.token_urlsafe(15)
        with writing() as session:
            unit = unit_named(unit_code)
            person = create_person(username, name, unit, system_moment(), language=language)
            for given in roles:
                word, _at, code = given.partition("@")
                if word not in {role.value for role in Role}:
                    allowed = ", ".join(Role)
                    raise click.ClickException(_("“%(word)s” is no role; allowed are %(roles)s.", word=word, roles=allowed))
                session.add(Grant(person=person, role=Role(word), unit=unit_named(code) if code else unit))
            set_password(person, password, system_moment())
        click.echo(password)


@user.command("reset-second-factor")
@click.argument("username")
def user_reset_second_factor(username: str) -> None:
    """Take app, recovery codes and passkeys away from somebody who lost them; also for the last administrator."""
    with open_house(), writing():
        reset_second_factor(_person(username), system_moment())


@click.command("demo-code")
@click.argument("username")
def demo_code_(username: str) -> None:
    """Print the present code of a demo person's authenticator app; on a demo instance only."""
    with open_house():
        click.echo(demo_code(username, datetime.now(UTC)))


@user.command("password")
@click.argument("username")
def user_password(username: str) -> None:
    """Give a person a new password and print it; ends all sessions of the person."""
    with open_house():
        password = secrets.token_urlsafe(15)
        with writing():
            set_password(_person(username), password, system_moment())
        click.echo(password)


def _person(username: str) -> Person:
    person = find(username)
    if person is None:
        raise click.ClickException(_("There is nobody with the user name “%(username)s”.", username=username))
    return person
