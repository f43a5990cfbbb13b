# %% [markdown]
# # What seven patients show
#
# In 2025 a trial gave HLC-001, a cell therapy, to seven patients with idiopathic pneumonia syndrome
# after a stem cell transplant, when steroids had failed. Five of the seven were alive on day 56.
# Nobody was treated without it in the same trial, so the question has to be asked of history:
# **does HLC-001 raise day-56 survival above what history would have given?**
#
# This notebook answers it with `bayesips`, shows what the answer rests on, and ends with how to ask
# a question of your own. It needs no simulation: every number below is computed by quadrature.

# %%
# %config InlineBackend.figure_formats = ["retina"]
# %matplotlib inline
import xarray as xr
from IPython.display import Markdown

import bayesips as bips
from bayesips import plots

# %% [markdown]
# ## One declared model
#
# A model is a text file: the trial, the history, how history may bear on the control, and what was
# required before anybody looked. `hlc001` is shipped with the library.

# %%
model = bips.load_model("hlc001")
print(model.question)
print("treated:", model.treated.successes, "of", model.treated.n)
print("control:", model.method, model.robust)
print("required:", model.decisions)

# %%
result = bips.assess(model)

# %% [markdown]
# The answer in words. It says what it is conditional on, and how each study's rows were read.

# %%
Markdown(bips.conclusion(result).replace("\n", "\n\n"))

# %% [markdown]
# ## What history says
#
# Black is what each study reported, with its exact interval; orange is how the model reads it after
# hearing the others. Look at the bracket first: history disagrees with itself. Look at the daggers
# next: no published count is a day-56 count.

# %%
plots.figure("evidence", result)

# %% [markdown]
# The same as a table. `conflict` is how often a count as unlikely as this one would be seen if the
# group were like the others: a small value means that it is not.

# %%
columns = ["rows", "used_as", "raw", "shrunken", "conflict", "flags"]
result["evidence"].to_dataset()[columns].to_dataframe().round(2)

# %% [markdown]
# ## What the trial adds
#
# Above, the survival that history leads one to expect in a new comparable group. It is wide because
# history disagrees, and wider still because a fifth of the weight is given to not knowing at all.
# Below, the survival with HLC-001, before and after the seven patients.

# %%
plots.figure("treated", result)

# %% [markdown]
# The effect is the difference of the two. The shaded area is the probability that the difference is
# above zero. The line above it says what was required.

# %%
plots.figure("effect", result)

# %% [markdown]
# ## One patient more, one patient fewer
#
# With seven patients every one counts. Here is every outcome the trial could have had, and what
# each would have said. Nothing else changes from column to column.

# %%
plots.figure("outcomes", result)

# %%
result["fragility"].to_dataset()[["probability", "met"]].to_dataframe().round(3)

# %% [markdown]
# ## Which history is comparable?
#
# That is a clinical question, and it decides the answer. Five definitions of the control are
# shipped, each with its doubts written at the top of its file:
#
# | model | history | doubt |
# |---|---|---|
# | `hlc001` | all patients treated with steroids | most were not refractory |
# | `hlc001-narrow` | patients whom steroids had failed | failure is known only afterwards |
# | `hlc001-optimistic` | best modern first-line results | they had not failed steroids |
# | `hlc001-ventilation` | one series, by ventilation | the trial's own mix is unknown |
# | `hlc001-benchmark` | exactly 24.5 %, the sponsor's number | no estimate is exact |

# %%
NAMES = (
    "hlc001",
    "hlc001-narrow",
    "hlc001-optimistic",
    "hlc001-ventilation",
    "hlc001-benchmark",
)
answers = xr.DataTree(children={name: bips.assess(name) for name in NAMES})
plots.figure("comparison", answers)

# %% [markdown]
# The claim is met only if the control rate is taken as known. That is the honest summary: what
# seven patients show depends on which history is thought comparable, and how surely.

# %% [markdown]
# ## For the statistician
#
# The result is an `xarray.DataTree` in ArviZ's layout. The draws in it are independent draws from
# the exact answer; the reported numbers do not come from them.

# %%
import arviz as az

az.summary(
    result, var_names=["treated_rate", "control_rate", "effect"], ci_prob=0.95, ci_kind="eti"
)

# %% [markdown]
# The pieces can be used without a model file. Six historical arms (read here, for once, as if all
# were day-56 counts), a borrowing method, a vague component; then the probability of being better,
# by quadrature:

# %%
arms = bips.binary_reading(model.history, day=56)
control = bips.control_prior(arms, bips.Map(tau=("half_normal", 0.5)), robust=0.2)
treated = bips.BetaMixture([1], [1], [1]).update(5, 7)
print(f"control {control.mean():.3f} (sd {control.std():.3f})")
print(f"P(treated > control) = {float(bips.prob_greater(treated, control)):.4f}")

# %% [markdown]
# ## A question of your own
#
# Change one thing in a declared model: here, a sceptical prior for HLC-001, worth ten patients and
# centred at one survivor in four.

# %%
from dataclasses import replace

sceptical = replace(model, treated_prior=bips.BetaMixture([1], [2.5], [7.5]))
bips.assess(sceptical)["decision"].to_dataset()[["margin", "required", "probability"]]

# %% [markdown]
# Or write a file. This is all that is needed; `bayesips validate my_trial.toml` checks it, and
# `bayesips assess my_trial.toml --out results` answers it and writes figures and a
# page to pass on.

# %%
from pathlib import Path

Path("my_trial.toml").write_text("""
name = "my_trial"
question = "Does the new treatment help?"
endpoint = "binary"
scale = "difference"

[treated]
label = "New treatment"
successes = 9
n = 12
prior = [1, 1]

[history]
arms = [
    { label = "First study", successes = 14, n = 40 },
    { label = "Second study", successes = 9, n = 31 },
    { label = "Third study", successes = 22, n = 45 },
]

[control]
method = "map"
robust = { weight = 0.2, mean = 0.5, n = 1 }

[[decision]]
margin = 0.0
probability = 0.975
""")
mine = bips.assess("my_trial.toml")
plots.figure("evidence", mine)

# %%
Markdown(bips.conclusion(mine).replace("\n", "\n\n"))
