"""What the administrator must not overlook of the trail: something was found, nothing is checked, no head leaves the house."""

from collections.abc import Iterator
from datetime import timedelta

from qms.accounts.permissions import Permission
from qms.config import present_settings
from qms.journal.verification import last_night
from qms.kernel.days import local_day
from qms.kernel.feature import Alarm
from qms.kernel.language import _, ngettext
from qms.kernel.moment import Moment
from qms.kernel.web import day_text
from qms.notices.service import mail_configured
from qms.trail.service import in_use_since

LONGEST_SILENCE = timedelta(days=2)
"""So old may the newest check be: one night is missed by every machine that is switched off."""


def _tell(moment: Moment) -> list[str]:
    return list(_sentences(moment))


def _sentences(moment: Moment) -> Iterator[str]:
    since = in_use_since()
    if since is None:
        return
    night = last_night()
    if night is not None and night.found:
        yield ngettext(
            "The check of %(day)s found %(num)s thing that is not as the audit trail tells. Run “qms verify” and see “After an "
            "incident” in docs/security.md.",
            "The check of %(day)s found %(num)s things that are not as the audit trail tells. Run “qms verify” and see “After an "
            "incident” in docs/security.md.",
            night.found,
            day=day_text(night.day),
        )
    checked = local_day(since) if night is None else night.day
    if moment.today - checked > LONGEST_SILENCE:
        yield _(
            "Nothing has been held against the audit trail since %(day)s: the clock does not run, or the check fails.",
            day=day_text(checked),
        )
    if present_settings().trail_head_to is None or not mail_configured():
        yield _(
            "No head of the audit trail leaves the house: set QMS_TRAIL_HEAD_TO to an address outside it, and a mail server. "
            "Without a head kept elsewhere, a database put back to an earlier state cannot be told from the true one."
        )


ALARM = Alarm(Permission.ACCOUNTS_MANAGE, _tell)
