"""What this package brings to the house."""

from qms.drafts.queries import stored_about
from qms.drafts.service import sweep
from qms.kernel.feature import Chore, Feature

FEATURE = Feature("drafts", chores=(Chore("drafts", sweep),), personal=stored_about)
