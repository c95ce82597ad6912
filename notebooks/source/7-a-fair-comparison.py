# %% [markdown]
# # 7 A fair comparison
#
# Two ways to withdraw are simulated, and one comes out better. Is it better, or was it lucky? This notebook makes the
# comparison fair: the same luck for all, an honest margin for each difference, and a decision that can be defended.
#
# Takes about 75 minutes; the machine needs less than a minute. Where a cell says `...  # your answer`, put your answer
# there; all other cells are only to be run. The numbers for an exercise are in the cell above its answer.
#
# | word | meaning |
# |---|---|
# | *policy* | a way to draw down: who leaves when, and which task gives way first |
# | *baseline* | the policy that the others are compared with |
# | *replication* | one simulated run with its own random numbers |
# | *coverage* | here the mean of four shares: areas visited lately, sites, checkpoints and crossing points manned |
# | *point* | a hundredth, of coverage for instance: from 0.93 to 0.91 are 2 points |
# | *interval*, *half width* | "1.4 ± 0.3": the interval is from 1.1 to 1.7, its half width 0.3 |
#
# What a 95 % interval is was the matter of notebook 5: of many such intervals, 95 in 100 hold the true mean.

# %%
import math
import statistics

import matplotlib.pyplot as plt
from IPython.display import display
from scipy.stats import t

import sim
from sim.teach import Student, scenario_from_text

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#595959"
plt.rcParams.update({"figure.constrained_layout.use": True, "axes.spines.top": False, "axes.spines.right": False})
plt.rcParams.update({"axes.titlelocation": "left", "axes.titlesize": "medium", "legend.frameon": False})

me = Student("blue tractor")  # put your own code word here: your numbers will differ from your neighbour's

# %% [markdown]
# ## Five ways to draw the valley down
#
# The lesson valley has 450 soldiers. The next cell has five policies, as the text of a scenario file. Only run it now;
# in exercise 7g it is your pattern. Three words of it:
#
# - `extends`: everything else comes from another file, and the policy `two-stages` too.
# - `like`: the policy takes from another what it does not say itself. (So one without stages says `stages = {}`.)
# - `ramp`: the force goes down in many small steps.

# %%
STUDY = """
extends = "lesson.toml"
schema_version = 1
title = "Ways to draw the valley down"

[vehicles]
runs = "none" # they change no coverage, and take time

[policy.two-stages]
title = "Two stages, to 340"
stages.first.strength = 380
stages.second.strength = 340

[policy.hold]
title = "Hold at 450"
like = "two-stages"
stages = {}

[policy.small-step]
title = "A small step, to 430"
like = "two-stages"
stages.only = { name = "Step", strength = 430, decided_on = 2001-01-08, effective_on = 2001-01-22 }

[policy.later-step]
title = "A step to 400, later"
like = "two-stages"
stages.only = { name = "Step", strength = 400, decided_on = 2001-01-08, effective_on = 2001-01-28 }

[policy.ramp]
title = "A ramp, to 340"
like = "two-stages"
stages = {}
ramp = { begins = 2001-01-08, ends = 2001-02-12, every_days = 7, strength = 340, curve = 1 }

[comparison]
baseline = "hold"
response = "coverage"
delta = 0.02

[sources]
policy = "assumption: made up for teaching"
comparison = "assumption: made up for teaching"
"""
study = scenario_from_text(STUDY)

# %% [markdown]
# Run each ten times, for two months. How much is covered, on average?

# %%
ten = sim.compare(study, replications=10)
ten.means()[["alternative", "n", "mean", "half_width"]].round(4)

# %% [markdown]
# `hold` is the baseline; the other four are compared with it. `hold` and `small-step` are close: the interval of one
# nearly reaches that of the other. Did the 20 soldiers matter?
#
# ## Pairs
#
# Look at the ten replications one by one. (Only run this cell.)

# %%
names = [one.label for one in ten.alternatives]
values = {name: 100 * row for name, row in zip(names, ten.values("coverage"), strict=True)}
hold, small = values["hold"], values["small-step"]

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), width_ratios=(3, 2))
runs = range(1, 11)
left.plot(runs, hold, "o-", color=BLUE, label="hold")
left.plot(runs, small, "s-", color=ORANGE, label="small step")
left.set(xlabel="replication", ylabel="coverage [points]", xticks=runs, title="They go up and down together")
left.legend()
shifted = [*hold[1:], hold[0]]  # of the next replication: other luck
for x, other, colour in ((0, hold, BLUE), (1, shifted, GREY)):
    right.plot([x] * 10, small - other, "o", color=colour, alpha=0.6, clip_on=False)
right.axhline(0, color=GREY, linewidth=0.8)
right.set(xlim=(-0.5, 1.5), xticks=(0, 1), xticklabels=("same replication", "another one"))
right.set(ylabel="small step minus hold [points]", title="Differences")
plt.show()

# %% [markdown]
# Replication 3 of `hold` and replication 3 of `small-step` have the same luck: the same soldiers ill on the same days,
# the same tours tasked, the same routes. This is called *common random numbers*, and the two are a *pair*.
#
# In a lucky replication both do well; in their *difference* that cancels. On the right the differences of pairs lie
# close together. Take each from another replication instead, with other luck, and they scatter widely.
#
# So: take the differences first, pair by pair, and then treat them as any ten numbers. With n pairs, s the standard
# deviation of the differences and Student's factor t,
#
# $$\text{half width} = t \cdot \frac{s}{\sqrt n}.$$
#
# The factor is for 95 %, and is larger for few pairs, as s is then known badly:


# %%
def student_factor(n: int, error: float = 0.05) -> float:
    """Student's factor for n values: the interval misses with a chance of `error`, half of it on each side."""
    return float(t.ppf(1 - error / 2, n - 1))


differences = small - hold
half_width = student_factor(10) * statistics.stdev(differences) / math.sqrt(10)
print(f"small step minus hold: {statistics.mean(differences):.2f} ± {half_width:.2f} points of coverage")

# %% [markdown]
# The small step costs something, after all: its interval is far from 0.
#
# ### Exercise 7a
#
# The next cell shows five pairs of yours, coverages in points. What is the mean difference, **cut minus hold**, and the
# half width of its 95 % interval?
#
# **Answer:** two numbers in points, `(mean difference, half width)`, such as `(5.5, 9.5)`. Three digits are enough.

# %%
mine = me.given("7a")
hold_5, cut_5 = ([mine[f"{name}_{number}"] for number in range(1, 6)] for name in ("hold", "cut"))
print("hold", hold_5, " cut", cut_5)

# %%
# BEGIN SOLUTION
five = [one - other for one, other in zip(cut_5, hold_5, strict=True)]
answer = (statistics.mean(five), student_factor(5) * statistics.stdev(five) / math.sqrt(5))
# END SOLUTION
me.check("7a", answer)  # (mean difference, half width), points

# %% [markdown]
# ## What the pairs were worth
#
# Without pairs, each policy has luck of its own. Then the two are *independent*, and variances (squares of standard
# deviations) add up:
#
# $$\text{Var}(A - B) = \text{Var}(A) + \text{Var}(B), \quad\text{so}\quad
# \text{half width} = t \cdot \sqrt{\frac{\text{Var}(A) + \text{Var}(B)}{n}}$$
#
# (with the same factor t, `student_factor(n)`, to keep it simple). The *variance ratio* says what pairs gave:
#
# $$\text{variance ratio} = \frac{\text{Var}(A) + \text{Var}(B)}{\text{variance of the differences of pairs}}.$$
#
# As a half width shrinks with the root of n, it also says how many times more replications it would take without pairs
# to be as precise. Here it is for the four policies that are compared with `hold`:

# %%
ten.differences()[["alternative", "difference", "half_width", "variance_ratio"]].round(4)

# %% [markdown]
# The more alike two policies are, the more they share, and the more cancels: most for the small step.
#
# ### Exercise 7b
#
# Five other pairs of yours. What would the half width be **without** pairs, and what is the variance ratio? (A is
# `cut_5`, B is `hold_5`; `statistics.variance` helps.)
#
# **Answer:** two numbers, `(half width in points, variance ratio)`, such as `(9.5, 77)`.

# %%
mine = me.given("7b")
hold_5, cut_5 = ([mine[f"{name}_{number}"] for number in range(1, 6)] for name in ("hold", "cut"))
print("hold", hold_5, " cut", cut_5)

# %%
# BEGIN SOLUTION
five = [one - other for one, other in zip(cut_5, hold_5, strict=True)]
without = statistics.variance(cut_5) + statistics.variance(hold_5)
answer = (student_factor(5) * math.sqrt(without / 5), without / statistics.variance(five))
# END SOLUTION
me.check("7b", answer)  # (half width in points, variance ratio)

# %% [markdown]
# ## Many comparisons
#
# One 95 % interval misses the truth with a chance of 5 %. With four of them it is no longer 5 % that *any* misses, but
# up to 20 %; with thirteen, up to 65 %.
#
# *Bonferroni's* way is simple: with m comparisons each interval may miss with a chance of 5 % / m only. Then all hold
# together, with 95 %. Only Student's factor changes. For s = 1.2 points, n = 16 pairs and m = 4:

# %%
for error in (0.05, 0.05 / 4):
    factor = student_factor(16, error)
    print(f"error {error:.4f}: factor {factor:.2f}, half width {factor * 1.2 / math.sqrt(16):.2f} points")

# %% [markdown]
# ### Exercise 7c
#
# The table has your standard deviation s, n and m. What is the half width of one 95 % interval by itself, and what if
# all m hold together?
#
# **Answer:** two numbers in points, `(half width alone, half width together)`, such as `(7.5, 9.5)`.

# %%
me.given("7c")

# %%
# BEGIN SOLUTION
mine = me.given("7c")
error_of_mean = mine["deviation"] / math.sqrt(mine["n"])
answer = [student_factor(mine["n"], error) * error_of_mean for error in (0.05, 0.05 / mine["m"])]
# END SOLUTION
me.check("7c", answer)  # (half width alone, half width together), points

# %% [markdown]
# ## Not worse
#
# A withdrawal is rarely about "which is best?" (holding is). It asks "which is **not worse** than holding, by an amount
# that matters?" This amount, *delta*, has to be chosen *before* anyone sees the results: here 0.02, two points.
#
# To *show* that a policy is not worse, suppose the contrary: that it is worse by delta or more. The *p-value* is the
# chance that luck alone would then make it look as good as it did, or better. If it is small, 0.05 or less, "not worse"
# is shown.
#
# With m policies there are m chances to be fooled. Bonferroni would multiply each p-value by m. *Holm's* way gives away
# less and is as safe:
#
# 1. sort the p-values, the smallest first;
# 2. multiply the smallest by m, the next by m - 1, and so on, the largest by 1; what is above 1 counts as 1;
# 3. none may be smaller than the one before it: then it takes that one's value.
#
# An example with m = 3: A has 0.01, B has 0.04, C has 0.03.
#
# 1. Sorted: A, C, B.
# 2. Multiplied: A 0.01 · 3 = 0.03, C 0.03 · 2 = 0.06, B 0.04 · 1 = 0.04.
# 3. B is smaller than C before it, so it becomes 0.06.
#
# In the order A, B, C: 0.03, 0.06 and 0.06. Only A is shown to be not worse; unadjusted, all three would have been.

# %%
sim.statistics.holm([0.01, 0.04, 0.03])

# %% [markdown]
# ### Exercise 7d
#
# Adjust the four p-values of your table by Holm, on paper.
#
# **Answer:** four numbers, in the order A, B, C, D (not sorted), such as `[0.9, 0.8, 0.7, 0.75]`.

# %%
me.given("7d")

# %%
# BEGIN SOLUTION
mine = me.given("7d")
ordered = sorted(mine.values())
steps = [min(1.0, (4 - place) * p) for place, p in enumerate(ordered)]
adjusted = {p: max(steps[: place + 1]) for place, p in enumerate(ordered)}
answer = [adjusted[p] for p in mine.values()]  # or sim.statistics.holm(list(mine.values()))
# END SOLUTION
me.check("7d", answer)  # [A, B, C, D]

# %% [markdown]
# ## A decision
#
# Now all together. A row of the figure is one of the four policies: the mark is its mean difference from holding, the
# thick bar its interval by itself, the thin one that which holds together with the others. The dashed line is delta.

# %%
sim.plots.forest(ten)

# %% [markdown]
# Of a policy one can say:
#
# - **not worse**: its p-value, adjusted by Holm, is 0.05 or less;
# - **worse**: its whole interval, of those that hold together, lies beyond delta;
# - **not shown**: neither. That is no verdict on the policy, only on what we know. More replications may tell.
#
# Two traps:
#
# - An interval without 0 shows that a policy *differs* from holding. It may differ by less than delta: *not worse*.
# - An interval with 0 in it shows nothing if it is wide: who simulates little never finds a difference.

# %%
ten.decision().round(4)

# %% [markdown]
# The small step is shown to be not worse, though it certainly costs something. The later step may be, or may not: its
# interval reaches over delta. So run more.

# %%
forty = sim.compare(study, replications=40)
forty.decision().round(4)

# %% [markdown]
# With four times the pairs, intervals are half as wide, and the later step is decided as well.
#
# ### Exercise 7e
#
# The table has four policies: differences from the baseline and half widths (all four together) in points, p-values
# after Holm, and delta. What is shown of each? (Draw the four intervals on paper, with a line at minus delta.)
#
# **Answer:** a list of four of the texts above, for A, B, C and D: `["worse", "worse", "worse", "not worse"]`, say.

# %%
me.given("7e")

# %%
# BEGIN SOLUTION
mine = me.given("7e")
answer = []
for letter in "ABCD":
    if mine[f"p_{letter}"] <= 0.05:
        answer.append("not worse")
    elif mine[f"difference_{letter}"] + mine[f"half_width_{letter}"] < -mine["delta"]:
        answer.append("worse")
    else:
        answer.append("not shown")
# END SOLUTION
me.check("7e", answer)  # [A, B, C, D]

# %% [markdown]
# ## When it is lost, and what it saves
#
# A mean over two months hides when coverage is lost. In the figure, the line at 0 is holding.

# %%
sim.plots.losses_over_time(forty)

# %% [markdown]
# A *soldier-day* is one soldier for one day: 450 for 60 days are 27,000. What does each policy use, and what lose?

# %%
sim.plots.cost_against_loss(forty)

# %% [markdown]
# A policy is *beaten* if another uses no more soldier-days and loses no more coverage, and less of at least one of the
# two. The policies that nobody beats are the *frontier*. Whoever wants to save must choose among them.
#
# Look at the two stages: the ramp to the same 340 soldiers uses a little less, and loses a little less. (Is that
# difference sure? `forty.differences(every_pair=True)` tells.)
#
# ### Exercise 7f
#
# The table has six policies of your own, A to F. Which are on the frontier? (Sort them by soldier-days on paper.)
#
# **Answer:** their letters, as a text such as `"AF"`.

# %%
me.given("7f")

# %%
# BEGIN SOLUTION
mine = me.given("7f")
points = {letter: (mine[f"soldier_days_{letter}"], mine[f"lost_{letter}"]) for letter in "ABCDEF"}
answer = "".join(
    letter
    for letter, (used, lost) in points.items()
    if not any(other != (used, lost) and other[0] <= used and other[1] <= lost for other in points.values())
)
# END SOLUTION
me.check("7f", answer)  # letters

# %% [markdown]
# ## A policy of your own
#
# The `curve` of a ramp says how it goes down: after a share x of the time, the share x^curve of those who leave has
# left. With `curve = 1` that is a straight line; with 2, a quarter has left at half time.
#
# ### Exercise 7g
#
# Write a scenario file that extends `lesson.toml`, with a policy `mine` that is like `two-stages` but goes down by a
# ramp, with *large steps first*: choose its `curve`. Its other numbers are in the table. Take `STUDY` as the pattern:
# its first three lines, and its policy `ramp`. End with `[sources]`, and under it `"policy.mine" = "assumption: mine"`.
#
# **Answer:** the text of the file, between `"""` and `"""`.

# %%
me.given("7g")

# %%
# BEGIN SOLUTION
# GAP: answer = ...  # your answer: a text in three quotes, as STUDY is
mine = me.given("7g")
answer = f"""
extends = "lesson.toml"
schema_version = 1
title = "A way of my own"

[policy.mine]
title = "Mine"
like = "two-stages"
stages = {{}}
ramp = {{ begins = {mine["begins"]}, ends = {mine["ends"]}, every_days = {mine["every_days"]}, \
strength = {mine["strength"]}, curve = 0.5 }}

[sources]
"policy.mine" = "assumption: an exercise"
"""
# END SOLUTION
me.check("7g", answer)  # the text of a scenario file

# %% [markdown]
# How good is it? Once the check is green, it joins the others here, on the same luck.

# %%
if me.check("7g", answer).state == "right":
    all_six = study.policy | {"mine": scenario_from_text(answer).policy["mine"]}
    display(sim.plots.cost_against_loss(sim.compare(study.model_copy(update={"policy": all_six}), replications=10)))

# %% [markdown] tags=["solution"]
# Large steps first save soldier-days early and lose coverage early. For the class: with what curve does a ramp to 340
# use as many soldier-days as the two stages, and which of the two loses less then?

# %% [markdown]
# ## To take away
#
# - Give all policies the same luck, and look at **differences, pair by pair**. Common luck cancels, for nothing.
# - The more comparisons, the wider the intervals that hold **together**; Holm's way for decisions gives away least.
# - Ask for "**not worse by more than delta**", with a delta chosen beforehand.
# - "**Not shown**" is an honest answer, and tells you to run more.
# - Between what is saved and what is lost, a simulation finds the **frontier**. Where to stand on it, people say.
#
# The same for KFOR, thirteen policies over three years, is the page `docs/comparing.md`, and one command:
# `peacesim compare scenarios/studies/drawdown-policies.toml`.
