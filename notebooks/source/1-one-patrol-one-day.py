# %% [markdown]
# # 1 One patrol, one day
#
# A section of soldiers leaves its base, looks after a few areas, and comes home. By the end of this notebook you have
# worked that out by hand, written it as a program of ten lines, found it again in the records of a whole peace force,
# and learned one law that says, without any program, how many patrols are out at a time.
#
# Takes about 75 minutes; the machine needs some 10 seconds. You need nothing but a little Python.
#
# | word | meaning |
# |---|---|
# | *section* | some nine soldiers, who do everything together |
# | *tour* | one patrol, from leaving the base to coming home; it visits several *areas* |
# | *turn-round* | the time after a tour that weapons, fuel and the report take |
# | *event* | something that happens at an instant: a departure, a return |
# | *event list* | what is still to happen, with its time; the earliest comes next |
# | *process* | what one actor does, step by step, waiting in between |
# | *trace* | the record of everything that happened in a run |
# | *replication* | one run of the model, with its own random numbers |
# | *seed* | the number that all random numbers of a run grow from: the same seed, the same run |

# %%
from collections.abc import Generator

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import simpy

import sim
from sim.teach import Student, scenario
from sim.theory import patrols_out

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#C9C9C9"
plt.rcParams.update({"figure.figsize": (7.5, 2.6), "figure.constrained_layout.use": True, "figure.dpi": 110})
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False})

me = Student("blue tractor")  # put your own code word here: your numbers will differ from your neighbour's

# %% [markdown]
# ## A tour by hand
#
# A section departs at 07:00, which is 420 minutes after midnight. It drives 10 km to its first area at 30 km/h, walks
# from each area to the next, 2 km at 5 km/h, stays 30 minutes in each of 3 areas, and drives 10 km home.
#
# * It arrives at the first area after 10 / 30 × 60 = 20 minutes: at 440.
# * It stays three times and walks twice: 3 × 30 + 2 × 24 = 138 minutes. It leaves the last area at 578.
# * It drives home: at 598, which is 09:58, it is back.
#
# Then comes the turn-round, 60 minutes. At 10:58 the section could depart again. The next cell draws the tour. A cell
# that draws is only to be run: you need not read it.


# %%
def draw_tour(departs_min: float, approach_min: float, leg_min: float, dwell_min: float, n_stops: int) -> None:
    """A tour as a strip: driving, staying, walking, turn-round."""
    parts = [("drive", approach_min, BLUE), ("stay", dwell_min, GREEN)]
    parts += [("walk", leg_min, ORANGE), ("stay", dwell_min, GREEN)] * (n_stops - 1)
    parts += [("drive", approach_min, BLUE), ("turn-round", 60, GREY)]
    now = departs_min
    _, axes = plt.subplots(figsize=(7.5, 1.4))
    for what, length, colour in parts:
        axes.barh(0, length / 60, left=now / 60, color=colour, edgecolor="white")
        axes.text((now + length / 2) / 60, 0.52, what, ha="center", fontsize=8)
        now += length
    hours = range(int(departs_min // 60), int(-(-now // 60)) + 1)
    axes.set(yticks=[], ylim=(-0.45, 0.8), xticks=hours, xticklabels=[f"{hour:02}:00" for hour in hours])
    axes.spines["left"].set_visible(False)


draw_tour(departs_min=420, approach_min=20, leg_min=24, dwell_min=30, n_stops=3)

# %% [markdown]
# **Exercise 1a.** The next cell shows the numbers of your own tour. When does the section arrive at its first area,
# when does it leave the last one, and when is it back? Three numbers in brackets, in minutes after midnight; in the
# example `(440, 578, 598)`. Write them in place of the three dots, and run the cell as often as you like. You may also
# let Python work them out: `mine["departs_min"]` is the number of that name.

# %%
me.given("1a")

# %%
mine = me.given("1a")
# BEGIN SOLUTION
approach_min = mine["approach_km"] / mine["approach_km_h"] * 60
leg_min = mine["leg_km"] / mine["leg_km_h"] * 60
arrives = mine["departs_min"] + approach_min
leaves = arrives + mine["n_stops"] * mine["dwell_min"] + (mine["n_stops"] - 1) * leg_min
answer = (arrives, leaves, leaves + approach_min)
# END SOLUTION
me.check("1a", answer)

# %% [markdown]
# ## The clock jumps
#
# Between a departure and a return nothing happens that we need to know. So the clock of a *discrete-event simulation*
# does not tick: it jumps from one event to the next. All it needs is the event list, and one rule:
#
# > Take the earliest event off the list. Set the clock to its time. Let it happen: it may put new events on the list.
#
# Two sections, A and B. A's tours take 30 minutes, B's take 70, and each has a turn-round of 10. A departs first at 0,
# B at 5.
#
# | clock | what happens | the list afterwards |
# |---|---|---|
# | 0 | A departs | B departs at 5, A returns at 30 |
# | 5 | B departs | A returns at 30, B returns at 75 |
# | 30 | A returns | A departs at 40, B returns at 75 |
# | 40 | A departs | A returns at 70, B returns at 75 |
# | 70 | A returns | B returns at 75, A departs at 80 |
# | 75 | B returns | A departs at 80, B departs at 85 |
#
# Each section has one event on the list at a time: what it does next.
#
# **Exercise 1b.** Two sections of your own. Keep the list on paper. What does the clock show at each of the first six
# events? Six numbers in brackets, in minutes; in the example `[0, 5, 30, 40, 70, 75]`.

# %%
me.given("1b")

# %%
mine = me.given("1b")
# BEGIN SOLUTION
events = []
for name in "ab":
    now = mine[f"{name}_departs_min"]
    for _ in range(3):
        events += [now, now + mine[f"{name}_out_min"]]
        now += mine[f"{name}_out_min"] + mine["turn_round_min"]
answer = sorted(events)[:6]
# END SOLUTION
me.check("1b", answer)

# %% [markdown]
# ## The same in SimPy
#
# [SimPy](https://simpy.readthedocs.io) keeps the list for us. We only write down what *one* section does, as a process:
# a Python function that says `yield env.timeout(30)` where the section waits for 30 minutes. At each `yield` the
# function stops, SimPy lets the others go on, and wakes it when the clock is there. `env.now` is what the clock shows.


# %%
def one_tour(env: simpy.Environment, name: str, departs_min: int, out_min: int, log: list) -> Generator:
    """One section, one tour."""
    yield env.timeout(departs_min)
    log.append((env.now, name, "departs"))
    yield env.timeout(out_min)
    log.append((env.now, name, "returns"))


env, log = simpy.Environment(), []
env.process(one_tour(env, "A", departs_min=0, out_min=30, log=log))
env.process(one_tour(env, "B", departs_min=5, out_min=70, log=log))
env.run()
print(*log, sep="\n")

# %% [markdown]
# Two processes ran side by side, and the log is in the order of the clock. That is the whole secret: the peace force
# that we come to below is nothing but more processes.
#
# A section goes out again and again. Put the tour into a loop that never ends; `env.run(until=...)` stops the clock
# anyway. One line is missing: between a return and the next departure the section waits for its turn-round.


# %%
def section(
    env: simpy.Environment, name: str, departs_min: int, out_min: int, turn_round_min: int, log: list
) -> Generator:
    """One section, tour after tour."""
    yield env.timeout(departs_min)
    while True:
        log.append((env.now, name, "departs"))
        yield env.timeout(out_min)
        log.append((env.now, name, "returns"))
        # BEGIN SOLUTION
        # GAP: # your line here: wait for the turn-round
        yield env.timeout(turn_round_min)
        # END SOLUTION


env, log = simpy.Environment(), []
env.process(section(env, "A", 0, 30, 10, log))
env.process(section(env, "B", 5, 70, 10, log))
env.run(until=80)
print([time for time, _, _ in log])  # once your line is there: 0, 5, 30, 40, 70, 75, as in the table above

# %% [markdown]
# **Exercise 1c.** Three sections of your own, from midnight (0) to midnight (1440). How many of their tours depart,
# all three together? A whole number. Make a new environment and a new log, start a process for each section, run until
# 1440, and count the departures in the log.

# %%
me.given("1c")

# %%
mine = me.given("1c")
# BEGIN SOLUTION
env, log = simpy.Environment(), []
for name in "abc":
    out_min, departs_min = mine[f"{name}_out_min"], mine[f"{name}_departs_min"]
    env.process(section(env, name, departs_min, out_min, mine["turn_round_min"], log))
env.run(until=24 * 60)
answer = sum(what == "departs" for _, _, what in log)
# END SOLUTION
me.check("1c", answer)

# %% [markdown]
# ## How many are out?
#
# A headquarters does not ask for times but for numbers: how many patrols are out now, and how many on average? Draw
# each tour as a bar; then count the bars that a vertical line cuts. (The cell is only to be run.)


# %%
def number_out(tours: list[tuple[float, float]], at: np.ndarray) -> np.ndarray:
    """How many tours are out at each instant: departed, and not yet back."""
    departs, returns = np.array(tours).T
    return (departs <= at[:, None]).sum(axis=1) - (returns <= at[:, None]).sum(axis=1)


def draw_tours(tours: list, mean: float, hours: range, xlabel: str, line_at: float = np.nan) -> None:
    """Tours as bars, and below them how many are out."""
    _, (above, below) = plt.subplots(2, sharex=True, figsize=(7.5, 3.6), height_ratios=(3, 2))
    for k, (departs, returns) in enumerate(tours):
        above.barh(k, returns - departs, left=departs, color=BLUE, height=0.7)
    at = np.linspace(hours[0], hours[-1], 3000)
    out = number_out(tours, at)
    below.fill_between(at, out, step="post", color=BLUE, alpha=0.25, linewidth=0)
    below.step(at, out, where="post", color=BLUE)
    below.axhline(mean, color=ORANGE, linestyle="--")
    for axes in (above, below):
        axes.axvline(line_at, color="black", linestyle=":")
    below.annotate(f"mean {mean:.2f}", (1, mean), (4, 0), ("axes fraction", "data"), "offset points", color=ORANGE)
    above.set(ylabel="tour", yticks=[])
    below.set(ylabel="tours out", xlabel=xlabel, xlim=(hours[0], hours[-1]), ylim=(0, None), xticks=hours)
    below.yaxis.get_major_locator().set_params(integer=True)


tours = [(6.0, 8.5), (6.5, 10.0), (7.0, 9.0), (9.5, 12.0), (10.5, 12.5), (11.0, 14.0)]
draw_tours(tours, sum(end - begin for begin, end in tours) / (14 - 6), range(6, 15), "hour of the day", line_at=8)

# %% [markdown]
# At 8 o'clock, the dotted line, three tours are out: three have departed, and none is back. At 9:15 it is one.
#
# **Exercise 1d.** A morning of your own: when each tour departs and returns. How many are out at the instant `at`, and
# how many at `later`? Two whole numbers in brackets. Count by eye, or in Python: `"08:05" < "09:10"` is true.

# %%
me.given("1d")

# %%
mine = me.given("1d")
# BEGIN SOLUTION
tours_of_mine = [mine[name].split("-") for name in mine if name.startswith("tour")]
answer = [sum(begin <= mine[at] < end for begin, end in tours_of_mine) for at in ("at", "later")]
# END SOLUTION
me.check("1d", answer)

# %% [markdown]
# Now the average. The shaded area under the lower curve is made of the bars above it, stacked: its size is the sum of
# all lengths, 2.5 + 3.5 + 2 + 2.5 + 2 + 3 = 15.5 tour-hours. Spread over 8 hours that is a mean of 15.5 / 8 = 1.94
# patrols out. The same in other words: 6 tours in 8 hours are 0.75 departures an hour, each out for 15.5 / 6 = 2.58
# hours, and 0.75 × 2.58 = 1.94.
#
# > **Little's law.** The mean number there is the rate at which they come times the mean time that each stays.
#
# With nobody there at both ends of a period, or over a long one, it holds whatever the tours look like, random or not.
# It holds for any "there": out on patrol; busy, which is out *or* in turn-round; waiting in a queue.
#
# **Exercise 1e.** How many patrols are out on average in your period, and how many sections are busy, out or in
# turn-round? Two numbers in brackets: `(1.94, 2.69)` in the example, if each turn-round took an hour.

# %%
me.given("1e")

# %%
mine = me.given("1e")
# BEGIN SOLUTION
per_h = mine["n_tours"] / mine["period_h"]
answer = (per_h * mine["mean_out_min"] / 60, per_h * (mine["mean_out_min"] + mine["turn_round_min"]) / 60)
# END SOLUTION
me.check("1e", answer)

# %% [markdown]
# ## The real thing
#
# *Lesson valley* is a made-up country with one sector, 12 areas, and a force of some hundred soldiers. This is how its
# model, which is made of the same processes, sees a noon. Hexagons are areas; the darker, the longer ago the last
# visit.

# %%
lesson = scenario("lesson")
trace = sim.model.replicate(lesson, "two-stages", troops=450, seed=1, replication=0)
noon = sim.responses.take_snapshot(lesson, trace, at_s=3 * 86_400 + 12 * 3600)
sim.plots.theatre_map(lesson, noon)

# %% [markdown]
# `replicate` ran one replication, with 450 soldiers all the time, from seed 1. It takes a few hundredths of a second:
# nine days, two of which are *warm-up*, in which the first patrols find an empty valley.
#
# What came back is the trace. `trace.rows()` lists it: when (`time_s`, seconds since the start), what, who, where, how
# much. Here is one section's first tour; the cell only makes a table of rows.


# %%
def table(rows: list) -> pd.DataFrame:
    """Rows of a trace, with the clock in hours and minutes of a day."""
    columns = [
        (f"day {row.time_s // 86_400}", f"{row.time_s // 3600 % 24:02}:{row.time_s // 60 % 60:02}") for row in rows
    ]
    return pd.DataFrame(
        [(*when, row.kind.name, row.entity, row.place, row.value) for when, row in zip(columns, rows, strict=True)],
        columns=["day", "clock", "what", "who", "where", "how much"],
    )


rows = trace.rows()
first = next(row for row in rows if row.kind.name == "TOUR_DEPARTS")
table([row for row in rows if row.entity == first.entity][:7])

# %% [markdown]
# It departs (`where` ends in the kind of patrol, `vehicle` or `foot`), visits its areas, and is back; the last number
# counts the areas. The same seed gives the same table, today and in ten years, here and on your neighbour's machine.
# Another seed, `replication=1`, or fewer `troops`, gives other ones. Try it.
#
# To count in a trace, pick the rows that you want. A day has 86,400 seconds.

# %%
by_vehicle = [row for row in rows if row.kind.name == "TOUR_DEPARTS" and row.place == "valley/vehicle"]
in_two_days = [row for row in by_vehicle if row.time_s < 2 * 86_400]
print(f"{len(by_vehicle)} tours of vehicles departed in nine days, {len(in_two_days)} in the first two")

# %% [markdown]
# **Exercise 1f.** Run a replication of your own: `sim.model.replicate` as above, policy `"two-stages"`,
# `replication=0`, but with your troops and your seed. How many tours of your kind departed in your first days? A whole
# number, counted from the rows of the new trace.

# %%
me.given("1f")

# %%
mine = me.given("1f")
# BEGIN SOLUTION
trace = sim.model.replicate(lesson, "two-stages", troops=mine["troops"], seed=mine["seed"], replication=0)
answer = sum(
    row.kind.name == "TOUR_DEPARTS" and row.place == f"valley/{mine['kind']}" and row.time_s < mine["days"] * 86_400
    for row in trace.rows()
)
# END SOLUTION
me.check("1f", answer)

# %% [markdown]
# Nine tours a day are tasked. With few soldiers some of them do not go out: there is no section for them. What that
# costs is the question of notebook 2.
#
# Rows are for reading. For arithmetic `trace.tour_columns("departed_s", "ended_s")` gives two arrays, an entry a tour:
# when it departed and when it was back, in seconds since the start; -1 means that it never did. Read the next cell:
# with your own numbers, it does exercise 1g.

# %%
trace = sim.model.replicate(lesson, "two-stages", troops=450, seed=1, replication=0)
departed_h, ended_h = (column / 3600 for column in trace.tour_columns("departed_s", "ended_s"))
from_h, until_h = 48, 96
is_in = (departed_h >= from_h) & (departed_h < until_h)  # true where a tour departed between these times
departed_h, ended_h = departed_h[is_in], ended_h[is_in]  # only those
n_tours, length_h, mean_out_h = len(departed_h), until_h - from_h, np.mean(ended_h - departed_h)
mean_out = patrols_out(n_tours / length_h, mean_out_h)  # Little's law: rate times mean time
print(f"{n_tours} tours in {length_h} hours, each out {mean_out_h:.2f} h: {mean_out:.3f} out")
tours = list(zip(departed_h, ended_h, strict=True))
draw_tours(tours, mean_out, range(from_h, until_h + 1, 8), "hours since the start; a mark at each change of shift")

# %% [markdown]
# Each shift sends out three, in its first half, and then the valley is empty until the next one. Little's law does not
# mind.
#
# **Exercise 1g.** Run policy `"two-stages"`, `replication=0`, with your troops and your seed. How many patrols were out
# on average between your two times, which are hours since the start? One number with three digits, like the one above,
# and you get it in the same way. Your times are changes of shift, too: nobody is out then.

# %%
me.given("1g")

# %%
mine = me.given("1g")
# BEGIN SOLUTION
trace = sim.model.replicate(lesson, "two-stages", troops=mine["troops"], seed=mine["seed"], replication=0)
departed_h, ended_h = (column / 3600 for column in trace.tour_columns("departed_s", "ended_s"))
is_in = (departed_h >= mine["from_h"]) & (departed_h < mine["until_h"])
answer = (ended_h - departed_h)[is_in].sum() / (mine["until_h"] - mine["from_h"])
# END SOLUTION
me.check("1g", answer)

# %% [markdown]
# ## A law for the number out
#
# Little's law gives the mean. How often are none out, or five? If patrols depart at any time, independent of each
# other, and there are sections enough, the number out, N, follows the *Poisson law*:
#
# > P(N = n) = a<sup>n</sup> / n! × e<sup>-a</sup>, where a is the mean, rate times mean time out.
#
# For none that is P(N = 0) = e<sup>-a</sup>. With a = 1, nobody is out for 37 % of the time. It does not matter how the
# times out are spread, only their mean. (In the language of queues this is M/G/∞: a queue with so many servers that
# nobody waits.)
#
# **Exercise 1h.** For what share of the time is nobody out, with your numbers? A number between 0 and 1, with three
# digits or more after its noughts. Mind the units: first work out a. `np.exp(-a)` is e<sup>-a</sup>.

# %%
me.given("1h")

# %%
mine = me.given("1h")
# BEGIN SOLUTION
mean_out = mine["per_day"] * mine["mean_out_min"] / 1440
answer = np.exp(-mean_out)
# END SOLUTION
me.check("1h", answer)

# %% [markdown]
# Is it true? Lesson valley, 18 tours a day, soldiers enough, for 60 days. On the left patrols depart at any time. On
# the right they depart as an officer would have it: six in each shift of 8 hours, in its first half. (Only to be run.)


# %%
def draw_law(axes: plt.Axes, departures: str, window_h: int, title: str) -> None:
    """How often so many patrols are out, in a run and by the Poisson law of the same mean."""
    when = [f'tasks.patrols.departures="{departures}"', f"tasks.patrols.departure_window_h={window_h}"]
    valley = scenario("lesson", [*when, "tasks.patrols.per_day=18", "experiment.sweep_days=58"])
    run = sim.model.replicate(valley, "two-stages", troops=1500, seed=3, replication=0)
    departed, ended = (column / 3600 for column in run.tour_columns("departed_s", "ended_s"))
    is_whole = ended > 0
    out = number_out(list(zip(departed[is_whole], ended[is_whole], strict=True)), np.arange(48, 60 * 24, 0.1))
    n = np.arange(9)
    a = patrols_out(is_whole.sum() / (60 * 24), (ended - departed)[is_whole].mean())
    law = np.exp(-a) * np.cumprod(np.concatenate([[1], a / n[1:]]))
    axes.bar(n, [np.mean(out == one) for one in n], color=BLUE, alpha=0.5, label="in the run")
    axes.plot(n, law, "o--", color=ORANGE, label="Poisson law")
    axes.set(xlabel="patrols out", title=title, ylim=(0, 0.42))


_, (left, right) = plt.subplots(1, 2, sharey=True, figsize=(7.5, 3))
draw_law(left, "poisson", 8, "at any time")
draw_law(right, "uniform", 4, "six in the first half of a shift")
left.set(ylabel="share of the time")
left.legend()
plt.show()

# %% [markdown]
# On the left the run follows the law. On the right the mean is the same, as Little's law says it must be, but the rest
# is not: there are more hours with nobody out, and more with four or five. The law did not fail: what it assumes does
# not hold there. To know what a law assumes is half of using it.
#
# ## What to take away
#
# * A discrete-event simulation is a clock, a list of events, and processes that put events on it.
# * Little's law: mean number there = rate × mean time, random or not, if the ends are empty or the period is long.
# * The Poisson law gives all of the distribution, but only if departures are independent and sections suffice.
# * A trace says what happened, row by row; every number about a run can be counted from it. Same seed, same trace.
#
# Next: notebook 2, *Troops to task*. Where do the sections come from, and why are 40,000 soldiers not 40,000 on patrol?
