"""What people fill in about the calendar."""

from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from qms.kernel.forms import DayField, Form
from qms.kernel.language import _, _l
from qms.workdays.official_list import LONGEST_TITLE

_TITLE = [DataRequired(), Length(max=LONGEST_TITLE)]
_REASON = [DataRequired(), Length(max=2000)]


class DecidedForm(Form):
    """A change of the calendar; the decision comes last on the page."""

    reason = StringField(
        _l("By which decision?"),
        validators=_REASON,
        description=_l("Number and day of the decision or notice, such as 6150/TB-BLĐTBXH."),
    )


class SwapForm(DecidedForm):
    """One day free, another one worked for it."""

    free_on = DayField(_l("Which working day is free?"), validators=[InputRequired()])
    worked_on = DayField(_l("Which free day is worked for it?"), validators=[InputRequired()])
    title = StringField(_l("What for?"), validators=_TITLE)
    order = ("free_on", "worked_on", "title", "reason")


class DayForm(DecidedForm):
    """One special day."""

    day = DayField(_l("Which day?"), validators=[InputRequired()])
    working = RadioField(_l("What is it here?"), validators=[InputRequired()])
    title = StringField(_l("What day is it?"), validators=_TITLE)
    order = ("day", "working", "title", "reason")

    def offer(self) -> None:
        """Fills the two answers."""
        self.working.choices = [("free", _("Free, though it is a working day")), ("worked", _("Worked, though it is a free day"))]


class ListForm(DecidedForm):
    """The official list of a year."""

    text = TextAreaField(
        _l("The list, one day a line"),
        validators=[DataRequired(), Length(max=100_000)],
        description=_l("dd/mm/yyyy; nghỉ or làm bù; name. Weekends and public holidays known already are left out."),
        render_kw={"rows": 12, "spellcheck": "false", "placeholder": "31/12/2026; nghỉ; Hoán đổi dịp Tết Dương lịch"},
    )
    order = ("text", "reason")


class RemoveForm(DecidedForm):
    """A day that is again what it is nationwide."""

    order = ("reason",)
