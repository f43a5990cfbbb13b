"""Cells that share structure, solved as one array call of the exact engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from bayesips.borrowing.method import AnyMethod
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.kinds import is_several
from bayesips.distributions.ranges import is_number
from bayesips.endpoints.patient_times import PatientArm
from bayesips.engine.control_rate import Borrowing
from bayesips.engine.engines import Engine
from bayesips.engine.quadrature.control import batched
from bayesips.engine.quadrature.story import Story
from bayesips.errors import NotSettled, Refused
from bayesips.evidence.arm import Arm

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# Histories solved in one call of the engine.
MOST_AT_ONCE = 400


@dataclass(frozen=True, eq=False)
class History:
    """What the engine is asked: arms, method and endpoint; bias and vague part come later.

    Attributes
    ----------
    borrowing : Borrowing
    key : tuple
        Equal for equal questions.
    structure : tuple
        Equal for questions that differ in numbers and arms only.
    """

    borrowing: Borrowing
    key: tuple[Any, ...]
    structure: tuple[Any, ...]

    @classmethod
    def of(cls, borrowing: Borrowing) -> History:
        """The question with its keys."""
        method = borrowing.method
        rows = tuple(arm_key(arm) for arm in borrowing.arms)
        form = (_form(method), borrowing.endpoint)
        # a list with one number per arm ties the method to its arms
        tied = _per_arm(method) or not getattr(method, "takes_empty_arms", False)
        structure = (*form, rows) if tied else form
        return cls(borrowing, (*form, _numbers(method), rows), structure)


@dataclass(frozen=True, eq=False)
class Solved:
    """Answers of one call: `distribution[i]` belongs to the history at `places[i]`.

    `distribution` is None where there is none, and `reason` says why.
    """

    places: np.ndarray
    distribution: Distribution | None
    reason: str = ""


def arm_key(arm: Arm) -> tuple[Any, ...]:
    """Equal where label, patients and data are equal."""
    data = arm.intervals if isinstance(arm, PatientArm) else arm.rows
    return (arm.label, arm.n, data, arm.covariates)


def _form(value: object) -> Any:
    """A method's settings without their numbers, but with those that cannot be arrays."""
    if _has_settings(value):
        alone = [(name, getattr(value, name)) for name in getattr(value, "single", ())]
        return (type(value), *alone, *((name, _form(own)) for name, own in _varied(value)))
    if isinstance(value, tuple | list):
        return tuple(_form(part) for part in value)
    if is_number(value):
        return float
    return repr(value) if isinstance(value, Mapping) else value


def _has_settings(value: object) -> TypeGuard[DataclassInstance]:
    """Whether a value is an object with fields: a method, or a prior among its settings."""
    return is_dataclass(value) and not isinstance(value, type)


def _varied(method: DataclassInstance) -> list[tuple[str, Any]]:
    """Settings whose numbers may be arrays, by name."""
    single = getattr(method, "single", ())
    names = [f.name for f in fields(method) if f.init and f.name not in single]
    return [(name, getattr(method, name)) for name in names]


def _numbers(value: object) -> tuple[float, ...]:
    """The numbers among a method's settings that may be arrays, in order."""
    if _has_settings(value):
        return tuple(number for _, own in _varied(value) for number in _numbers(own))
    if isinstance(value, tuple | list):
        return tuple(number for part in value for number in _numbers(part))
    if is_number(value):
        return (float(value),)
    return ()


def _per_arm(method: AnyMethod) -> bool:
    """Whether a setting is a bare list of numbers."""
    values = [getattr(method, f.name) for f in fields(method) if f.init]
    return any(is_several(value) for value in values)


def solve(histories: Sequence[History], engine: Engine) -> Iterator[Solved]:
    """Answers to all questions, one call after another; each place comes once."""
    groups: dict[Any, list[int]] = {}
    widest = _supersets(histories)
    for place, each in enumerate(histories):
        groups.setdefault((each.structure, widest[each.key[-1]]), []).append(place)
    for places in groups.values():
        for start in range(0, len(places), MOST_AT_ONCE):
            yield from _solved(histories, places[start : start + MOST_AT_ONCE], engine)


def _supersets(histories: Sequence[History]) -> dict[Any, Any]:
    """For each set of arms the largest set that holds it: they are read on the same grid.

    Sets of different arms are kept apart: a grid wide enough for all of them costs more than
    several small ones.
    """
    ordered = sorted(dict.fromkeys(each.key[-1] for each in histories), key=len, reverse=True)
    leaders: list[Any] = []
    found = {}
    for rows in ordered:
        held = next((leader for leader in leaders if set(rows) <= set(leader)), None)
        if held is None:
            leaders.append(rows)
        found[rows] = rows if held is None else held
    return found


def _solved(histories: Sequence[History], places: list[int], engine: Engine) -> Iterator[Solved]:
    """One call; where the engine refuses, its halves, so that only what fails is marked."""
    some = [histories[place].borrowing for place in places]
    try:
        if len(some) == 1:
            found = some[0].unshifted(engine)[None]
        else:
            found = _together([histories[place] for place in places], engine)
    except (NotSettled, Refused) as error:
        if len(places) == 1:
            yield Solved(np.array(places), None, str(error))
            return
        half = len(places) // 2
        yield from _solved(histories, places[:half], engine)
        yield from _solved(histories, places[half:], engine)
        return
    if found is None:  # the engine would solve them one by one anyway
        for place in places:
            yield from _solved(histories, [place], engine)
        return
    yield Solved(np.array(places), found)


def _together(some: list[History], engine: Engine) -> Any:
    """Several histories as one batch, or None where that gains nothing."""
    first = some[0].borrowing
    if first.learns:
        return None
    method = _filled(first.method, iter(_columns(some)))
    arms = _masked([each.borrowing.arms for each in some])
    story = Story.of(method, arms, first.endpoint)
    closed = first.endpoint.conjugate and not story.hypers
    if story.batch_shape != (len(some),) or not (batched(story) or closed):
        return None
    return engine.solve(method, arms, first.endpoint)


def _columns(some: list[History]) -> list[Any]:
    """Each number of the settings: one number where all agree, else an array over the cells."""
    table = np.array([each.key[-2] for each in some], dtype=float)
    return [
        column[0].item() if np.all(column == column[0]) else column
        for column in table.reshape(len(some), -1).T
    ]


def _filled(value: object, numbers: Iterator[Any]) -> Any:
    """The settings with their numbers replaced, in the order of `_numbers`."""
    if _has_settings(value):
        return replace(value, **{name: _filled(own, numbers) for name, own in _varied(value)})
    if isinstance(value, tuple | list):
        return tuple(_filled(part, numbers) for part in value)
    if is_number(value):
        return next(numbers)
    return value


def _masked(histories: list[tuple[Arm, ...]]) -> list[Arm]:
    """The union of all arms, each left out where a cell does not have it."""
    union = {arm_key(arm): arm for arms in reversed(histories) for arm in reversed(arms)}
    present = [{arm_key(arm) for arm in arms} for arms in histories]
    first = dict.fromkeys(arm_key(arm) for arms in histories for arm in arms)
    masks = {key: np.array([key in cell for cell in present]) for key in first}
    return [
        union[key] if mask.all() else replace(union[key], included=mask)
        for key, mask in masks.items()
    ]
