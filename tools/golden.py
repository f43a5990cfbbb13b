"""Golden results: what every command and public function answers, recorded and compared.

``python tools/golden.py record FILE.json [--nuts]`` computes and writes them, a few minutes long;
``python tools/golden.py compare OLD.json NEW.json [--tolerance 1e-9]`` lists every number, text
and key that differs, and fails if there is any. Only public names and commands are used, so that
recordings made before and after the code was reorganised can be held against each other. Which
package is recorded is decided by PYTHONPATH.
"""

import argparse
import dataclasses
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import bayesips as bips

PROGRAM = Path(sys.executable).with_name("bayesips")
PLANS = ("followon-rct", "followon-single-arm", "followon-two-stage")
COMPARED = ("hlc001", "hlc001-binary")
SAMPLED = ("hlc001", "hlc001-binary")  # the others by NUTS would take several minutes more
AXES = {"control.method": ["map", "pooled"], "control.robust.weight": [0, 0.2, 0.5]}
KNOBS = ("control.robust.weight", "control.robust.mean", "decision.margin", "treated.successes")
LEFT_OUT = {"digest", "versions"}  # these change although no answer does
DRAWS_KEPT = 20
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
        value = {"attributes": value.attrs, **{k: _values(v) for k, v in value.variables.items()}}
    elif hasattr(value, "ppf"):
        told = {"mean": value.mean(), "std": value.std(), "quantiles": value.ppf(LEVELS)}
        beta = ("weights", "a", "b") if isinstance(value, bips.BetaMixture) else ()
        value = told | {name: getattr(value, name) for name in beta}
    elif dataclasses.is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    elif isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items() if key not in LEFT_OUT}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"no golden result is made of {type(value).__name__}")


def _values(variable: xr.Variable) -> Any:
    """Values of a variable; of draws the moments and the first few."""
    values = variable.values
    if "draw" not in variable.dims or variable.ndim == 1:
        return values
    return {"mean": values.mean(), "std": values.std(), "first": values.reshape(-1)[:DRAWS_KEPT]}


def attempt(call: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """What a call returns, or how it refuses."""
    try:
        return plain(call(*given, **named))
    except (ValueError, ArithmeticError) as refusal:
        return {"refused": f"{type(refusal).__name__}: {refusal}"}


def command(*words: str) -> dict[str, Any]:
    """Exit status and output of a command: an object for --json, otherwise lines."""
    environment = {**os.environ, "COLUMNS": "110", "NO_COLOR": "1"}
    done = subprocess.run(
        [PROGRAM, *words], capture_output=True, text=True, check=False, env=environment
    )
    out = json.loads(done.stdout) if "--json" in words and done.stdout else done.stdout.split("\n")
    return plain({"status": done.returncode, "output": out})


def commands() -> dict[str, Any]:
    """What the commands print."""
    asked = [("assess", name, "--json") for name in bips.shipped_names()]
    asked += [("assess", "hlc001"), ("assess", "--all"), ("explore", "hlc001")]
    asked += [("compare", name) for name in COMPARED]
    asked += [("compare", name, "--controls", "7") for name in COMPARED]
    asked += [("sensitivity", name, "--json") for name in COMPARED]
    asked += [("sensitivity", "hlc001-binary")]
    asked += [("sensitivity", "hlc001", "--bridge", "--no-piecewise", "--json")]
    asked += [("plan", name) for name in PLANS]
    asked += [("monitor", "followon-rct", "--data", "treated=12/20,control=5/20", "--json")]
    return {" ".join(words): command(*words) for words in asked}


def sampled() -> dict[str, Any]:
    """Models answered by NUTS."""
    return {name: command("assess", name, "--engine", "nuts", "--json") for name in SAMPLED}


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
        found[name] = {
            "vary": attempt(bips.vary, model, AXES),
            "tipping": {knob: attempt(bips.tipping_point, model, knob) for knob in KNOBS},
            "exact rate": attempt(bips.exact_tipping_rate, model),
            "sceptic": attempt(bips.sceptical_prior, model),
            "lost": attempt(bips.lost_to_follow_up, model),
            "later": attempt(bips.joint_later_landmarks, model),
        }
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
    told, beside = (arms, method), (arms, method, CONTROLS)
    named: dict[str, Any] = {"endpoint": endpoint}
    found = {
        "learned": attempt(bips.learned, *beside, **named),
        "adapted": attempt(bips.adapted, method, arms, CONTROLS, **named),
        "prior": attempt(_described, bips.control_prior, *told, **named),
        "posterior": attempt(_described, bips.control_posterior, *beside, **named),
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
        "ess reason": bips.ess_reason(control),
        "box": attempt(bips.box_p_value, control, range(8), 7),
        "greater": bips.prob_greater(TREATED, control, [0, 0.1]),
        "greater ratio": bips.prob_greater(TREATED, control, [1, 1.5], "ratio"),
        "effect": [bips.effect_mean(TREATED, control), bips.effect_std(TREATED, control)],
        "effect quantiles": bips.effect_ppf(TREATED, control, LEVELS),
        "fit": attempt(bips.fit_beta_mixture, control),
    }


def conflicts() -> dict[str, Any]:
    """History against controls and arm against arm, information by outcome, averages."""
    history = bips.control_prior(ARMS, "map")
    three = ["map", "pooled", "separate"]
    found = {
        "mid-p": bips.box_mid_p_value(history, range(8), 7),
        "power": bips.conflict_power(history, 20, RATES),
        "drift": bips.smallest_detectable_drift(history, 20),
        "left out": bips.leave_one_out(ARMS, lambda arms: bips.control_prior(arms, "map")),
        "stages": bips.evans_moshonov_stages(ARMS, "map", CONTROLS, draws=200),
        "ess by outcome": bips.ess_by_outcome(history, 7),
        "averaged": bips.average_by_controls(ARMS, three, CONTROLS),
        "needed": bips.number_needed_to_treat(TREATED, history),
        "exact": [bips.clopper_pearson(5, 7), bips.binomial_tail(5, 7, RATES)],
    }
    return plain(found)


def designs() -> dict[str, Any]:
    """Operating characteristics of reference designs."""
    flat, history = bips.BetaMixture(1, 1, 1), bips.control_prior(ARMS, "map")
    above = bips.Rule([bips.Criterion(0.3, 0.95)])
    one = bips.SingleArmDesign(20, flat, above)
    found: dict[str, Any] = {
        "simon": bips.simon(0.2, 0.4, 0.05, 0.2),
        "bop2": bips.bop2([10, 20, 30], 0.2, 0.4, 0.1),
        "lee and liu": bips.lee_liu([10, 20, 30], flat, above, 0.05).power(RATES),
        "one arm": [one.decisions(), one.power(RATES), one.assurance(TREATED)],
        "worst": bips.worst_case(one.decisions(), 0.3),
        "predictive": bips.predictive_probability(range(11), 10, 20, flat, above),
    }
    learning = bips.BorrowedControl(tuple(ARMS), "map", {"robust": bips.Robust(0.2)})
    for title, control in (("flat", flat), ("map", history), ("learning", learning)):
        found[f"two arms, {title}"] = _two_arms(flat, control, history)
    return plain(found)


def _two_arms(treated: Any, control: Any, history: Any) -> dict[str, Any]:
    """Tables of one trial of two arms."""
    better = bips.Rule([bips.Criterion(0, 0.95), bips.Criterion(0.15, 0.5)])
    two = bips.TwoArmDesign(20, 10, treated, control, better)
    return {
        "decisions": two.decisions(),
        "power": two.power(RATES[:, None], RATES),
        "assurance": two.assurance(TREATED, history),
        "worst": bips.worst_case(two.decisions()),
        "calibrated": bips.calibrate(two, 0.025).probability,
        "predictive": bips.predictive_probability_two_arm(([4, 7], [2, 3]), (10, 5), two),
    }


def record(file: Path, nuts: bool) -> None:
    """Compute every section and write them."""
    print(f"recording {bips.__file__}", file=sys.stderr)
    sections = [commands, results, sensitivities, borrowing, conflicts, designs]
    found: dict[str, Any] = {}
    for section in sections + [sampled] * nuts:
        start = time.perf_counter()
        found[section.__name__] = section()
        print(f"{section.__name__}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    file.write_text(json.dumps(found, allow_nan=False, ensure_ascii=False), encoding="utf-8")


def differences(old: Any, new: Any, tolerance: float, path: str = "") -> Iterator[str]:
    """One line for each number, text or key that differs; tolerance is relative above 1."""
    if isinstance(old, list) and isinstance(new, list):
        old, new = dict(enumerate(old)), dict(enumerate(new))
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            where = f"{path}/{key}"
            if key not in new or key not in old:
                yield f"{where}: {'missing' if key in old else 'new'}"
            else:
                yield from differences(old[key], new[key], tolerance, where)
    elif not _same(old, new, tolerance):
        yield f"{path}: {old!r} -> {new!r}"


def _same(old: Any, new: Any, tolerance: float) -> bool:
    """Equal texts and truths, and numbers that agree."""
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in (old, new)):
        return type(old) is type(new) and old == new
    return math.isclose(old, new, rel_tol=tolerance, abs_tol=tolerance)


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
        record(given.files[0], given.nuts)
        return
    old, new = (json.loads(file.read_text(encoding="utf-8")) for file in given.files)
    found = list(differences(old, new, given.tolerance))
    print("\n".join([*found, f"{len(found)} differences"]))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
