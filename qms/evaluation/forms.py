"""What a person gives to start an evaluation."""

from wtforms.validators import InputRequired

from qms.kernel.forms import DayField, Form
from qms.kernel.language import _l


class RunForm(Form):
    """The day whose end is evaluated."""

    day = DayField(_l("Evaluate the end of this day"), validators=[InputRequired(_l("Give a day, such as 30/11/2026."))])
