"""What a conclusion sets beside its answer: other readings, surprise, a benchmark, and limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from bayesips.report.rates import chances, counts, with_interval
from bayesips.words.numbers import joined, percent
from bayesips.words.outcome import outcome_of

if TYPE_CHECKING:
    import xarray as xr

NOT_CONFIRMATION = (
    "Historical controls known only by their published summaries support the design of a next "
    "trial and a hypothesis, not confirmation."
)
FOLLOWED = (
    "Historical controls, even where every patient's course is known, support the design of a next "
    "trial and a hypothesis, not confirmation."
)
STANDS_OUT = 0.05


def second_reading(tree: xr.DataTree) -> Iterator[str]:
    """The answer without the rows that are bounds."""
    if "second_reading" not in tree.children:
        return
    group = tree["second_reading"].to_dataset()
    if "missing_because" in group.attrs:
        yield f"Without the rows that are only bounds: {group.attrs['missing_because']}."
        return
    dropped = group.attrs["dropped"] or "no arm is lost"
    yield (
        f"Without the rows that are only bounds ({dropped}), the control would have "
        f"{with_interval(group)} and the probability "
        f"would be {joined(chances(group, tree))}: {_compared(group, tree)}."
    )


def _compared(group: xr.Dataset, tree: xr.DataTree) -> str:
    """Whether another reading leads to another decision, in words."""
    same = np.array_equal(group["met"].values, tree["decision"].to_dataset()["met"].values)
    return f"the decision is {'the same' if same else 'another'}"


def without_robust(tree: xr.DataTree) -> Iterator[str]:
    """The answer by history alone, without the vague part of the control's prior."""
    if "without_robust" not in tree.children:
        return
    group = tree["without_robust"].to_dataset()
    yield (
        f"Without the vague part: the control would have {with_interval(group)} and the "
        f"probability would be {joined(chances(group, tree))}: {_compared(group, tree)}."
    )


def later(tree: xr.DataTree) -> Iterator[str]:
    """The answer if the treated patients' later course is included."""
    if "later" not in tree.children:
        return
    group = tree["later"].to_dataset()
    if "missing_because" in group.attrs:
        yield (
            f"The treated {outcome_of(tree.attrs).unit}' later course included "
            f"({group.attrs['rows']}): not answered, "
            f"for {group.attrs['missing_because']}."
        )
        return
    found = joined(chances(group, tree))
    yield (
        f"If the treated {outcome_of(tree.attrs).unit}' later course is included "
        f"({group.attrs['rows']}), the "
        f"probability is {found}: treated and control then share what is learned of the "
        f"shape of {outcome_of(tree.attrs).noun} in time."
    )


def surprise(tree: xr.DataTree) -> Iterator[str]:
    """How the treated count and each arm sit with what the others predict."""
    group = tree["surprise"].to_dataset()
    low, high = int(group["expected_low"]), int(group["expected_high"])
    r, n = counts(tree)
    yield (
        f"If {tree.attrs['treated']} changed nothing, "
        f"{outcome_of(tree.attrs).predicted(low, high, n)}; a count as unlikely as {r} has "
        "probability "
        f"{percent(group['p_value'])}."
    )
    evidence = tree["evidence"].to_dataset()
    if not evidence.sizes.get("arm", 0) or not np.isfinite(evidence["conflict"].values).any():
        return
    tails = evidence["conflict"].values
    apart = [str(label) for label in evidence["arm"].values[tails < STANDS_OUT]]
    if apart:
        stand = "stand" if len(apart) > 1 else "stands"
        yield f"Predicted from the other arms, {joined(apart)} {stand} apart."
        return
    least = int(np.nanargmin(tails))
    yield (
        f"Predicted from the other arms, none stands apart at {percent(STANDS_OUT)}; the nearest "
        f"to it is {evidence['arm'].values[least]} ({percent(tails[least], 1)}). With so few arms "
        "such a check sees only large conflicts."
    )


def benchmark(tree: xr.DataTree) -> Iterator[str]:
    """The sponsor's own comparison beside it."""
    group = tree["comparators"].to_dataset()
    rate, better = float(group["benchmark"]), outcome_of(tree.attrs).better
    if not np.isfinite(rate):
        return
    yield (
        f"The sponsor's benchmark beside it: against exactly {percent(rate, 1)}, one-sided exact "
        f"p = {float(group['p_value']):.4f} and the probability of a {better} rate is "
        f"{percent(group['probability'], 1)}."
    )
    last = float(group["highest_rejected"])
    if (last > rate) if better == "higher" else (last < rate):
        passes = "exceeds" if better == "higher" else "falls below"
        yield (
            f"That claim is gone once the true control rate {passes} {percent(last, 1)} (exact "
            "test, one-sided 2.5 %)."
        )


def not_confirmation(tree: xr.DataTree) -> str:
    """What historical controls are good for, as far as their patients are known."""
    evidence = tree["evidence"].to_dataset()
    known = bool(evidence.sizes.get("arm", 0)) and bool(evidence["followed"].any())
    return FOLLOWED if known else NOT_CONFIRMATION
