"""Golden results: what every command and public function answers, recorded and compared.

``python tools/golden.py record FILE.json [--nuts]`` takes a few minutes; ``python tools/golden.py
compare OLD.json NEW.json [--tolerance 1e-9]`` lists every number, text and key that differs, and
fails if there is any. Only public names and commands are used, so that recordings made before and
after the code was rearranged can be compared. PYTHONPATH decides which package is recorded.
"""

import argparse
import dataclasses
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import bayesips as bips

PLANS = ("followon-rct", "followon-single-arm", "followon-two-stage")
COMPARED = ("hlc001", "hlc001-binary")
AXES = {"control.method": ["map", "pooled"], "control.robust.weight": [0, 0.2, 0.5]}
KNOBS = ("control.robust.weight", "control.robust.mean", "decision.margin", "treated.successes")
LEFT_OUT = {"digest", "versions"}  # these change although no answer does
LEVELS = [0.025, 0.25, 0.5, 0.75, 0.975]
RATES = np.linspace(0.1, 0.9, 9)
# Ankylosing spondylitis: responders and patients of eight placebo arms (Baeten et al. 2013).
COUNTS = ((23, 107), (12, 44), (19, 51), (9, 39), (39, 139), (6, 20), (9, 78), (10, 35))
ARMS = [bips.Arm(f"study {i}", r, n, day=56) for i, (r, n) in enumerate(COUNTS, start=1)]
CONTROLS = bips.Arm("c", 5, 7)
TREATED = bips.BetaMixture.from_mean_n(2 / 3, 9)
VAGUE = {"robust": bips.Robust(0.2), "bias": {"time": (0.4, 0.15)}}
ENDPOINTS = {"binary": bips.Binary(), "landmark": bips.Landmark(day=56)}
METHODS = (
    "Benchmark BetaHierarchy Commensurate Discount EbRobust Elastic EmpiricalPower Exnex Leap Map "
    "MetaRegression NormalizedPower Pooled Power Sam Separate Stratified StudentMap TestThenPool"
).split()
NEEDED = {"Elastic": {"delta": 0.2}, "Sam": {"delta": 0.2}}  # settings without a default


def plain(value: Any) -> Any:
    """What JSON can hold; numbers that are not finite become texts."""
    if isinstance(value, xr.DataTree):
        groups = {group.path: group.to_dataset(inherit=False) for group in value.subtree}
        value = {"attributes": value.attrs, **groups}
    elif isinstance(value, xr.Dataset):
        first = {"draw": slice(50)} if "draw" in value.dims else {}  # enough to tell them apart
        value = {"attributes": value.attrs, **value.isel(first).variables}
    elif hasattr(value, "ppf"):
        told = {"mean": value.mean(), "std": value.std(), "quantiles": value.ppf(LEVELS)}
        beta = ("weights", "a", "b") if isinstance(value, bips.BetaMixture) else ()
        value = told | {name: getattr(value, name) for name in beta}
    elif dataclasses.is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    elif isinstance(value, xr.Variable | np.ndarray | np.generic):
        value = np.asarray(value).tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items() if key not in LEFT_OUT}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if value is not None and not isinstance(value, str | int | float):
        raise TypeError(f"no golden result is made of {type(value).__name__}")
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def attempt(call: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """What a call returns, or how it refuses."""
    try:
        return plain(call(*given, **named))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as refusal:
        return {"refused": str(refusal)}


def command(words: str) -> dict[str, Any]:
    """Exit status and output of a command: an object for --json, otherwise lines."""
    call = [Path(sys.executable).with_name("bayesips"), *words.split()]
    environment = {**os.environ, "COLUMNS": "110", "NO_COLOR": "1"}
    done = subprocess.run(call, capture_output=True, text=True, check=False, env=environment)
    out = json.loads(done.stdout) if "--json" in words and done.stdout else done.stdout.split("\n")
    return plain({"status": done.returncode, "output": out})


def commands() -> dict[str, Any]:
    """What the commands print."""
    asked = [f"assess {name} --json" for name in bips.shipped_names()]
    asked += ["assess hlc001", "explore hlc001", "sensitivity hlc001-binary"]
    for name in COMPARED:
        asked += [f"compare {name}", f"compare {name} --controls 7", f"sensitivity {name} --json"]
    asked += ["monitor followon-rct --data treated=12/20,control=5/20 --json"]
    asked += ["sensitivity hlc001 --bridge --no-piecewise --json", *(f"plan {p}" for p in PLANS)]
    return {words: command(words) for words in asked}


def results() -> dict[str, Any]:
    """Whole results: every shipped model and plan, and every method on the compared models."""
    found = {name: attempt(bips.assess, name) for name in bips.shipped_names()}
    for name in COMPARED:
        model = bips.load_model(name)
        found[f"{name}, methods"] = attempt(bips.compare, model)
        found[f"{name}, controls"] = attempt(bips.compare_with_controls, model, 7)
    return found | {name: attempt(bips.plan, name) for name in PLANS}


def sensitivities() -> dict[str, Any]:
    """Cells of a small grid, and the smallest changes that flip the answer."""
    found = {}
    for name in COMPARED:
        model = bips.load_model(name)
        found[f"{name} vary"] = attempt(bips.vary, model, AXES)
        for knob in KNOBS:
            found[f"{name} {knob}"] = attempt(bips.tipping_point, model, knob)
        for asked in (bips.exact_tipping_rate, bips.sceptical_prior, bips.lost_to_follow_up):
            found[f"{name} {asked.__name__}"] = attempt(asked, model)
    return found


def borrowing() -> dict[str, Any]:
    """Every borrowing method on the reference arms, by both endpoints."""
    return {
        f"{name} {title}": _borrowed(getattr(bips, name)(**NEEDED.get(name, {})), endpoint)
        for name in METHODS
        for title, endpoint in ENDPOINTS.items()
    }


def _borrowed(method: Any, endpoint: Any) -> dict[str, Any]:
    """What one method makes of the reference arms, and of controls beside them."""
    arms = ARMS[:2] if type(method).__name__ == "Stratified" else ARMS
    told, beside, by = (arms, method), (arms, method, CONTROLS), {"endpoint": endpoint}
    found = {
        "learned": attempt(bips.learned, *beside, **by),
        "adapted": attempt(bips.adapted, method, arms, CONTROLS, **by),
        "prior": attempt(_described, bips.control_prior, *told, **by),
        "posterior": attempt(_described, bips.control_posterior, *beside, **by),
    }
    if isinstance(endpoint, bips.Binary):
        found["robust prior"] = attempt(bips.control_prior, *told, **VAGUE)
        found["robust posterior"] = attempt(bips.control_posterior, *beside, **VAGUE)
    return found


def _described(call: Callable[..., Any], *given: Any, **named: Any) -> dict[str, Any]:
    """A control distribution, its information, its conflict with controls, and the effect."""
    control = call(*given, **named)
    return {
        "distribution": control,
        "ess": {each: attempt(bips.ess, control, each) for each in ("elir", "moment", "morita")},
        "box": attempt(bips.box_p_value, control, range(8), 7),
        "greater": bips.prob_greater(TREATED, control, [0, 0.1]),
        "ratio": bips.prob_greater(TREATED, control, [1, 1.5], "ratio"),
        "effect": [bips.effect_mean(TREATED, control), bips.effect_std(TREATED, control)],
        "effect quantiles": bips.effect_ppf(TREATED, control, LEVELS),
        "fit": attempt(bips.fit_beta_mixture, control),
    }


def conflicts() -> dict[str, Any]:
    """History against controls and arm against arm, information by outcome, averages."""
    history = bips.control_prior(ARMS, "map")
    return {
        "mid-p": bips.box_mid_p_value(history, range(8), 7),
        "power": bips.conflict_power(history, 20, RATES),
        "drift": bips.smallest_detectable_drift(history, 20),
        "left out": bips.leave_one_out(ARMS, lambda arms: bips.control_prior(arms, "map")),
        "stages": bips.evans_moshonov_stages(ARMS, "map", CONTROLS, draws=200),
        "ess by outcome": bips.ess_by_outcome(history, 7),
        "averaged": bips.average_by_controls(ARMS, ["map", "pooled", "separate"], CONTROLS),
        "exact": [bips.clopper_pearson(5, 7), bips.binomial_tail(5, 7, RATES)],
    }


def designs() -> dict[str, Any]:
    """Operating characteristics of reference designs."""
    flat, above = bips.BetaMixture(1, 1, 1), bips.Rule([bips.Criterion(0.3, 0.95)])
    one = bips.SingleArmDesign(20, flat, above)
    found: dict[str, Any] = {
        "simon": bips.simon(0.2, 0.4, 0.05, 0.2),
        "bop2": bips.bop2([10, 20, 30], 0.2, 0.4, 0.1),
        "lee and liu": bips.lee_liu([10, 20, 30], flat, above, 0.05).power(RATES),
        "one arm": [one.decisions(), one.power(RATES), one.assurance(TREATED)],
        "one arm, worst": bips.worst_case(one.decisions(), 0.3),
        "predictive": bips.predictive_probability(range(11), 10, 20, flat, above),
    }
    learning = bips.BorrowedControl(tuple(ARMS), "map", VAGUE)
    better = bips.Rule([bips.Criterion(0, 0.95), bips.Criterion(0.15, 0.5)])
    beliefs = {"flat": flat, "map": bips.control_prior(ARMS, "map"), "learning": learning}
    for title, control in beliefs.items():
        two = bips.TwoArmDesign(20, 10, flat, control, better)
        found[f"two arms, {title}"] = {
            "decisions": two.decisions(),
            "power": two.power(RATES[:, None], RATES),
            "assurance": two.assurance(TREATED, beliefs["map"]),
            "worst": bips.worst_case(two.decisions()),
            "calibrated": bips.calibrate(two, 0.025).probability,
            "predictive": bips.predictive_probability_two_arm(([4, 7], [2, 3]), (10, 5), two),
        }
    return found


def record(file: Path, nuts: bool) -> None:
    """Compute every section and write them."""
    print(f"recording {bips.__file__}", file=sys.stderr)
    sections = (commands, results, sensitivities, borrowing, conflicts, designs)
    found = {section.__name__: attempt(section) for section in sections}
    asked = [f"assess {name} --engine nuts --json" for name in COMPARED if nuts]
    found["nuts"] = {words: command(words) for words in asked}  # all models would take minutes more
    file.write_text(json.dumps(found, allow_nan=False, ensure_ascii=False), encoding="utf-8")


def differences(old: Any, new: Any, tolerance: float, path: str = "") -> Iterator[str]:
    """One line for each number, text or key that differs; the tolerance is relative above 1."""
    if isinstance(old, list) and isinstance(new, list):
        old, new = dict(enumerate(old)), dict(enumerate(new))
    if isinstance(old, dict) and isinstance(new, dict):
        yield from (f"{path}/{key}: missing" for key in old if key not in new)
        yield from (f"{path}/{key}: new" for key in new if key not in old)
        for key in (key for key in old if key in new):
            yield from differences(old[key], new[key], tolerance, f"{path}/{key}")
    else:
        numbers = {type(old), type(new)} <= {int, float}
        near = numbers and math.isclose(old, new, rel_tol=tolerance, abs_tol=tolerance)
        if not near and (type(old) is not type(new) or old != new):
            yield f"{path}: {old!r} -> {new!r}"


def main() -> None:
    """Record, or compare and fail where there is a difference."""
    parser = argparse.ArgumentParser(description="Golden results, recorded and compared.")
    parser.add_argument("action", choices=("record", "compare"))
    parser.add_argument("files", type=Path, nargs="+", help="one to record, two to compare")
    parser.add_argument("--nuts", action="store_true", help="record two models by NUTS too")
    parser.add_argument("--tolerance", type=float, default=1e-9)
    given = parser.parse_args()
    if len(given.files) != (1 if given.action == "record" else 2):
        parser.error("give one file to record, two to compare")
    if given.action == "record":
        return record(given.files[0], given.nuts)
    old, new = (json.loads(file.read_text(encoding="utf-8")) for file in given.files)
    found = list(differences(old, new, given.tolerance))
    print("\n".join([*found, f"{len(found)} differences"]))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
