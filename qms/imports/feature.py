"""What this package brings to the house."""

from qms.kernel.feature import Feature

FEATURE = Feature("imports")
