"""Replicates for calibration: everything drawn from the landmark model's own priors."""

import numpy as np

from bayesips.borrowing.map import Map
from bayesips.endpoints import Landmark
from bayesips.engine.quadrature.rate_and_shape import ShapeReading
from bayesips.evidence.arm import Arm

ENDPOINT = Landmark()
ARMS = 20
PATIENTS = (8, 40)  # few, as in this field; bounds on hundreds cost time and show nothing more
# A coverage needs no ten digits: finer nodes move a rank by less than 0.002.
TOLERANCE = 1e-3


def control_belief(arms):
    """The joint of control rate and shape, on few nodes."""
    return ShapeReading.of(Map(), arms, ENDPOINT, TOLERANCE).control()[0]


def cohort(rng, mu, tau):
    """eta of a new cohort."""
    return rng.normal(mu, tau)


def survivors(rng, n, eta, shape, days):
    """Alive among n at days in order."""
    alive, before, counts = n, 0.0, []
    for day in days:
        hazard = np.exp(eta + shape * np.log(day / ENDPOINT.day))
        alive = rng.binomial(alive, np.exp(before - hazard))
        counts.append(int(alive))
        before = hazard
    return counts


def bound(count, threshold):
    """A count reported only as on which side of a threshold it lies."""
    return (">=", threshold) if count >= threshold else ("<=", threshold - 1)


def arm(rng, number, mu, tau, shape):
    """One arm; what it reports goes by its number, never by its outcome."""
    n, eta = int(rng.integers(*PATIENTS, endpoint=True)), cohort(rng, mu, tau)
    kind, name = number % 8, f"Study {number + 1}"
    if kind < 3:
        day = (56, 28, 100)[kind]
        return Arm(name, survivors(rng, n, eta, shape, [day])[0], n, day=day)
    if kind < 5:
        word, spread = (("discharge", 0.5), ("not stated", 0.8))[kind - 3]
        day = 60.0 * np.exp(spread * rng.normal())
        return Arm(name, survivors(rng, n, eta, shape, [day])[0], n, day=word)
    first, second = survivors(rng, n, eta, shape, [28 if kind == 5 else 56, 100])
    if kind == 5:
        return Arm(name, first, n, day=28, observations=[(100, "=", second)])
    relation, limit = bound(first, (n + 1) // 2)
    if kind == 6:
        return Arm(name, limit, n, day=56, relation=relation)
    return Arm(
        name, limit, n, day=56, relation=relation, observations=[(100, *bound(second, n // 3 + 1))]
    )


def rank(seed):
    """Where a new cohort's rate lies in the belief about it: uniform if the belief is right."""
    rng = np.random.default_rng([20261122, seed])
    mu, tau = rng.normal(-0.37, 1.0), abs(rng.normal(0.0, 0.5))
    shape = np.exp(np.log(0.65) + 0.3 * rng.normal())
    arms = [arm(rng, number, mu, tau, shape) for number in range(ARMS)]
    truth = cohort(rng, mu, tau)
    belief = control_belief(arms)
    mass = belief.mass.sum(axis=0)
    return float(np.interp(truth, belief.eta, np.cumsum(mass) - mass / 2))
