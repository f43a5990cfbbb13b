"""What is timed: one line a task, by public names alone, so that any release can run it.

A line has a set-up that is not timed and a task that is. Tasks of the library run in the process
that measures them, once before the first measured run; commands run as processes of their own.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import bayesips as bips

# Ankylosing spondylitis: responders and patients of eight placebo groups (Baeten et al. 2013).
COUNTS = ((23, 107), (12, 44), (19, 51), (9, 39), (39, 139), (6, 20), (9, 78), (10, 35))
MAP = bips.Map(mu=("normal", 0, 2), tau=("half_normal", 1))
UNIFORM = bips.BetaMixture(1, 1, 1)
HISTORY = bips.BetaMixture(
    [0.632647, 0.367353], [17.345587, 3.405231], [52.635744, 9.115046]
)  # of these groups, as the peer fits it
ROBUST = HISTORY.mix(UNIFORM, 0.2)
ONE_ARM = bips.Rule([bips.Criterion(0.2, 0.95), bips.Criterion(0.3, 0.5)])
TWO_ARM = bips.Rule([bips.Criterion(0, 0.95), bips.Criterion(0.15, 0.5)])
RATES, GRID = np.linspace(0, 1, 1000), np.linspace(0.01, 0.99, 50)


@dataclass(frozen=True)
class Line:
    """One timed task.

    Parameters
    ----------
    task : callable
        Takes what `ready` gave.
    ready : callable
        The set-up, not timed.
    runs : int
        Measured runs; the median counts.
    peer : float, optional
        CPU seconds of RBesT 1.9-0 for the same work (R 4.2, two cores, a run of its own).
    """

    task: Callable[[Any], Any]
    ready: Callable[[], Any] = lambda: None
    runs: int = 5
    peer: float | None = None


def arms(counts=COUNTS):
    """Historical groups of given counts."""
    return tuple(bips.Arm(f"study {i}", r, n) for i, (r, n) in enumerate(counts, start=1))


def many(count):
    """The same groups with `count` sets of responders, drawn at a rate of 25 %."""
    rng = np.random.default_rng(1)
    return [
        bips.Arm(f"study {i}", rng.binomial(n, 0.25, count), n) for i, (_, n) in enumerate(COUNTS)
    ]


def map_fit(history):
    """MAP prior, settled to 1e-8, with its mean, sd and quantiles."""
    prior = bips.control_prior(history, MAP, tolerance=1e-8)
    return prior.mean(), prior.std(), prior.ppf(np.array([0.025, 0.5, 0.975]))


def multiverse(model):
    """10,080 cells of MAP priors."""
    axes = {
        "history.control_set": [
            "narrow",
            "broad",
            "optimistic",
            "broad_registry",
            ["broad", "optimistic_paediatric"],
        ],
        "history.without": "each",
        "control.mu": [["normal", 0, 1], ["normal", 0, 2], ["normal", 0, 3]],
        "control.tau": [["half_normal", scale] for scale in (0.25, 0.5, 1, 2)],
        "control.robust.weight": np.linspace(0, 0.55, 12).tolist(),
        "treated.prior": [[1, 1], [0.5, 0.5]],
    }
    return bips.vary(model, axes)


def two_arm(n, prior):
    """Decisions of n + n patients, and their power at 50 x 50 rates."""
    return bips.TwoArmDesign(n, n, UNIFORM, prior, TWO_ARM).power(GRID[:, None], GRID)


def refitted(method, _):
    """A design of 30 + 30 whose method is refitted for every outcome of the controls."""
    return two_arm(30, bips.BorrowedControl(arms(), method))


def command(*words):
    """A command as a process of its own, start-up included."""
    script = "from bayesips.cli import main; main()"

    def run(_):
        with tempfile.TemporaryDirectory() as folder:
            last = [str(Path(folder) / "out")] if words[-1] == "--out" else []
            subprocess.run(
                [sys.executable, "-c", script, *words, *last], check=True, capture_output=True
            )

    return Line(run, runs=3)


LINES = {
    "MAP fit of eight groups": Line(map_fit, arms, 30, peer=2.36),
    "MAP fit of 1,000 data sets": Line(map_fit, partial(many, 1000), 3, peer=2360.0),
    "MAP multiverse of 10,080 cells": Line(multiverse, lambda: bips.load_model("hlc001-binary"), 1),
    "mixture fit of a MAP": Line(
        bips.fit_beta_mixture, lambda: bips.control_prior(arms(), MAP), 3, peer=0.169
    ),
    "ELIR of three components": Line(
        lambda prior: bips.ess(prior, method="elir"), lambda: ROBUST, 50, peer=0.0289
    ),
    "one arm n = 40, 1,000 rates": Line(
        lambda _: bips.SingleArmDesign(40, ROBUST, ONE_ARM).power(RATES), runs=50, peer=0.00099
    ),
    "two arms 50 + 50, 50 x 50 rates": Line(lambda _: two_arm(50, ROBUST), runs=20, peer=0.78),
    "two arms 200 + 200, 50 x 50 rates": Line(lambda _: two_arm(200, ROBUST), runs=10, peer=4.21),
    **{
        f"two arms 30 + 30 refitted, {name}": Line(partial(refitted, method), runs=3)
        for name, method in {
            "MAP": "map",
            "normalized power": "normalized_power",
            "empirical power": "empirical_power",
            "commensurate": "commensurate",
            "SAM": bips.Sam(delta=0.15),
            "EXNEX": "exnex",
            "LEAP": "leap",
        }.items()
    },
    "bayesips --help": command("--help"),
    "assess hlc001-binary --json": command("assess", "hlc001-binary", "--json"),
    "assess hlc001 --json": command("assess", "hlc001", "--json"),
    "assess hlc001 --out": command("assess", "hlc001", "--out"),
    "assess --all": command("assess", "--all"),
    "compare hlc001": command("compare", "hlc001"),
    "compare hlc001 --controls 7": command("compare", "hlc001", "--controls", "7"),
    "sensitivity hlc001": command("sensitivity", "hlc001"),
    "plan followon-rct": command("plan", "followon-rct"),
}


def growing(successes, n, groups=8):
    """Groups of one size, a fifth more responders in each second one."""
    return [(round(successes * (1 + 0.2 * (i % 2))), n) for i in range(groups)]


GROWTH = {
    "groups": {k: Line(map_fit, partial(arms, growing(10, 40, k)), 5) for k in (4, 8, 16, 32, 64)},
    "patients per group": {
        n: Line(map_fit, partial(arms, growing(n // 4, n)), 5)
        for n in (40, 1000, 10**4, 10**5, 10**6)
    },
    "data sets": {k: Line(map_fit, partial(many, k), 1) for k in (100, 1000, 10**4)},
}
