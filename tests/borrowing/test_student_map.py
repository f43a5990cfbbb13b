"""MAP with Student-t heterogeneity: the scale mixture, its Normal limit, what it is for."""

import numpy as np
import pytest
from scipy import special, stats

from bayesips import control_prior
from bayesips.arm import Arm
from bayesips.borrowing.map import Map
from bayesips.borrowing.student_map import PARTS, StudentMap, scale_mixture
from tests.borrowing.histories import LUNG


@pytest.mark.parametrize("df", [3.0, 4.0, 8.0, 100.0])
def test_ten_normals_are_nearly_a_t(df):
    weights, factors = scale_mixture(df, PARTS)
    x = np.linspace(-40, 40, 4001)
    cdf = sum(w * stats.norm.cdf(x, scale=f) for w, f in zip(weights, factors, strict=True))
    assert np.abs(cdf - stats.t(df).cdf(x)).max() < 1.1e-4


def test_many_degrees_of_freedom_are_the_normal_map():
    heavy, plain = (control_prior(LUNG, method) for method in (StudentMap(df=1000), Map()))
    x = np.linspace(0.02, 0.98, 25)
    assert np.allclose(heavy.cdf(x), plain.cdf(x), atol=2e-4)


def test_with_known_mean_and_spread_the_new_arm_is_a_t():
    known = StudentMap(df=4, mu=("fixed", -1.0), tau=("fixed", 0.8))
    x = np.linspace(0.02, 0.98, 25)
    expected = stats.t(4, loc=-1.0, scale=0.8).cdf(special.logit(x))
    assert np.allclose(control_prior(LUNG, known).cdf(x), expected, atol=1.1e-4)


def test_an_odd_arm_moves_it_less_than_the_normal_map():
    arms = [*(Arm(f"arm {i}", 20 + i, 100) for i in range(5)), Arm("odd", 95, 100)]
    tau = ("half_normal", 0.3)
    heavy, plain = (control_prior(arms, kind(tau=tau)) for kind in (StudentMap, Map))
    assert float(heavy.ppf(0.5)) < float(plain.ppf(0.5))


def test_too_few_degrees_of_freedom_are_refused():
    with pytest.raises(ValueError, match="df"):
        StudentMap(df=1)
