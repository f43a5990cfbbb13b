# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A follow-on trial: how many patients, and what if history is wrong
#
# A placebo-controlled trial of HLC-001 has been announced, and patients are few. The plan is a
# declared file, `models/followon-rct.toml`: candidates, rules, the rates hoped for, and history.
# Every figure is an exact sum over all outcomes; nothing is simulated.

# %%
# %matplotlib inline
from bayesips import plan, plots

tree = plan("followon-rct")
print(tree.attrs["conclusion"].split("\n\n")[0])

# %% [markdown]
# ## The candidates as declared
#
# Power at the rates planned for; the error without any effect where history expects the control
# rate, at the upper end of its interval, and at worst.

# %%
columns = ["power", "type1_at_history", "type1_at_high", "worst_bound", "expected_n_as_planned"]
tree["characteristics"].to_dataset()[columns].to_dataframe().round(3)

# %% [markdown]
# ## Power

# %%
plots.figure("plan_power", tree)

# %% [markdown]
# ## Error, if history is wrong
#
# How often an ineffective treatment would succeed, for every true placebo rate. Grey is what
# history allows. The bars are the rates at which history adds power and the error is kept.

# %%
plots.figure("plan_drift", tree)

# %% [markdown]
# ## Turn the knobs
#
# Change these numbers and run the cell again: patients, allocation, control rate, effect, and the
# weight of the vague part (1 leaves history nothing).

# %%
from dataclasses import replace

from bayesips.borrowing import Robust
from bayesips.planning.context import Truth
from bayesips.planning.plan_file import load_plan
from bayesips.planning.sections import Size

n_treated, n_control = 50, 25
control_rate, effect, vague = 0.30, 0.30, 0.5

declared = load_plan("followon-rct")
truth = Truth(control_rate + effect, control_rate)
turned = replace(
    declared,
    sizes=(Size(f"{n_treated} + {n_control}", ((n_treated, n_control),)),),
    truth=truth,
    goals=replace(declared.goals, alternative=(truth.treated, truth.control)),
    belief=replace(
        declared.belief, borrowing=replace(declared.belief.borrowing, robust=Robust(vague))
    ),
)
mine = plan(turned)
print(mine.attrs["conclusion"].split("\n\n")[0])
plots.figure("plan_drift", mine)

# %% [markdown]
# ## The smallest trials that meet the goals
#
# Every size in turn, each with its threshold calibrated so that the error is at most 2.5 %
# whatever the control rate. Power climbs like a saw: `settled` is the number of patients from
# which on every size looked at is enough.

# %%
tree["sizes"].to_dataset()[["design", "patients", "settled", "power", "worst"]].to_dataframe()

# %% [markdown]
# ## What history buys at equal error
#
# With the error at most 2.5 % at worst, history gains nothing over Boschloo's exact test, which
# uses none. That is no defect of this design: it is a theorem about strict error control
# (Kopp-Schneider and others, 2020).

# %%
calibrated = tree["routes"]["power"].isel(route=-1, drop=True).rename("calibrated, with history")
tests = tree["exact_tests"]["power"].to_dataframe()["power"].unstack("test")
tests.join(calibrated.to_dataframe()).round(3)

# %% [markdown]
# ## The chance of success from what is known now
#
# 5 of 7 is the result that made anybody plan a next trial. Read as it stands it promises more
# than it does when that selection is taken into account.

# %%
success = tree["assurance"]["success"].drop_vars(["treated_mean", "control_mean"])
success.to_dataframe().unstack("history").round(3)

# %% [markdown]
# ## A trial without controls
#
# Its error is a function of the true control rate, and nothing in the trial shows that rate.

# %%
print(plan("followon-single-arm").attrs["conclusion"].split("\n\n")[0])

# %% [markdown]
# ## Monitoring
#
# The same file takes the interim data, also when the look comes early.

# %%
from bayesips.planning.monitoring import monitor, parse_counts
from bayesips.report.monitor_words import deviation

status = monitor(load_plan("followon-rct"), parse_counts("treated=11/18,control=5/17"))
print(status.look, "->", status.action, "|", deviation(status))
print(f"predictive probability of success: {status.predictive_with_looks:.3f}")

# %% [markdown]
# ## The whole plan in words

# %%
print(tree.attrs["conclusion"])
