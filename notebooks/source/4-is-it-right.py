# %% [markdown]
# # 4 Is it right?
#
# A simulation always gives a number. How would you know if it were the wrong one? This notebook takes a queue at a
# checkpoint, which theory knows everything about, and uses it as a touchstone: first three laws, then a program that
# agrees with them, then two programs by colleagues that look right, run without an error, and are wrong.
#
# Takes about 75 minutes; the machine needs some 10 seconds. Where a cell says `...  # your answer`, put your answer
# there; all other cells are only to be run. The numbers for an exercise are in the table above its answer:
# `mine = me.given("4a")`, then `mine["lanes"]`.
#
# | word | meaning |
# |---|---|
# | *lane* | where one vehicle at a time is checked; all lanes of a post share one queue |
# | *wait* | the time from arrival to the *start* of the check |
# | *time in the system* | the wait and the check together |
# | *utilisation* | the share of time for which a lane is busy |
# | *verification* | does the program do what we meant? |
# | *validation* | is what we meant like the world? |

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import simpy

import sim
from sim.teach import Student, scenario
from sim.teach.lessons.planted_faults import as_function

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#595959"
plt.rcParams.update({"figure.figsize": (7.5, 3.4), "figure.constrained_layout.use": True, "figure.dpi": 110})
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False})

me = Student("blue tractor")  # put your own code word here: your numbers will differ from your neighbour's

# %% [markdown]
# ## Before anything else: is there room?
#
# 30 vehicles an hour come to a post of 2 lanes, and a check takes 3 minutes on average. A busy lane checks 60/3 = 20
# vehicles an hour, so the post could check 40 if it never rested: its *capacity*. The lanes are busy for 30/40 = 0.75
# of the time: the *utilisation*. No chance and no simulation is needed for that, and it has to come out right in any
# program. If it were 1 or more, the queue would grow without end.
#
# ### Exercise 4a
#
# What are the utilisation of the post in your table, and its capacity in vehicles an hour?
#
# **Answer:** two numbers, `(share, vehicles an hour)`, such as `(0.25, 7)`.

# %%
me.given("4a")

# %%
# BEGIN SOLUTION
mine = me.given("4a")
capacity_per_h = mine["lanes"] * 60 / mine["check_min"]
answer = (mine["vehicles_per_h"] / capacity_per_h, capacity_per_h)
# END SOLUTION
me.check("4a", answer)  # (share, vehicles an hour)

# %% [markdown]
# ## Why there is a queue at all
#
# With lanes idle for a quarter of the time, why does anybody wait? Because vehicles come at random: sometimes five in a
# minute, then none.
#
# The Danish engineer A. K. Erlang worked out how long they wait on average (in 1917, for telephone
# calls), for arrivals at random and checks of *exponential* length: most are short, a few are long.
#
# `sim.theory.mmc_wait(lanes, arrivals_per_h, services_per_h)` is his formula. `services_per_h` is what *one* busy lane
# checks an hour. Mind the unit: everything in `sim.theory` is in hours.

# %%
wait_h = sim.theory.mmc_wait(2, 30, 20)
print(f"30 vehicles an hour, 2 lanes, 3 minutes a check: a mean wait of {60 * wait_h:.3f} minutes")

utilisation = np.linspace(0.01, 0.99, 300)
_, axes = plt.subplots()
for lanes, colour in ((1, ORANGE), (2, BLUE), (4, GREEN)):
    wait_min = 60 * sim.theory.mmc_wait(lanes, utilisation * lanes * 20, 20)
    axes.plot(utilisation, wait_min, color=colour, label=f"{lanes} lane{'s' if lanes > 1 else ''}")
axes.set(xlabel="utilisation", ylabel="mean wait [min], checks of 3 min", xlim=(0, 1), ylim=(0, 30))
axes.legend(loc="upper left")
plt.show()

# %% [markdown]
# Two lessons that hold for checkpoints, hospitals and helicopters alike: waits explode as the utilisation comes near 1,
# and one queue for many lanes waits less than many queues, because no lane is idle while somebody waits.
#
# ### Exercise 4b
#
# What is the mean wait at your post, in minutes? (Another post than in 4a. Mind the units.)
#
# **Answer:** one number, minutes, such as `77.5`.

# %%
me.given("4b")

# %%
# BEGIN SOLUTION
mine = me.given("4b")
answer = 60 * sim.theory.mmc_wait(mine["lanes"], mine["vehicles_per_h"], 60 / mine["check_min"])
# END SOLUTION
me.check("4b", answer)  # minutes

# %% [markdown]
# ## Little's law
#
# The step curves below count, at a small post with one lane, the vehicles that have arrived and those whose check has
# begun. At any instant the *vertical* distance is how many are queueing; for each vehicle the *horizontal* distance is
# how long it waits.
#
# Both cut the same grey shape into strips. So its area is (mean number queueing) · (time), and also (number of
# vehicles) · (mean wait). Divide both by the time:
#
# $$L = \lambda W$$
#
# mean number in a system = arrivals an hour · mean time in it, in hours. That is *Little's law*. It holds for every law
# of arrivals and checks, and for whatever you draw the "system" round: the queue, the lanes, or both. (The time has to
# begin and end with nobody there, as below, or to be so long, at a post that keeps up, that the ends do not matter.)

# %%
arrives = np.array([1, 3, 4, 5, 11, 13, 14, 20, 21])
check = np.array([4, 3, 2, 3, 2, 4, 2, 3, 2])
starts, lane_free = [], 0
for arrival, length in zip(arrives, check, strict=True):
    starts.append(max(arrival, lane_free))
    lane_free = starts[-1] + length
count = np.arange(len(arrives) + 1)
minutes = np.linspace(0, 26, 2601)
n_arrived, n_started = (np.searchsorted(times, minutes, side="right") for times in (arrives, starts))
_, axes = plt.subplots()
axes.fill_between(minutes, n_started, n_arrived, color=GREY, alpha=0.25, linewidth=0)
axes.plot(minutes, n_arrived, color=BLUE, label="arrived")
axes.plot(minutes, n_started, color=ORANGE, label="check begun")
axes.annotate("", (5.5, 4), (5.5, 2), arrowprops={"arrowstyle": "<->"})
axes.text(5.7, 3.4, "queueing", va="center")
axes.annotate("", (14, 6.25), (19, 6.25), arrowprops={"arrowstyle": "<->"})
axes.text(16.5, 6.3, "wait", ha="center", va="bottom")
axes.set(xlabel="minutes", ylabel="vehicles", xlim=(0, 26), ylim=(0, 10))
axes.legend(loc="upper left")
plt.show()

# %% [markdown]
# ### Exercise 4c
#
# A camera photographs a checkpoint every ten minutes. Your table has how many vehicles wait and how many are under
# check, on average over very many photographs, and from the log how many pass an hour. Without a stopwatch: how long
# does a vehicle wait, and how long does a check take, in minutes?
#
# **Answer:** two numbers, `(minutes of wait, minutes of check)`, such as `(77.5, 33.5)`.

# %%
me.given("4c")

# %%
# BEGIN SOLUTION
mine = me.given("4c")
answer = (60 * mine["queueing"] / mine["vehicles_per_h"], 60 * mine["in_lanes"] / mine["vehicles_per_h"])
# END SOLUTION
me.check("4c", answer)  # (minutes of wait, minutes of check)

# %% [markdown]
# ## What makes a queue worse: uneven checks
#
# Exponential checks are an assumption. For one lane theory does without: with λ arrivals an hour and checks of length
# S, the law of Pollaczek and Khinchine says
#
# $$W = \frac{\lambda\,E[S^2]}{2\,(1-\rho)}$$
#
# where ρ is the utilisation and E[S²] the *mean of the square* of a check. It is not the square of the mean: E[S²] =
# (mean)² + variance.
#
# How uneven checks are is often said by the *coefficient of variation* (cv), the standard deviation over the mean. So
# the variance is (cv · mean)². Checks that all take equally long have a cv of 0, exponential ones a cv of 1.
#
# `sim.theory.mg1_wait(arrivals_per_h, mean_h, mean_square_h2)` works it out, in hours.

# %%
for cv in (0, 1, 2):
    mean_h = 3 / 60
    wait_h = sim.theory.mg1_wait(12, mean_h, mean_h**2 + (cv * mean_h) ** 2)
    print(f"12 vehicles an hour, checks of 3 minutes with a cv of {cv}: a mean wait of {60 * wait_h:.2f} minutes")

# %% [markdown]
# Same lane, same utilisation, same mean check, and five times the wait where the cv is 2: one vehicle that is taken
# apart for half an hour holds up all those behind it.
#
# ### Exercise 4d
#
# Two posts of one lane have the traffic and the mean check of your table. In the first all checks take equally long, in
# the second they have your cv. What are the mean waits, in minutes?
#
# **Answer:** two numbers, `(minutes, minutes)`, the first post first, such as `(77, 88)`.

# %%
me.given("4d")

# %%
# BEGIN SOLUTION
mine = me.given("4d")
mean_h = mine["check_min"] / 60
mean_squares_h2 = [mean_h**2 * (1 + cv**2) for cv in (0, mine["cv"])]
answer = [60 * sim.theory.mg1_wait(mine["vehicles_per_h"], mean_h, square) for square in mean_squares_h2]
# END SOLUTION
me.check("4d", answer)  # (minutes, minutes)

# %% [markdown]
# ## A program, held against the law
#
# A queue can be simulated in a few lines and without events: keep the times at which lanes come free. A vehicle starts
# when it is there *and* the first lane is free; then that lane is busy until the end of the check. (peacesim queues
# millions of vehicles in this way.)


# %%
def simulated_waits(vehicles_per_h: float, check_min: float, lanes: int, hours: float, seed: int) -> list[float]:
    """Waits [min] of all vehicles of some hours."""
    luck = np.random.default_rng(seed)
    arrives, free, waits = 0.0, [0.0] * lanes, []
    while arrives < 60 * hours:
        arrives += luck.exponential(60 / vehicles_per_h)
        first = free.index(min(free))
        starts = max(arrives, free[first])
        free[first] = starts + luck.exponential(check_min)
        waits.append(starts - arrives)
    return waits


means = [np.mean(simulated_waits(30, 3, lanes=2, hours=200, seed=seed)) for seed in range(1, 21)]
found = sim.statistics.mean_interval(means, confidence=0.999)
_, axes = plt.subplots(figsize=(7.5, 1.9))
axes.plot(means, np.full(20, 1.0), "o", color=BLUE, alpha=0.5, label="20 replications of 200 h")
axes.errorbar(
    found.mean, 0, xerr=found.half_width, fmt="o", color="black", capsize=4, label="their mean, 99.9 % interval"
)
axes.axvline(60 * sim.theory.mmc_wait(2, 30, 20), color=ORANGE, linestyle="--", label="law")
axes.set(xlabel="mean wait [min]", ylim=(-0.7, 1.7), yticks=[])
axes.spines["left"].set_visible(False)
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# No replication gives the law's number, and none should: each has its own luck. The question is whether the *interval*
# covers it. A *99.9 % interval* is built so that it misses the true mean once in a thousand honest tries. (With the
# usual 95 % you would chase a fault that is not there in one test of twenty, and this project has hundreds of tests.)
#
# An interval can also cover too easily: one from 0 to 100 minutes covers every law there is. A test is worth something
# only if a wrong program would fail it, so the interval has to be *narrow* as well.
#
# ### Exercise 4e
#
# Simulate the post of your table, with `simulated_waits` as above: 20 replications of 400 hours, with seeds of your
# choice. Give a 99.9 % interval of the mean wait. The check wants it so narrow that the upper end is at most 1.5 times
# the lower one, and with so many hours it will be; nor can it be narrower than luck leaves it.
# `sim.statistics.mean_interval(means, confidence=0.999)` has `.mean` and `.half_width`.
#
# **Answer:** two numbers in minutes, `(lower end, upper end)`, such as `(77, 88)`.

# %%
me.given("4e")

# %%
# BEGIN SOLUTION
mine = me.given("4e")
post = (mine["vehicles_per_h"], mine["check_min"], mine["lanes"])
means = [np.mean(simulated_waits(*post, hours=400, seed=seed)) for seed in range(100, 120)]
found = sim.statistics.mean_interval(means, confidence=0.999)
answer = (found.mean - found.half_width, found.mean + found.half_width)
# END SOLUTION
me.check("4e", answer)  # (minutes, minutes)

# %% [markdown]
# ## Two programs by colleagues
#
# Both use SimPy: each vehicle is a process that arrives, requests a lane, waits until it has one, and holds it for the
# length of its check. Both run without an error. Each has one line that is wrong; the lines in question have labels.
# The programs are your own: a neighbour's have other labels, and the first one may have another fault.
#
# Random numbers come in a *stream*, `np.random.default_rng(seed)`. The same *seed* gives the same stream, number by
# number, so that a run can be repeated.
#
# `evidence` holds a program against what must come out of 30 vehicles an hour, 2 lanes and 3 minutes: three numbers,
# each with a 99.9 % interval over 20 replications of 50 hours.

# %%
THEORY = {"vehicles an hour": 30, "utilisation": 0.75, "mean wait [min]": 60 * sim.theory.mmc_wait(2, 30, 20)}


def evidence(program) -> pd.DataFrame:
    """Three results of a program beside theory."""
    runs = np.array([program(30, 3, lanes=2, hours=50, seed=seed) for seed in range(1, 21)])
    rows = []
    for (name, theory), values in zip(THEORY.items(), runs.T, strict=True):
        found = sim.statistics.mean_interval(values, confidence=0.999)
        agrees = "yes" if abs(found.mean - theory) <= found.half_width else "NO"
        rows.append((name, theory, found.mean, found.half_width, agrees))
    return pd.DataFrame(rows, columns=["what", "theory", "simulated", "±", "agrees"]).set_index("what").round(4)


# %%
first = me.given("4f")["program"]
print(first)
evidence(as_function(first, np=np, simpy=simpy))

# %% [markdown]
# ### Exercise 4f
#
# As many vehicles come as should, and the lanes are as busy as they should be. Only the wait is off. Is it too long or
# too short, by how much, or by what factor? What in this notebook makes a wait just so much longer or shorter? Which
# line does it? (Copy the program into a new cell, mend the line or move it, run it, and see in another cell whether
# `evidence(first_program)` agrees.)
#
# **Answer:** one whole number, the label of the line, such as `9`.

# %%
# BEGIN SOLUTION
# Of the four faults that there are, the first that shows; if none of the others, the wait is taken too late.
signs = ("lanes + 1", "append(check_min)", "uniform", "waits.append")
wrong = next(line for sign in signs for line in first.splitlines() if sign in line)
answer = int(wrong.split("(")[-1].strip(")"))
# END SOLUTION
me.check("4f", answer)  # label

# %% [markdown] tags=["solution"]
# One of four faults, by code word:
#
# - The wait is three minutes too long, one mean check: it is taken after the check, and is the time in the system. Its
#   line belongs right after the one that yields the lane.
# - It is that of three lanes, `60 * sim.theory.mmc_wait(3, 30, 20)`: the post has one lane too many.
# - It is about half: checks all take equally long (compare 4d).
# - It is about 0.6 of what it should be: gaps are not exponential, but spread evenly. Vehicles come less at random.

# %%
second = me.given("4g")["program"]
print(second)
evidence(as_function(second, np=np, simpy=simpy))

# %% [markdown]
# ### Exercise 4g
#
# This one is hard. As many vehicles come as should. The utilisation is right but for less than a thousandth (the
# end of the run cuts off the last gap). Gaps and checks are both exponential with the right means: draw their
# histograms if you like. And the wait is only a third of what it should be. Without the law, who would have noticed?
#
# Two things to look at. The ± of the utilisation is some eighty times narrower than the 0.02 of a program that is
# right, as if luck had gone out of it. And all that theory assumes and you have not checked yet is that gaps and checks
# have *nothing to do with each other*. Which line is it?
#
# **Answer:** one whole number, the label of the line, such as `9`.

# %%
# BEGIN SOLUTION
gaps, checks = (np.random.default_rng(1).exponential(mean, 300) for mean in (2, 3))
_, axes = plt.subplots(figsize=(4, 3))
axes.plot(gaps, checks, ".", color=BLUE)
axes.set(xlabel="gap before the vehicle [min]", ylabel="its check [min]")
plt.show()
wrong = next(line for line in second.splitlines() if "default_rng" in line)
answer = int(wrong.split("(")[-1].strip(")"))
# END SOLUTION
me.check("4g", answer)  # label

# %% [markdown] tags=["solution"]
# Both streams have the same seed, so they are the same numbers: a vehicle's check is always 1.5 times the gap before
# it. After a long check, the next gap is nobody's fault; but a long check always comes after a long gap, into an empty
# post. Give each stream a seed of its own, `np.random.default_rng([seed, 1])` and `np.random.default_rng([seed, 2])`.
# This is why peacesim derives the key of each stream from what it is *for*.

# %% [markdown]
# ## And peacesim itself?
#
# The same touchstone for the checkpoints of the lesson valley: traffic that is the same at all hours, one lane, enough
# soldiers for all posts. The points are simulated with everything that a run has, shifts and sections and patrols; the
# lines are the laws of Erlang and of Pollaczek and Khinchine.

# %%
_, axes = plt.subplots()
rho = np.linspace(0, 0.97, 300)
for law, cv, colour in (("exponential", 1, BLUE), ("constant", 0, GREEN)):
    wait_min = [60 * sim.theory.mg1_wait(50 * r, 0.02, 0.02**2 * (1 + cv**2)) for r in rho]
    axes.plot(rho, wait_min, color=colour, label=f"{law} checks of 1.2 min")
    for share in (0.3, 0.5, 0.7, 0.8, 0.9):
        valley = scenario(
            "lesson",
            [
                'vehicles.runs="all"',
                f"vehicles.checkpoints.per_day={1200 * share}",
                f"vehicles.checkpoints.by_hour={[1] * 24}",
                f'vehicles.checkpoints.check_min={{ distribution = "{law}", mean = 1.2 }}',
                "experiment.sweep_days=30",
            ],
        )
        waits = []
        for replication in range(5):
            trace = sim.model.replicate(valley, "two-stages", troops=2000, seed=7, replication=replication)
            found = {(row[0], row[1]): row[3] for row in sim.responses.measure(valley, trace).responses}
            waits.append(found["all", "checkpoint_wait_min"])
        interval = sim.statistics.mean_interval(waits, confidence=0.999)
        axes.errorbar(share, interval.mean, interval.half_width, fmt="o", markersize=4, capsize=3, color="black")
axes.set(xlabel="utilisation", ylabel="mean wait [min]", xlim=(0, 1), ylim=(0, 14))
axes.legend(loc="upper left")
plt.show()

# %% [markdown]
# ## What no test shows
#
# All this was *verification*: the program does what we meant. Whether the world is like that is another question,
# *validation*: do vehicles come at random, does a check take 1.2 minutes, does the crew work as fast in the rain? No
# law answers that, only data do. It helps to know which of a scenario's numbers are facts and which are assumptions:
# `peacesim sources scenarios/kfor-2001.toml --assumptions` lists them.
#
# ## What to take away
#
# - Ask first what must come out: utilisation, Little's law, a formula for a simple case. Then run the program.
# - Compare through an interval: one that would rarely miss, and narrow enough to fail a wrong program.
# - A program can be right in everything that you look at and wrong in the one thing that you want to know.
# - A test that has never failed may not be able to. Plant a fault and see.
