"""Saved filters: keeping the list that is seen, and dropping one."""

from flask import Blueprint, abort, flash, redirect
from flask.typing import ResponseReturnValue

from qms.accounts.gate import now, oneself, signed_in
from qms.kernel.db import writing
from qms.kernel.feature import house
from qms.kernel.language import _
from qms.pages import service
from qms.pages.forms import SaveFilterForm
from qms.pages.lists import RecordList
from qms.pages.queries import find_saved

blueprint = Blueprint("lists", __name__)


@blueprint.post("/lists/<list_name>/saved")
@signed_in
def save_filter(list_name: str) -> ResponseReturnValue:
    """Keeps the filters and the order of the address under a name; the list comes back as it was."""
    shown, moment, person, form = _list(list_name), now(), oneself(), SaveFilterForm()
    address = shown.asked(moment).address
    if form.validate():
        with writing():
            service.save_filter(person.id, list_name, form.title.data or "", address)
        flash(_("The filter “%(title)s” is saved; only you see it.", title=form.title.data), "good")
    else:
        flash(_("Give the filter a name of at most 80 letters."), "bad")
    return redirect(f"{shown.url()}?{address}", 303)


@blueprint.post("/lists/saved/<int:saved_id>/remove")
@signed_in
def remove_filter(saved_id: int) -> ResponseReturnValue:
    """Drops a saved filter of one's own."""
    person = oneself()
    with writing():
        saved = find_saved(saved_id, person.id) or abort(404)
        list_name, title = saved.list_name, saved.title
        service.drop_filter(saved)
    flash(_("The filter “%(title)s” is removed.", title=title), "good")
    return redirect(_list(list_name).url(), 303)


def _list(list_name: str) -> RecordList:
    """The list of that name, when there is one and the person may open it."""
    shown = next((one for feature in house().features for one in feature.lists if one.name == list_name), None)
    if shown is None or not now().person.may(shown.permission, None):
        abort(404)
    found: RecordList = shown
    return found
