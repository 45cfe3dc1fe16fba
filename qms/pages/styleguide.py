"""The page that shows every component once, beside the call that draws it: in tests, and when ``FLASK_DEBUG`` is set."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, abort, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from qms.accounts.gate import now, signed_in
from qms.kernel.charts import bars, columns, gantt, line, pareto
from qms.kernel.forms import DayField, Form
from qms.kernel.language import _, _l
from qms.kernel.paging import Page
from qms.kernel.panels import Card, Line
from qms.kernel.refusal import Refusal
from qms.kernel.share import Share
from qms.kernel.workflow import OpenStep, State, Tone
from qms.pages.columns import Column, due, heading, state, text

blueprint = Blueprint("styleguide", __name__)


class Shade(State):
    """A state of each tone."""

    NEUTRAL = "neutral", _l("Planned"), Tone.NEUTRAL, "calendar"
    ACCENT = "accent", _l("Under way"), Tone.ACCENT, "player-play"
    GOOD = "good", _l("In force"), Tone.GOOD, "circle-check"
    ATTENTION = "attention", _l("Review overdue"), Tone.ATTENTION, "alert-triangle"
    BAD = "bad", _l("Overdue"), Tone.BAD, "alert-octagon"


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    title: str
    state: Shade
    due_on: date


class SampleForm(Form):
    """A field of each kind."""

    title = StringField(_l("Title"), [InputRequired(), Length(max=8)], description=_l("At most %(most)s characters.", most=8))
    reason = TextAreaField(_l("Reason"), [InputRequired()], render_kw={"rows": 3})
    day = DayField(_l("Due on"), [InputRequired()])
    kind = SelectField(_l("Kind"))
    choice = RadioField(_l("State"))
    sure = BooleanField(_l("Overdue"))
    photo = FileField(_l("Photo"))

    def offer(self) -> "SampleForm":
        """Fills the choices."""
        self.kind.choices = self.choice.choices = [(one.value, str(one.title)) for one in Shade]
        return self


COLUMNS: tuple[Column, ...] = (
    due("due", _l("Due on"), lambda row: row.due_on),
    heading("title", _l("Title"), lambda row: row.title, url=lambda _row: "#", below=lambda row: row.state.title),
    text("kind", _l("Kind"), lambda row: row.state),
    state("state", _l("State"), lambda row: row.state),
)


@blueprint.get("/styleguide")
@signed_in
def show() -> ResponseReturnValue:
    """Every component, in the language and the colours of whoever looks."""
    if not (current_app.debug or current_app.testing):
        abort(404)
    moment = now()
    free, shut = OpenStep("start", _("Start"), ()), OpenStep("close", _("Close"), (Refusal("x", _l("Review overdue")),))
    wrong = SampleForm(formdata=ImmutableMultiDict({"title": "123456789", "day": "31/02/2026"}), meta={"csrf": False}).offer()
    wrong.validate()
    return render_template(
        "pages/styleguide.html",
        shades=Shade,
        share=Share(7, 9),
        days=[moment.today + timedelta(days=days) for days in (-12, 0, 3, 30)],
        steps=[free, shut],
        refusals=shut.refusals,
        form=SampleForm(formdata=None).offer(),
        wrong=wrong,
        columns=COLUMNS,
        rows=[Row(str(shade.title), shade, moment.today + timedelta(days=place)) for place, shade in enumerate(Shade)],
        moment=moment,
        page=Page((), 2, 120),
        chart=bars([("2024", Share(3, 9)), ("2025", Share(5, 9)), ("2026", Share(7, 9))], 80),
        pictures=[
            columns([("0–30", 4, "good"), ("31–60", 2, "attention"), ("> 90", 1, "bad")]),
            line([(f"{month}/2026", month % 4) for month in range(1, 13)]),
            pareto([("7.5", "7.5", 9), ("8.5", "8.5", 5), ("9.2", "9.2", 1)]),
            gantt([("A", date(2026, 2, 2), date(2026, 3, 9), "good", "")], 2026, moment.today),
        ],
        card=Card(_("History"), [(Line(_("Reason"), "#", "link", state=Shade.GOOD), _("Planned"))]),
        instant=datetime(2026, 1, 20, 2, 30, tzinfo=UTC),
    )
