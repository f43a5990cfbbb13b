"""Histories that several analyses share, each solved once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from bayesips.borrowing import Method
from bayesips.borrowing.biases import total_shift
from bayesips.declare.model import Model
from bayesips.distributions.any_distribution import Distribution
from bayesips.engine.control_rate import robustified
from bayesips.engine.engines import EXACT, Engine
from bayesips.errors import NotSettled
from bayesips.sensitivity.batches import History, Solved, solve

# Histories that are kept; of more, those solved first are forgotten.
KEPT = 1000
# Enough to know on which side of a requirement a probability lies, unless it is close.
ROUGHLY = Engine(tolerance=1e-5)


@dataclass(frozen=True, eq=False)
class Solutions:
    """What an engine answered so far; equal questions are asked once.

    Attributes
    ----------
    engine : Engine
    closer : Solutions or None
        Solved more closely: asked first.
    """

    engine: Engine = EXACT
    closer: Solutions | None = None
    _known: dict[tuple, tuple[Distribution, int]] = field(default_factory=dict)

    @cached_property
    def roughly(self) -> Solutions:
        """Solutions to tenths of a percent where the closer ones here are not known yet."""
        return Solutions(ROUGHLY, self)

    def of(self, histories: Sequence[History]) -> Iterator[Solved]:
        """Answers to all questions, in batches; each place comes once."""
        unknown: list[int] = []
        batches: dict[int, tuple[Distribution, list[tuple[int, int]]]] = {}
        for place, each in enumerate(histories):
            found = self._find(each.key)
            if found is None:
                unknown.append(place)
            else:
                batches.setdefault(id(found[0]), (found[0], []))[1].append((place, found[1]))
        for batch, pairs in batches.values():
            places, rows = np.array(pairs).T
            yield Solved(places, batch[rows])
        for new in solve([histories[place] for place in unknown], self.engine):
            places = np.array(unknown)[new.places]
            if new.distribution is not None:
                self._keep([histories[place].key for place in places], new.distribution)
            yield Solved(places, new.distribution, new.reason)

    def in_use(self, model: Model) -> Model:
        """A model with what an adaptive method becomes; what that asks of history is kept here.

        Raises
        ------
        Refused
            If the method needs concurrent controls and there are none.
        NotSettled
            If the engine does not answer.
        """
        if not model.borrowing.learns or model.concurrent is None:
            model.borrowing.check_adapted()
            return model
        shift = total_shift(model.bias)

        def by_history(method: Method) -> Distribution:
            found: Distribution = shift.applied(self.history(replace(model, method=method))[0])
            return found

        change = model.borrowing.adapted(model.concurrent, by_history)
        return replace(model, method=change.method, robust=change.robust)

    def history(self, model: Model) -> Distribution:
        """A model's history without bias, as a batch of one; its method learns nothing.

        Raises
        ------
        NotSettled
            If the engine does not answer.
        """
        (found,) = self.of([History.of(model.borrowing)])
        if found.distribution is None:
            raise NotSettled(found.reason)
        return found.distribution

    def control(self, model: Model) -> Distribution:
        """A model's control rate; `Model.control` solved once."""
        used = self.in_use(model)
        history = total_shift(used.bias).applied(self.history(used)[0])
        return used.after_controls(robustified(history, used.robust))

    def probability(self, model: Model) -> float:
        """What the first decision looks at: P(effect > margin), or below it."""
        return float(model.effect(self.control(model)).probabilities(model.rule)[0])

    def _find(self, key: tuple) -> tuple[Distribution, int] | None:
        """A batch and the row in it."""
        found = None if self.closer is None else self.closer._find(key)
        return found or self._known.get(key)

    def _keep(self, keys: Sequence[tuple], batch: Distribution) -> None:
        """Remember a batch, and forget what was solved first where there is too much."""
        self._known.update({key: (batch, row) for row, key in enumerate(keys)})
        for key in list(self._known)[: max(0, len(self._known) - KEPT)]:
            del self._known[key]
