"""The entries of audits in the trail."""

from collections.abc import Mapping
from typing import Any

from audits.models import Audit
from audits.workflow import WORKFLOW
from qms.kernel.moment import Moment
from qms.trail.service import record


def note(
    audit: Audit,
    deed: str,
    moment: Moment,
    changes: Mapping[str, Any],
    reason: str | None = None,
    personal: Mapping[str, Any] | None = None,
) -> None:
    """One entry about the audit: deed, changes, and for whom a deputy acts."""
    behalf = moment.person.on_behalf_of(WORKFLOW.step(deed).permission, audit.unit_id)
    unit_id = audit.unit_id
    record(
        moment,
        WORKFLOW.kind,
        audit.code,
        deed,
        unit_id=unit_id,
        changes=changes,
        personal=personal,
        reason=reason,
        on_behalf_of=behalf,
    )
