"""Model files of trials with controls of their own."""

import pytest

from bayesips.declare.model import ModelError, load_model

SMALL = ((12, 80), (9, 60), (5, 50))
SPONDYLITIS = ((23, 107), (12, 44), (19, 51), (9, 39), (39, 139), (6, 20), (9, 78), (10, 35))
VAGUE = 0.2


def text(history, treated, controls, control='method = "map"\nrobust = { weight = 0.2 }'):
    """A model file."""
    arms = [
        f'{{ label = "Study {k}", successes = {r}, n = {n} }}'
        for k, (r, n) in enumerate(history, 1)
    ]
    own = "" if controls is None else _arm("concurrent", "Placebo", controls)
    return f"""
name = "trial"
question = "Is it better?"
endpoint = "binary"
{_arm("treated", "New", treated)}prior = [1, 1]
{own}
[history]
arms = [{", ".join(arms)}]
[control]
{control}
[[decision]]
margin = 0.0
probability = 0.975
[[decision]]
margin = 0.1
probability = 0.9
"""


def fault(place, whole):
    """What is said of a model file that is refused."""
    file = place / "trial.toml"
    file.write_text(whole)
    with pytest.raises(ModelError) as caught:
        load_model(file)
    return str(caught.value)


def _arm(table, label, count):
    """One arm of the trial."""
    return f'[{table}]\nlabel = "{label}"\nsuccesses = {count[0]}\nn = {count[1]}\n'
