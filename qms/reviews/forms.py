"""The shape of a management review."""

from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from qms.kernel.forms import DayField, Form
from qms.kernel.language import _l


class ReviewForm(Form):
    """Which agency, when, and what the minutes say; the choices are the agencies one may record for."""

    unit_id = SelectField(_l("Agency"), [InputRequired()], coerce=int)
    held_on = DayField(_l("Held on"), [InputRequired()])
    minutes = TextAreaField(
        _l("Minutes"),
        [Length(max=500)],
        description=_l("Number of the minutes or the notice of conclusions, and what was decided; at most 500 characters."),
        render_kw={"rows": 5},
    )
