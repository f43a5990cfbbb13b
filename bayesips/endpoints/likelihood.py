"""The likelihood of one arm: survivors at ordered landmarks, each row a count or a bound.

Survivors of the same patients form a chain of conditional binomials: of the x alive at one
landmark, Binomial(x, S(later) / S(earlier)) are alive at the next. A row that is a bound leaves
several counts possible, so the likelihood is a sum over all paths that meet every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from bayesips.distributions.mathematics import Mathematics
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm

_MEETS = {"=": np.equal, ">=": np.greater_equal, "<=": np.less_equal}


@dataclass(frozen=True)
class Term:
    """One link of the chain.

    `log_p` and `log_q` are the log probabilities of being alive, or not, given alive at the term
    before; `rows` are (relation, successes), all of which the count must meet. `at_risk` is set
    where the patients at risk are not those alive at the term before (some were censored).
    """

    rows: tuple[tuple[str, int], ...]
    log_p: Any
    log_q: Any
    at_risk: int | None = None


@dataclass(frozen=True, eq=False)
class Translation:
    """An arm's likelihood as that of a count at the landmark, moved and blurred by the shape.

    L(eta, shape) = E[base(eta + shift + blur Z)], Z standard Normal; `shift` and `blur` have one
    value for each node of the shape. An engine then tabulates one function of eta, not one for
    each node.
    """

    base: Arm
    shift: np.ndarray
    blur: np.ndarray


def allowed_counts(rows: Sequence[tuple[str, int]], n: int) -> np.ndarray:
    """The counts among 0..n that meet every row."""
    counts = np.arange(n + 1)
    met = np.ones(n + 1, dtype=bool)
    for relation, successes in rows:
        met &= _MEETS[relation](counts, successes)
    return counts[met]


def log_likelihood(n: int, chain: Sequence[Term], math: Mathematics) -> Any:
    """Log probability that n patients meet every row of the chain.

    `log_p` and `log_q` of all terms broadcast against each other; the result has their shape.
    """
    if all(len(term.rows) == 1 and term.rows[0][0] == "=" for term in chain):
        return _counted(n, [term.rows[0][1] for term in chain], chain)
    counts = np.array([n])
    state: Any = None  # log probability of each count in `counts`, last axis; None: certainty of n
    for term in chain:
        later = allowed_counts(term.rows, int(counts.max(initial=0)))
        if not len(later):
            raise Refused(f"no course of {n} patients meets the rows {term.rows}")
        log_p, log_q = math.stack([term.log_p]), math.stack([term.log_q])
        choices = _log_choices(counts, later)
        if state is None:
            state = choices[0] + later * log_p + (n - later) * log_q
        else:  # of b, a are left: C(b, a) p^a q^(b - a)
            state = math.log_product(state + counts * log_q, choices) + later * (log_p - log_q)
        counts = later
    return math.logsumexp(state) if len(counts) > 1 else state[..., 0]


def _counted(n: int, counts: Sequence[int], chain: Sequence[Term]) -> Any:
    """Log probability of rows that are all counts: one path, so a product of binomials."""
    total: Any = 0.0
    for alive, after, term in zip([n, *counts[:-1]], counts, chain, strict=True):
        before = alive if term.at_risk is None else term.at_risk
        if after > before:
            raise Refused(f"no course of {before} patients leaves {after} alive")
        choices = special.gammaln(before + 1) - special.gammaln(after + 1)
        choices -= special.gammaln(before - after + 1)
        total = total + choices + after * term.log_p + (before - after) * term.log_q
    return total


def _log_choices(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Log number of ways to choose the survivors, (before, after); -inf for more than before."""
    lost = before[:, None] - after
    ways = special.gammaln(before + 1.0)[:, None] - special.gammaln(after + 1.0)
    return np.where(lost < 0, -np.inf, ways - special.gammaln(np.maximum(lost, 0) + 1.0))
