"""Log likelihoods of arms together, tabulated once over the link scale and looked up anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesips.distributions.mathematics import NUMPY
from bayesips.engine.quadrature.data import log_likelihood
from bayesips.engine.quadrature.even_places import STENCIL, interpolated
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.evidence.arm import Arm

# Steps of the table and of integrals over the link scale: in joint widths of the likelihoods, and
# at most.
STEP, WIDEST_STEP = 0.6, 0.08
# Below this on the link scale nearly nobody dies: every log likelihood is a line and a multiple of
# exp(eta), and nodes so far apart hold it to rounding.
QUIET, QUIET_STEP = -12.0, 0.3
# Look-ups are smooth to this part of the whole.
SMOOTH = 1e-11


def integration_grid(hierarchy: Hierarchy) -> tuple[np.ndarray, float]:
    """Even nodes over the whole link scale."""
    low, high = hierarchy.story.endpoint.scale.limits
    step = min(WIDEST_STEP, STEP / max(hierarchy.width.sharpness, 1e-9))
    count = int(np.ceil((high - low) / step))
    return np.linspace(low, high, count + 1), (high - low) / count


@dataclass(frozen=True, eq=False)
class Profile:
    """Even samples of log likelihoods, one row for each node of the endpoint's shape."""

    start: float
    step: float
    rows: np.ndarray

    @classmethod
    def of(cls, hierarchy: Hierarchy, arms: Sequence[Arm]) -> Profile:
        """The sum over arms that take part."""
        nodes, step = integration_grid(hierarchy)
        beyond = step * np.arange(1, STENCIL + 1)
        nodes = np.concatenate([nodes[0] - beyond[::-1], nodes, nodes[-1] + beyond])
        some = [arm for arm in arms if arm.included]

        def rows_at(eta: np.ndarray) -> np.ndarray:
            return log_likelihood(hierarchy.story.endpoint, some, eta, hierarchy.shape_nodes)

        thin = int(QUIET_STEP / step)
        quiet = int(np.count_nonzero(nodes < QUIET))
        if thin > 1 and quiet > thin:
            wide = nodes[0] + thin * step * np.arange(-STENCIL, quiet // thin + STENCIL)
            lines = interpolated(wide[0], thin * step, rows_at(wide), nodes[:quiet])
            rows = np.concatenate([lines, rows_at(nodes[quiet:])], axis=1)
        else:
            rows = rows_at(nodes)
        return cls(
            float(nodes[0]), step, np.broadcast_to(rows, (hierarchy.shape_count, len(nodes)))
        )

    def averaged(self, weights: np.ndarray) -> Profile:
        """Log of the mean likelihood over the shape."""
        with np.errstate(divide="ignore"):
            logs = self.rows + np.log(weights)[:, None]
        return Profile(self.start, self.step, NUMPY.logsumexp(logs.T)[None])

    def at(self, eta: np.ndarray) -> np.ndarray:
        """Values at any `eta` within the link's limits, (rows, *eta.shape)."""
        found = interpolated(self.start, self.step, self.rows, eta.ravel())
        return found.reshape(-1, *eta.shape)
