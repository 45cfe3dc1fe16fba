"""What this package brings to the house."""

from qms.journal.heads import DAILY_HEAD, SEALING
from qms.kernel.feature import Feature

FEATURE = Feature("journal", jobs=(DAILY_HEAD,), chores=(SEALING,))
