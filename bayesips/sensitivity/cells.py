"""Every cell of a multiverse answered: histories once, what follows from them chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from bayesips.answer.assessment.answer import read
from bayesips.declare.model import Model
from bayesips.errors import NotSettled, Refused
from bayesips.sensitivity.analysis import met, treated_key
from bayesips.sensitivity.batches import Answer, History, answers, history
from bayesips.sensitivity.part import QUANTILES, Part, shifted, total_bias

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
        decided = met(np.nan_to_num(self.probability, nan=-1.0), self.required)
        own["difference"] = self.treated_mean - self.control_mean
        own["met"] = decided & self.settled[:, None]
        own["supported"] = own["met"].all(axis=1)
        return own


@dataclass(frozen=True, eq=False)
class Question:
    """One cell: which history it asks, and what is done with the answer."""

    place: int
    asked: int
    model: Model


def answer_cells(
    models: Sequence[Any], criteria: int, progress: Callable[[int, int], None]
) -> Cells:
    """All cells; a text among the models is the reason why that cell has no model."""
    cells = Cells(len(models), criteria)
    histories, questions = _questions(models, cells)
    waiting: dict[int, list[Question]] = {}
    for question in questions:
        waiting.setdefault(question.asked, []).append(question)
    done = len(models) - len(questions)
    for answer in answers(histories):
        these = [(row, q) for row, place in enumerate(answer.places) for q in waiting[int(place)]]
        for some in _alike(these):
            _fill(cells, answer, some)
            done += len(some)
            progress(done, len(models))
    return cells


def _questions(models: Sequence[Any], cells: Cells) -> tuple[list[History], list[Question]]:
    """Distinct histories, and every cell's question; cells that repeat another are marked."""
    histories: dict[tuple, tuple[int, History]] = {}
    readings: dict[Any, tuple] = {}
    asked: dict[tuple, History] = {}
    questions, seen = [], set()
    for place, model in enumerate(models):
        if isinstance(model, str):
            cells.reason[place] = model
            continue
        reading = (id(model.history), type(model.endpoint), model.landmark_day)
        if reading not in readings:
            readings[reading] = (_read(model), model)  # the model is kept so that its id is
        arms = readings[reading][0]
        if isinstance(arms, str):
            cells.reason[place] = arms
            continue
        same = (id(model.method), id(model.endpoint), reading)
        if same not in asked:
            asked[same] = history(model.method, arms, model.endpoint)
        own = asked[same]
        number, _ = histories.setdefault(own.key, (len(histories), own))
        key = (number, *_rest(model))
        cells.repeated[place] = key in seen
        seen.add(key)
        _note(cells, place, model, len(arms))
        questions.append(Question(place, number, model))
    return [own for _, own in histories.values()], questions


def _read(model: Model) -> Any:
    """History as the endpoint reads it, or the reason why it cannot."""
    try:
        return read(model)
    except Refused as error:
        return str(error)


def _rest(model: Model) -> tuple[Any, ...]:
    """What distinguishes cells of one history."""
    robust = model.robust
    vague = None if robust is None or robust.weight == 0 else (robust.weight, robust.mean, robust.n)
    return (vague, total_bias(model.bias), treated_key(model), model.scale, model.decisions)


def _note(cells: Cells, place: int, model: Model, arms: int) -> None:
    """What is known of a cell before it is answered."""
    cells.arms[place] = arms
    cells.margin[place] = [decision.margin for decision in model.decisions]
    cells.required[place] = [decision.probability for decision in model.decisions]


def _alike(these: list[tuple[int, Question]]) -> list[list[tuple[int, Question]]]:
    """Cells of one answer that share their bias and the kind of vague part, in chunks."""
    groups: dict[Any, list[tuple[int, Question]]] = {}
    for row, question in these:
        robust = question.model.robust
        vague = None if robust is None else (robust.mean, robust.n)
        key = (total_bias(question.model.bias), vague)
        groups.setdefault(key, []).append((row, question))
    return [
        group[start : start + CHUNK]
        for group in groups.values()
        for start in range(0, len(group), CHUNK)
    ]


def _fill(cells: Cells, answer: Answer, some: list[tuple[int, Question]]) -> None:
    """Reported quantities of one chunk."""
    places = np.array([question.place for _, question in some])
    if answer.told is None:
        cells.reason[places] = answer.reason
        return
    rows, back = np.unique([row for row, _ in some], return_inverse=True)
    models = [question.model for _, question in some]
    try:
        part = Part(*shifted(answer.told[rows], models[0]), back, models)
        part.describe(cells, places)
        part.decide(cells, places)
    except NotSettled as error:
        cells.reason[places] = str(error)
        return
    cells.settled[places] = True
