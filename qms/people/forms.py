"""The shapes of what administrators type. People and units are typed or chosen from a list: "Phòng Văn hóa (VH)" or "VH"."""

import re
from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.forms import CheckboxListField, DayField, Form
from qms.kernel.language import _, _l
from qms.units.models import Unit

_IN_BRACKETS = re.compile(r"\(([^()]+)\)\s*$")


def unit_choice(unit: Unit) -> str:
    """How a unit stands in a list to choose from."""
    return f"{unit.name} ({unit.code})"


def person_choice(person: Person) -> str:
    """How a person stands in a list to choose from."""
    return f"{person.full_name} ({person.username})"


def chosen_code(text: str | None) -> str:
    """Code or user name of what was chosen or typed: the last brackets, else the whole text."""
    text = (text or "").strip()
    found = _IN_BRACKETS.search(text)
    return found.group(1).strip() if found else text


class ChoiceField(StringField):
    """A text with a list beside it; ``choices`` are offered, anything in reach may be typed."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.choices: list[str] = []

    def offer(self, choices: Iterable[str]) -> None:
        """Sets what the list holds."""
        self.choices = list(choices)

    @property
    def code(self) -> str:
        """Code or user name of what was typed."""
        return chosen_code(self.data)

    def refuse(self, sentence: str) -> None:
        """Marks the field as wrong, after the form was checked."""
        self.errors = [*self.errors, sentence]


_OFF = {"autocomplete": "off"}
_TEXT = {"rows": 3}


class ParticularsForm(Form):
    """Who somebody is and where the person belongs; only work data (Law 91/2025: no more than the purpose needs)."""

    full_name = StringField(_l("Full name"), [InputRequired(), Length(max=200)], render_kw=_OFF)
    title = StringField(
        _l("Position"),
        [Length(max=200)],
        description=_l("The office, such as head of division; it stands on papers."),
        render_kw=_OFF,
    )
    email = StringField(
        _l("Work e-mail"),
        [Length(max=254)],
        description=_l("For the invitation, a forgotten password and the digest; may stay empty."),
        render_kw={"autocomplete": "off", "inputmode": "email"},
    )
    unit = ChoiceField(_l("Unit"), [InputRequired(), Length(max=400)], render_kw=_OFF)
    language = SelectField(_l("Language"), [InputRequired()])
    seen = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = [("vi", "Tiếng Việt"), ("en", "English")]


class NewPersonForm(ParticularsForm):
    """A new account; how its person gets in is decided afterwards."""

    username = StringField(
        _l("User name"),
        [InputRequired(), Length(max=80)],
        description=_l("Never given to somebody else later on."),
        render_kw=_OFF,
    )
    invite = BooleanField(_l("Send the invitation at once"), default=True)


class ReasonForm(Form):
    """Why somebody does this."""

    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=1000)], render_kw=_TEXT)


class GrantForm(Form):
    """A role in a unit, from a day to a day."""

    role = SelectField(_l("Role"), [InputRequired()])
    unit = ChoiceField(_l("Unit"), [InputRequired(), Length(max=400)], render_kw=_OFF)
    valid_from = DayField(_l("From"), [Optional()], description=_l("Empty: from today."))
    valid_to = DayField(_l("Until"), [Optional()], description=_l("The last day; empty: until it is ended."))
    reason = TextAreaField(
        _l("Reason for one person holding duties that are kept apart"),
        [Length(max=1000)],
        description=_l("Only when the page asks for it; everybody who may see people can read it."),
        render_kw=_TEXT,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # nothing is chosen beforehand: the first role of the table is the most dangerous one
        self.role.choices = [("", _("Choose a role")), *((role.value, str(role.title)) for role in Role)]


class EndGrantForm(Form):
    """When a role ends."""

    last_day = DayField(_l("Last day"), [Optional()], description=_l("Empty: at once."))


class DeputyForm(Form):
    """Who stands in, from when to when, and why; the principal is whose page it is."""

    deputy = ChoiceField(_l("Deputy"), [InputRequired(), Length(max=400)], render_kw=_OFF)
    valid_from = DayField(_l("From"), [InputRequired()])
    valid_to = DayField(_l("Until"), [InputRequired()], description=_l("The last day, at most a year later."))
    reason = StringField(
        _l("Reason"),
        [InputRequired(), Length(max=300)],
        description=_l("Such as leave or a mission; no word about health is needed."),
        render_kw=_OFF,
    )


class HandoverForm(Form):
    """To whom, until when, what else was agreed, and which roles the receiver gets anew."""

    receiver = ChoiceField(_l("Receiver"), [InputRequired(), Length(max=400)], render_kw=_OFF)
    leaves_on = DayField(
        _l("Leaves on"),
        [Optional()],
        description=_l("From this day the account is disabled; roles and deputies end the day before. Empty: the person stays."),
    )
    note = TextAreaField(_l("Other agreements"), [Length(max=2000)], render_kw=_TEXT)
    again = CheckboxListField(_l("Roles the receiver gets from today"), coerce=int, validate_choice=False)
    """Offered when the page is shown; the verb takes those of the giver alone, and asks for each whether it may be given."""


class ForgetForm(Form):
    """What cannot be undone is typed."""

    username = StringField(_l("Type the user name"), [InputRequired(), Length(max=80)], render_kw=_OFF)
    request = StringField(
        _l("Written request: number and date"),
        [Length(max=200)],
        description=_l("Needed before twelve months have passed; without names, as it stays in the audit trail."),
        render_kw=_OFF,
    )


class ForgottenForm(Form):
    """Who forgot the password."""

    who = StringField(_l("User name or work e-mail"), [InputRequired(), Length(max=254)], render_kw={"autocomplete": "username"})
