"""Lines of the likelihood tables: one for each data set of each rate and each shape node."""

from __future__ import annotations

import numpy as np

from bayesips.endpoints import Endpoint
from bayesips.engine.quadrature.data import Source
from bayesips.engine.quadrature.likelihood_tables import Line
from bayesips.engine.quadrature.likelihoods import Likelihood, likelihoods


def lines_of(endpoint: Endpoint, arms: tuple, nodes: list[np.ndarray]) -> list[Line]:
    """Lines of one data set at the nodes of the shape; none for no data."""
    if not arms:
        return []
    count = len(nodes[0]) if nodes else 1
    source = Source.of(endpoint, arms, nodes)
    found: list[Likelihood] = likelihoods(endpoint, source, nodes)
    shift, blur = (np.broadcast_to(x, count) for x in (source.shift, source.blur))
    return [Line(found[k % len(found)], float(shift[k]), float(blur[k])) for k in range(count)]


def joint_sharpness(lines: list[list[list[Line]]]) -> float:
    """Root of the largest information of every rate, added up."""
    total = [
        max((line.likelihood.information for key in rate for line in key), default=0.0)
        for rate in lines
    ]
    return float(np.sqrt(sum(total)))


def numbered(lines: list[list[list[Line]]], shapes: int) -> tuple[list[np.ndarray], list[Line]]:
    """Lines in a row, and for each rate which of them each data set has at each shape node."""
    flat: list[Line] = []
    known: dict[tuple[int, float, float], int] = {}
    places = []
    for rate in lines:
        index = np.full((len(rate), shapes), -1)
        for key, own in enumerate(rate):
            for node, line in enumerate(own):
                same = (id(line.likelihood), line.shift, line.blur)
                if same not in known:
                    known[same] = len(flat)
                    flat.append(line)
                index[key, node] = known[same]
        places.append(index)
    return places, flat
