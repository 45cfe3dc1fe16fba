"""Signing in by the directory of the province (OpenID Connect): the way there, and the way back.

Both are links (GET), as the protocol has it; the state of the way there, in the signed session, proves that the same browser
comes back. Where no directory is set, these pages do not exist.
"""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from qms.accounts import entrance
from qms.accounts.directory import service as directory
from qms.accounts.directory.claims import untold
from qms.accounts.directory.service import NotAdmitted
from qms.accounts.gate import now, present_person, public
from qms.accounts.models import Person
from qms.config import Settings, SettingsError
from qms.kernel.db import db, writing
from qms.kernel.language import _, _l
from qms.kernel.later import later
from qms.kernel.web import local_path, public_link, request_id

if TYPE_CHECKING:
    from qms.accounts.directory import provider as providers
else:
    providers = later("qms.accounts.directory.provider")

blueprint = Blueprint("directory", __name__)
PLACE = "qms.directory"
WORDS = {
    "person.link_directory": _l("Link with the directory"),
    "person.move": _l("Move to another unit"),
    "person.ignore_directory_claims": _l("Pass over what the directory says"),
    "person.unlink_directory": _l("Unlink from the directory"),
    "person.note_untold_claims": _l("Keep roles that the directory did not tell of"),
}
"""Titles for the trail."""


def _set_up(state: BlueprintSetupState) -> None:
    """Makes the provider of the settings; nobody is asked anything yet."""
    settings: Settings = state.app.extensions["qms.settings"]
    if settings.directory is None:
        state.app.extensions[PLACE] = None
        return
    unknown = directory.unknown_groups(settings.directory)
    if unknown:
        raise SettingsError(f"These lines of [oidc.groups] in settings.toml name no role: {', '.join(unknown)}.")
    state.app.extensions[PLACE] = providers.Provider(settings.directory)


blueprint.record(_set_up)


@blueprint.app_context_processor
def _title() -> dict[str, Any]:
    provider: providers.Provider | None = current_app.extensions[PLACE]
    return {"directory_title": None if provider is None else provider.settings.title}


@blueprint.get("/sign-in/directory")
@public
def go() -> ResponseReturnValue:
    """Sends the browser to the provider, with a state, a nonce and a PKCE challenge that only this browser can answer."""
    provider = _provider()
    onward = local_path(request.args.get("next"))
    if present_person() is not None:
        return redirect(onward)
    db.session.rollback()  # the provider takes its time; no transaction waits for it
    try:
        return redirect(provider.begin(public_link(url_for("directory.come_back")), onward))
    except providers.ProviderDown as error:
        return _down(provider, error)


@blueprint.get("/sign-in/directory/return")
@public
def come_back() -> ResponseReturnValue:
    """Lets in whom the provider sends back: the person of that issuer and subject, with the roles the directory gives."""
    provider = _provider()
    moment = now()
    db.session.rollback()
    try:
        claims, onward = provider.finish()
        person = _admitted(claims, provider)
    except providers.ProviderDown as error:
        return _down(provider, error)
    except providers.NotSignedIn:
        return _told(provider, _("You did not sign in at %(title)s.", title=provider.settings.title), 403)
    except providers.ProviderError as error:
        _log(f"not confirmed: {error}")
        sentence = _("%(title)s could not confirm who you are. Please begin again.", title=provider.settings.title)
        return _told(provider, sentence, 400)
    except NotAdmitted as refused:
        _log(f"not admitted: {refused.reason}")
        return _told(provider, str(refused.refusals[0]), 403)
    ignored = directory.ignored_claims(claims, provider.settings, person)
    if ignored:
        _log(f"claims of person {person.id} that mean nothing here: {ignored!r}")
    missing = untold(claims, provider.settings)
    if missing:
        _log(f"claims that did not tell the roles of person {person.id}, which stay as they stood: {', '.join(missing)}")
        flash(
            _("%(title)s did not say which roles you have now; they stay as they were.", title=provider.settings.title),
            "attention",
        )
    entrance.enter(person, second_factor=directory.is_strong(claims, provider.settings), way="directory")
    current_app.logger.info("%s directory: person %s at %s", request_id(), person.id, moment.instant.isoformat())
    return entrance.go(onward)


def _admitted(claims: dict[str, Any], provider: "providers.Provider") -> Person:
    """The person; of two first sign-ins at the same instant the second one finds what the first one made."""
    moment = now()
    try:
        with writing():
            return directory.admit(claims, provider.settings, moment)
    except IntegrityError:
        with writing():
            return directory.admit(claims, provider.settings, moment)


def _provider() -> "providers.Provider":
    provider: providers.Provider | None = current_app.extensions[PLACE]
    if provider is None:
        abort(404)
    return provider


def _down(provider: "providers.Provider", error: "providers.ProviderDown") -> ResponseReturnValue:
    _log(f"down: {error}")
    title = provider.settings.title
    return _told(provider, _("%(title)s does not answer now. Sign in with your password, or try again later.", title=title), 503)


def _told(provider: "providers.Provider", sentence: str, status: int) -> ResponseReturnValue:
    page = render_template("accounts/directory_refused.html", sentence=sentence, title=provider.settings.title)
    return page, status


def _log(sentence: str) -> None:
    """One line, whatever stands in it: the way back can be asked by anybody, and its address says why it failed."""
    shown = "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in sentence)
    current_app.logger.warning("%s directory: %s", request_id(), shown)
