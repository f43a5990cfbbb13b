"""LEAP: the reference numbers, limits, and the sum against an integral."""

import numpy as np
import pytest
from scipy import special

from bayesips import control_posterior, control_prior
from bayesips.borrowing.leap import Leap
from bayesips.endpoints import Landmark
from bayesips.engine.quadrature import exchangeable
from bayesips.evidence.arm import Arm
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


@pytest.mark.parametrize(
    "method", [Leap(), Leap(share=("fixed", 0.4)), Leap(share=("beta", 2, 3), other_a=2.0)], ids=str
)
def test_the_quadrature_for_rows_at_any_day_gives_the_closed_sum_for_counts(method, monkeypatch):
    x = np.linspace(0.02, 0.98, 25)
    closed = control_prior(PAST, method).cdf(x)
    monkeypatch.setattr(exchangeable, "closed_sum", lambda story: None)
    assert np.allclose(control_prior(PAST, method).cdf(x), closed, atol=1e-10)


def test_counts_on_the_landmark_itself_need_no_shape():
    x = np.linspace(0.02, 0.98, 25)
    at_landmark = [Arm("past", 8, 40, day=56)]
    timed = control_prior(at_landmark, Leap(), endpoint=Landmark(day=56))
    assert np.allclose(timed.cdf(x), control_prior(PAST, Leap()).cdf(x), atol=1e-8)
