"""The historical groups' own rates, each with what it borrows from the others (basket trials)."""

from __future__ import annotations

from collections.abc import Sequence

from bayesips.borrowing import Method, as_story, method_name
from bayesips.distributions.points import Points
from bayesips.endpoints import Binary, Endpoint
from bayesips.errors import NotSettled, Refused
from bayesips.evidence.arm import Arm

RATES = "arm_rate"
R_HAT = 1.01  # above it the chains disagree (Vehtari et al. 2021)


def group_rates(
    arms: Sequence[Arm],
    method: Method | type | str,
    *,
    endpoint: Endpoint | None = None,
    seed: int = 1,
    draws: int = 1000,
) -> dict[str, Points]:
    """Draws of each group's own rate, by NUTS.

    Parameters
    ----------
    arms : sequence of Arm
        The groups, or baskets.
    method : borrowing method, its class or its name
        One under which groups have rates of their own, as ``"map"`` or ``"exnex"``.
    endpoint : Endpoint, optional
        `Binary()` unless given.
    seed, draws : int
        Draws are kept of each of four chains.

    Returns
    -------
    dict of str to Points
        By the arms' labels; each a distribution.

    Raises
    ------
    Refused
        If the method has no rates of groups.
    NotSettled
        If the chains disagree or diverge.
    """
    from bayesips.engine import nuts

    story = as_story(method)
    tree = nuts.fit(story, arms, endpoint=endpoint or Binary(), seed=seed, draws=draws)
    if RATES not in tree.posterior:
        raise Refused(f"method {method_name(story)!r} gives groups no rates of their own")
    found = nuts.diagnose(tree)
    if found.get("r_hat", 1) > R_HAT or found.get("divergences", 0) > 0:
        raise NotSettled(
            f"largest r_hat {found['r_hat']:.3f}, {found['divergences']:.0f} divergences; take "
            "more draws"
        )
    rates = tree.posterior[RATES]
    return {arm.label: Points.of_chains(rates.sel(arm=arm.label).to_numpy()) for arm in arms}
