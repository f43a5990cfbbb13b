"""EXNEX: reference numbers, and its two ends."""

import numpy as np
import pytest
from scipy import special

from bayesips import control_prior
from bayesips.borrowing.exnex import Exnex
from bayesips.borrowing.map import Map
from tests.borrowing.histories import LUNG


def test_exchangeable_for_sure_is_the_map():
    x = np.linspace(0.02, 0.98, 25)
    sure, plain = (control_prior(LUNG, method).cdf(x) for method in (Exnex(1.0), Map()))
    assert np.allclose(sure, plain, atol=1e-8)


def test_alone_for_sure_is_its_own_normal():
    answer = control_prior(LUNG, Exnex(0.0, alone=("normal", -1.0, 0.7)))
    x = np.linspace(0.02, 0.98, 25)
    assert np.allclose(answer.cdf(x), special.ndtr((special.logit(x) + 1.0) / 0.7), atol=1e-8)


def test_the_new_control_is_alone_with_the_declared_probability():
    alone = ("normal", 4.0, 0.3)  # far from every arm: a cluster of its own
    answer = control_prior(LUNG, Exnex(0.7, tau=("half_normal", 0.3), alone=alone))
    assert float(answer.sf(0.9)) == pytest.approx(0.3, abs=1e-5)


def test_a_probability_outside_nought_to_one_is_refused():
    with pytest.raises(ValueError, match="exchangeable"):
        Exnex(1.2)


def test_an_empty_table_of_priors_is_no_default():
    with pytest.raises(ValueError, match="alone is empty"):
        Exnex(alone={})
