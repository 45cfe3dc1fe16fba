"""The words of the trail for people: kinds of records, deeds, fields and values.

Deeds of a workflow are called what their step is called, so most of it comes from the features; here is the rest. A feature
adds its own by ``Feature.words``. What nobody has a word for is shown as it is stored.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import LazyString

from qms.accounts.permissions import Role
from qms.journal.fields import FIELDS, VALUES
from qms.kernel.feature import House
from qms.kernel.language import _, _l
from qms.kernel.web import day_text, moment_text

KINDS: Mapping[str, LazyString] = {
    "person": _l("Account"),
    "unit": _l("Unit"),
    "announcement": _l("Announcement"),
    "procedure": _l("Procedure"),
    "service": _l("Administrative procedure"),
    "procedure_unit": _l("Application of a procedure"),
    "audit": _l("Audit"),
    "nonconformity": _l("Nonconformity"),
    "nonconformity_event": _l("Event of a nonconformity"),
    "action": _l("Corrective action"),
    "review": _l("Management review"),
    "evaluation": _l("Evaluation"),
    "import": _l("Take-over"),
    "prepared_form": _l("Prepared form"),
    "invitation": _l("Invitation of a guest"),
    "workday": _l("Working day"),
    "handover": _l("Handover"),
    "file": _l("File"),
    "trail_head": _l("Head of the audit trail"),
}
"""Records by the word of the trail."""

DEEDS: Mapping[str, LazyString] = {
    "taken_over": _l("Taken over from a register"),
    "corrected": _l("Corrected by a register"),
    "import.take_over": _l("Take over registers"),
    "create": _l("Create"),
    "edit": _l("Edit"),
    "remind": _l("Remind whoever owes it"),
    "person.sign_in": _l("Sign in"),
    "person.sign_out": _l("Sign out"),
    "person.confirm_identity": _l("Confirm one's identity"),
    "person.set_password": _l("Set a password"),
    "person.set_language": _l("Choose a language"),
    "person.lock": _l("Locked after failed sign-ins"),
    "person.make_link": _l("Make a one-time link"),
    "person.use_link": _l("Use a one-time link"),
    "person.end_session": _l("End a session"),
    "person.end_sessions": _l("End all sessions"),
    "person.end_other_sessions": _l("End all other sessions"),
    "person.add_passkey": _l("Add a passkey"),
    "person.remove_passkey": _l("Remove a passkey"),
    "person.doubt_passkey": _l("Passkey that may have been copied"),
    "person.set_up_second_factor": _l("Set up the second factor"),
    "person.replace_second_factor": _l("Replace the second factor"),
    "person.keep_open": _l("Keep the account of the last administrator open"),
    "person.remove_second_factor": _l("Remove the second factor"),
    "person.reset_second_factor": _l("Reset the second factor"),
    "person.make_recovery_codes": _l("Make recovery codes"),
    "person.use_recovery_code": _l("Use a recovery code"),
    "person.invite": _l("Invite"),
    "person.disable": _l("Disable the account"),
    "person.enable": _l("Enable the account"),
    "person.give_role": _l("Give a role"),
    "person.end_role": _l("End a role"),
    "person.name_deputy": _l("Name a deputy"),
    "person.revoke_deputy": _l("Withdraw a deputy"),
    "person.hand_over": _l("Hand over"),
    "person.receive": _l("Take over what another person held"),
    "person.leave": _l("Leave the office"),
    "person.forget": _l("Erase the person's data"),
    "person.export_data": _l("Export the data of the person"),
    "evaluation.seal": _l("Seal an evaluation"),
    "evaluation.issue_paper": _l("Issue a report"),
    "audit.issue_paper": _l("Issue a paper of the audit"),
    "review.record": _l("Record a management review"),
    "file.erase": _l("Erase a file"),
    "trail_head.make": _l("Make the daily head"),
}
"""Deeds that no workflow names, by "kind.deed" or for all kinds."""

_NUMBERED = re.compile(r"([a-z_]+) (\d+)")
_FIGURE = re.compile(r"([a-z_]+) (\d+) \((\d+)\)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True)
class Words:
    """All words of the running house."""

    kinds: Mapping[str, LazyString]
    deeds: Mapping[str, LazyString]
    states: Mapping[str, LazyString]
    forms: Mapping[str, LazyString]
    """Forms that are filled in for somebody else, by their step."""
    columns: Mapping[str, LazyString]
    """Columns of the register workbook by "kind.column": what a take-over changes is called as it is there."""
    figures: Mapping[str, LazyString]
    """Figures of the year that are sealed with an evaluation."""

    def kind(self, kind: str) -> str:
        """What a kind of record is called."""
        return str(self.kinds.get(kind, kind))

    def deed(self, kind: str, deed: str) -> str:
        """What a deed is called."""
        return str(self.deeds.get(f"{kind}.{deed}") or self.deeds.get(deed) or deed)

    def field(self, kind: str, name: str) -> str:
        """What a field of a kind of record is called; "question 6" is the field "question" with its number."""
        if numbered := _NUMBERED.fullmatch(name):
            return f"{self.field(kind, numbered[1])} {numbered[2]}"
        return str(FIELDS.get(f"{kind}.{name}") or FIELDS.get(name) or self.columns.get(f"{kind}.{name}", name))

    def value(self, kind: str, name: str, value: Any) -> str:
        """A value of a field as people read it."""
        if value is None or value == "":
            return str(_("(empty)"))
        if isinstance(value, bool):
            return str(_("yes") if value else _("no"))
        if isinstance(value, list):
            return ", ".join(self.value(kind, name, one) for one in value) or str(_("(empty)"))
        if isinstance(value, dict):
            return "; ".join(f"{self.field(kind, key)}: {self.value(kind, key, one)}" for key, one in value.items())
        return self._word(kind, name, value) if isinstance(value, str) else str(value)

    def _word(self, kind: str, name: str, value: str) -> str:
        name = _NUMBERED.sub(r"\1", name)
        known = self.states.get(f"{kind}.{value}") if name == "state" else VALUES.get(f"{name}.{value}")
        if known is not None:
            return str(known)
        if name == "step" and value in self.forms:
            return str(self.forms[value])
        if name in {"role", "roles"} and value in set(Role):
            return str(Role(value).title)
        if name == "figures":
            return "; ".join(map(self._figure, value.split("; ")))
        if _DAY.fullmatch(value):
            return day_text(date.fromisoformat(value))
        if _INSTANT.fullmatch(value):
            return moment_text(datetime.fromisoformat(value))
        return value

    def _figure(self, value: str) -> str:
        told = _FIGURE.fullmatch(value)
        if told is None or told[1] not in self.figures:
            return value
        return str(
            _("%(figure)s %(number)s (the year before %(before)s)", figure=self.figures[told[1]], number=told[2], before=told[3])
        )


def words(house: House) -> Words:
    """The words of all features and those that are known here; for a deed the step of its workflow comes first."""
    kinds = {record.kind: record.title for feature in house.features for record in feature.records} | dict(KINDS)
    deeds = dict(DEEDS)
    states: dict[str, LazyString] = {}
    forms = {form.step: form.title for feature in house.features for form in feature.preparables}
    for feature in house.features:
        for workflow in feature.workflows:
            deeds |= {f"{workflow.kind}.{step.name}": step.title for step in workflow.steps}
            states |= {f"{workflow.kind}.{state.value}": state.title for state in workflow.states}
        for name, title in feature.words.items():
            (deeds if "." in name else kinds)[name] = title
    columns = {
        f"{sheet.kind}.{one.name}": one.title for feature in house.features for sheet in feature.sheets for one in sheet.columns
    }
    figures = {key: figure.title for key, figure in house.figures.items()}
    return Words(kinds, deeds, states, forms, columns, figures)
