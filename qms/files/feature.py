"""What this package brings to the house."""

from qms.files.checking import CHECK
from qms.files.erasing import SWEEP
from qms.kernel.feature import Feature

FEATURE = Feature("files", jobs=(SWEEP,), checks=(CHECK,))
