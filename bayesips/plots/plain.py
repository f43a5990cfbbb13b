"""Pictures of plain objects: a prior, a fitted mixture, arms, a design; a notebook shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from bayesips.designs import SingleArmDesign, TwoArmDesign
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.mixture_fit import MixtureFit
from bayesips.errors import Refused, shown
from bayesips.evidence.arm import Arm
from bayesips.plots import arms_and_prior, belief, design_decisions, style
from bayesips.plots.drawing import file_content, on_paper

A_RATE = "a distribution of a rate is required, as BetaMixture(1, 3, 9)"


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure, which a notebook shows when it is the value of a cell.

    Attributes
    ----------
    name : str
    data : xarray.Dataset
        What is drawn.
    figure : matplotlib Figure
    caption : str
        What a reader should see, in words.
    """

    name: str
    data: xr.Dataset
    figure: Figure
    caption: str

    def __repr__(self) -> str:
        return f"Picture({self.name}: {self.caption})"

    def _repr_png_(self) -> bytes:
        return self._content("png")

    def save(self, path: str | Path) -> Path:
        """Write it; the suffix says the format (svg, png, pdf)."""
        place = Path(path)
        place.write_bytes(self._content(place.suffix.removeprefix(".")))
        return place

    def _content(self, file_format: str) -> bytes:
        with style.look(self.name):
            return file_content(self.figure, file_format)


def prior(distribution: Distribution, *others: Distribution) -> Picture:
    """The density of a rate, and of others beside it.

    Raises
    ------
    Refused
        For what is no single distribution of a rate.
    """
    rates = [_rate(each) for each in (distribution, *others)]
    names = [repr(each) for each in rates]
    return _picture("belief", belief, belief.data(dict(zip(names, rates, strict=True))))


def mixture(fit: MixtureFit | BetaMixture, of: Distribution | None = None) -> Picture:
    """A Beta mixture with its components; and what it was fitted to, if given as `of`.

    Raises
    ------
    Refused
        For what is no single mixture.
    """
    whole: Any = _rate(fit)
    if not hasattr(whole, "a"):
        raise Refused(f"{shown(fit)} given; a BetaMixture or the fit of one is required")
    parts = list(zip(whole.weights, whole.a, whole.b, strict=True))
    named = {f"{w:.3g} Beta({a:.4g}, {b:.4g})": (w, BetaMixture(1.0, a, b)) for w, a, b in parts}
    fitted = {} if of is None else {"fitted to": _rate(of)}
    beliefs = {"mixture": whole, **fitted, **{name: part for name, (_, part) in named.items()}}
    weights = {name: float(weight) for name, (weight, _) in named.items()}
    return _picture("mixture", belief, belief.data(beliefs, weights))


def forest(arms: Sequence[Arm], prior: Distribution | None = None) -> Picture:
    """Arms with their exact intervals, and what they lead one to expect of a new group.

    Raises
    ------
    Refused
        Without arms.
    """
    given = list(arms)
    if not given or not all(hasattr(arm, "relation") for arm in given):
        raise Refused(f"{shown(arms)} given; arms are required, as [Arm('One', 3, 20), ...]")
    return _picture("forest", arms_and_prior, arms_and_prior.data(given, prior))


def design(design: SingleArmDesign | TwoArmDesign) -> Picture:
    """When a design's rule is met.

    Raises
    ------
    Refused
        For what is no design of one or two arms.
    """
    if not hasattr(design, "decisions") or not hasattr(design, "rule"):
        raise Refused(f"{shown(design)} given; a SingleArmDesign or TwoArmDesign is required")
    return _picture("design", design_decisions, design_decisions.data(design))


def _rate(value: object) -> Any:
    """A single distribution, also held by an elicited prior or a fit."""
    held: Any = getattr(value, "prior", getattr(value, "mixture", value))
    if not hasattr(held, "ppf") or held.batch_shape:
        raise Refused(f"{shown(value)} given; {A_RATE}")
    return held


def _picture(name: str, module: ModuleType, data: xr.Dataset) -> Picture:
    """The picture that a file of this folder draws from its data."""
    with style.look(name):
        return Picture(name, data, on_paper(module, data), module.caption(data))
