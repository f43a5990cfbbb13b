"""Every cell of a multiverse answered: histories once, what follows from them chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from bayesips.declare.model import Model
from bayesips.distributions.rule import exceeds
from bayesips.engine.control_rate import Borrowing
from bayesips.errors import NotSettled, Refused
from bayesips.evidence.arm import Arm
from bayesips.sensitivity.batches import History, Solved
from bayesips.sensitivity.shared_histories import (
    QUANTILES,
    SharedHistories,
    total_shift,
    treated_key,
)
from bayesips.sensitivity.solutions import Solutions

Progress = Callable[[int, int], None]

# Cells whose densities are held at once.
CHUNK = 500


@dataclass(eq=False)
class Cells:
    """Reported quantities, one row per cell; filled as answers come."""

    count: int
    criteria: int
    control_mean: np.ndarray = field(init=False)
    control_sd: np.ndarray = field(init=False)
    control_quantile: np.ndarray = field(init=False)
    treated_mean: np.ndarray = field(init=False)
    probability: np.ndarray = field(init=False)
    error: np.ndarray = field(init=False)
    margin: np.ndarray = field(init=False)
    required: np.ndarray = field(init=False)
    arms: np.ndarray = field(init=False)
    settled: np.ndarray = field(init=False)
    repeated: np.ndarray = field(init=False)
    reason: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        for name in ("control_mean", "control_sd", "treated_mean"):
            setattr(self, name, np.full(self.count, np.nan))
        for name in ("probability", "error", "margin", "required"):
            setattr(self, name, np.full((self.count, self.criteria), np.nan))
        self.control_quantile = np.full((self.count, len(QUANTILES)), np.nan)
        self.arms = np.zeros(self.count, dtype=int)
        self.settled = np.zeros(self.count, dtype=bool)
        self.repeated = np.zeros(self.count, dtype=bool)
        self.reason = np.full(self.count, "", dtype=object)

    def columns(self) -> dict[str, np.ndarray]:
        """All quantities by name, those that follow from others among them."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if not f.init}
        own["difference"] = self.treated_mean - self.control_mean
        own["met"] = exceeds(self.probability, self.required) & self.settled[:, None]
        own["supported"] = own["met"].all(axis=1)
        return own


@dataclass(frozen=True, eq=False)
class Cell:
    """One analysis: its place, the number of the history that it needs, and its model."""

    place: int
    history: int
    model: Model


def answer_cells(
    models: Sequence[Model | str], criteria: int, progress: Progress, solutions: Solutions
) -> Cells:
    """All cells; a text among the models is the reason why that cell has no model."""
    cells = Cells(len(models), criteria)
    histories, possible = _histories(models, cells, solutions)
    waiting: dict[int, list[Cell]] = {}
    for cell in possible:
        waiting.setdefault(cell.history, []).append(cell)
    done = len(models) - len(possible)
    for solved in solutions.of(histories):
        these = [(row, c) for row, place in enumerate(solved.places) for c in waiting[int(place)]]
        for some in _alike(these):
            _fill(cells, solved, some)
            done += len(some)
            progress(done, len(models))
    return cells


def _histories(
    models: Sequence[Model | str], cells: Cells, solutions: Solutions
) -> tuple[list[History], list[Cell]]:
    """Distinct histories, and the cells that have one; cells that repeat another are marked."""
    histories: dict[tuple, tuple[int, History]] = {}
    readings: dict[Any, tuple] = {}
    asked: dict[tuple, History] = {}
    possible, seen = [], set()
    for place, declared in enumerate(models):
        found = _ready(declared, solutions, readings)
        if isinstance(found, str):
            cells.reason[place] = found
            continue
        model, arms = found
        parts = (id(model.method), id(model.endpoint), _reading(model))
        if parts not in asked:
            asked[parts] = History.of(Borrowing(arms, model.method, model.endpoint))
        own = asked[parts]
        number, _ = histories.setdefault(own.key, (len(histories), own))
        key = (number, *_rest(model))
        cells.repeated[place] = key in seen
        seen.add(key)
        _note(cells, place, model, len(arms))
        possible.append(Cell(place, number, model))
    return [own for _, own in histories.values()], possible


def _ready(
    model: Model | str, solutions: Solutions, readings: dict[Any, tuple]
) -> tuple[Model, tuple[Arm, ...]] | str:
    """The model with what its method learned, and its arms as read; or why there is none."""
    if isinstance(model, str):
        return model
    try:
        used = solutions.in_use(model)
        if (key := _reading(used)) not in readings:
            readings[key] = (used.arms, used)  # the model is kept so that its id is
        return used, readings[key][0]
    except (Refused, NotSettled) as error:
        return str(error)


def _reading(model: Model) -> tuple[Any, ...]:
    """Equal where the endpoint reads one history alike."""
    return (id(model.history), type(model.endpoint), model.landmark_day)


def _rest(model: Model) -> tuple[Any, ...]:
    """What distinguishes cells of one history."""
    robust = model.robust
    vague = None if robust is None or robust.weight == 0 else (robust.weight, robust.mean, robust.n)
    trial = (treated_key(model), _controls(model))
    return (vague, total_shift(model.bias), *trial, model.scale, model.decisions)


def _controls(model: Model) -> tuple[int, int] | None:
    """The trial's own controls."""
    own = model.concurrent
    return None if own is None else (own.successes, own.n)


def _note(cells: Cells, place: int, model: Model, arms: int) -> None:
    """What is known of a cell before it is answered."""
    cells.arms[place] = arms
    cells.margin[place] = model.rule.margins
    cells.required[place] = model.rule.required


def _alike(these: list[tuple[int, Cell]]) -> list[list[tuple[int, Cell]]]:
    """Cells of one answer that share bias, kind of vague part and own controls, in chunks."""
    groups: dict[Any, list[tuple[int, Cell]]] = {}
    for row, cell in these:
        robust = cell.model.robust
        vague = None if robust is None else (robust.mean, robust.n)
        key = (total_shift(cell.model.bias), vague, _controls(cell.model))
        groups.setdefault(key, []).append((row, cell))
    return [
        group[start : start + CHUNK]
        for group in groups.values()
        for start in range(0, len(group), CHUNK)
    ]


def _fill(cells: Cells, solved: Solved, some: list[tuple[int, Cell]]) -> None:
    """Reported quantities of one chunk."""
    places = np.array([cell.place for _, cell in some])
    if solved.distribution is None:
        cells.reason[places] = solved.reason
        return
    rows, back = np.unique([row for row, _ in some], return_inverse=True)
    models = [cell.model for _, cell in some]
    try:
        shared = SharedHistories.of(solved.distribution[rows], back, models)
        shared.describe(cells, places)
        shared.decide(cells, places)
    except NotSettled as error:
        cells.reason[places] = str(error)
        return
    cells.settled[places] = True
