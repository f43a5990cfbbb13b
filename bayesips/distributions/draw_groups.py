"""Groups of draws that may depend on each other, and what of them is known exactly."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.errors import Refused

if TYPE_CHECKING:
    from bayesips.distributions.beta_mixture import BetaMixture

STRETCHES = 20  # of a chain: long enough to be as good as independent, enough to give an error
NOT_DRAWN = -1  # group of the points that stand for a part known exactly


def of_chains(chains: int, draws: int) -> NDArray[np.int64]:
    """Groups of the draws of chains, one after the other: stretches of each chain."""
    stretch = np.arange(draws) * STRETCHES // max(draws, 1)
    return (np.arange(chains)[:, None] * STRETCHES + stretch).ravel()


def apart(own: NDArray[np.int64], more: NDArray[np.int64]) -> NDArray[np.int64]:
    """Groups of two sets of draws that do not depend on each other."""
    return np.concatenate([own, np.where(more < 0, more, more + own.max(initial=0) + 1)])


def checked(groups: ArrayLike, rates: NDArray) -> NDArray[np.int64]:
    """Groups of draws as whole numbers, one for each."""
    found = np.asarray(groups)
    if found.shape != rates.shape or not np.all((found >= NOT_DRAWN) & (found == np.floor(found))):
        raise Refused(
            f"groups of draws are whole numbers from {NOT_DRAWN}, one for each of {rates.size}"
        )
    return found.astype(np.int64)


def joined(
    first: "BetaMixture | None", second: "BetaMixture | None", weight: NDArray, other: NDArray
) -> Any:
    """What is known of two distributions, with the weights it has in their mixture."""
    if first is None or second is None:
        return second if first is None else first
    total = weight + other
    return first.mix(second, np.divide(other, total, out=np.zeros_like(total), where=total > 0))
