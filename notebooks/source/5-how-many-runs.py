# %% [markdown]
# # 5 How many runs?
#
# Run a simulation twice with other random numbers, and it gives two answers. Which one do you report? This notebook is
# about saying how sure a simulated number is, and about buying just as much certainty as you need.
#
# Takes about 75 minutes; the machine needs some 15 seconds. You need nothing but a little Python. Where a cell says
# `...  # your answer`, put your answer there; all other cells are only to be run. The numbers for an exercise are in
# the table above its answer: `mine = me.given("5a")`, then `mine["confidence"]`.
#
# | word | meaning |
# |---|---|
# | *run*, *replication* | the model once from start to end, with random numbers of its own |
# | *response* | what is measured in a run; here mostly *coverage*, the share of the work that is done |
# | *seed* | a number from which all random numbers of a study come |
# | *standard deviation* s | how far single runs scatter about their mean |
# | *interval* | mean minus half width to mean plus half width |
# | *to cover* | an interval covers if the true mean lies in it |
# | *confidence* | the share of intervals, made in this way again and again, that cover |
# | *warm-up* | the start of a run, which is cut off because the model begins empty |

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
from scipy import stats

import sim
from sim.teach import Student, scenario

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#595959"
plt.rcParams.update({"figure.figsize": (7.5, 3.4), "figure.constrained_layout.use": True, "figure.dpi": 110})
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False})

me = Student("blue tractor")  # put your own code word here: your numbers will differ from your neighbour's

# %% [markdown]
# ## One number, many answers
#
# The *lesson valley*, a made-up sector, is held with 300 soldiers for a week. Sixty runs: each has its own patrols, its
# own sick soldiers, its own people on leave. Each gives one coverage, so there are sixty answers to one question.

# %%
valley = scenario("lesson")
results = sim.run(valley, troops=[300], replications=60)
table = results.responses
coverage = table[(table["response"] == "coverage") & (table["sector"] == "all")]["value"].to_numpy()
print(coverage[:10].round(3))

_, axes = plt.subplots()
axes.plot(range(1, 61), coverage, "o", color=BLUE, markersize=4, label="a run")
axes.axhline(coverage.mean(), color=ORANGE, label="mean of all 60")
axes.set(xlabel="run", ylabel="coverage", xlim=(0, 61))
axes.legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# ## The interval of a mean
#
# The *true mean* is what infinitely many runs would give. We have n of them. Their mean is off, and by how much we can
# estimate from how far they scatter. With values $x_1, \dots, x_n$ of mean $\bar x$,
#
# $$s = \sqrt{\frac{\sum (x_i - \bar x)^2}{n - 1}}, \qquad \text{half width } h = t\,\frac{s}{\sqrt n}.$$
#
# The scatter of a *mean* is smaller than that of one run by $\sqrt n$: luck evens out.
#
# The factor t is *Student's t* with n - 1 degrees of freedom. It is larger than the 1.96 of the normal law, since s
# itself is only estimated: from five runs, t is 2.78 for 95 %. A confidence of 95 % leaves 2.5 % over on each side, so
# t is `stats.t.ppf(0.975, n - 1)`.
#
# For example, five runs:

# %%
five = coverage[:5]
s = five.std(ddof=1)  # ddof=1: divide by n - 1
t = stats.t.ppf(0.975, len(five) - 1)
print(f"{five.mean():.3f} ± {t * s / math.sqrt(len(five)):.3f}")

# %% [markdown]
# ### Exercise 5a
#
# The table has the coverages of your own runs, and a confidence (not 95 %). What is the half width?
#
# (The runs are given as a text: `np.array(mine["coverages"].split(), dtype=float)` makes numbers of it.)
#
# **Answer:** one number, a share, such as `0.25`. Three digits are enough.

# %%
me.given("5a")

# %%
# BEGIN SOLUTION
mine = me.given("5a")
runs = np.array(mine["coverages"].split(), dtype=float)
share = mine["confidence"] / 100
answer = stats.t.ppf((1 + share) / 2, len(runs) - 1) * runs.std(ddof=1) / math.sqrt(len(runs))
# END SOLUTION
me.check("5a", answer)  # a share, such as 0.03

# %% [markdown]
# From now on `sim.statistics.mean_interval` does this for us. Watch the mean settle down as runs are added:

# %%
print(sim.statistics.mean_interval(five))

counts = np.arange(3, 61)
found = [sim.statistics.mean_interval(coverage[:n]) for n in counts]
means = np.array([one.mean for one in found])
half_widths = np.array([one.half_width for one in found])
_, axes = plt.subplots()
lows, highs = means - half_widths, means + half_widths
axes.fill_between(counts, lows, highs, color=BLUE, alpha=0.2, linewidth=0, label="95 % interval")
axes.plot(counts, means, color=BLUE, label="mean of the first n runs")
axes.set(xlabel="runs n", ylabel="coverage", xlim=(3, 60))
axes.legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# The band narrows fast at first, and then hardly at all. This is the root of n: *half the half width takes four times
# the runs.* If n runs gave the half width h, and you want the half width g, then, as long as s and t stay about the
# same, you need
#
# $$n \left(\frac{h}{g}\right)^2$$
#
# runs in all, rounded up.
#
# ### Exercise 5b
#
# You have made a few runs. The table has how many, their half width, and the half width that you want. How many runs do
# you need for it in all, with those that you have?
#
# **Answer:** one whole number of runs, such as `5`.

# %%
me.given("5b")

# %%
# BEGIN SOLUTION
mine = me.given("5b")
answer = math.ceil(mine["n"] * (mine["half_width"] / mine["goal"]) ** 2)
# END SOLUTION
me.check("5b", answer)  # runs

# %% [markdown]
# ## Ten times the same is not ten
#
# All random numbers come from the *seed*. So the same seed and the same number of the run give the same run, today and
# on any machine. That is good: anybody can check your result. But it sets a trap.

# %%
for seed in (1, 1, 2):
    again = sim.run(valley, troops=[300], replications=4, seed=seed).responses
    print(
        "seed", seed, again[(again["response"] == "coverage") & (again["sector"] == "all")]["value"].round(3).tolist()
    )

# %% [markdown]
# A classmate wants many runs, starts the program with the same seed over and over, and puts everything into one table.
# The table has more and more rows, the half width gets smaller and smaller, and nothing new has been learnt.
#
# (The days of one run are a milder trap of this kind. They are not copies, but Tuesday resembles Monday: who was on
# leave then is still on leave. That is why the n of this notebook counts runs, never days.)
#
# ### Exercise 5c
#
# Your classmate has the few runs given below, and each of them is in her table several times (`copies`). Which half
# width (95 %) does the formula give for her whole table, and which is the honest one? (`np.repeat(runs, 3)` has each
# run three times.)
#
# **Answer:** two numbers, shares, `(of the table with copies, honest)`, such as `(0.25, 0.75)`.

# %%
me.given("5c")

# %%
# BEGIN SOLUTION
mine = me.given("5c")
runs = np.array(mine["coverages"].split(), dtype=float)
claimed = sim.statistics.mean_interval(np.repeat(runs, mine["copies"])).half_width
honest = sim.statistics.mean_interval(runs).half_width
answer = (claimed, honest)
# END SOLUTION
me.check("5c", answer)  # (of the table with copies, honest)

# %% [markdown]
# ## What does 95 % mean?
#
# Not that *this* interval is right with 95 %: it is right or it is not. It means that the *recipe* is right in 95 of
# 100 studies. To see that, one needs a model whose true mean is known. Here is one, from notebook 3.
#
# Patrols visit an area at random times, v visits a day. Then the time since the last visit, its *age*, has an
# exponential law with mean 24/v hours, and it is at most W with probability C = 1 - exp(-v W / 24).
#
# A run looks at all areas at one instant: its coverage is the share of the areas whose age is at most W. The true mean
# is C.

# %%
luck = np.random.default_rng(2001)


def coverage_of_a_run(visits_per_day: float, window_h: float, areas: int) -> float:
    """Share of the areas that were visited within the window."""
    ages_h = luck.exponential(24 / visits_per_day, size=areas)
    return (ages_h <= window_h).mean()


def draw_intervals(intervals: np.ndarray, truth: float) -> None:
    """Intervals side by side, those that miss the truth in orange."""
    _, axes = plt.subplots()
    for i, (low, high) in enumerate(intervals):
        axes.plot([i, i], [low, high], color=BLUE if low <= truth <= high else ORANGE, linewidth=1.2)
    axes.axhline(truth, color=GREY, linewidth=1)
    missed = sum(not low <= truth <= high for low, high in intervals)
    axes.set(xlabel="interval", ylabel="coverage", xlim=(-1, len(intervals)))
    axes.set_title(f"{missed} of {len(intervals)} miss the true mean, {truth:.3f}", loc="left", fontsize="medium")
    plt.show()


intervals = []
for _ in range(100):
    some = [coverage_of_a_run(visits_per_day=2, window_h=12, areas=30) for _ in range(8)]
    one = sim.statistics.mean_interval(some)
    intervals.append((one.mean - one.half_width, one.mean + one.half_width))
draw_intervals(np.array(intervals), truth=sim.theory.window_coverage_random(2 / 24, 12))

# %% [markdown]
# About five of a hundred miss; how many just do is luck too. And mark that the intervals are of different widths: each
# study knows its own scatter only.
#
# ### Exercise 5d
#
# Make 200 such intervals of 95 %, as the cell above makes 100, with the numbers of your table: `runs` is how many runs
# are behind each interval. The check looks at how they are made, and counts how many cover. Then try 1.96 in the place
# of t, and see what it says.
#
# **Answer:** an array of 200 rows, each `(low, high)` in shares, not rounded: `np.array(...)` of such a list as
# `intervals` above.

# %%
me.given("5d")

# %%
# BEGIN SOLUTION
mine = me.given("5d")
rows = []
for _ in range(200):
    some = [coverage_of_a_run(mine["visits_per_day"], mine["window_h"], mine["areas"]) for _ in range(mine["runs"])]
    one = sim.statistics.mean_interval(some)
    rows.append((one.mean - one.half_width, one.mean + one.half_width))
answer = np.array(rows)
# END SOLUTION
me.check("5d", answer)  # an array of shape (200, 2)

# %% [markdown]
# Once the check is green, here they are.

# %%
if me.check("5d", answer).state == "right":
    mine = me.given("5d")
    draw_intervals(answer, truth=sim.theory.window_coverage_random(mine["visits_per_day"] / 24, mine["window_h"]))

# %% [markdown]
# ## Bad weeks: quantiles
#
# A mean hides the bad weeks. The *quantile* to q = 90 %, say, is the value that 90 % of all runs do not exceed. Its
# interval needs no formula for the spread at all.
#
# Put the n values in order; a value's place is its *rank*, from 1 to n. Let B be how many of the n values lie at or
# below the true quantile. Each does so with probability q, so B is *binomial* (n, q), whatever the law of the values.
#
# The quantile lies between the values of rank `low` and rank `high` just when low ≤ B < high:
#
# $$P(\text{low} \le B < \text{high}) = F(\text{high} - 1) - F(\text{low} - 1),$$
#
# where F is `stats.binom(n, q).cdf`. For the 60 runs above and q = 50 %, the *median*:

# %%
B = stats.binom(60, 0.5)
print(f"ranks 22 and 38: {B.cdf(37) - B.cdf(21):.3f}; ranks 23 and 38: {B.cdf(37) - B.cdf(22):.3f}")
ordered = np.sort(coverage)
print(f"the median lies between {ordered[21]:.3f} and {ordered[37]:.3f}")  # Python counts from 0

_, axes = plt.subplots()
ks = np.arange(15, 46)
axes.bar(ks, B.pmf(ks), color=[BLUE if 22 <= k < 38 else ORANGE for k in ks])
axes.set(xlabel="B: how many of 60 values lie at or below the median", ylabel="probability")
axes.set_title("blue: the ranks 22 and 38 have the median between them", loc="left", fontsize="medium")
plt.show()

# %% [markdown]
# ### Exercise 5e
#
# You have n runs, and want the quantile to q; both are in the table. Find two ranks between which it lies with at least
# 95 %, with `high - low` as small as can be. (Two nested loops over low and high find them. If several pairs are
# equally near, each is right.)
#
# **Answer:** two whole numbers, `(low, high)`, such as `(3, 7)`.

# %%
me.given("5e")

# %%
# BEGIN SOLUTION
mine = me.given("5e")
B = stats.binom(mine["n"], mine["q"] / 100)
pairs = [
    (high - low, low, high)
    for low in range(1, mine["n"])
    for high in range(low + 1, mine["n"] + 1)
    if B.cdf(high - 1) - B.cdf(low - 1) >= 0.95
]
_, low, high = min(pairs)
answer = (low, high)
# END SOLUTION
me.check("5e", answer)  # (low, high)

# %% [markdown]
# ## The start does not count
#
# When a run begins, no patrol has been anywhere. For the first twelve hours, the coverage window of the valley, the
# share of areas covered can only climb from 0. That is no property of a force of 300, but of how we started. So the
# *warm-up* is cut off, and the means are of what comes after. Coverage by the hour, over 20 runs:

# %%
hours = np.arange(0, 121)
courses = []
for replication in range(20):
    trace = sim.model.replicate(valley, "two-stages", troops=300, seed=1, replication=replication)
    snapshots = [sim.responses.take_snapshot(valley, trace, int(hour) * 3600) for hour in hours]
    courses.append([one.share_covered_in_all for one in snapshots])
by_hour = np.mean(courses, axis=0)

_, axes = plt.subplots()
axes.plot(hours, courses[0], color=GREY, linewidth=0.7, label="one run")
axes.plot(hours, by_hour, color=BLUE, linewidth=1.8, label="mean of 20 runs")
axes.axvspan(0, valley.horizon.warm_up_h, color=ORANGE, alpha=0.15, linewidth=0, label="warm-up of the scenario")
axes.set(xlabel="hour", ylabel="share of areas covered", xlim=(0, 120), ylim=(0, 1.05), xticks=range(0, 121, 12))
axes.legend(ncols=3, loc="lower right", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# In one run, luck hides the climb; the mean over runs shows it (*Welch's plot*). The waves after it are real: tours
# leave in the first half of a shift, three shifts a day. The scenario cuts 48 hours, to be on the safe side.
#
# Where does the warm-up end? A rule that needs no eye is *MSER*. Let $x_0, x_1, \dots, x_{n-1}$ be the hours. Cut the
# first d of them and compute, with the mean $\bar x_d$ of those that are kept,
#
# $$\text{MSER}(d) = \frac{\sum_{i \ge d} (x_i - \bar x_d)^2}{(n - d)^2}.$$
#
# Cutting the climb makes the sum on top smaller. Cutting more makes the number below smaller, which is the price of
# throwing data away. Take the d from 0 to n/2 for which it is smallest. (It is the square of s/√n, nearly: MSER cuts
# where the mean is most certain.)


# %%
def mser(values: np.ndarray, d: int) -> float:
    """MSER of a cut after the first d values."""
    kept = values[d:]
    return ((kept - kept.mean()) ** 2).sum() / len(kept) ** 2


print([f"{mser(by_hour, d):.2e}" for d in (0, 5, 10, 20, 60)])

# %% [markdown]
# ### Exercise 5f
#
# The table has the first 40 hours of another sector, each the mean over many runs. How many hours does MSER cut off?
# It is the d from 0 to 20 with the smallest `mser(values, d)`.
#
# **Answer:** one whole number of hours, such as `24`.

# %%
me.given("5f")

# %%
# BEGIN SOLUTION
mine = me.given("5f")
values = np.array(mine["coverages"].split(), dtype=float)
answer = min(range(len(values) // 2 + 1), key=lambda d: mser(values, d))
# END SOLUTION
me.check("5f", answer)  # hours

# %% [markdown]
# ## As many as it takes
#
# Why guess n? Say how precise you want to be, and let the program add runs until the half width is small enough. Here
# too is a trap. Look at the half width after each of the 60 runs:

# %%
counts = np.arange(2, 61)
half_widths = [sim.statistics.mean_interval(coverage[:n]).half_width for n in counts]
_, axes = plt.subplots()
axes.plot(counts, half_widths, "o-", color=BLUE, markersize=3)
axes.axhline(0.015, color=ORANGE, linestyle="--", label="goal")
axes.set(xlabel="runs n", ylabel="half width", xlim=(2, 60), ylim=(0, 0.08))
axes.legend(loc="upper right")
plt.show()

# %% [markdown]
# It falls, but not at every step. A few values that happen to lie close together can meet the goal, and the next one
# ends it. So the rule has a *look-ahead*: with at least 3 runs, take **the smallest n at which the half width is no
# more than the goal, and stays so for the next 5 runs** (at n, n + 1, ..., n + 5).
#
# ### Exercise 5g
#
# The table has the runs of your own study, in order, and your goal, a half width (95 %). What is that n?
#
# **Answer:** one whole number of runs, such as `2`.

# %%
me.given("5g")

# %%
# BEGIN SOLUTION
mine = me.given("5g")
runs = np.array(mine["coverages"].split(), dtype=float)


def is_met(n: int) -> bool:
    """Whether the first n runs meet the goal."""
    return sim.statistics.mean_interval(runs[:n]).half_width <= mine["goal"]


answer = next(n for n in range(3, len(runs) - 4) if all(is_met(n + i) for i in range(6)))
# END SOLUTION
me.check("5g", answer)  # runs

# %% [markdown]
# The project does this by itself. The goal is a half width of 0.01 for coverage, with no more than 200 runs:

# %%
goal = "{ max_replications = 200, look_ahead = 5, goals = { coverage = { half_width = 0.01 } } }"
precise_valley = scenario("lesson", settings=[f"experiment.precision={goal}"])
results, precise = sim.run_to_precision(precise_valley, troops=[300])
print(precise)
results

# %% [markdown]
# ## To take away
#
# - Never report a simulated number without its interval. Mean ± half width, and say the confidence and n.
# - n counts runs with random numbers of their own: not copies, not days.
# - Half the half width takes four times the runs. Ask for the precision that the decision needs, not for more.
# - 95 % is a property of the recipe. With few runs the recipe needs Student's t.
# - A quantile has an interval too, and it needs no law of the values.
# - Look at the mean over runs by the hour before you choose a warm-up.
