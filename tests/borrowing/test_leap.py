"""LEAP: the reference numbers, limits, and the sum against an integral."""

import numpy as np
import pytest
from scipy import special

from bayesips import control_posterior, control_prior
from bayesips.arm import Arm
from bayesips.borrowing.leap import Leap
from tests.borrowing.histories import CONTROLS, LUNG, PAST, TWO, published


def test_five_of_seven_controls_with_eight_of_forty_behind_them():
    said, _ = published("leap_binomial_5of7")
    answer = control_posterior(PAST, Leap(), CONTROLS)
    assert float(answer.mean()) == pytest.approx(said["mean_p"], abs=1e-10)
    assert float(answer.std()) == pytest.approx(said["sd_p"], abs=1e-10)
    assert float(answer.sf(0.2)) == pytest.approx(0.99300220, abs=1e-8)


@pytest.mark.parametrize(("share", "method"), [(0.0, "separate"), (1.0, "pooled")])
def test_nobody_or_everybody_exchangeable(share, method):
    x = np.linspace(0.02, 0.98, 25)
    leap = control_prior(LUNG, Leap(share=("fixed", share)))
    assert np.allclose(leap.cdf(x), control_prior(LUNG, method).cdf(x), atol=1e-12)


def test_several_arms_are_as_one_of_all_their_patients():
    x = np.linspace(0.02, 0.98, 25)
    together = control_prior([Arm("all", 21, 75)], Leap(share=("beta", 2, 3)))
    assert np.allclose(
        control_prior(TWO, Leap(share=("beta", 2, 3))).cdf(x), together.cdf(x), atol=1e-12
    )


def test_the_sum_over_patients_is_the_integral_over_classes():
    x, w = np.polynomial.legendre.leggauss(60)
    nodes, w = (x + 1) / 2, w / 2
    rate, other, share = np.meshgrid(nodes, nodes, nodes, indexing="ij")
    blend = share * rate + (1 - share) * other
    density = special.betaln(1 + 2, 1 + 3) - special.betaln(1, 1)  # scale only
    mass = np.exp(8 * np.log(blend) + 32 * np.log1p(-blend) - density)
    mass *= rate * (1 - rate) ** 2 * other**0.0 * w[:, None, None] * w[:, None] * w
    answer = control_prior(PAST, Leap(a=2.0, b=3.0))
    assert float(answer.mean()) == pytest.approx((mass * rate).sum() / mass.sum(), abs=1e-9)
