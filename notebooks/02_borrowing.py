# %% [markdown]
# # How much may history count?
#
# Seven patients received HLC-001 and none was a control. Everything said about the control comes
# from other people's patients, so the question is how those may bear on a new trial. There are
# many answers in the literature, and no neutral one. Here they stand side by side, each computed
# exactly, on one evidence table.

# %%
# %config InlineBackend.figure_formats = ["retina"]
# %matplotlib inline
import numpy as np
import xarray as xr

import bayesips as bips
from bayesips import borrowing
from bayesips.answer.averaging import average_by_arms, average_by_controls
from bayesips.answer.comparison import compare, compare_with_controls
from bayesips.plots import figure

model = bips.load_model("hlc001-binary")
history = bips.binary_reading(model.history, model.landmark_day)
for arm in history:
    print(f"{arm.label:40} {arm.successes:3} of {arm.n}")

# %% [markdown]
# ## Every method, one table
#
# A method is one file; its name is the file's. Those that learn from controls of the *same* trial
# cannot say anything here and are listed as such: the treated patients are never used in their
# place.

# %%
table = compare(model)
shown = table[["title", "mean", "low", "high", "status"]].to_dataframe()
print(shown.to_string(float_format="{:.3f}".format))

# %%
figure("comparison", xr.DataTree(children={"comparison": xr.DataTree(table)}))

# %% [markdown]
# Pooling pretends that 243 patients of six kinds were this trial's controls. The hierarchies admit
# that studies differ, and their intervals are more than four times as wide. EXNEX and LEAP also
# admit that the new trial may be like none of them, and hardly borrow. That spread is the honest
# answer to "what is the control rate": it depends on what one believes about history.

# %% [markdown]
# ## How unlike may the studies be?
#
# Three readings of the same assumption, that arms are alike but not the same: Normal on the log
# odds, with heavy tails, and Beta on the rate itself.

# %%
for method in ("map", "student_map", "beta_hierarchy"):
    prior = bips.control_prior(history, method)
    low, high = prior.ppf(np.array([0.025, 0.975]))
    print(
        f"{method:16} mean {prior.mean():.3f}, 95 % {low:.3f} to {high:.3f}, "
        f"worth {bips.ess(prior, method='moment'):.1f} patients by moments"
    )

# %% [markdown]
# ## When there are controls
#
# A follow-on trial would have its own. Then history can be asked whether it agrees, and the
# methods differ most where it does not. Five of seven controls alive is far more than history led
# one to expect; two of seven is what it did.

# %%
adaptive = {
    "empirical power": bips.EmpiricalPower(),
    "SAM": bips.Sam(delta=0.2),
    "test-then-pool": bips.TestThenPool(),
    "discount": bips.Discount(),
    "elastic": bips.Elastic(delta=0.4),
    "EB-robust MAP": bips.EbRobust(),
}
for survivors in (2, 5):
    controls = bips.Arm("controls", survivors, 7)
    print(f"{survivors} of 7 controls alive")
    for name, method in adaptive.items():
        learned = bips.adapted(method, history, controls).weight
        after = bips.control_posterior(history, method, controls)
        print(f"  {name:16} weight of history {learned:.2f}, control {after.mean():.2f}")

# %% [markdown]
# The fully Bayesian methods do the same without a rule of thumb: what they believe about the
# amount of borrowing is updated together with the rate.

# %%
for name in ("normalized_power", "commensurate", "map", "exnex", "leap"):
    means = [
        bips.control_posterior(history, name, bips.Arm("controls", r, 7)).mean() for r in (2, 5)
    ]
    print(f"{name:18} {means[0]:.2f} after 2 of 7, {means[1]:.2f} after 5 of 7")

# %% [markdown]
# What they came to believe can be asked: how much of history counts, and who is like the controls.
# Five of seven alive and the new controls are more likely a group of their own.

# %%
asked = {
    "normalized_power": ("discount",),
    "leap": ("share", "exchangeable patients"),
    "commensurate": ("tau",),
    "exnex": ("control exchangeable", "Yanik 2014, placebo+CS exchangeable"),
}
for name, unknowns in asked.items():
    learned = [bips.learned(history, name, bips.Arm("controls", r, 7)) for r in (2, 5)]
    for unknown in unknowns:
        means = [float(each["mean"].sel(unknown=unknown)) for each in learned]
        print(f"{name:18} {unknown:36} {means[0]:6.2f} after 2 of 7, {means[1]:6.2f} after 5 of 7")

# %% [markdown]
# And every outcome of the controls at once: blue where the claim about HLC-001 would be met, the
# patients that history lent, in italics the weight that a method learned, on top how well such
# controls would agree with history.

# %%
with_controls = compare_with_controls(model, 7, settings={"delta": 0.25})
figure("controls_by_method", xr.DataTree(children={"comparison": xr.DataTree(with_controls)}))

# %% [markdown]
# ## Which method is right?
#
# Data can weigh methods only by what each *predicted*: the controls, given history; or each study,
# given the others. Neither settles the matter with numbers this small, and without either the
# library refuses to average.

# %%
methods = ["separate", "pooled", "map", "leap"]
for label, found in (
    ("each study from the others", average_by_arms(history, methods)),
    ("5 of 7 controls", average_by_controls(history, methods, bips.Arm("controls", 5, 7))),
):
    weights = ", ".join(f"{m} {w:.2f}" for m, w in zip(found.methods, found.weights, strict=True))
    print(f"{label}: {weights}; control {found.distribution.mean():.2f}")

# %% [markdown]
# ## A bias has a name and a size
#
# Patients had to survive until the infusion to be counted among the treated. Controls counted from
# diagnosis had no such head start: history says too little of them. Each such bias is a declared
# shift of the log odds, and the default is none.

# %%
for shift in (0.0, 0.28, 0.55):
    prior = bips.control_prior(history, "map", bias={"immortal time": (shift, 0.15)})
    benefit = bips.prob_greater(bips.BetaMixture([1.0], [6.0], [3.0]), prior)
    print(f"shift {shift:+.2f}: control {prior.mean():.3f}, P(effect > 0) {benefit:.3f}")

# %% [markdown]
# ## Adding a method
#
# `bayesips/borrowing/<name>.py` with a frozen dataclass and a `tell` of four verbs is all; the
# names below are the files found.

# %%
print(", ".join(borrowing.names()))
