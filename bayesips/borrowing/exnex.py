"""EXNEX (Neuenschwander et al. 2016): each arm exchangeable with some of the others, or alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from bayesips.borrowing.method import (
    Build,
    MeanPriorPerPart,
    NormalPerArm,
    NumberPerPart,
    SpreadPriorPerPart,
)
from bayesips.distributions.kinds import is_several
from bayesips.distributions.priors import Prior
from bayesips.distributions.settings import check_settings
from bayesips.errors import Refused, listed
from bayesips.evidence.arm import Arm

# Probabilities that sum to 1 within this are taken to do so.
ROUNDING = 1e-9
# What the new control is called among the arms.
CONTROL = "control"


@dataclass(frozen=True)
class Exnex:
    """Each arm, and the new control, is Normal(mu, tau) or, not exchangeable, Normal(m, s).

    There may be several exchangeable parts, each with a mean and a spread of its own: clusters of
    arms, which of them an arm belongs to being unknown.

    Parameters
    ----------
    exchangeable : float or tuple of float
        Probability p of being exchangeable, fixed; a tuple: of belonging to each of several
        exchangeable parts, together at most 1. (An array is a batch, in a tuple too.)
    mu, tau : prior or tuple of priors
        Mean and sd of the exchangeable arms on the link scale. None: the endpoint's defaults. Of
        several parts each has its own two unknowns; one prior is then that of each.
    alone : prior or mapping of str to prior
        ("normal", m, s), an arm that is not exchangeable. None: the endpoint's default for mu.
        A mapping from labels gives each arm its own; it must name the new control, "control", too.

    Notes
    -----
    In stories the unknowns of several parts are mu_1, tau_1, mu_2, ...; the exact engine sums
    over which of up to 12 arms belong to which part.

    References
    ----------
    Neuenschwander B et al. (2016), Pharm Stat 15:123-34, doi:10.1002/pst.1730.
    """

    exchangeable: NumberPerPart = 0.5
    mu: MeanPriorPerPart | None = None
    tau: SpreadPriorPerPart | None = None
    alone: NormalPerArm | None = None

    title: ClassVar[str] = "exchangeable or not (EXNEX)"
    takes_empty_arms: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings(self)
        if not self._probabilities or np.any(self._rest < 0):
            raise Refused(f"exchangeable is {self.exchangeable}; allowed is a sum of at most 1")
        if self.alone in ({}, ()):
            raise Refused("alone is empty; allowed is one prior for all, or one for each arm")
        if isinstance(self.alone, Mapping):
            object.__setattr__(self, "alone", tuple(self.alone.items()))  # to be hashable
        for name in ("mu", "tau"):
            self._of_parts(name)  # refuses another number of priors than there are parts

    def misfits(self, history: Sequence[Arm]) -> Iterator[tuple[str, str]]:
        """Arms that the mapping `alone` leaves out."""
        needed = [*(arm.label for arm in history), CONTROL]
        missing = [label for label in needed if self._own and label not in self._own]
        if missing:
            yield "alone", f"every arm and the new control need one; add {listed(missing)}"

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """The control rate: the same mixture for every arm and the control."""
        declared = zip(self._marks(), *map(self._of_parts, ("mu", "tau")), strict=True)
        unknowns = [
            (
                build.hyper(f"mu{mark}", mu or build.default("mu")),
                build.hyper(f"tau{mark}", tau or build.default("tau")),
            )
            for mark, mu, tau in declared
        ]
        common = self.alone or build.default("mu")
        weights = [*self._probabilities, self._rest]

        def rate(label: str) -> Any:
            """A rate by its label, with what it is when alone."""
            m, s = Prior.parse(self._of_arm(label) if self._own else common).numbers
            centres, scales = zip(*unknowns, (m, s), strict=True)
            return build.rate(label, list(centres), list(scales), weights)

        for arm in history:
            build.observe(rate(arm.label), arm)
        return rate(CONTROL)

    @property
    def _probabilities(self) -> tuple[Any, ...]:
        """Of each exchangeable part."""
        several = isinstance(self.exchangeable, tuple | list)
        return tuple(self.exchangeable) if several else (self.exchangeable,)

    @property
    def _rest(self) -> Any:
        """Probability of being alone; 0 where only rounding is left."""
        rest = 1 - sum(np.asarray(p, dtype=float) for p in self._probabilities)
        return np.where(np.abs(rest) < ROUNDING, 0.0, rest)[()]

    def _of_parts(self, name: str) -> tuple[Any, ...]:
        """The prior of each part's mean or spread; None: the endpoint's default."""
        declared, parts = getattr(self, name), len(self._probabilities)
        if not is_several(declared):
            return (declared,) * parts
        if len(declared) != parts:
            raise Refused(
                f"{name} has {len(declared)} priors; exchangeable has {parts} parts: allowed is "
                "one prior for all, or one for each"
            )
        return tuple(declared)

    def _marks(self) -> Iterator[str]:
        """Ending of the names of each part's unknowns: none where there is one part."""
        parts = len(self._probabilities)
        yield from [""] if parts == 1 else (f"_{i + 1}" for i in range(parts))

    @property
    def _own(self) -> dict[str, Any]:
        """What each arm is when alone, by label; empty where all are the same."""
        return dict(self.alone) if is_several(self.alone) else {}

    def _of_arm(self, label: str) -> Any:
        """What one arm is when alone."""
        if label not in self._own:
            raise Refused(
                f"alone: {label!r} is missing; it names {', '.join(map(repr, self._own))}, and "
                "every arm and the new control, 'control', need one"
            )
        return self._own[label]
