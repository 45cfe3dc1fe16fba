"""The forms of the head's questions: the whole answer at once, and the report of an action; for oneself or for the head."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from wtforms import Field, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from nonconformities.answering.preparables import MOST_ACTIONS
from nonconformities.forms import LONGEST, VersionedForm
from qms.accounts.models import Person
from qms.kernel.forms import DayField
from qms.kernel.language import _, _l

_text = Length(max=LONGEST)


class ForSomebodyForm(VersionedForm):
    """A form with the person it is laid before."""

    for_person = SelectField(_l("Who confirms it?"), coerce=int, validators=[InputRequired()])

    people: Sequence[tuple[Person, Sequence[Person]]] = ()
    """Whom it may be laid before, each with the heads the person stands in for."""

    def offer_people(self, people: Sequence[tuple[Person, Sequence[Person]]]) -> None:
        """Fills the choices: the people who answer for the unit, then those who stand in for them."""
        self.people = people
        self.for_person.choices = [(person.id, _choice(person, principals)) for person, principals in people]

    def filled_in(self) -> dict[str, Any]:
        """What was typed, without what only carries the form."""
        return {name: field.data for name, field in self._fields.items() if name not in {"for_person", "csrf_token"}}


def _choice(person: Person, principals: Sequence[Person]) -> str:
    name = person.full_name if person.title in {None, person.full_name} else f"{person.full_name}, {person.title}"
    if not principals:
        return name
    return str(_("%(deputy)s for %(principal)s", deputy=name, principal=", ".join(one.full_name for one in principals)))


class AnswerForm(ForSomebodyForm):
    """What was done at once, why it happened, what will be done: the answer in one piece."""

    correction = TextAreaField(
        _l("What was done at once to correct it?"), validators=[DataRequired(), _text], render_kw={"rows": 3}
    )
    root_cause = TextAreaField(
        _l("Why did it happen?"),
        validators=[DataRequired(), _text],
        render_kw={"rows": 4},
        description=_l("Ask why until an answer can be removed by an action; one answer a line, the root last."),
    )
    effect_due_on = DayField(
        _l("By when can the effect be verified?"),
        validators=[DataRequired()],
        description=_l("Not before the last action is due."),
    )
    needs_action = True
    """Whether the plan has no action yet, so that one has to be named here."""

    def action_rows(self) -> list[tuple[int, Field, Field, Field]]:
        """Number, what, who, until when of each row."""
        return [
            (number, self[f"action_{number}"], self[f"owner_{number}"], self[f"due_on_{number}"])
            for number in range(1, MOST_ACTIONS + 1)
        ]

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """A row is whole or empty; the first is asked for when the plan has no action."""
        whole: bool = super().validate(extra_validators)
        for number, what, who, until in self.action_rows():
            fields = (what, who, until)
            typed = any(field.data or getattr(field, "raw_data", None) not in ([""], None, []) for field in fields)
            if not typed and not (number == 1 and self.needs_action):
                continue
            for field in fields:
                if not field.data and not field.errors:
                    field.errors = [_("This field is required.")]
                    whole = False
        return whole


for _number in range(1, MOST_ACTIONS + 1):
    setattr(
        AnswerForm,
        f"action_{_number}",
        TextAreaField(_l("What will be done?"), validators=[Optional(), _text], render_kw={"rows": 2}),
    )
    setattr(
        AnswerForm,
        f"owner_{_number}",
        StringField(
            _l("Who does it?"),
            validators=[Optional(), Length(max=80)],
            render_kw={"list": "people", "autocomplete": "off"},
            description=_l("The username; the list offers the people of the unit."),
        ),
    )
    setattr(AnswerForm, f"due_on_{_number}", DayField(_l("Until when?"), validators=[Optional()]))


class ReportForm(ForSomebodyForm):
    """What came of an action."""

    result = TextAreaField(
        _l("What was done, and where can it be seen?"), validators=[DataRequired(), _text], render_kw={"rows": 4}
    )


def restored(fields: Mapping[str, str]) -> dict[str, Any]:
    """What was once filled in, as the data of a form: days are days again."""
    days = {"effect_due_on", *(f"due_on_{number}" for number in range(1, MOST_ACTIONS + 1))}
    return {name: date.fromisoformat(value) if name in days else value for name, value in fields.items() if name != "version"}
