# %% [markdown]
# # 6 How many troops?
#
# In June 2009 NATO had some 14,000 soldiers in Kosovo. In February 2010 there were 10,200 (*Gate One*), a year later
# about 5,000 (*Gate 2*). What can a force of each size still do of the same work? What do the last thousand soldiers
# add? And how few are enough? This notebook asks the project's model of those years.
#
# Takes about 75 minutes; the machine needs half a minute. You need nothing but a little Python. Where a cell says
# `...  # your answer`, put your answer there; all other cells are only to be run. The numbers for an exercise are in
# the table above its answer: `mine = me.given("6a")`, then `mine["troops"]`.
#
# | word | meaning |
# |---|---|
# | *task list* | the work there is: patrols, sites, checkpoints, crossing points, a reserve |
# | *troop level* | a number of soldiers at which the force is held for a while |
# | *sweep* | runs at one troop level after another |
# | *coverage* | the mean of four shares: areas covered by patrols, sites protected, checkpoints and crossings manned |
# | *to suffice* | a level suffices if its mean coverage reaches a target |
# | *to bind* | the task that binds is the one that falls furthest short of what it reaches with soldiers enough |
# | *stage* | a step of a drawdown: from this day on, so many soldiers |
#
# The years, the gates and their sizes are in public documents. The task list is assumed: about as much as the force of
# Gate One can nearly do. So look at the *shape* of what follows more than at its height.

# %%

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

import sim
from sim.teach import Student, scenario, scenario_from_text

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#595959"
plt.rcParams.update({"figure.figsize": (7.5, 3.4), "figure.constrained_layout.use": True, "figure.dpi": 110})
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False})

me = Student("blue tractor")  # put your own code word here: your numbers will differ from your neighbour's

# %% [markdown]
# ## The sweep
#
# The task list stays that of June 2009. The force is held at each of nine levels for two months, four replications
# each. All levels meet the same random numbers, so that a difference between two of them comes from the soldiers.

# %%
kosovo = scenario("kfor-gates")
levels = [2000, 4000, 5000, 6000, 7500, 9000, 10200, 12000, 14000]
sweep = sim.run(kosovo, troops=levels, replications=4)
sweep

# %%
sim.plots.coverage_against_troops(sweep)

# %% [markdown]
# Three things to see:
#
# - Coverage climbs, and then it does not: beyond some 12,000 soldiers there is no work left to do. It stays below 1
#   because patrols go where chance sends them, and miss some areas even if all of them go out.
# - Tasks do not give way together. The policy mans crossing points first and checkpoints last, and so it goes.
# - The grey bands are intervals of 95 %, most of them too narrow to be seen.
#
# ### Exercise 6a
#
# The table has a troop level that is not in the sweep, and a seed. First guess from the figure. Then run the level with
# four replications:
#
#     results = sim.run(kosovo, troops=[...], replications=4, seed=...)
#
# What is the mean coverage of the whole theatre? In the table `results.summary()` it is in the row with response
# `coverage` and sector `all`, column `mean`. All luck comes from the seed: the same level, seed and replications give
# the same number on any machine, and the check knows it.
#
# **Answer:** one number, a share, such as `0.25`. Three digits are enough.

# %%
me.given("6a")

# %%
# BEGIN SOLUTION
mine = me.given("6a")
found = sim.run(kosovo, troops=[mine["troops"]], replications=4, seed=mine["seed"]).summary()
answer = float(found[(found["response"] == "coverage") & (found["sector"] == "all")]["mean"].iloc[0])
# END SOLUTION
me.check("6a", answer)  # a share

# %% [markdown]
# ## What the last thousand add
#
# 5,000 soldiers, half of Gate One, do more than half of what Gate One did. For each step of the sweep, divide what
# coverage gains by the thousands of soldiers that it takes. A *percentage point* is a hundredth: from 0.50 to 0.53 are
# three points.

# %%
summary = sweep.summary()
curve = summary[(summary["response"] == "coverage") & (summary["sector"] == "all")]
troops, shares = curve["troops"].to_numpy(dtype=float), curve["mean"].to_numpy()
points_per_thousand = 100 * np.diff(shares) / (np.diff(troops) / 1000)

_, axes = plt.subplots()
axes.bar(troops[:-1], points_per_thousand, width=np.diff(troops), align="edge", color=BLUE, edgecolor="white")
axes.set(xlabel="troops", ylabel="points per 1,000 soldiers", xticks=troops[1::2], xlim=(2000, 14000))
axes.set_title("What 1,000 more soldiers add to coverage", loc="left", fontsize="medium")
axes.xaxis.set_major_formatter("{x:,.0f}")
plt.show()

# %% [markdown]
# This is the *marginal value* of soldiers. It is not their average value, coverage divided by soldiers: those before
# may have done wonders and the last ones nothing.
#
# Above 4,000 soldiers each further thousand adds less than the one before it, and above 12,000 nothing (*diminishing
# returns*). Below 4,000 it is the other way round: a small force has its hands full with the crossing points and the
# reserve, and only those who come after are free for the rest.
#
# ### Exercise 6b
#
# A colleague has run five levels of a task list of her own; they are in the table, with their coverages. What does each
# of the four steps add, in percentage points per 1,000 soldiers? (`np.array(mine["levels"].split(), dtype=float)` makes
# numbers of the text.)
#
# **Answer:** four numbers, from the lowest step up, such as `[1, 2.5, 20, 30]`.

# %%
me.given("6b")

# %%
# BEGIN SOLUTION
mine = me.given("6b")
her_levels, her_shares = (np.array(mine[name].split(), dtype=float) for name in ("levels", "coverages"))
answer = 100 * np.diff(her_shares) / (np.diff(her_levels) / 1000)
# END SOLUTION
me.check("6b", answer)  # four numbers, from the lowest step up

# %% [markdown]
# ## The level for a target
#
# Now the other way round: how many soldiers does it take for a coverage of 0.85? Between two levels that were run we
# take the straight line (*linear interpolation*). If the level $n_1$ gave $c_1$, less than the target c, and the next
# one $n_2$ gave $c_2$, more than it, then
#
# $$n = n_1 + \frac{c - c_1}{c_2 - c_1}\,(n_2 - n_1).$$

# %%
target = 0.85
enough = np.interp(target, shares, troops)  # does just that
print(f"{target} is reached with about {enough:,.0f} soldiers")

_, axes = plt.subplots()
axes.plot(troops, shares, "o-", color=BLUE)
axes.plot([0, enough, enough], [target, target, 0], color=ORANGE, linestyle="--")
axes.set(xlabel="troops", ylabel="coverage", xlim=(1500, 14500), ylim=(0.2, 1), xticks=range(2000, 14001, 2000))
axes.xaxis.set_major_formatter("{x:,.0f}")
plt.show()

# %% [markdown]
# ### Exercise 6c
#
# Your colleague again, with other coverages, and a target, all in the table. How many soldiers does the target take, by
# the straight line between the two levels next to it?
#
# **Answer:** one number of soldiers, such as `4321`. It need not be whole.

# %%
me.given("6c")

# %%
# BEGIN SOLUTION
mine = me.given("6c")
her_levels, her_shares = (np.array(mine[name].split(), dtype=float) for name in ("levels", "coverages"))
answer = float(np.interp(mine["target"], her_shares, her_levels))
# END SOLUTION
me.check("6c", answer)  # soldiers

# %% [markdown]
# ## What binds
#
# A force that falls short does so somewhere. Four shares at four levels (`crossing_fill` and `checkpoint_fill` are the
# shares of hours in which these posts are manned):

# %%
four = ["patrol_coverage", "site_protection", "checkpoint_fill", "crossing_fill"]
rows = summary[(summary["sector"] == "all") & summary["response"].isin([*four, "coverage"])]
done = rows.pivot(index="troops", columns="response", values="mean")[[*four, "coverage"]]
done.loc[[5000, 7500, 10200, 14000]].round(3)

# %% [markdown]
# At 10,200 patrols have the smallest share, 0.855. But they have no more than 0.86 with 14,000 soldiers either, when
# every one of them goes out: chance sends two where one would do, and none elsewhere. More sections for patrols would
# buy next to nothing. So the smallest share is not what to look at. Look at the *shortfall*: what a task reaches with
# soldiers enough, here the 14,000, less what it reaches now.

# %%
(done.loc[14000] - done.loc[[5000, 7500, 10200]]).round(3)  # the shortfalls

# %% [markdown]
# The task with the largest shortfall *binds*: checkpoints, at all three levels. It would have to be helped first, by
# fewer checkpoints, say, by smaller crews, or by police who take them over. Each of the four counts for a quarter of
# coverage.
#
# ### Exercise 6d
#
# The table has four shares of your own, and what patrols reach if all of them go out; the other three can reach 1. What
# is the coverage? And by how many percentage points would it rise if the task that binds were done as far as it can be,
# the others as they are?
#
# **Answer:** two numbers, `(coverage as a share, gain in percentage points)`, such as `(0.25, 3.5)`.

# %%
me.given("6d")

# %%
# BEGIN SOLUTION
mine = me.given("6d")
shares_now = [mine["patrols"], mine["sites"], mine["checkpoints"], mine["crossing_points"]]
at_most = [mine["patrols_at_most"], 1, 1, 1]
shortfalls = [most - share for most, share in zip(at_most, shares_now, strict=True)]
answer = (sum(shares_now) / 4, 100 * max(shortfalls) / 4)
# END SOLUTION
me.check("6d", answer)  # (coverage as a share, gain in percentage points)

# %% [markdown]
# ## What if?
#
# Now the big force: KFOR in 2001, some 40,000 soldiers, with the longer task list of that year. Move a slider, and the
# model runs anew. Before you do, guess:
#
# - Give the task list of 2001 to a force of Gate One's size, 10,200. What would it cover? Why less than above?
# - How many soldiers does that list take for a coverage of 0.85?
# - At 10,200 soldiers, task twice as many patrols a day. What changes, and what binds?
# - Let an area count as covered for 24 h instead of 6. Who does more work now?
# - Send tours to the areas that were `longest unvisited`. How many soldiers is that worth?
#
# (Without sliders, `sim.teach.answer("kfor-2001", 10_200, patrols_per_day=1250)` and the like answer the same
# questions; its other names are `window_h` and `routing`.)

# %%
try:
    shown = sim.teach.what_if("kfor-2001")
except ImportError as missing:  # this notebook has no sliders: one answer stands still instead
    print(missing)
    shown = sim.teach.answer("kfor-2001", 10_200)
shown

# %% [markdown]
# ## Search by halves
#
# To find the fewest soldiers that suffice one need not run every level. More soldiers never do less of the work, so a
# level that falls short rules out all below it, and one that suffices makes all above it needless. Run the middle, and
# half of the levels are done with. This is *bisection*:
#
# - Number the levels 0, 1, ..., n - 1. Let `low = -1` and `high = n`.
# - Look at the level in the middle, number `(low + high) // 2` (rounded down).
# - If it suffices, it is the new `high`; if it falls short, it is the new `low`.
# - Go on until `high - low` is 1. The level with the number `high` is the smallest that suffices.
#
# For example, the levels 1000, 1100, ..., 1900 (n = 10), of which 1,640 or more suffice: it looks at number 4 (1400,
# falls short), 7 (1700, suffices), 5 (1500, falls short) and 6 (1600, falls short), and finds 1700. Four looks instead
# of ten; of a thousand levels, ten.
#
# ### Exercise 6e
#
# The table has your own grid: the lowest level, the step from one to the next, and how many levels there are. A level
# suffices if it is at least `enough`. Which are the first three levels that the search looks at, and which one does it
# find?
#
# **Answer:** four levels in soldiers, `[first, second, third, found]`, such as `[100, 300, 200, 200]`.

# %%
me.given("6e")

# %%
# BEGIN SOLUTION
mine = me.given("6e")
grid = [mine["lowest"] + i * mine["step"] for i in range(mine["n_levels"])]
low, high, looked_at = -1, len(grid), []
while high - low > 1:
    middle = (low + high) // 2
    looked_at.append(grid[middle])
    if grid[middle] >= mine["enough"]:
        high = middle
    else:
        low = middle
answer = [*looked_at[:3], grid[high]]
# END SOLUTION
me.check("6e", answer)  # [first, second, third level looked at, level found]

# %% [markdown]
# ## When the runs are not sure
#
# In truth nobody tells us whether a level suffices: we have runs, and an interval (notebook 5). A *look* at a level can
# end in three ways:
#
# - **suffices**: all of the interval is at or above the target;
# - **falls short**: all of it is below the target;
# - **undecided**: the target lies inside. Then look again, with twice as many runs.
#
# ### Exercise 6f
#
# The table has your target, and four looks, parted by semicolons. What does each of them show?
#
# **Answer:** a list of four of the three texts above, in the order of the looks, such as
# `["suffices", "suffices", "suffices", "undecided"]`.

# %%
me.given("6f")

# %%
# BEGIN SOLUTION
mine = me.given("6f")
answer = []
for look in mine["looks"].split(";"):
    mean, half_width = (float(one) for one in look.split("±"))
    if mean - half_width >= mine["target"]:
        answer.append("suffices")
    elif mean + half_width < mine["target"]:
        answer.append("falls short")
    else:
        answer.append("undecided")
# GAP: answer = ...  # your answer
# END SOLUTION
me.check("6f", answer)  # a list of four texts

# %% [markdown]
# ## How few are enough?
#
# `sim.minimum_force` does all of this: by halves, with twice as many runs where it is undecided, and with intervals
# wide enough that the whole search, with all its looks, is right with 95 %. Here for the *lesson valley*, a small
# made-up sector whose runs take no time, and a coverage of 0.85:

# %%
valley = scenario("lesson")
minimum = sim.minimum_force(valley, at_least=0.85, between=(150, 600), resolution=30, n_max=40)[0]
for look in minimum.found.looks:
    interval = look.interval
    print(
        f"{look.level} soldiers, {look.n_replications:2} runs: "
        f"{interval.mean:.3f} ± {interval.half_width:.3f}  {look.verdict.value}"
    )
print()
found = minimum.found
print(f"{found.low} soldiers fall short, {found.level} suffice; the target is reached at about {found.estimate:.0f}.")
print(f"With {found.low} soldiers, what binds is {minimum.binds[0]}: {minimum.binds[1]:.2f}.")  # it can reach 1

# %% [markdown]
# It is not one number but a *bracket*: one level that is shown to fall short and one that is shown to suffice. 360
# between them stays undecided with the 40 runs that we allow. More runs would decide it, but a level near the target
# needs very many.
#
# From an undecided level the search goes on twice: upwards for the smallest level that is shown to suffice (480, 420,
# 390), and downwards for the largest that is shown to fall short (240, 300, 330).
#
# ## A gate of your own
#
# So far every force was held at one level. A real one goes down in *stages*. This is the one that was: coverage and
# strength from 2009 to 2012, with seven sites handed over to the police on the way.

# %%
# Without troop levels there is no sweep, only the policy at its own strength.
as_it_was = sim.run(scenario("kfor-gates", settings=["experiment.troops=[]"]), replications=2)
sim.plots.timeline(as_it_was)

# %% [markdown]
# NATO also planned a *Gate 3*, to some 2,500 soldiers, and did not take it. What would it have done? You can try,
# without a line of Python: a policy is a table in a scenario file, and a file can *extend* another one. This one holds
# the force at Gate One:
#
# ```toml
# schema_version = 1
# extends = "kfor-gates.toml"
# title = "KFOR 2009-2012, held at Gate One"
#
# [policy.one-gate]
# like = "gates"
# title = "Gate One only"
#
# [policy.one-gate.stages.gate-one]
# name = "Gate One"
# strength = 10200
# decided_on = 2009-06-12
# effective_on = 2010-02-03
#
# [sources]
# "policy.one-gate" = "assumption: an exercise"
# ```
#
# A policy that is `like` another takes from it all that it does not give itself: here the order of tasks and the day on
# which each site goes to the police. **But a table such as `stages` it takes as a whole or not at all**, and so
# `one-gate` has one stage and no more. Every number needs a source, or the file is refused; a number that you make up
# is an `assumption`.
#
# ### Exercise 6g
#
# Write a scenario that extends `kfor-gates.toml` with a policy `three-gates`. It has Gate One as above, Gate 2 (5,000
# soldiers, decided on 2010-10-29, effective on 2011-02-28), and the third gate of your table. Copy the file above,
# change the name of the policy *in every line*, and add two tables, `stages.gate-2` and `stages.gate-3`.
#
# **Answer:** the text of the file, between `"""` and `"""`. If the file is not valid, the check tells where.

# %%
me.given("6g")

# %%
# BEGIN SOLUTION
# GAP: answer = ...  # your answer, a text in three quotes: """schema_version = 1 and so on"""
mine = me.given("6g")
answer = f"""schema_version = 1
extends = "kfor-gates.toml"
title = "KFOR 2009-2012, with a third gate"

[policy.three-gates]
like = "gates"
title = "Three gates"

[policy.three-gates.stages.gate-one]
name = "Gate One"
strength = 10200
decided_on = 2009-06-12
effective_on = 2010-02-03

[policy.three-gates.stages.gate-2]
name = "Gate 2"
strength = 5000
decided_on = 2010-10-29
effective_on = 2011-02-28

[policy.three-gates.stages.gate-3]
name = "Gate 3"
strength = {mine["strength"]}
decided_on = {mine["decided_on"]}
effective_on = {mine["effective_on"]}

[sources]
"policy.three-gates" = "assumption: an exercise"
"""
# END SOLUTION
me.check("6g", answer)  # the text of a file

# %% [markdown]
# Once the check is green, this draws your drawdown. What gave way after your gate, and what did not?


# %%
if me.check("6g", answer).state == "right":
    own = sim.run(scenario_from_text(answer, ["experiment.troops=[]"]), policies=["three-gates"], replications=2)
    display(sim.plots.timeline(own))

# %% [markdown]
# ## To take away
#
# - Ask for the curve, not for one point: what matters is how steep it is where you are.
# - What the last thousand soldiers add is not what a thousand add on average. A cut costs little at the top, and much
#   further down.
# - What binds says where help does most to save soldiers.
# - A minimum force from a simulation is a bracket with a confidence: what falls short, what suffices, and in between
#   what so many runs cannot tell.
# - More runs narrow the bracket. They do not make the assumptions true: change one, and see how far the answer moves.
