"""What people fill in."""

import re
from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import UUID, AnyOf, DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import HiddenInput

from audits.answering import Given
from audits.models import Answer, Audit, AuditKind
from audits.queries import Fact
from audits.rules import lead_refusals
from qms.accounts.models import Person
from qms.kernel.forms import CheckboxListField, DayField, Form
from qms.kernel.language import _, _l
from qms.pages.person_field import PersonField
from qms.standard.catalogue import Clause, clauses
from qms.units.models import Unit

TEXT = [Optional(), Length(max=4000)]
MOST_UNHEARD = 20
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _few_ids(_form: Form, field: CheckboxListField) -> None:
    """What a browser sent before and has no reply for: ids it made itself, no more than it keeps."""
    if len(field.data or ()) > MOST_UNHEARD or not all(_ID.fullmatch(each) for each in field.data or ()):
        raise ValidationError(_("Not a valid choice."))


class PlanForm(Form):
    """A new audit: unit, kind, day, lead auditor, clauses."""

    unit_id = SelectField(
        _l("Unit to be audited"),
        coerce=int,
        validators=[InputRequired(), NumberRange(min=1, message=_l("Choose the unit."))],
        validate_choice=False,
    )
    kind = SelectField(_l("Kind of audit"), validators=[InputRequired()])
    planned_on = DayField(_l("Planned day"), validators=[InputRequired()])
    lead_auditor_id = PersonField(_l("Lead auditor"), validate_choice=False)
    independence_exception = StringField(
        _l("Documented exception from independence"),
        validators=[Optional(), Length(max=200)],
        description=_l("Number of the document, only when nobody of another unit can be found."),
    )
    all_clauses = BooleanField(_l("All clauses, 4 to 10"))
    clauses = CheckboxListField(_l("Clauses of the standard"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(kind.value, str(kind.title)) for kind in AuditKind]
        self.clauses.choices = [(number, number) for number, clause in clauses().items() if int(number.split(".")[0]) >= 4]

    def offer(self, units: Sequence[Unit], people: Sequence[Person], unit_id: int | None) -> None:
        """Fills the lists of a page that is shown; who cannot lead stays in the list, with the reason."""
        self.unit_id.choices = [(0, _("Choose the unit")), *((unit.id, unit.name) for unit in units)]
        exception = self.independence_exception.data
        self.lead_auditor_id.offer(
            people,
            lambda person: lead_refusals(person, unit_id, exception),
            others=_("Cannot lead this audit"),
            nobody=_("No lead auditor yet"),
        )

    def clashing_lead(self, people: Sequence[Person], unit_id: int | None) -> str | None:
        """Why whoever was chosen cannot lead, once unit or exception have changed; None when nothing stands in the way."""
        if not self.lead_auditor_id.data:
            return None
        chosen = next((person for person in people if person.id == self.lead_auditor_id.data), None)
        if chosen is None:
            return _("Whoever was chosen to lead cannot be named in an audit of this unit; choose again.")
        refusals = lead_refusals(chosen, unit_id, self.independence_exception.data)
        return f"{chosen.full_name}: {refusals[0]}" if refusals else None

    def chosen_clauses(self) -> list[str]:
        """The clauses that were ticked, or every clause x.y of the standard."""
        if not self.all_clauses.data:
            return self.clauses.data or []
        return [clause.number for _chapter, found in self.chapters() for clause, _chosen in found]

    def chapters(self) -> list[tuple[Clause, list[tuple[Clause, bool]]]]:
        """The chapters with their clauses x.y, each with whether it is chosen."""
        chosen = set(self.clauses.data or ())
        table = clauses()
        return [
            (
                chapter,
                [
                    (clause, clause.number in chosen)
                    for clause in table.values()
                    if clause.depth == 2 and clause.number.startswith(chapter.number + ".")
                ],
            )
            for chapter in table.values()
            if chapter.depth == 1 and int(chapter.number) >= 4
        ]


class AnswerForm(Form):
    """The answer to one question, as a page with or without scripts sends it; nothing but its shape is asked here."""

    client_id = HiddenField(validators=[InputRequired(), UUID(_l("Not a valid choice."))])
    after = CheckboxListField(widget=HiddenInput(), validate_choice=False, validators=[_few_ids])
    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    answer = StringField(
        _l("Answer"), validators=[InputRequired(), AnyOf([each.value for each in Answer], _l("Not a valid choice."))]
    )
    finding = TextAreaField(_l("What was seen, and where"), validators=TEXT)
    requirement = TextAreaField(_l("Requirement not met"), validators=TEXT)
    statement = TextAreaField(_l("Statement of the nonconformity"), validators=TEXT)
    reason = TextAreaField(_l("Why the question does not apply"), validators=TEXT)
    evidence = CheckboxListField(_l("Evidence"), coerce=int, validate_choice=False)

    def given(self, audit_id: int, number: int) -> Given:
        """The plain values of a form that has been found whole."""
        return Given(
            audit_id=audit_id,
            number=number,
            client_id=self.client_id.data or "",
            version=self.version.data or 0,
            answer=Answer(self.answer.data),
            finding=self.finding.data or "",
            requirement=self.requirement.data or "",
            statement=self.statement.data or "",
            reason=self.reason.data or "",
            evidence=tuple(self.evidence.data or ()),
            after=tuple(self.after.data or ()),
        )


class EvidenceForm(Form):
    """One more piece of evidence: a record seen, a photo, or a record of this system."""

    record_text = StringField(
        _l("Record seen"),
        validators=[Optional(), Length(max=400)],
        description=_l("Number and day of the record, such as a file number."),
    )
    photo = FileField(_l("Photo"), description=_l("JPEG, PNG or WebP up to 10 MB; cover personal details first."))
    photo_text = StringField(_l("What the photo shows"), validators=[Optional(), Length(max=400)])
    fact = SelectField(_l("Record of this system"), validators=[Optional()], validate_choice=False)

    def offer(self, facts: Sequence[Fact]) -> None:
        """Fills the choices."""
        self.fact.choices = [("", _("Choose a record")), *((fact.key, fact.text) for fact in facts)]


class ReportForm(Form):
    """The conclusion that makes an audit a reported one."""

    version = HiddenField()
    conclusion = TextAreaField(
        _l("Conclusion of the audit"),
        validators=[DataRequired(), Length(max=8000)],
        description=_l("How far the unit conforms and how well its system works, in a few sentences."),
    )
    understood = BooleanField(_l("I know that the answers can no longer be changed afterwards."), validators=[InputRequired()])


class CancelForm(Form):
    """Why an audit does not take place."""

    version = HiddenField()
    reason = TextAreaField(_l("Reason of the cancellation"), validators=[DataRequired(), Length(max=2000)])


class LeadForm(Form):
    """Somebody else leads."""

    version = HiddenField()
    lead_auditor_id = PersonField(_l("Lead auditor"), [InputRequired(), NumberRange(min=1)], validate_choice=False)

    def offer(self, people: Sequence[Person], audit: Audit) -> None:
        """Fills the choices by unit; who cannot lead stays in the list, with the reason."""
        exception = audit.independence_exception
        self.lead_auditor_id.offer(
            people, lambda person: lead_refusals(person, audit.unit_id, exception), others=_("Cannot lead this audit")
        )


class RemoveEvidenceForm(Form):
    """Why evidence is taken out."""

    reason = TextAreaField(
        _l("Reason"),
        validators=[DataRequired(), Length(max=500)],
        description=_l("Such as: a citizen's face can be seen. Write no names, as it stays in the audit trail."),
    )


def version_of(audit: Audit) -> str:
    """The version that a form of the audit carries."""
    return str(audit.version)
