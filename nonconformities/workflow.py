"""The lives of a nonconformity and of a corrective action, each as one table."""

from nonconformities import rules
from nonconformities.models import ActionState, NonconformityState
from qms.accounts.permissions import Permission
from qms.kernel.language import _l
from qms.kernel.workflow import Step, Workflow

S = NonconformityState

WORKFLOW = Workflow(
    "nonconformity",
    NonconformityState,
    (
        Step(
            "record_analysis",
            _l("Record correction and cause"),
            (S.PLANNING,),
            None,
            Permission.NONCONFORMITIES_RESPOND,
            settles=frozenset({"correction_missing", "cause_missing"}),
        ),
        Step(
            "add_action",
            _l("Add a corrective action"),
            (S.PLANNING,),
            None,
            Permission.NONCONFORMITIES_RESPOND,
            settles=frozenset({"no_action"}),
        ),
        Step(
            "submit",
            _l("Submit cause and plan"),
            (S.PLANNING,),
            S.ACTING,
            Permission.NONCONFORMITIES_RESPOND,
            (rules.correction_recorded, rules.cause_recorded, rules.has_action),
            onward=True,
        ),
        # follows by itself when the last action is completed; a register may bring a record where it did not
        Step(
            "request_verification",
            _l("Request verification of the effect"),
            (S.ACTING,),
            S.VERIFYING,
            Permission.NONCONFORMITIES_ACT,
            (rules.no_open_action,),
            onward=True,
        ),
        Step(
            "send_back",
            _l("Send the plan back"),
            (S.ACTING,),
            S.PLANNING,
            Permission.NONCONFORMITIES_RETURN,
            needs_reason=True,
        ),
        Step(
            "verify",
            _l("Verify the effect"),
            (S.VERIFYING,),
            S.VERIFIED,
            Permission.NONCONFORMITIES_VERIFY,
            apart=rules.INDEPENDENCE,
            needs_reason=True,
            onward=True,
        ),
        Step(
            "verify_not_effective",
            _l("Find the actions not effective"),
            (S.VERIFYING,),
            S.PLANNING,
            Permission.NONCONFORMITIES_VERIFY,
            apart=rules.INDEPENDENCE,
            needs_reason=True,
        ),
        Step(
            "close",
            _l("Close the nonconformity"),
            (S.VERIFIED,),
            S.CLOSED,
            Permission.NONCONFORMITIES_CLOSE,
            (rules.effectiveness_verified, rules.not_reopened_today),
            apart=(rules.MAJOR_BY_TWO,),
            onward=True,
        ),
        Step(
            "remove_photo",
            _l("Remove a photo"),
            tuple(S),
            None,
            Permission.NONCONFORMITIES_RETURN,
            needs_reason=True,
        ),
        Step(
            "reopen",
            _l("Reopen the nonconformity"),
            (S.CLOSED,),
            S.PLANNING,
            Permission.NONCONFORMITIES_REOPEN,
            (rules.not_reopened_today,),
            needs_reason=True,
        ),
    ),
)

ACTION_WORKFLOW = Workflow(
    "action",
    ActionState,
    (
        Step(
            "complete_action",
            _l("Report the action as completed"),
            (ActionState.OPEN,),
            ActionState.DONE,
            Permission.NONCONFORMITIES_ACT,
            (rules.while_acting, rules.owns_or_responds),
            onward=True,
        ),
        Step(
            "cancel_action",
            _l("Cancel the action"),
            (ActionState.OPEN,),
            ActionState.CANCELLED,
            Permission.NONCONFORMITIES_RESPOND,
            (rules.while_planning,),
            needs_reason=True,
        ),
        # the head gives it to somebody else, or whoever hands over everything that somebody holds
        Step(
            "hand_action_over",
            _l("Give the action to somebody else"),
            (ActionState.OPEN,),
            None,
            Permission.NONCONFORMITIES_RESPOND,
        ),
    ),
)
