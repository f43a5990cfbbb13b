"""History through several methods, each solved once and kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesips.engine.engines import EXACT, Engine

if TYPE_CHECKING:
    from bayesips.engine.control_rate import Borrowing


@dataclass(frozen=True, eq=False)
class Histories:
    """The control rate by history and bias, through any method that needs no controls.

    Attributes
    ----------
    borrowing : Borrowing
        Its arms, endpoint and bias.
    engine : Engine
    """

    borrowing: Borrowing
    engine: Engine = EXACT
    _solved: dict[Any, Any] = field(default_factory=dict)
    _locks: dict[Any, Lock] = field(default_factory=dict)

    def __call__(self, method: Any) -> Any:
        """The distribution; of several threads that ask for one method, one solves it."""
        own, key = self.borrowing.with_method(method), _key(method)
        with self._locks.setdefault(key, Lock()):
            if key not in self._solved:
                self._solved[key] = own.history(self.engine)
            return self._solved[key]


def _key(method: Any) -> Any:
    """Equal for equal methods; arrays among the settings have no hash."""
    values = vars(method).values()
    arrays = tuple(value.tobytes() for value in values if isinstance(value, np.ndarray))
    return (type(method), arrays) if arrays else method
