"""The shape of what people type about nonconformities; what is allowed is decided by the rules."""

from collections.abc import Sequence

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from nonconformities.models import Grade, Source
from qms.files.fields import PhotosField
from qms.kernel.forms import DayField, Form
from qms.kernel.language import _, _l, current_language
from qms.standard.catalogue import clauses
from qms.units.models import Unit

LONGEST = 10_000
"""Characters a text may have; enough for any report, little enough for a page."""

_text = Length(max=LONGEST)
_rows = {"rows": 4}


class VersionedForm(Form):
    """A form that changes a record; ``version`` is the one the person saw."""

    version = HiddenField()


class RaiseForm(Form):
    """A new nonconformity that no audit found."""

    unit = SelectField(_l("Unit"), validators=[DataRequired()])
    grade = RadioField(_l("Grade"), validators=[InputRequired()])
    source = SelectField(_l("Found by"), validators=[DataRequired()])
    statement = TextAreaField(_l("What does not conform?"), validators=[DataRequired(), _text], render_kw=_rows)
    requirement = TextAreaField(_l("Which requirement is not met?"), validators=[_text], render_kw={"rows": 2})
    evidence = TextAreaField(_l("What shows it?"), validators=[_text], render_kw=_rows)
    clause = SelectField(_l("Clause"))
    procedure = StringField(
        _l("Procedure"),
        validators=[Optional(), Length(max=80)],
        description=_l("Code of a procedure that the unit owns or that applies to it."),
    )

    def offer(self, units: Sequence[Unit]) -> None:
        """Fills the choices: the units the person may raise in, grades, sources, clauses."""
        self.unit.choices = [("", _("Choose a unit")), *((unit.code, f"{unit.code} {unit.name}") for unit in units)]
        self.grade.choices = [(grade.value, str(grade.title)) for grade in Grade]
        # an audit raises its own from the finding
        self.source.choices = [(source.value, str(source.title)) for source in Source if source != Source.INTERNAL_AUDIT]
        language = current_language()
        self.clause.choices = [
            ("", _("No clause")),
            *((clause.number, f"{clause.number} {clause.title(language)}") for clause in clauses().values()),
        ]


class AnalysisForm(VersionedForm):
    """What was done at once, and why it happened."""

    correction = TextAreaField(_l("What was done at once to correct it?"), validators=[_text], render_kw=_rows)
    root_cause = TextAreaField(
        _l("Why did it happen?"),
        validators=[_text],
        render_kw={"rows": 6},
        description=_l("Ask why until an answer can be removed by an action; one answer a line, the root last."),
    )


class ActionForm(VersionedForm):
    """A corrective action."""

    description = TextAreaField(_l("What will be done?"), validators=[DataRequired(), _text], render_kw=_rows)
    owner = StringField(
        _l("Who does it?"),
        validators=[DataRequired(), Length(max=80)],
        render_kw={"list": "people", "autocomplete": "off"},
        description=_l("The username; the list offers the people of the unit."),
    )
    due_on = DayField(_l("Until when?"), validators=[DataRequired()])


class SubmitForm(VersionedForm):
    """Cause and plan as a response."""

    effect_due_on = DayField(
        _l("By when can the effect be verified?"),
        validators=[DataRequired()],
        description=_l("Not before the last action is due."),
    )


class ReasonForm(VersionedForm):
    """A step that takes something back."""

    reason = TextAreaField(_l("Why?"), validators=[DataRequired(), _text], render_kw=_rows)


class ResultForm(VersionedForm):
    """An owner's report."""

    result = TextAreaField(_l("What was done, and where can it be seen?"), validators=[DataRequired(), _text], render_kw=_rows)
    photos = PhotosField(_l("Photos of what was done"))


class VerdictForm(VersionedForm):
    """The verdict on the effect."""

    effective = RadioField(_l("Did the actions help?"), validators=[InputRequired()])
    note = TextAreaField(_l("What shows it?"), validators=[DataRequired(), _text], render_kw=_rows)
    photos = PhotosField(_l("Photos of what shows it"))

    def offer(self) -> None:
        """Fills the two answers."""
        self.effective.choices = [
            ("yes", _("Yes, the cause is removed")),
            ("no", _("No, a new plan is needed")),
        ]


class OwnerForm(VersionedForm):
    """Somebody else does it."""

    owner = StringField(
        _l("Who does it from now on?"),
        validators=[DataRequired(), Length(max=80)],
        render_kw={"list": "people", "autocomplete": "off"},
        description=_l("The username; the list offers the people of the unit."),
    )


class ConfirmForm(VersionedForm):
    """A step that asks for nothing but the decision."""
