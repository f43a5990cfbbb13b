"""The criteria of a result in words: what each claims, and whether it is met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayesips.distributions.effects.scales import Scale, scale_named
from bayesips.report.rates import number
from bayesips.words.effects import EffectWords
from bayesips.words.numbers import probability
from bayesips.words.outcome import Outcome, outcome_of

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class CriterionInWords:
    """One criterion: what it claims, what it requires and what was found.

    Attributes
    ----------
    claim, short : str
        In words and as a formula: "P(difference > 10 points)".
    required, probability, error : str
        In per cent; the numerical error as a number.
    met : bool
        Whether the probability exceeds what is required.
    """

    claim: str
    short: str
    required: str
    probability: str
    error: str
    met: bool

    @property
    def verdict(self) -> str:
        """Met or not met."""
        return "met" if self.met else "not met"


def criteria(tree: xr.DataTree, treatment: str = "the treatment") -> list[CriterionInWords]:
    """Every criterion of a result in words; claims name the treatment as given."""
    table, scale = tree["decision"].to_dataset(), scale_of(tree)
    words = outcome_of(tree.attrs)
    found = []
    for position in range(table.sizes["criterion"]):
        one = table.isel(criterion=position)
        value, required = float(one["probability"]), float(one["required"])
        margin = float(one["margin"])
        found.append(
            CriterionInWords(
                claim=_claim(scale, margin, words, treatment),
                short=f"P({scale.words.title} {words.sign} {scale.words.margin(margin)})",
                required=f"{100 * required:g} %",
                probability=probability(value, required),
                error=number(one["error"]),
                met=bool(one["met"]),
            )
        )
    return found


def scale_of(tree: xr.DataTree) -> Scale:
    """The scale of a result's effect."""
    return scale_named(tree.attrs["scale"])


def effect_words(tree: xr.DataTree) -> EffectWords:
    """The words of a result's effect."""
    return scale_of(tree).words


def _claim(scale: Scale, margin: float, words: Outcome, treatment: str) -> str:
    """What a criterion claims; a margin of no effect is not mentioned."""
    if margin == scale.no_effect:
        return f"{words.the_noun} is {words.better} with {treatment}"
    rate = f"{words.the_noun} with {treatment}"
    return scale.words.beyond(rate, margin, words.better)
