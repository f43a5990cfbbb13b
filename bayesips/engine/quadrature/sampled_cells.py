"""Cells of a batch that are looked at first, to find where the posterior is."""

from __future__ import annotations

import numpy as np

from bayesips.engine.quadrature.hierarchy import Hierarchy

# So many; the rest is checked when it is read.
SAMPLE = 24
# Counts of an arm left out.
NOBODY = (0, 0)


def cells_to_look_at(hierarchy: Hierarchy) -> np.ndarray:
    """Some cells, and those with extreme data or hyperpriors."""
    if hierarchy.cells <= SAMPLE:
        return np.arange(hierarchy.cells)
    features = [axis.log_mass[:, [0, len(axis) // 2, -1]].T for axis in hierarchy.axes]
    rates = []
    for data in hierarchy.data.values():
        counts = [(arms[0].successes, arms[0].n) if arms else NOBODY for arms in data.keys]
        table = np.array(counts, dtype=float)[data.index]
        rates.append((table[:, 0] + 0.5) / (table[:, 1] + 1))
    if rates:
        stacked = np.stack(rates)
        features += [stacked, stacked.mean(axis=0)[None], stacked.std(axis=0)[None]]
    rows = [row for block in features for row in block if len(row) == hierarchy.cells]
    chosen = [index for row in rows for index in (np.argmin(row), np.argmax(row))]
    spread = np.linspace(0, hierarchy.cells - 1, SAMPLE).astype(int)
    return np.unique([*chosen, *spread])
