"""Gauss-Legendre panels on the log odds, chosen from the components of a Beta mixture."""

import numpy as np

from bayesips.distributions import beta_functions
from bayesips.distributions.gauss import on_panels
from bayesips.errors import NotSettled

ORDER = 16  # nodes of a panel; twice as many when refined
WIDEST = 0.45  # a flat component still bends within this width where its rate leaves the edge
CORE, REACH, GROWTH = 3.5, 8.0, 1 / 3  # panels are 3.5 widths wide to 8 widths, then grow
TAIL = 37.0  # exp(-37) = 1e-16: the mass that may be left out
MANY = 16  # bends beyond which those close to each other are taken together
OVERFLOW = 700.0  # exp of more than this is not a double
MAX_PANELS = 20_000


def features(a, b):
    """Where Beta(a, b) bends on the log odds: centres, widths and the ends of its mass (flat)."""
    a, b = np.ravel(a), np.ravel(b)
    width = np.minimum(np.sqrt(1 / a + 1 / b), WIDEST)
    flat = np.log(np.maximum(a, 1)) - np.log(np.maximum(b, 1))
    centre = np.where(width < WIDEST, np.log(a) - np.log(b), flat)
    low = centre - (REACH + 2) * width - TAIL / a
    high = centre + (REACH + 2) * width + TAIL / b
    return centre, width, low, high


def panel_edges(centres, widths, low, high):
    """Edges from low to high, close together near the centres and wider away from them."""
    if len(centres) > MANY:
        centres, widths = _thinned(centres, widths)
    bends = list(
        zip(
            centres.tolist(),
            (CORE * widths).tolist(),
            ((CORE - GROWTH * REACH) * widths).tolist(),
            strict=True,
        )
    )
    edges = [float(low)]
    while edges[-1] < high:
        at = edges[-1]
        width = min(max(core, base + GROWTH * abs(centre - at)) for centre, core, base in bends)
        edges.append(at + width)
        if len(edges) > MAX_PANELS:
            raise NotSettled(f"more than {MAX_PANELS} panels to integrate over one batch")
    return np.array(edges)


def _thinned(centres, widths):
    """Fewer bends that ask for panels at least as narrow, to within half a width."""
    widths = np.exp2(np.floor(2 * np.log2(widths)) / 2)
    kept = np.unique(np.stack([np.round(centres / widths) * widths, widths], axis=1), axis=0)
    return kept[:, 0], kept[:, 1]


def beta_mixture_rule(mixture, breaks, bends, refine):
    """Nodes (Q,) on the log odds and weights (*batch, Q) that integrate against a mixture."""
    centres, widths, low, high = features(mixture.a, mixture.b)
    low, high = low.min(), high.max()
    if bends is not None:
        centres, widths = np.append(centres, bends[0]), np.append(widths, bends[1])
        low = min(low, (bends[0] - REACH * bends[1]).min())
        high = max(high, (bends[0] + REACH * bends[1]).max())
    breaks = np.unique(breaks)
    edges = panel_edges(centres, widths, low, high)
    edges = np.union1d(edges, breaks[(breaks > edges[0]) & (breaks < edges[-1])])
    nodes, weights = on_panels(edges, ORDER * 2**refine)
    return nodes, weights * logit_density(mixture.weights, mixture.a, mixture.b, nodes)


def logit_density(weights, a, b, logit):
    """Density of the log odds, (*batch, Q); nothing of the size of large shapes cancels."""
    weights, a, b = (np.moveaxis(x, -1, 0)[..., None] for x in (weights, a, b))
    away = logit - (np.log(a) - np.log(b))
    small, total = np.minimum(a, b), a + b
    away = np.where(a <= b, away, -away)  # seen from the smaller shape nothing cancels
    capped = np.minimum(away, OVERFLOW)
    grown = np.log1p(small / total * np.expm1(capped)) + (away - capped)
    log_density = beta_functions.log_peak(a, b) + small * away - total * grown
    return (weights * np.exp(log_density)).sum(axis=0)
