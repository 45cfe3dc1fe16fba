"""What this package brings to the house."""

from qms.accounts.permissions import Permission
from qms.accounts.register import TAKERS
from qms.accounts.views import blueprint
from qms.kernel.feature import Feature

FEATURE = Feature("accounts", blueprints=(blueprint,), permissions=(Permission,), takers=TAKERS)
