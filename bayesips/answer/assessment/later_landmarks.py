"""The treated arm's later landmarks, as a sensitivity: one joint of treated, control and shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from bayesips.answer.assessment.landmark_reading import LandmarkReading
from bayesips.answer.assessment.shape_points import ShapePoints
from bayesips.answer.table import Table
from bayesips.declare.model import Model
from bayesips.distributions.effects.scales import scale_named
from bayesips.endpoints import NUMPY, Endpoint, Landmark, arm_log_likelihood
from bayesips.endpoints.landmark import WEIBULL_DAYS
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm

# Nodes of the treated rate on the link scale, even: the sum is spectrally exact.
NODES, ENDS = 1200, (-14.0, 4.0)


@dataclass(frozen=True)
class LaterLandmarks:
    """What changes when the treated arm's later rows are included.

    Attributes
    ----------
    margins : tuple of float
        Margins of the model's decisions.
    without, with_them : tuple of float
        P(effect > margin), by the count at the day asked about alone, and by all rows.
    shape_without, shape_with : float
        Posterior mean of the bridge's shape.
    treated_without, treated_with : float
        Posterior mean of the treated rate.
    control_without, control_with : float
        Posterior mean of the control rate: it moves, for it shares the shape.
    """

    margins: tuple[float, ...]
    without: tuple[float, ...]
    with_them: tuple[float, ...]
    shape_without: float
    shape_with: float
    treated_without: float
    treated_with: float
    control_without: float
    control_with: float


@dataclass(frozen=True)
class Unanswered:
    """Why the later rows have no number."""

    missing_because: str


def joint_later_landmarks(model: Model, reading: LandmarkReading | None = None) -> LaterLandmarks:
    """P(better) with the treated arm's later rows included.

    Treated and control then share the shape k, so that their rates are no longer independent:
    P = sum over k of p(k | all data) P(effect > margin | k), p(k | all data) proportional to
    p(k | history) p(treated rows | k).

    Parameters
    ----------
    model : Model
        With a Weibull landmark endpoint.
    reading : LandmarkReading, optional
        Where the model has been read already.

    Raises
    ------
    Refused
        If the endpoint, its bridge or the method has no joint of rate and shape to give.
    """
    endpoint = model.endpoint
    if not _is_weibull(endpoint):
        raise Refused(
            f"{model.name}: later landmarks need the landmark endpoint with the Weibull bridge"
        )
    reading = reading or LandmarkReading(model, tuple(model.history))
    control = reading.control()
    if control is None:
        raise Refused(f"{model.name}: the method gives no joint of control rate and shape")
    endpoint.check_reach(model.treated)
    nodes = np.unique(control.shape[0])
    both = [_Treated.of(model, nodes, later=later) for later in (False, True)]
    found = [_under_joint(model, control, treated) for treated in both]
    without, with_them = found
    return LaterLandmarks(
        margins=tuple(model.rule.margins.tolist()),
        without=tuple(without["probability"]),
        with_them=tuple(with_them["probability"]),
        shape_without=without["shape"],
        shape_with=with_them["shape"],
        treated_without=without["treated"],
        treated_with=with_them["treated"],
        control_without=without["control"],
        control_with=with_them["control"],
    )


def has_later_rows(model: Model) -> bool:
    """Whether the treated arm has later rows that the bridge could read."""
    later, history = bool(model.treated.observations), bool(model.history)
    return _is_weibull(model.endpoint) and later and history


def _is_weibull(endpoint: Endpoint) -> TypeGuard[Landmark]:
    """Whether it is the landmark endpoint with the Weibull bridge."""
    return isinstance(endpoint, Landmark) and endpoint.bridge == "weibull"


def why_unanswered(model: Model) -> str:
    """Why the bridge cannot read the treated arm's rows; empty where it can."""
    days = [day for day, _, _ in model.treated.rows if day is not None and not isinstance(day, str)]
    far = [f"{day:g}" for day in days if not model.endpoint.reaches(day)]
    if far:
        rows = (
            f"a row at day {far[0]} lies" if len(far) == 1 else f"rows at days {', '.join(far)} lie"
        )
        return f"{rows} beyond the Weibull bridge (days {WEIBULL_DAYS[0]:g} to {WEIBULL_DAYS[1]:g})"
    try:
        model.endpoint.check_arm(model.treated)
    except Refused as error:
        return str(error)
    return ""


def later_landmarks_of(model: Model) -> LaterLandmarks | Unanswered | None:
    """The sensitivity, where there are later rows and a joint of control rate and shape."""
    if not has_later_rows(model):
        return None
    reason = why_unanswered(model)
    if reason:
        return Unanswered(reason)
    reading = LandmarkReading(model, tuple(model.history))
    return None if reading.control() is None else joint_later_landmarks(model, reading)


def group(reading: LandmarkReading, probability: np.ndarray) -> Table | None:
    """The sensitivity beside an answer's own `probability`; None where there is none to make.

    By the exact engine. `error`: how far the same sum without the later rows is from the answer.
    Where the bridge cannot read a row, `missing_because` says why and there are no numbers.
    """
    model, exact = reading.model, reading.exact
    if exact is None or not has_later_rows(model) or exact.control() is None:
        return None
    about = {"rows": rows_in_words(model.treated)}
    reason = why_unanswered(model)
    if reason:
        return Table.of(attrs={**about, "missing_because": reason})
    found = joint_later_landmarks(model, exact)
    columns = {
        "probability": np.array(found.with_them),
        "error": np.abs(np.array(found.without) - probability),
    }
    data: dict = {name: ("criterion", values) for name, values in columns.items()}
    data |= {name: getattr(found, f"{name}_with") for name in ("shape", "treated", "control")}
    coordinates = {"criterion": np.arange(1, len(found.margins) + 1)}
    return Table.of(data, coords=coordinates, attrs=about)


def rows_in_words(treated: Arm) -> str:
    """The later rows: "5 of 7 at day 100, 2 of 7 on a day not stated"."""
    said = {"=": "", ">=": "at least ", "<=": "at most "}
    days = {"not stated": "on a day not stated", "discharge": "at discharge"}
    return ", ".join(
        f"{said[relation]}{count} of {treated.n} "
        + (days[day] if isinstance(day, str) else f"at day {day:g}")
        for day, relation, count in treated.observations
    )


@dataclass(frozen=True, eq=False)
class _Treated:
    """The treated rate given each shape node: masses (K, Q) and marginal likelihoods (K,)."""

    shape: np.ndarray
    rates: np.ndarray
    mass: np.ndarray
    log_marginal: np.ndarray

    @classmethod
    def of(cls, model: Model, shape: np.ndarray, *, later: bool) -> _Treated:
        """From the treated arm's first row, or from all of them."""
        link, arm = model.endpoint.scale, model.treated
        eta = np.linspace(*ENDS, NODES)
        rates = link.rate(eta)
        logs = model.treated_prior.logpdf(rates) + link.log_slope(eta)
        if later:
            own = arm_log_likelihood(model.endpoint, arm, eta[None, :], (shape[:, None],), NUMPY)
        else:
            alive = arm.successes * link.log_rate(eta, NUMPY)
            own = alive + (arm.n - arm.successes) * link.log_miss(eta, NUMPY)
        logs = np.broadcast_to(logs + own, (len(shape), NODES))
        marginal = NUMPY.logsumexp(logs)
        return cls(shape, rates, np.exp(logs - marginal[:, None]), marginal)

    def above(self, node: int, rate: np.ndarray) -> np.ndarray:
        """P(treated rate > rate | shape node)."""
        mass = self.mass[node]
        below_eta = np.cumsum(mass) - mass / 2  # larger eta, lower rate
        return np.asarray(np.interp(-rate, -self.rates, below_eta, left=0.0, right=1.0))


def _under_joint(model: Model, control: ShapePoints, treated: _Treated) -> dict:
    """Probabilities and means under the joint."""
    node = np.searchsorted(treated.shape, control.shape[0])
    marginal = np.exp(treated.log_marginal - treated.log_marginal.max())
    weight = control.weight * marginal[node]
    weight = weight / weight.sum()
    rates = control.rates()
    by_node = np.bincount(node, weight, len(treated.shape))
    return {
        "probability": [
            _greater(model, treated, node, weight, rates, margin) for margin in model.rule.margins
        ],
        "shape": float(by_node @ treated.shape),
        "treated": float(by_node @ (treated.mass @ treated.rates)),
        "control": float(weight @ rates),
    }


def _greater(
    model: Model,
    treated: _Treated,
    node: np.ndarray,
    weight: np.ndarray,
    rates: np.ndarray,
    margin: float,
) -> float:
    """P(effect > margin): a sum over the control's points, node by node of the shape."""
    threshold = np.clip(scale_named(model.scale).threshold(rates, margin), 0.0, 1.0)
    total = 0.0
    for place in np.unique(node):
        here = node == place
        total += float(weight[here] @ treated.above(place, threshold[here]))
    return total
