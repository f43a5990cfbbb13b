"""What borrowing methods have in common."""

import pytest

from bayesips.borrowing.commensurate import Commensurate
from bayesips.borrowing.exnex import Exnex
from bayesips.borrowing.map import Map
from bayesips.borrowing.meta_regression import MetaRegression
from bayesips.borrowing.student_map import StudentMap

HIERARCHIES = (Map, StudentMap, Commensurate, MetaRegression, Exnex)


@pytest.mark.parametrize("kind", HIERARCHIES)
def test_a_mean_that_cannot_be_below_0_is_refused(kind):
    with pytest.raises(ValueError, match="mu is half_normal"):
        kind(mu=("half_normal", 1))


@pytest.mark.parametrize("kind", HIERARCHIES)
def test_a_spread_that_can_be_below_0_is_refused(kind):
    with pytest.raises(ValueError, match="tau is normal"):
        kind(tau=("normal", 0, 1))
