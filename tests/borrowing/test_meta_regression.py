"""Meta-regression: by NUTS; the exact engine says so."""

import numpy as np
import pytest
from scipy import special

from bayesips import control_prior
from bayesips.arm import Arm
from bayesips.borrowing.map import Map
from bayesips.borrowing.meta_regression import MetaRegression

# Survival that rises with the era, by the same step on the logit.
ERAS = [
    Arm(f"era {x}", int(400 * special.expit(-2 + x)), 400, covariates={"era": x}) for x in range(4)
]


def test_the_exact_engine_sends_one_to_nuts():
    with pytest.raises(ArithmeticError, match="engine='nuts'"):
        control_prior(ERAS, MetaRegression(trial={"era": 3}))


def test_without_covariates_it_is_the_map():
    x = np.linspace(0.05, 0.95, 10)
    plain, adjusted = (control_prior(ERAS, method).cdf(x) for method in (Map(), MetaRegression()))
    assert np.allclose(plain, adjusted, atol=1e-12)


def test_an_arm_without_the_covariate_is_named():
    with pytest.raises(ValueError, match="era 0: no covariate 'dose'"):
        control_prior(ERAS, MetaRegression(trial={"dose": 1}))


def test_a_covariate_that_is_the_same_everywhere_is_refused():
    same = [Arm(f"arm {i}", 5, 20, covariates={"era": 1}) for i in range(3)]
    with pytest.raises(ValueError, match="nothing to adjust for"):
        control_prior(same, MetaRegression(trial={"era": 2}))


@pytest.mark.slow
@pytest.mark.xdist_group("nuts")
def test_the_new_cohort_is_placed_on_the_line_of_its_era():
    method = MetaRegression(trial={"era": 5}, slope=("normal", 0, 3), tau=("half_normal", 0.1))
    answer = control_prior(ERAS, method, engine="nuts", seed=3)
    assert float(special.logit(answer.ppf(0.5))) == pytest.approx(3.0, abs=0.35)
    unadjusted = control_prior(ERAS, Map(tau=("half_normal", 0.1)), engine="nuts", seed=3)
    assert float(unadjusted.mean()) < 0.7 < float(answer.mean())
