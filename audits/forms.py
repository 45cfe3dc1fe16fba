"""What people fill in."""

from collections.abc import Sequence

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from audits.models import Answer, Audit, AuditKind, Question
from audits.queries import Fact
from qms.accounts.models import Person
from qms.kernel.forms import CheckboxListField, DayField, Form
from qms.kernel.language import _, _l, current_language
from qms.standard.catalogue import Clause, clauses
from qms.units.models import Unit

TEXT = [Optional(), Length(max=4000)]


class PlanForm(Form):
    """A new audit: unit, kind, day, lead auditor, clauses."""

    unit_id = SelectField(_l("Unit to be audited"), coerce=int, validators=[InputRequired()])
    kind = SelectField(_l("Kind of audit"), validators=[InputRequired()])
    planned_on = DayField(_l("Planned day"), validators=[InputRequired()])
    lead_auditor_id = SelectField(_l("Lead auditor"), coerce=int)
    independence_exception = StringField(
        _l("Documented exception from independence"),
        validators=[Optional(), Length(max=200)],
        description=_l("Number of the document, only when nobody of another unit can be found."),
    )
    clauses = CheckboxListField(_l("Clauses of the standard"))

    def offer(self, units: Sequence[Unit], people: Sequence[Person], unit_id: int | None) -> None:
        """Fills the choices; people of the unit to be audited stay visible but cannot be chosen."""
        self.unit_id.choices = [(unit.id, unit.name) for unit in units]
        self.kind.choices = [(kind.value, str(kind.title)) for kind in AuditKind]
        groups: dict[str, list[tuple[int, str, dict[str, object]]]] = {_("Not named yet"): [(0, _("No lead auditor yet"), {})]}
        for person in people:
            own = person.unit_id == unit_id
            name = _("%(name)s (own unit)", name=person.full_name) if own else person.full_name
            groups.setdefault(person.unit.name, []).append((person.id, name, {"disabled": True} if own else {}))
        self.lead_auditor_id.choices = groups
        self.clauses.choices = [(number, number) for number, clause in clauses().items() if int(number.split(".")[0]) >= 4]

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
    """The answer to one question; evidence may be chosen and added in the same step."""

    version = HiddenField()
    answer = RadioField(_l("Answer"), validators=[InputRequired()])
    evidence = CheckboxListField(_l("Evidence"), coerce=int)
    record_text = StringField(_l("Record seen"), validators=[Optional(), Length(max=400)])
    photo = FileField(_l("Photo"))
    photo_text = StringField(_l("What the photo shows"), validators=[Optional(), Length(max=400)])
    fact = SelectField(_l("Record of this system"), validators=[Optional()])
    finding = TextAreaField(_l("What was seen, and where"), validators=TEXT)
    requirement = TextAreaField(_l("Requirement not met"), validators=TEXT)
    statement = TextAreaField(_l("Statement of the nonconformity"), validators=TEXT)
    reason = TextAreaField(_l("Why the question does not apply"), validators=TEXT)

    def offer(self, question: Question, facts: Sequence[Fact]) -> None:
        """Fills the choices of the question."""
        self.answer.choices = [(each.value, str(each.title)) for each in Answer]
        self.evidence.choices = [(item.id, item.text) for item in question.audit.evidence]
        self.fact.choices = [("", _("Choose a record")), *((fact.key, fact.text) for fact in facts)]


def answer_form(question: Question, facts: Sequence[Fact], *, sent: bool = True) -> AnswerForm:
    """The form of a question: as it was sent, or (``sent`` False) as it is stored."""
    source = {} if sent else {"formdata": None}
    form = AnswerForm(
        **source,
        data={
            "version": str(question.version),
            "answer": question.answer.value,
            "evidence": [item.id for item in question.evidence],
            "finding": question.finding,
            "requirement": question.requirement or _default_requirement(question),
            "statement": question.statement,
            "reason": question.reason,
        },
    )
    form.offer(question, facts)
    return form


def _default_requirement(question: Question) -> str:
    clause = clauses().get(question.clause)
    title = "" if clause is None else clause.title(current_language())
    heading = _("Clause %(clause)s", clause=question.clause)
    return heading if not title or title.startswith("[") else f"{heading}: {title}"


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
    lead_auditor_id = SelectField(_l("Lead auditor"), coerce=int, validators=[InputRequired()])

    def offer(self, people: Sequence[Person], audit: Audit) -> None:
        """Fills the choices by unit; people of the audited unit stay visible but cannot be chosen."""
        groups: dict[str, list[tuple[int, str, dict[str, object]]]] = {}
        for person in people:
            own = person.unit_id == audit.unit_id and not audit.independence_exception
            name = _("%(name)s (own unit)", name=person.full_name) if own else person.full_name
            groups.setdefault(person.unit.name, []).append((person.id, name, {"disabled": True} if own else {}))
        self.lead_auditor_id.choices = groups


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
