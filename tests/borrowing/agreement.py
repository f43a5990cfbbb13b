"""How far the two engines are apart, in Monte Carlo errors, and whether those are small."""

import json
from dataclasses import dataclass, field
from typing import Any

import arviz as az
import numpy as np
import xarray as xr
from scipy import special, stats

from bayesips import control_posterior, control_prior, prob_greater
from bayesips.answer.control import adapted
from bayesips.answer.diagnostics import of_run
from bayesips.borrowing.biases import total_shift
from bayesips.distributions import BetaMixture
from bayesips.endpoints import Binary
from bayesips.engine import nuts
from bayesips.evidence.arm import Arm

# The treated of HLC-001, 5 of 7 with a flat prior; the effect is theirs over the control.
TREATED = BetaMixture([1.0], [6.0], [3.0])
SEED, DRAWS = 20261122, 2000
# Agreement within wide errors would say nothing.
WIDEST, FEWEST = 0.01, 400
# Nodes of a bias: more than the engine's own, so that errors do not rest on those.
BIAS_NODES = 41
LARGEST = 5.0


@dataclass(frozen=True)
class Case:
    """One question to both engines.

    `together`: the controls are sampled with history in one model (`nuts.fit`); else draws of
    history alone are weighted by them, which is what `control_posterior` does.
    """

    method: Any
    arms: list[Arm]
    concurrent: Arm | None = None
    together: bool = False
    endpoint: Any = field(default_factory=Binary)
    bias: Any = ()
    robust: Any = None
    draws: int = DRAWS

    def answer(self, engine: str) -> Any:
        """The control rate by one engine, through the door that a user takes."""
        more = {"endpoint": self.endpoint, "bias": self.bias, "robust": self.robust}
        if self.concurrent is None:
            return control_prior(self.arms, self.method, engine=engine, seed=SEED, **more)
        return control_posterior(
            self.arms, self.method, self.concurrent, engine=engine, seed=SEED, **more
        )


@dataclass(frozen=True)
class Distance:
    """Mean, sd and P(effect > 0): apart by so much, and the error of each."""

    apart: np.ndarray
    errors: np.ndarray

    @property
    def ratios(self) -> np.ndarray:
        """Differences in Monte Carlo standard errors; nothing apart is none."""
        return np.abs(self.apart) / np.maximum(self.errors, 1e-12)


def functions(mean: float) -> tuple[Any, ...]:
    """What is compared, as expectations: mean, variance about the exact mean, P(effect > 0)."""
    treated = stats.beta(TREATED.a.item(), TREATED.b.item())
    return (lambda x: x, lambda x: (x - mean) ** 2, treated.sf)


def expectations(exact: Any) -> np.ndarray:
    """The same of the exact answer."""
    return np.array([exact.mean(), exact.std() ** 2, prob_greater(TREATED, exact)], dtype=float)


def distance(found: Any, expected: Any, errors: Any) -> Distance:
    """From expectations and their errors; a variance and its error become an sd and its own."""
    slopes = np.array([1.0, 1 / (2 * max(np.sqrt(expected[1]), 1e-12)), 1.0])
    return Distance((found - expected) * slopes, np.array(errors) * slopes)


def of_chains(tree: xr.DataTree, expected: np.ndarray, rate: str = "control") -> Distance:
    """Chains of a rate against numbers."""
    draws = np.clip(tree.posterior[rate].values, 0, 1)
    drawn = [f(draws) for f in functions(expected[0])]
    return distance([x.mean() for x in drawn], expected, [float(az.mcse(x)) for x in drawn])


def by_both(case: Case, monkeypatch: Any) -> tuple[Distance, xr.DataTree]:
    """Ask both engines; the chains come along."""
    expected = expectations(case.answer("exact"))
    if case.together:
        tree = _sampled_together(case)
        return of_chains(tree, expected), tree
    points, tree = _weighted(case, monkeypatch)
    mean = float(points.mean())
    about = float(points.std()) ** 2 + (mean - expected[0]) ** 2
    draws = np.clip(tree.posterior["control"].values, 0, 1)
    errors = [
        error_of(case, draws, f, value)
        for f, value in zip(functions(expected[0]), expected, strict=True)
    ]
    found = [mean, about, float(prob_greater(TREATED, points))]
    return distance(found, expected, errors), tree


def _sampled_together(case: Case) -> xr.DataTree:
    """Chains of one model that holds the controls too."""
    if not total_shift(case.bias).is_none or case.robust is not None:
        raise ValueError("a bias and a vague part come after the model of history")
    return nuts.fit(
        case.method,
        case.arms,
        endpoint=case.endpoint,
        concurrent=case.concurrent,
        seed=SEED,
        draws=case.draws,
    )


def _weighted(case: Case, monkeypatch: Any) -> tuple[Any, xr.DataTree]:
    """What the public functions make of draws, and the chains, kept as they pass by."""
    kept = []

    def solve(method, arms, **more):
        kept.append(nuts.fit(method, arms, draws=case.draws, **more))
        return nuts.points_of(kept[-1])

    monkeypatch.setattr(nuts, "solve", solve)
    points = case.answer("nuts")
    (tree,) = kept
    return points, tree


def error_of(case: Case, draws: np.ndarray, f: Any, value: float) -> float:
    """MCSE of an average of `f`, by what each draw contributes to it.

    Draws are spread by the bias and weighted by the controls, so that the average is a ratio; its
    error is that of the weighted residuals (the delta method), chains kept apart.
    """
    shift, sd = total_shift(case.bias)
    nodes, masses = np.polynomial.hermite_e.hermegauss(BIAS_NODES if sd else 1)
    rates = special.expit(special.logit(draws)[..., None] + shift + sd * nodes)
    weights = np.broadcast_to(masses / masses.sum(), rates.shape)
    vague = _vague(case)
    evidence = 1.0
    if case.concurrent is not None and not case.together:
        r, n = case.concurrent.successes, case.concurrent.n
        weights = weights * stats.binom.pmf(r, n, rates)
        evidence = (1 - vague.weight) * weights.sum(axis=-1).mean()
        a, b = vague.mean * (vague.n + 1), (1 - vague.mean) * (vague.n + 1)
        evidence += vague.weight * stats.betabinom.pmf(r, n, a, b)
    contributions = (weights * (f(rates) - value)).sum(axis=-1)
    return float(az.mcse(contributions)) * (1 - vague.weight) / evidence


@dataclass(frozen=True)
class _Vague:
    """The vague part in numbers; weight 0 where there is none."""

    weight: float = 0.0
    mean: float = 0.5
    n: float = 1.0


def _vague(case: Case) -> _Vague:
    """The vague part, also one that the controls chose."""
    if case.concurrent is None:
        return _Vague(*([] if case.robust is None else [case.robust]))
    more = {"endpoint": case.endpoint, "bias": case.bias}
    chosen = adapted(case.method, case.arms, case.concurrent, **more).robust
    if chosen is not None:
        return _Vague(float(chosen.weight), float(chosen.mean), float(chosen.n))
    return _Vague(*([] if case.robust is None else [case.robust]))


def check_run(tree: xr.DataTree) -> None:
    """The package's own checks of a run: R-hat, ESS, divergences, tree depth, E-BFMI."""
    found = json.loads(tree.attrs["diagnostics"])
    failed = [check for check in of_run(found, tree.posterior.sizes["chain"]) if not check.passed]
    assert not failed, failed
    if found:
        assert min(found["ess_bulk"], found["ess_tail"]) > FEWEST


def check_distance(label: str, apart: Distance, tree: xr.DataTree) -> None:
    """Mean, sd and P(effect > 0) within 5 MCSE, of errors that are small, in a run that is fine."""
    told = " ".join(
        f"{name} {ratio:4.1f} ({error:.1e})"
        for name, ratio, error in zip(("mean", "sd", "P"), apart.ratios, apart.errors, strict=True)
    )
    print(f"\n{label:48} worst {apart.ratios.max():4.1f} MCSE | {told}")  # seen with -s
    check_run(tree)
    assert 0 < apart.errors.min() <= apart.errors.max() < WIDEST  # 0: history does not enter
    assert apart.ratios.max() < LARGEST


def check_agreement(label: str, case: Case, monkeypatch: Any) -> None:
    """The two engines on one case."""
    check_distance(label, *by_both(case, monkeypatch))
