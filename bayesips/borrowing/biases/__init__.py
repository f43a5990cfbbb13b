"""Biases between history and the trial, one kind a file; the file's name is the registration.

A kind is a dataclass of settings whose method `shift` says its `Shift` of the log odds. Several
biases are independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from bayesips.borrowing.biases.shift import Bias, Shift
from bayesips.distributions.by_file import class_of_file, file_names
from bayesips.distributions.settings import settings_of
from bayesips.errors import Refused, listed, shown

__all__ = ["DEFAULT", "Bias", "BiasKind", "Biases", "Shift", "bias_class", "named", "total_shift"]

# Biases by name, or rows that begin with their name.
Biases = Mapping[str, Any] | Sequence[Any]
# The kind of a bias that names none.
DEFAULT = "normal"
_NOT_KINDS = ("shift",)
_FORMS = (
    'give {name: (mean, sd)}, {name: {"kind": ..., its settings}} or tuples (name, mean, sd), '
    "an sd of 0 or more"
)


class BiasKind(Protocol):
    """What is asked of a kind of bias."""

    def shift(self) -> Shift:
        """Give the shift of the log odds, positive = controls do better than history says."""


def names() -> tuple[str, ...]:
    """Names of all kinds found beside this file (and in any folder added to `__path__`)."""
    return file_names(__path__, _NOT_KINDS)


def bias_class(name: str) -> type[BiasKind]:
    """The class of a kind: "normal" is Normal in normal.py.

    Raises
    ------
    Refused
        If there is no such kind; the message names the nearest.
    """
    return class_of_file(__name__, name, names(), "kind of bias")


def named(biases: Biases) -> tuple[Bias, ...]:
    """Biases in any form, each as its name and its shift.

    Parameters
    ----------
    biases : mapping or sequence
        By name a pair (mean, sd), a table of settings whose "kind" is `DEFAULT` where it names
        none, or an object of a kind; or rows of the name and one of these, or of (name, mean, sd).

    Raises
    ------
    Refused
        If an entry is no bias.
    """
    rows = biases.items() if isinstance(biases, Mapping) else biases
    return tuple(_bias(row) for row in rows)


def total_shift(biases: Biases) -> Shift:
    """The sum of all shifts: means add, and so do variances, since they are independent."""
    shifts = [bias.shift() for bias in named(biases)]
    means, sds = [shift.mean for shift in shifts], [shift.sd for shift in shifts]
    return Shift(float(np.sum(means)), float(np.sqrt(np.sum(np.square(sds)))))


def _bias(row: object) -> Bias:
    """One bias from a row: its name, which may be missing, and its form."""
    parts: list[Any] = list(row) if isinstance(row, tuple | list) else [row]
    name = parts.pop(0) if parts and isinstance(parts[0], str) else ""
    form = parts[0] if len(parts) == 1 else parts
    try:
        return Bias(name, *_kind(form).shift())
    except Refused as error:
        raise Refused(f"a bias is {shown(row)}: {error}; {_FORMS}") from None


def _kind(form: Any) -> BiasKind:
    """A kind with its settings: itself, a table of them, or the numbers of the default kind."""
    if hasattr(form, "shift"):
        kind: BiasKind = form
        return kind
    if isinstance(form, Mapping):
        settings = dict(form)
        return _with(bias_class(settings.pop("kind", DEFAULT)), settings)
    own = bias_class(DEFAULT)
    keys = [each.name for each in settings_of(own)]
    fits = isinstance(form, tuple | list | np.ndarray) and len(form) == len(keys)
    return _with(own, dict(zip(keys, form, strict=True)) if fits else {})


def _with(kind: type[BiasKind], settings: dict[str, Any]) -> BiasKind:
    """An object of the kind; settings that are missing or unknown are refused."""
    own = settings_of(kind)
    known, needed = {each.name for each in own}, {each.name for each in own if each.required}
    if not needed <= set(settings) <= known:
        raise Refused(f"its settings are {listed(each.name for each in own)}")
    return kind(**settings)
