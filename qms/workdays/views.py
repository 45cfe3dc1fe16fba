"""The pages of the calendar: a year, and the four ways of changing the table."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date

from qms.accounts.gate import needs, now, signed_in
from qms.accounts.permissions import Permission
from qms.kernel.db import writing
from qms.kernel.language import _, _l, current_language, ngettext
from qms.kernel.refusal import Refusal, Refused
from qms.kernel.typed_days import FIRST_DAY, LAST_DAY, day_or_none
from qms.kernel.web import day_text
from qms.kernel.workflow import OpenStep
from qms.workdays import queries, rules, service
from qms.workdays.forms import DayForm, DecidedForm, ListForm, RemoveForm, SwapForm
from qms.workdays.models import SpecialDay
from qms.workdays.official_list import written
from qms.workdays.story import sentences

blueprint = Blueprint("workdays", __name__, url_prefix="/workdays")

_SWAP, _NEW, _LIST = _l("Swap a working day"), _l("Add a special day"), _l("Take over the list of a year")
_WAYS = (("swap", _SWAP), ("new", _NEW), ("take_list", _LIST))


@blueprint.get("")
@signed_in
def year() -> ResponseReturnValue:
    """A year: what is free, what is worked in exchange, when Tết is, and who decided what."""
    moment = now()
    chosen = request.args.get("year", moment.today.year, type=int)
    if not FIRST_DAY.year < chosen <= LAST_DAY.year:
        chosen = moment.today.year
    days, named = queries.calendar(), queries.named_days(chosen, current_language())
    refusal = rules.may_edit(queries.top_units(), moment)
    own = [SpecialDay(day=one.day, working=one.kind is queries.DayKind.WORKED, title=one.title) for one in named if one.decided]
    return render_template(
        "workdays/year.html",
        chosen=chosen,
        named=named,
        kinds={one.day: one for one in named},
        months=list(queries.months(chosen)),
        is_working_day=days.is_working_day,
        working_days=days.working_days_between(date(chosen - 1, 12, 31), date(chosen, 12, 31)),
        new_year=queries.next_new_year(moment.today, days),
        steps=[OpenStep(name, title, () if refusal is None else (refusal,)) for name, title in _WAYS],
        urls={name: url_for(f"workdays.{name}") for name, _title in _WAYS},
        may_edit=refusal is None,
        may_remove=lambda day: refusal is None and rules.not_long_past(day, moment.today) is None,
        weekday=lambda day: format_date(day, "EEEE"),
        month_title=lambda number: format_date(date(chosen, number, 1), "LLLL"),
        history=sentences(queries.last_deeds()),
        text=written(own),
    )


@blueprint.route("/swap", methods=["GET", "POST"])
@needs(Permission.WORKDAYS_EDIT)
def swap() -> ResponseReturnValue:
    """One day free, another one worked for it."""
    form = SwapForm()

    def act() -> tuple[str, int]:
        free_on, worked_on = form.free_on.data, form.worked_on.data
        assert free_on is not None
        service.swap(free_on, worked_on, form.title.data, form.reason.data, now())
        return _("The two days are swapped."), free_on.year

    return _change(form, str(_SWAP), _("Swap the days"), act)


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Permission.WORKDAYS_EDIT)
def new() -> ResponseReturnValue:
    """One special day."""
    form = DayForm()
    form.offer()

    def act() -> tuple[str, int]:
        day = form.day.data
        assert day is not None
        service.add_day(day, form.working.data == "worked", form.title.data, form.reason.data, now())
        return _("The day stands in the table."), day.year

    return _change(form, str(_NEW), _("Add the day"), act)


@blueprint.route("/list", methods=["GET", "POST"])
@needs(Permission.WORKDAYS_EDIT)
def take_list() -> ResponseReturnValue:
    """The official list of a year, all of it or nothing."""
    form = ListForm()

    def act() -> tuple[str, int]:
        count = service.take_list(form.text.data, form.reason.data, now())
        return ngettext("%(num)s day stands in the table.", "%(num)s days stand in the table.", count), now().today.year

    return _change(form, str(_LIST), _("Take the list over"), act)


@blueprint.route("/<day>/remove", methods=["GET", "POST"])
@needs(Permission.WORKDAYS_EDIT)
def remove(day: str) -> ResponseReturnValue:
    """Takes a day out of the table."""
    found = day_or_none(day) or abort(404)
    if queries.special_day(found) is None:
        abort(404)

    def act() -> tuple[str, int]:
        service.remove_day(found, form.reason.data, now())
        return _("%(day)s is again what it is nationwide.", day=day_text(found)), found.year

    form = RemoveForm()
    return _change(form, _("Take %(day)s out of the table", day=day_text(found)), _("Take it out"), act)


def _change(form: DecidedForm, title: str, button: str, act: Callable[[], tuple[str, int]]) -> ResponseReturnValue:
    """The form, or its verb; a refusal comes back with everything that was typed."""
    refusals: tuple[Refusal, ...] = ()
    known: dict[str, Any] = {"form": form, "title": title, "button": button}
    if form.validate_on_submit():
        try:
            with writing():
                said, chosen = act()
        except Refused as refused:
            return render_template("workdays/change.html", **known, refusals=refused.refusals), 409
        flash(said, "good")
        return redirect(url_for("workdays.year", year=chosen), 303)
    if not form.is_submitted():
        refusal = rules.may_edit(queries.top_units(), now())
        refusals = (refusal,) if refusal is not None else ()
    return render_template("workdays/change.html", **known, refusals=refusals), 422 if form.errors else 200
