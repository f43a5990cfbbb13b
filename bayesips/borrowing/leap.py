"""LEAP (Alt et al. 2024): an unknown share of historical patients are as the controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bayesips.borrowing.method import Build
from bayesips.distributions.kinds import Positive, SharePrior
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm


@dataclass(frozen=True)
class Leap:
    """Each historical patient is exchangeable with the controls, or of another class.

    Several arms have the same share and the same other class.

    Parameters
    ----------
    share : prior
        Prior of the share of exchangeable patients: a Beta, a uniform, or ("fixed", value).
    a, b : float
        Shapes of the prior of the control rate.
    other_a, other_b : float
        Shapes of the prior of the other class's rate.

    References
    ----------
    Alt EM et al. (2024), Biometrics 80:ujae083, doi:10.1093/biomtc/ujae083.
    """

    share: SharePrior = ("beta", 1, 1)
    a: Positive = 1.0
    b: Positive = 1.0
    other_a: Positive = 1.0
    other_b: Positive = 1.0

    title: ClassVar[str] = "latent exchangeability (LEAP)"

    def __post_init__(self) -> None:
        check_settings(self)

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """The control rate: history is a mixture of two kinds of patients."""
        share = build.hyper("share", self.share)
        control = build.conjugate("control", self.a, self.b)
        other = build.conjugate("other class", self.other_a, self.other_b)
        for arm in history:
            build.observe(share * control + (1 - share) * other, arm)
        return control
