# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A follow-on trial: what it could conclude, and what if history is wrong
#
# A placebo-controlled trial of HLC-001 has been announced, and patients are few. The plan below is
# a declared file, `models/followon-rct.toml`: candidates, rules, the rates hoped for, and the
# history that speaks beside the trial's own placebo patients. Every figure is an exact sum over
# all outcomes; nothing is simulated.

# %%
# %matplotlib inline
from bayesips import plan

tree = plan("followon-rct")
print(tree.attrs["conclusion"])

# %% [markdown]
# ## If history is wrong
#
# The curves show how often an ineffective treatment would succeed, for every true placebo rate.
# History is a bargain only inside the sweet spot. Beyond it the error climbs, because history
# keeps pulling the placebo rate down.

# %%
from bayesips import plots

plots.figure("plan_drift", tree)

# %% [markdown]
# ## Power

# %%
plots.figure("plan_power", tree)

# %% [markdown]
# ## Two routes: the posterior read directly, or calibrated
#
# The same designs with the threshold as declared, and with the threshold that keeps the one-sided
# error at 2.5 % where history is right, or whatever the truth may be.

# %%
tree["routes"].to_dataset()[["probability", "power", "worst"]].to_dataframe().round(4)

# %% [markdown]
# ## What history buys at equal error
#
# Calibrated to the worst case, borrowing gains little or nothing. That is no defect of this
# design: it is a theorem about strict error control (Kopp-Schneider and others, 2020).

# %%
tree["equal_error"]["power_as_planned"].to_dataframe().unstack("borrowing").round(3)

# %% [markdown]
# ## The chance of success from what is known now
#
# 5 of 7 is the result that made anybody plan a next trial. Read as it stands it promises more
# than it does when that selection is taken into account.

# %%
tree["assurance"]["success"].to_dataframe().unstack("history").round(3)

# %% [markdown]
# ## A trial without controls
#
# Held against an uncertain history, a single-arm trial can hardly conclude anything at the
# declared threshold, however many patients it has.

# %%
print(plan("followon-single-arm").attrs["conclusion"].split("\n\n")[2])

# %% [markdown]
# ## Monitoring
#
# The same file takes the interim data, also when the look comes early.

# %%
from bayesips.planning.monitoring import monitor, parse_counts
from bayesips.planning.plan_file import load_plan
from bayesips.report.monitor_words import deviation

status = monitor(load_plan("followon-rct"), parse_counts("treated=11/18,control=5/17"))
print(status.look, "->", status.action, "|", deviation(status))
print(f"predictive probability of success: {status.predictive_with_looks:.3f}")
