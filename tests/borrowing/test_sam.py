"""SAM: published weights, decision and operating characteristics; w weighs history."""

import numpy as np
import pytest
from scipy import special

from bayesips import BetaMixture, adapted, control_posterior, prob_greater
from bayesips.borrowing.sam import Sam
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import CASES, CONTROLS, LUNG

# The informative prior of the vignette of SAMprior.
INFORMATIVE = BetaMixture([0.530831, 0.469169], [50.769450, 9.059985], [89.281035, 15.747092])
VAGUE = BetaMixture([1.0], [1.0], [1.0])
ODDS = CASES["sam_weight_ppr"]["inputs"]["prior_odds"]


def learned(successes, n, method):
    """What SAM learns, with the vignette's informative prior."""
    return method.adapt([], Arm("controls", successes, n), lambda _: INFORMATIVE)


def mixed(change, successes, n):
    """Posterior of the controls."""
    return INFORMATIVE.mix(VAGUE, change.robust.weight).update(successes, n)


def test_published_weight_with_prior_odds():
    case = CASES["sam_weight_ppr"]
    given = case["inputs"]
    change = learned(given["r"], given["n"], Sam(given["delta"], prior_odds=ODDS))
    assert change.weight == pytest.approx(case["recomputed"], abs=1e-12)


def test_published_mixture_and_decision():
    case = CASES["sam_decision"]
    change = learned(10, 35, Sam(0.2, prior_odds=ODDS))
    prior = INFORMATIVE.mix(VAGUE, change.robust.weight)
    assert prior.weights == pytest.approx(case["recomputed"]["weights"], abs=1e-7)
    control = mixed(change, 10, 35)
    assert float(control.mean()) == pytest.approx(0.327590, abs=1e-6)
    treated = VAGUE.update(22, 70)
    assert float(prob_greater(treated, control)) == pytest.approx(0.444475, abs=1e-6)


def test_the_weight_is_that_of_the_informative_part():
    agreeing, conflicting = (learned(r, 35, Sam(0.2)) for r in (13, 30))
    assert agreeing.weight > 0.7
    assert conflicting.weight < 0.1
    assert agreeing.robust.weight == pytest.approx(1 - agreeing.weight, abs=1e-15)


def test_likelihood_ratio_by_hand():
    centre = float(INFORMATIVE.mean())
    logs = [
        10 * np.log(rate) + 25 * np.log1p(-rate) for rate in (centre, centre - 0.2, centre + 0.2)
    ]
    ratio = np.exp(logs[0] - max(logs[1:]))
    assert learned(10, 35, Sam(0.2)).weight == pytest.approx(ratio / (1 + ratio), abs=1e-14)


def test_published_operating_characteristics():
    case = CASES["sam_oc_vignette"]
    outcomes = np.arange(36)
    changes = [learned(int(r), 35, Sam(0.2)) for r in outcomes]
    weights = np.array([change.weight for change in changes])
    treated = VAGUE.update(np.arange(71), 70)
    met = np.stack(
        [
            prob_greater(treated, mixed(change, int(r), 35)) > 0.95
            for change, r in zip(changes, outcomes, strict=True)
        ]
    )
    for rates, said in zip(
        case["inputs"]["theta_control_treated"], case["recomputed"], strict=True
    ):
        control, arm = binomial(35, rates[0]), binomial(70, rates[1])
        assert control @ weights == pytest.approx(said[0], abs=1e-9)
        assert control @ met @ arm == pytest.approx(said[1], abs=1e-9)


def binomial(n, rate):
    """Probabilities of 0..n."""
    k = np.arange(n + 1)
    logs = special.xlogy(k, rate) + special.xlog1py(n - k, -rate)
    return np.exp(logs - special.betaln(k + 1, n - k + 1)) / (n + 1)


def test_a_shift_beyond_nought_or_one_is_cut_there():
    rare = BetaMixture([1.0], [2.0], [38.0])
    change = Sam(0.2).adapt([], Arm("controls", 0, 7), lambda _: rare)
    ratio = 0.95**7 / 1.0  # the lower shift is a rate of 0, which explains 0 of 7 best
    assert change.weight == pytest.approx(ratio / (1 + ratio), abs=1e-12)


def test_delta_must_be_stated():
    with pytest.raises(ValueError, match="delta"):
        control_posterior(LUNG, "sam", CONTROLS)


def test_an_informative_part_that_needs_controls_is_refused():
    with pytest.raises(ValueError, match="needs controls"):
        adapted(Sam(0.2, informative="empirical_power"), LUNG, CONTROLS)
