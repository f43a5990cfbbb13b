"""Meta-regression: by NUTS, against a dense grid; the exact engine says so."""

import numpy as np
import pytest
from scipy import special, stats

from bayesips import control_prior
from bayesips.borrowing.map import Map
from bayesips.borrowing.meta_regression import MetaRegression
from bayesips.endpoints import Binary
from bayesips.engine import nuts
from bayesips.engine.quadrature.story import Story
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm
from tests.borrowing.agreement import check_distance, of_chains

# Survival that rises with the era, by the same step on the logit.
ERAS = [
    Arm(f"era {x}", int(400 * special.expit(-2 + x)), 400, covariates={"era": x}) for x in range(4)
]
# Two arms without steroids before, two with.
COUNTS, BEFORE = [(12, 40), (9, 35), (20, 41), (13, 30)], [0, 0, 1, 1]
STEROIDS = [
    Arm(f"arm {i}", r, n, covariates={"before": x})
    for i, ((r, n), x) in enumerate(zip(COUNTS, BEFORE, strict=True))
]


def with_covariates(**columns):
    """Arms with these covariates, one value for each."""
    size = len(next(iter(columns.values())))
    return [
        Arm(f"arm {i}", 5, 20, covariates={name: values[i] for name, values in columns.items()})
        for i in range(size)
    ]


def centres(arms, trial, **unknowns):
    """Where the story puts each arm and the control, on the link scale."""
    story = Story.of(MetaRegression(trial=trial), arms, Binary())
    return np.array([centre.of(unknowns) for rate in story.rates for _, centre, _ in rate.parts])


def on_a_grid(trial, slope_sd):
    """Mean, variance and P(effect > 0) of the control by sums over a dense grid, numpy alone.

    Unknowns: the centres of either kind of arm, a one-to-one map of mu and slope, and tau;
    each arm's own rate is summed over too. Half the steps change nothing before the 9th digit.
    """
    centre = np.arange(-10, 10.1, 0.2)
    z = np.linspace(-7, 7, 121)
    mass = stats.norm.pdf(z) * (z[1] - z[0])
    tau, weights = np.polynomial.legendre.leggauss(30)
    tau, weights = 2.75 * (tau + 1), 2.75 * weights
    without, having = centre[:, None], centre[None, :]
    mu = (1 - trial) * without + trial * having
    slope = (having - without) * np.std(BEFORE)
    prior = stats.norm.pdf(mu, 0, 2) * stats.norm.pdf(slope, 0, slope_sd)
    places, where = np.unique(mu.round(9), return_inverse=True)
    total = np.zeros(4)
    for spread, weight in zip(tau, weights, strict=True):
        rates = special.expit(centre[:, None] + spread * z)
        seen = np.ones((2, centre.size))
        for (r, n), x in zip(COUNTS, BEFORE, strict=True):
            seen[x] *= stats.binom.pmf(r, n, rates) @ mass
        joint = weight * stats.halfnorm.pdf(spread) * prior * seen[0][:, None] * seen[1]
        each = np.bincount(where.ravel(), joint.ravel(), minlength=places.size)
        new = special.expit(places[:, None] + spread * z)
        beats = special.betaincc(6, 3, new)  # of 5 of 7, flat prior
        total += each @ np.transpose([f @ mass for f in (np.ones_like(new), new, new**2, beats)])
    mean, square, probability = total[1:] / total[0]
    return np.array([mean, square - mean**2, probability])


@pytest.mark.slow
@pytest.mark.parametrize(("trial", "slope_sd"), [(1, 1.0), (0, 1.0), (0.5, 0.3), (2, 0.5)], ids=str)
def test_a_binary_covariate_is_adjusted_for_as_on_a_dense_grid(trial, slope_sd):
    method = MetaRegression(trial={"before": trial}, slope=("normal", 0, slope_sd))
    tree = nuts.fit(method, STEROIDS, endpoint=Binary(), seed=20261122, draws=2000)
    label = f"meta-regression, trial at {trial}, slope {slope_sd}"
    check_distance(label, of_chains(tree, on_a_grid(trial, slope_sd)), tree)


def test_the_exact_engine_sends_one_to_nuts():
    with pytest.raises(ArithmeticError, match="engine='nuts'"):
        control_prior(ERAS, MetaRegression(trial={"era": 3}))


def test_without_covariates_it_is_the_map():
    x = np.linspace(0.05, 0.95, 10)
    arms = [Arm(arm.label, arm.successes, arm.n) for arm in ERAS]
    plain, adjusted = (control_prior(arms, method).cdf(x) for method in (Map(), MetaRegression()))
    assert np.allclose(plain, adjusted, atol=1e-12)


@pytest.mark.parametrize("engine", ["exact", "nuts"])
def test_covariates_of_arms_are_never_passed_over(engine):
    with pytest.raises(Refused, match="trial: the arms have covariates 'era'; the trial's value"):
        control_prior(ERAS, "meta_regression", engine=engine)


def test_arms_lie_on_a_line_that_passes_through_the_mean_at_the_trial():
    # sd of 0, 1, 2, 3 between arms: the root of 5/4
    placed = centres(ERAS, {"era": 2}, mu=-0.7, tau=0.1, slope_era=0.3)
    steps = np.array([-2, -1, 0, 1]) / np.sqrt(1.25)
    assert np.allclose(placed, [*(-0.7 + 0.3 * steps), -0.7], atol=1e-14)


def test_slopes_of_several_covariates_add():
    arms = with_covariates(era=[0, 1, 2, 5], dose=[1, 1, 0, 3])
    told = {"mu": 0.2, "tau": 1.0, "slope_era": 0.3, "slope_dose": -0.8}
    both = centres(arms, {"era": 1, "dose": 2}, **told)
    first, second = (centres(arms, {name: x}, **told) for name, x in (("era", 1), ("dose", 2)))
    assert np.allclose(both, first + second - 0.2, atol=1e-14)


def test_origin_and_unit_of_a_covariate_do_not_matter():
    years, decades = [1990, 2001, 2015], [0.0, 1.1, 2.5]
    told = {"mu": -1.0, "tau": 1.0, "slope_era": 0.4}
    one = centres(with_covariates(era=years), {"era": 2022}, **told)
    other = centres(with_covariates(era=decades), {"era": 3.2}, **told)
    assert np.allclose(one, other, atol=1e-12)


def test_an_arm_without_the_covariate_is_named():
    with pytest.raises(ValueError, match="era 0: no covariate 'dose'"):
        control_prior(ERAS, MetaRegression(trial={"dose": 1}))


@pytest.mark.parametrize("value", [1, 0.1, 1990.3])
def test_a_covariate_that_is_the_same_everywhere_is_refused(value):
    same = with_covariates(era=[value] * 3)  # the sd of three times 0.1 is not 0 in doubles
    with pytest.raises(ValueError, match="nothing to adjust for"):
        control_prior(same, MetaRegression(trial={"era": 2}))


@pytest.mark.parametrize(
    "columns",
    [
        {"era": [1990, 2000, 2015], "dose": [5, 4, 2.5]},
        {"era": [1990, 2000], "dose": [1, 0]},
        {"era": [0, 1, 0, 2], "dose": [1, 0, 0, 1], "both": [1, 1, 0, 3]},
    ],
    ids=["a line", "two arms", "a sum"],
)
@pytest.mark.parametrize("engine", ["exact", "nuts"])
def test_covariates_that_follow_from_each_other_are_refused(columns, engine):
    trial = dict.fromkeys(columns, 1)
    with pytest.raises(ValueError, match=r"'era' and 'dose'.* are collinear over the . arms"):
        control_prior(with_covariates(**columns), MetaRegression(trial=trial), engine=engine)


def test_only_the_covariates_that_follow_from_each_other_are_named():
    arms = with_covariates(era=[0, 1, 2, 5], age=[40, 30, 60, 20], dose=[1, 0, -1, -4])
    with pytest.raises(ValueError, match="covariates 'era' and 'dose' are"):
        control_prior(arms, MetaRegression(trial={"era": 1, "age": 50, "dose": 1}))


def test_covariates_that_nearly_follow_from_each_other_are_kept():
    arms = with_covariates(era=[0, 1, 2, 5], dose=[0, 1, 2, 5.001])
    told = {"mu": 0.0, "tau": 1.0, "slope_era": 0.0, "slope_dose": 0.0}
    assert np.allclose(centres(arms, {"era": 1, "dose": 1}, **told), 0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "late", True])
def test_a_value_of_the_trial_that_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match=r"trial's 'era' is .* finite number"):
        MetaRegression(trial={"era": value})


def test_a_value_of_an_arm_that_is_no_number_is_refused():
    arms = with_covariates(era=[1990, float("nan")])
    with pytest.raises(ValueError, match="arm 1: covariate 'era' is nan"):
        control_prior(arms, MetaRegression(trial={"era": 2000}), engine="nuts")


def test_without_arms_there_is_no_slope_to_learn():
    with pytest.raises(ValueError, match="no arms from which to learn"):
        control_prior([], MetaRegression(trial={"era": 2000}))


@pytest.mark.slow
def test_the_new_cohort_is_placed_on_the_line_of_its_era():
    method = MetaRegression(trial={"era": 5}, slope=("normal", 0, 3), tau=("half_normal", 0.1))
    answer = control_prior(ERAS, method, engine="nuts", seed=3)
    assert float(special.logit(answer.ppf(0.5))) == pytest.approx(3.0, abs=0.35)
    unadjusted = control_prior(ERAS, Map(tau=("half_normal", 0.1)), engine="nuts", seed=3)
    assert float(unadjusted.mean()) < 0.7 < float(answer.mean())
