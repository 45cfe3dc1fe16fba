"""Standing rows for tests that look at how units stand now."""

import pytest

from qms.evaluation.standing import keeping
from qms.kernel.moment import Moment


def stand(moment: Moment) -> int:
    """The full pass for yesterday, without the two dozen days of history that the first one computes besides."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping, "days_of_history", lambda _day: [])
        return keeping.rebuild(moment)
