"""EXNEX of two clusters by brute force: every data set of a basket trial, in plain numpy.

No idea is shared with the engine: rates on one even grid, (mu, tau) of each cluster on another,
and a sum over all assignments of arms to clusters or to none.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

# What a go asks about; all grids have a node there, so that half of it lies on either side.
RATE = 0.1
EDGE = special.logit(RATE)
ETA = EDGE + 0.04 * np.arange(-350, 301)
ABOVE = (ETA > EDGE + 1e-9) + 0.5 * (np.abs(ETA - EDGE) < 1e-9)
MU_STEP, TAU_NODES = 0.2, 40


@dataclass(frozen=True)
class Setting:
    """Sizes of the arms, and the declared priors of published basket trials."""

    sizes: tuple[int, ...]
    weights: tuple[float, float, float]  # of either cluster, and of none
    centres: tuple[tuple[float, float], ...]  # of either cluster
    alone: tuple[float, float]
    spread: float  # scale of the half-normal prior of tau


def probabilities_and_means(setting, arm):
    """P(arm's rate > RATE) and its mean for every data set; two arrays of shape sizes + 1."""
    nothing = [np.ones(len(ETA))] * len(setting.sizes)
    everything, found = _joint(setting, nothing), []
    for factor in (ABOVE, special.expit(ETA)):
        factors = [*nothing[:arm], factor, *nothing[arm + 1 :]]
        found.append(_joint(setting, factors) / everything)
    return found


def _joint(setting, factors):
    """Probability of every data set, each arm's likelihood times its factor of the rate."""
    shape = [n + 1 for n in setting.sizes]
    tables = [_likelihood(n) * factor for n, factor in zip(setting.sizes, factors, strict=True)]
    shared = [_cluster(setting, mean, sd, tables) for mean, sd in setting.centres]
    mass = stats.norm.pdf(ETA, *setting.alone) * (ETA[1] - ETA[0])
    single = [table @ mass for table in tables]
    total = np.zeros(shape)
    arms = range(len(shape))
    for parts in itertools.product(range(3), repeat=len(shape)):
        term = np.prod([setting.weights[part] for part in parts]) * np.ones([1] * len(shape))
        for cluster in (0, 1):
            members = tuple(arm for arm in arms if parts[arm] == cluster)
            term = term * shared[cluster][members]
        for arm in arms:
            if parts[arm] == 2:
                term = term * single[arm].reshape([-1 if k == arm else 1 for k in arms])
        total = total + term
    return total


def _likelihood(n):
    """Binomial probability of 0..n successes on the grid, (n + 1, eta)."""
    return stats.binom.pmf(np.arange(n + 1)[:, None], n, special.expit(ETA))


def _cluster(setting, mean, sd, tables):
    """Evidence of every subset of arms that belong to one cluster, shaped to broadcast."""
    mu = EDGE + MU_STEP * np.arange(*np.round((mean - EDGE + sd * np.array([-6, 6])) / MU_STEP))
    x, w = np.polynomial.legendre.leggauss(TAU_NODES)
    tau = setting.spread * 3.2 * (x + 1)
    weight = np.outer(stats.norm.pdf(mu, mean, sd), w * np.exp(-((tau / setting.spread) ** 2) / 2))
    weight = (weight / weight.sum()).ravel()
    pairs = [each.ravel()[:, None] for each in np.meshgrid(mu, tau, indexing="ij")]
    kernel = _normal_masses(*pairs)
    averaged = [kernel @ table.T for table in tables]  # (nodes, n + 1)
    arms = range(len(tables))
    found = {}
    for count in range(len(tables) + 1):
        for members in itertools.combinations(arms, count):
            left, right = members[: count // 2], members[count // 2 :]
            joint = (_product(averaged, left) * weight[:, None]).T @ _product(averaged, right)
            shape = [tables[arm].shape[0] if arm in members else 1 for arm in arms]
            found[members] = joint.reshape(shape)
    return found


def _product(averaged, members):
    """Row by row product over some arms, (nodes, all their data sets)."""
    product = np.ones((len(averaged[0]), 1))
    for arm in members:
        product = (product[:, :, None] * averaged[arm][:, None, :]).reshape(len(product), -1)
    return product


def _normal_masses(mu, tau):
    """Masses of Normals in the cells of the grid, so that a small spread makes no steps."""
    step = ETA[1] - ETA[0]
    edges = np.append(ETA - step / 2, np.inf)
    edges[0] = -np.inf
    return np.diff(special.ndtr((edges - mu) / tau), axis=1)
