"""The blueprint that the pages of nonconformities share, and what each of them needs to show the record it is about."""

from typing import Any

from flask import Blueprint

from nonconformities import rules
from nonconformities.models import ActionState, Nonconformity
from nonconformities.workflow import WORKFLOW
from qms.accounts.gate import now

pages = Blueprint("nonconformities", __name__, url_prefix="/nonconformities")


def about(nc: Nonconformity) -> dict[str, Any]:
    """What ``_about.html`` and ``_actions.html`` show: whoever decides sees what about."""
    return {
        "nc": nc,
        "action_due": rules.action_due,
        "open_action": ActionState.OPEN,
        "may_remove": not WORKFLOW.hindrances(nc, "remove_photo", now()),
    }
