"""Evans and Moshonov's stages of a hierarchy, by brute force over sequences of patients."""

import dataclasses
from itertools import product

import numpy as np
import pytest
from scipy.special import expit

from bayesips import control_prior
from bayesips.answer import conflict_stages
from bayesips.answer.conflict_stages import evans_moshonov_stages
from bayesips.borrowing.map import Map
from bayesips.endpoints import Binary
from bayesips.engine import exact
from bayesips.evidence.arm import Arm

SIZES = (2, 2, 3)
MEAN, SD, SPREAD = 0.4, 1.0, 0.8
METHOD = Map(mu=("normal", MEAN, SD), tau=("half_normal", SPREAD))


def arms(*counts):
    """Three small arms, two of one size."""
    return [Arm(f"arm {k}", r, n) for k, (r, n) in enumerate(zip(counts, SIZES, strict=True))]


def sequence_probabilities():
    """Counts and probability of each of the 2^7 sequences of patients, by a dense rule of its own.

    Gauss-Hermite in mu and within an arm, Gauss-Legendre in tau.
    """
    x, w = np.polynomial.hermite_e.hermegauss(60)
    w = w / w.sum()
    t, v = np.polynomial.legendre.leggauss(80)
    tau = 4 * SPREAD * (t + 1)
    v = v * np.exp(-0.5 * (tau / SPREAD) ** 2)
    v = v / v.sum()
    rates = expit(MEAN + SD * x[:, None, None] + tau[:, None] * x)
    moments = {
        (r, n): np.einsum("mtz,z->mt", rates**r * (1 - rates) ** (n - r), w)
        for n in set(SIZES)
        for r in range(n + 1)
    }
    found = []
    for patients in product((0, 1), repeat=sum(SIZES)):
        first, second = sum(patients[:2]), sum(patients[2:4])
        counts = (first, second, sum(patients[4:]))
        parts = [moments[r, n] for r, n in zip(counts, SIZES, strict=True)]
        found.append((counts, float(w @ np.prod(parts, axis=0) @ v)))
    return found


@pytest.fixture(scope="module")
def sequences():
    return sequence_probabilities()


def tail_of(statistic, sequences, counts):
    """Probability of sequences whose statistic is no likelier than that of `counts`."""
    chances = {}
    for seen, chance in sequences:
        chances[statistic(seen)] = chances.get(statistic(seen), 0.0) + chance
    limit = chances[statistic(counts)] * (1 + 1e-6)
    return sum(chance for chance in chances.values() if chance <= limit)


def exchanged(counts):
    """What is left where the first two arms, of one size, may change places."""
    return (*sorted(counts[:2]), counts[2])


@pytest.mark.parametrize("counts", [(0, 2, 0), (2, 0, 3), (1, 1, 1), (2, 2, 3), (0, 0, 3)])
def test_the_first_stage_is_the_tail_of_counts_without_their_order(sequences, counts):
    found = evans_moshonov_stages(arms(*counts), METHOD)
    expected = tail_of(exchanged, sequences, counts)
    assert found.hyperpriors == pytest.approx(expected, abs=1e-5)
    assert (found.error, found.draws, found.controls) == (0.0, 0, None)


def test_counts_in_their_order_would_give_another_tail(sequences):
    found = evans_moshonov_stages(arms(2, 0, 1), METHOD).hyperpriors
    assert abs(found - tail_of(tuple, sequences, (2, 0, 1))) > 0.05


def test_arms_of_one_size_may_change_places():
    one = evans_moshonov_stages(arms(0, 2, 1), METHOD).hyperpriors
    assert one == pytest.approx(evans_moshonov_stages(arms(2, 0, 1), METHOD).hyperpriors, abs=1e-12)


@pytest.mark.parametrize("counts", [(0, 2, 0), (1, 1, 1)])
def test_drawn_histories_give_the_summed_tail(monkeypatch, counts):
    summed = evans_moshonov_stages(arms(*counts), METHOD).hyperpriors
    monkeypatch.setattr(conflict_stages, "MOST_OUTCOMES", 1)
    drawn = evans_moshonov_stages(arms(*counts), METHOD, draws=4000, seed=20260301)
    assert drawn.draws == 4000
    assert 0 < drawn.error < 0.01
    assert drawn.hyperpriors == pytest.approx(summed, abs=4 * drawn.error)


def test_the_same_seed_draws_the_same_tail(monkeypatch):
    monkeypatch.setattr(conflict_stages, "MOST_OUTCOMES", 1)
    first, again = (evans_moshonov_stages(arms(0, 2, 0), METHOD, draws=50, seed=3) for _ in "ab")
    assert first == again


def test_both_stages_together_are_the_joint_probability_of_all_counts():
    history = arms(0, 1, 1)
    outcomes = np.arange(5)
    prior = control_prior(history, METHOD)
    controls = Arm("controls", outcomes, 4)
    together = exact.log_evidence(
        METHOD,
        [*(dataclasses.replace(arm, successes=np.full(5, arm.successes)) for arm in history),
         controls],
        endpoint=Binary(),
    )  # fmt: skip
    alone = exact.log_evidence(METHOD, history, endpoint=Binary())
    given = prior.predictive(4).pmf(outcomes)
    assert np.exp(together - alone) == pytest.approx(given, rel=1e-6)


def test_the_second_stage_is_the_tail_of_the_controls_given_history():
    history = arms(0, 1, 1)
    found = evans_moshonov_stages(history, METHOD, Arm("controls", np.arange(5), 4)).controls
    pmf = control_prior(history, METHOD).predictive(4).pmf(np.arange(5))
    assert found == pytest.approx([pmf[pmf <= each * (1 + 1e-9)].sum() for each in pmf], abs=1e-9)


def test_arms_that_a_narrow_spread_forbids_are_in_conflict_with_it():
    history = [Arm("A", 0, 20), Arm("B", 20, 20)]
    narrow = evans_moshonov_stages(history, Map(tau=("half_normal", 0.2)))
    wide = evans_moshonov_stages(history, Map(tau=("half_normal", 5)))
    assert narrow.hyperpriors < 1e-6
    assert wide.hyperpriors > 0.05


@pytest.mark.parametrize(
    ("history", "method", "said"),
    [
        (arms(0, 1, 1), "pooled", "the method is pooled"),
        (arms(0, 1, 1), Map(tau=("fixed", 0)), "all arms are one"),
        ([Arm("A", 3, 9, relation=">=")], METHOD, "A: one count"),
        ([Arm("A", np.array([3, 4]), 9)], METHOD, "A: one count"),
        ([], METHOD, "0 arms"),
    ],
)
def test_what_the_stages_are_not_defined_for_is_refused(history, method, said):
    with pytest.raises(ValueError, match=said):
        evans_moshonov_stages(history, method)


def test_no_draws_are_refused():
    with pytest.raises(ValueError, match="0 draws"):
        evans_moshonov_stages(arms(0, 1, 1), METHOD, draws=0)


def test_a_seed_below_nought_is_refused():
    with pytest.raises(ValueError, match="seed is -1"):
        evans_moshonov_stages(arms(0, 1, 1), METHOD, seed=-1)
