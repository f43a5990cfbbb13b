"""EXNEX against published analyses: imatinib in ten sarcomas, and a basket design's go rates."""

import itertools

import numpy as np
import pytest
from scipy import stats
from scipy.special import logit

from bayesips.borrowing.exnex import Exnex
from bayesips.endpoints import Binary
from bayesips.engine import exact
from bayesips.evidence.arm import Arm
from tests.reference_cases import load

CASES = load("exnex_published")
GO_RATES = load("borrowing")["exnex_go_rates"]
# Data sets that are left out have together at most this probability in each scenario.
LEFT_OUT = 2e-3
# Data sets read at a time.
BATCH = 400


def test_ten_sarcomas_are_as_published():
    case = CASES["chugh"]
    (mu, mu_precision), (m, precision) = case["mu"], case["alone"]
    method = Exnex(
        case["exchangeable"],
        mu=("normal", mu, mu_precision**-0.5),
        tau=("half_normal", case["tau"]),
        alone=("normal", m, precision**-0.5),
    )
    arms = [Arm(f"{i}", r, n) for i, (r, n) in enumerate(zip(case["r"], case["n"], strict=True))]
    rates = exact.arm_posteriors(method, arms, endpoint=Binary())
    for (label, rate), published in zip(rates.items(), case["expected"], strict=True):
        found = [float(rate.mean()), float(rate.std()), *rate.ppf(np.array([0.025, 0.5, 0.975]))]
        errors = np.abs(np.array(found) - published)
        # those are draws: for 2 to 5 patients their upper quantiles are good to .007
        assert np.all(errors < [0.0012, 0.0015, 0.0012, 0.0015, 0.007]), label
    means = exact.arm_means(method, arms, endpoint=Binary())
    assert np.allclose([means[each] for each in rates], [r.mean() for r in rates.values()], 1e-7)


def basket_design():
    """The design's method, its patients by basket and its rule."""
    case = CASES["go_rates"]
    (low, low_sd), (high, high_sd) = case["mu"]
    method = Exnex(
        tuple(case["exchangeable"]),
        mu=(("normal", logit(low), low_sd), ("normal", logit(high), high_sd)),
        tau=("half_normal", case["tau"]),
        alone=("normal", logit(case["alone"][0]), case["alone"][1]),
    )
    return method, case["n"], case["rule"]


def likely_data(n, scenarios):
    """Counts of responders (data, basket), and their probability in each scenario."""
    data = np.array(list(itertools.product(*(range(size + 1) for size in n))))
    chances = [np.prod(stats.binom.pmf(data, n, rates), axis=1) for rates in scenarios]
    kept = np.zeros(len(data), dtype=bool)
    for chance in chances:
        order = np.argsort(-chance)
        kept[order[: np.searchsorted(np.cumsum(chance[order]), 1 - LEFT_OUT) + 1]] = True
    return data[kept], [chance[kept] for chance in chances]


def goes(data):
    """Whether each basket goes, (data, basket)."""
    method, n, rule = basket_design()
    found = []
    for part in np.array_split(data, 1 + len(data) // BATCH):
        arms = [Arm(f"{j}", part[:, j], size) for j, size in enumerate(n)]
        rates = exact.arm_posteriors(method, arms, endpoint=Binary()).values()
        sure = np.stack([rate.sf(rule["threshold"]) for rate in rates], axis=1)
        mean = np.stack([rate.mean() for rate in rates], axis=1)
        found.append((sure > rule["probability"]) & (mean > rule["mean"]))
    return np.concatenate(found)


@pytest.mark.slow
def test_go_rates_are_as_published_and_the_same_for_baskets_alike():
    scenarios, any_go = GO_RATES["inputs"]["scenarios"], CASES["go_rates"]["any"]
    data, chances = likely_data(CASES["go_rates"]["n"], list(scenarios.values()))
    # baskets 1 and 2 are alike, and so are 3 and 4: one reading serves both orders
    alike = np.concatenate([np.sort(data[:, :2]), np.sort(data[:, 2:])], axis=1)
    unique, place = np.unique(alike, axis=0, return_inverse=True)
    read = goes(unique)[place]
    for first in (0, 2):
        swapped = data[:, first] > data[:, first + 1]
        read[swapped, first : first + 2] = read[swapped, first : first + 2][:, ::-1]
    for scenario, chance in zip(scenarios, chances, strict=True):
        found = 100 * chance @ read
        assert np.all(np.abs(found - GO_RATES["expected"][scenario]) < 1.0)
        assert abs(100 * chance @ read.any(axis=1) - any_go[scenario]) < 1.0
        # what a later release of that package prints is not a matter of rounding
        assert np.max(np.abs(found - GO_RATES["misprinted"][scenario])) > 4.0
    assert found[0] == pytest.approx(found[1], abs=100 * LEFT_OUT)
