"""Times of the exact designs: best of several runs, in milliseconds.

Run with `python benchmarks/designs.py`.
"""

import time
from functools import partial

import numpy as np

from bayesips.borrowing.sam import Sam
from bayesips.designs import (
    BorrowedControl,
    Criterion,
    Rule,
    SingleArmDesign,
    TwoArmDesign,
    bop2,
    simon,
    worst_case,
)
from bayesips.distributions import BetaMixture
from bayesips.evidence.arm import Arm

UNIFORM = BetaMixture(1, 1, 1)
HISTORY = BetaMixture([0.632647, 0.367353], [17.345587, 3.405231], [52.635744, 9.115046])
ROBUST = HISTORY.mix(UNIFORM, 0.2)
ONE_ARM = Rule([Criterion(0.2, 0.95), Criterion(0.3, 0.5)])
TWO_ARM = Rule([Criterion(0, 0.95), Criterion(0.15, 0.5)])
RATES, GRID = np.linspace(0, 1, 1000), np.linspace(0.01, 0.99, 50)
COUNTS = ((23, 107), (12, 44), (19, 51), (9, 39), (39, 139), (6, 20), (9, 78), (10, 35))
ARMS = tuple(Arm(f"study {i}", r, n) for i, (r, n) in enumerate(COUNTS, start=1))


def best(task, runs):
    """Shortest of several runs, in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def two_arm(n, prior):
    """Decisions and power on the grid."""
    return TwoArmDesign(n, n, UNIFORM, prior, TWO_ARM).power(GRID[:, None], GRID)


METHODS = ("map", "normalized_power", "empirical_power", "commensurate", "exnex", "leap")


def borrowed(method):
    """Two arms of 30, every control outcome analysed by the method, with the power grid."""
    return two_arm(30, BorrowedControl(ARMS, method))


def main():
    """Print the table."""
    tasks = {
        "one arm, n = 40, dual, 1000 rates": (
            lambda: SingleArmDesign(40, ROBUST, ONE_ARM).power(RATES),
            200,
        ),
        "two arms, 50 each, dual, 50 x 50 rates": (lambda: two_arm(50, ROBUST), 20),
        "two arms, 200 each, dual, 50 x 50 rates": (lambda: two_arm(200, ROBUST), 10),
        "two arms, 30 each, MAP refitted": (lambda: two_arm(30, BorrowedControl(ARMS, "map")), 3),
        "worst case, 30 each": (
            lambda: worst_case(TwoArmDesign(30, 30, UNIFORM, ROBUST, TWO_ARM).decisions()),
            5,
        ),
        "worst case, 100 each": (
            lambda: worst_case(TwoArmDesign(100, 100, UNIFORM, ROBUST, TWO_ARM).decisions()),
            3,
        ),
        "Simon to n = 100, .05 / .25": (lambda: simon(0.05, 0.25, 0.05, 0.1), 3),
        "Simon to n = 100, .4 / .6": (lambda: simon(0.4, 0.6, 0.05, 0.2), 3),
        "BOP2, 7 looks, whole grid": (lambda: bop2(range(10, 41, 5), 0.2, 0.4, 0.1), 3),
    }
    for method in (*METHODS, Sam(delta=0.15)):
        name = method if isinstance(method, str) else "SAM, delta = 0.15"
        tasks[f"two arms, 30 each, {name}"] = (partial(borrowed, method), 1)
    for name, (task, runs) in tasks.items():
        print(f"{name:42s} {best(task, runs):9.2f}")


if __name__ == "__main__":
    main()
