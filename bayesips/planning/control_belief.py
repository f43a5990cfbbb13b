"""What a planned trial believes about its controls before it starts, and where that comes from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bayesips.answer.control import control_prior, needs_controls
from bayesips.borrowing import method_name
from bayesips.borrowing.separate import Separate
from bayesips.declare.model import Model
from bayesips.designs.arm_analysis import BorrowedControl


@dataclass(frozen=True, eq=False)
class ControlBelief:
    """History, and how it bears on the control rate.

    Parameters
    ----------
    label : str
        What it is called, usually the assessment model's name.
    arms : sequence of Arm
        History as its endpoint reads it.
    method : borrowing method
    settings : dict
        Further keywords of `bayesips.control_prior`: endpoint, bias, robust.
    """

    label: str
    arms: tuple[Any, ...]
    method: Any
    settings: dict[str, Any]

    @classmethod
    def of_model(cls, model: Model) -> ControlBelief:
        """The control of an assessment model: its history, read as its endpoint reads it."""
        settings = {"endpoint": model.endpoint, "bias": model.bias, "robust": model.robust}
        return cls(model.name, model.arms, model.method, settings)

    @property
    def learns(self) -> bool:
        """Whether how much is borrowed depends on the concurrent controls."""
        return needs_controls(self.method)

    @cached_property
    def prior(self) -> Any:
        """Distribution of the control rate before any concurrent control."""
        return control_prior(self.arms, self.method, **self.settings)

    @property
    def borrows(self) -> bool:
        """Whether history has any say: not under the method that looks at no history."""
        return not isinstance(self.method, Separate)

    @cached_property
    def alone(self) -> Any:
        """Distribution of the control rate by history alone, without the vague part."""
        return control_prior(self.arms, self.method, **{**self.settings, "robust": None})

    @property
    def analysis(self) -> Any:
        """What a two-arm design takes as its control prior."""
        if self.learns:
            return BorrowedControl(self.arms, self.method, self.settings)
        return self.prior

    @property
    def name(self) -> str:
        """The method's name and the vague part's weight, for a reader."""
        robust = self.settings.get("robust")
        vague = f", vague part {robust.weight:g}" if robust is not None else ""
        return f"{method_name(self.method)}{vague}"
