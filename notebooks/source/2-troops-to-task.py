# %% [markdown]
# # 2 Troops to task
#
# In 2001 NATO had more than 40,000 soldiers in and around Kosovo, and in the model of this project fewer than one in
# twenty of them is on patrol at a time. Nobody is idle: this notebook finds out where they all are. You will size a
# force for a list of tasks, share out what there is among nations and tasks, and write a force of your own.
#
# Takes about 90 minutes; the machine needs some 10 seconds. What a *section*, a *tour*, a *trace* and a *seed* are is
# in notebook 1.
#
# | word | meaning |
# |---|---|
# | *strength* | all soldiers of a force, on the books |
# | *shift group* | the sections that are on duty together; the groups take turns, one a *shift* |
# | *leave*, *absence* | away by plan; away by chance (sick, on courses, on detail) |
# | *post*, *crew* | a place that is manned all the time; the soldiers there at a time |
# | *task* | what a section can be given for a shift: posts, patrols, or the reserve |
# | *demand* | sections that a task asks for at a time |
# | *floor* | the share of its demand that a task gets before others get more |
# | *weight* | how large a part of the rest a task gets |
# | *contingent* | the soldiers of one nation in one sector |
# | *caveat* | a task that a contingent will not do |

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import sim
from sim.apportion import sainte_lague
from sim.scenario.schema import Task
from sim.tasks import TASKS, AllocationTable, allocation_order
from sim.teach import Student, scenario
from sim.theory import post_factor

BLUE, ORANGE, GREEN, PINK, YELLOW, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#C9C9C9"
plt.rcParams.update({"figure.figsize": (7.5, 3), "figure.constrained_layout.use": True, "figure.dpi": 110})
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False})

me = Student("blue tractor")  # put your own code word here: your numbers will differ from your neighbour's

# %% [markdown]
# ## One soldier at one post
#
# A post must be manned by one soldier, day and night. How many soldiers does that take?
#
# * Three shift groups take turns. A soldier is at the post for 24 / 3 = 8 hours a day: that makes 3 soldiers,
# * if nobody were ever away. But with 18 days of leave in 180, a soldier is there for 1 - 18/180 = 0.9 of the time,
# * and of those who are not on leave, 5 % are absent: 0.9 × 0.95 = 0.855 are present.
#
# Of each soldier the post gets 8 × 0.855 = 6.84 hours a day, and it needs 24: that takes 24 / 6.84 = 3.51 soldiers.
# This number is called the *post factor*. The strip shows where those 3.51 soldiers are at any time, on average.

# %%
factor = post_factor(24, 8 * 0.9 * 0.95)
on_leave = 0.1 * factor
absent = 0.05 * (factor - on_leave)
places = {"at the post": 1, "off duty": factor - on_leave - absent - 1, "on leave": on_leave, "absent": absent}
_, axes = plt.subplots(figsize=(7.5, 1.3))
left = 0.0
for (place, n), colour in zip(places.items(), (BLUE, GREY, ORANGE, YELLOW), strict=True):
    axes.barh(0, n, left=left, color=colour, edgecolor="white", label=f"{place} {n:.2f}")
    left += n
axes.set(yticks=[], xlabel="soldiers")
axes.spines["left"].set_visible(False)
axes.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1))
plt.show()

# %% [markdown]
# **Exercise 2a.** What is the post factor with your groups, leave and absence? A number like 3.51, not a whole one.

# %%
me.given("2a")

# %%
mine = me.given("2a")
# BEGIN SOLUTION
present = (1 - mine["leave_days"] / mine["leave_cycle_days"]) * (1 - mine["absence_share"])
answer = mine["n_shift_groups"] / present
# END SOLUTION
me.check("2a", answer)

# %% [markdown]
# ## From strength to sections
#
# A force has more than posts. Some of its soldiers are outside the country, in headquarters and depots. Of those
# inside, many command, supply, repair and heal. What is left, in sections of nine, can be given tasks: one shift group
# at a time, less leave and absence. For 40,000 soldiers, with what the scenario `kfor-2001` says:
#
# | | | |
# |---|---|---|
# | strength | | 40,000 soldiers |
# | in the country | × 0.85 | 34,000 soldiers |
# | on security tasks | × 0.75 | 25,500 soldiers |
# | in sections of nine | / 9, rounded down | 2,833 sections |
# | on duty: one of three shift groups | / 3 | 944 sections |
# | not on leave: 21 days in 180 | × 0.883 | 834 sections |
# | not absent: 8 % | × 0.92 | 767 sections |
#
# Of these numbers only the first is in a public document, and for the next two shares there are outside figures. The
# others are assumptions, and the scenario's file says so line by line. (In the model a few more are missing: those of a
# contingent that is just being relieved.)
#
# **Exercise 2b.** How many sections of your force can be given a task at a time, on average? One number, like 767.4; an
# average need not be a whole number. Go down the table above with your own numbers.

# %%
me.given("2b")

# %%
mine = me.given("2b")
# BEGIN SOLUTION
on_security_tasks = mine["strength"] * mine["share_in_theatre"] * mine["share_on_security_tasks"]
n_sections = on_security_tasks // mine["section_size"]
present = (1 - mine["leave_days"] / mine["leave_cycle_days"]) * (1 - mine["absence_share"])
answer = n_sections / mine["n_shift_groups"] * present
# END SOLUTION
me.check("2b", answer)

# %% [markdown]
# ## What the tasks ask for
#
# A task list asks for sections, too. Posts ask for crews, and a section of nine can man several small posts: 20 sites
# with 2 soldiers each are 40 soldiers at a time, 40 / 9 = 4.4 sections. Half a section cannot be given, so it is 5.
# Round up, task by task. A patrol is a section for a shift: of 30 tours a day, with three shifts, 10 go out in each.
#
# | task | demand |
# |---|---|
# | 20 sites, 2 soldiers each | 40 / 9, rounded up: 5 |
# | 10 checkpoints, 6 soldiers each | 60 / 9, rounded up: 7 |
# | 1 crossing point, 18 soldiers | 18 / 9: 2 |
# | reserve | 3 |
# | 30 tours a day | 30 / 3: 10 |
# | together | 27 sections at a time |
#
# **Exercise 2c.** How many sections does your task list ask for at a time? A whole number. `np.ceil(4.4)` rounds up.

# %%
me.given("2c")

# %%
mine = me.given("2c")
# BEGIN SOLUTION
crews = [mine[f"n_{task}"] * mine[f"{task}_crew"] for task in ("sites", "checkpoints", "crossing_points")]
at_posts = sum(np.ceil(crew / mine["section_size"]) for crew in crews)
answer = at_posts + mine["reserve"] + mine["patrols_per_day"] / mine["shifts_per_day"]
# END SOLUTION
me.check("2c", answer)

# %% [markdown]
# **Exercise 2d.** Now backwards. A task list asks for `n_asked` sections at a time. Which strength, in soldiers, has
# just as many on average? Go up the table of 40,000 soldiers, from the last line to the first. Do not round on the way.

# %%
me.given("2d")

# %%
mine = me.given("2d")
# BEGIN SOLUTION
present = (1 - mine["leave_days"] / mine["leave_cycle_days"]) * (1 - mine["absence_share"])
n_sections = mine["n_asked"] / present * mine["n_shift_groups"]
answer = n_sections * mine["section_size"] / mine["share_in_theatre"] / mine["share_on_security_tasks"]
# END SOLUTION
me.check("2d", answer)

# %% [markdown]
# "On average" is a trap. Who is absent is chance, so that such a force is short of sections about half of the time. A
# force that is nearly always large enough must be larger; by how much is a question for simulation.
#
# The task list of 2001 was 625 patrols a day, 550 sites, 200 checkpoints and 8 crossing points. Here are both sides of
# it, sector by sector, in sections at a time. What is left over on average is the margin against chance. The cell is
# only to be run: `kosovo` is the scenario of 2001 cut down to two days, and `supply_and_demand` does the sums above.

# %%
kosovo = scenario("kfor-2001", ["horizon.warm_up_h=24", "experiment.sweep_days=1"])  # two days are enough for us
*sectors, _ = sim.expectation.supply_and_demand(kosovo, 40_000)
_, axes = plt.subplots(figsize=(7.5, 2.6))
at = np.arange(len(sectors))
axes.bar(at - 0.2, [one.n_available for one in sectors], 0.38, color=BLUE, label="there are")
axes.bar(at + 0.2, [one.n_asked for one in sectors], 0.38, color=ORANGE, label="asked for")
axes.set(xticks=at, xticklabels=[one.sector for one in sectors], ylabel="sections at a time")
axes.legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# ## Fair shares
#
# Seven sections are to come from three nations with 300, 150 and 70 soldiers. In proportion that would be 4.04, 2.02
# and 0.94 sections. Nobody can send 0.94 of a section, and rounding does not always add up. The method of
# *Sainte-Laguë* gives out one section after another. The *claim* of a nation is its strength divided by 1; by 3 once it
# has a section; by 5 once it has two; and so on, by 2 × sections it has + 1. The largest claim gets the next section.
#
# | | / 1 | / 3 | / 5 | / 7 | gets |
# |---|---|---|---|---|---|
# | first, 300 | **300** | **100** | **60** | **42.9** | 4 |
# | second, 150 | **150** | **50** | 30 | 21.4 | 2 |
# | third, 70 | **70** | 23.3 | 14 | 10 | 1 |
#
# The seven largest claims are in bold. An eighth section would go to the largest of the others, and nobody would lose
# one for it: a larger force never costs a nation a section. The model uses this method for nations, posts and tasks.

# %%
for n in range(5, 11):
    print(n, "sections:", sainte_lague(n, [300, 150, 70]))

# %% [markdown]
# **Exercise 2e.** How many of your `n` sections do the first, the second and the third nation get? Three numbers in
# brackets, in the example `[4, 2, 1]`. By hand, or write the rule yourself: it takes four lines.

# %%
me.given("2e")

# %%
mine = me.given("2e")
# BEGIN SOLUTION
strengths = np.array([mine["first"], mine["second"], mine["third"]])
answer = np.zeros(3, dtype=int)
for _ in range(mine["n"]):
    answer[np.argmax(strengths / (2 * answer + 1))] += 1
# END SOLUTION
me.check("2e", answer)

# %% [markdown]
# ## Who does what
#
# At each change of shift a headquarters knows how many sections there are, and what each task asks for. If there are
# too few, a rule decides. Ours has three parts:
#
# 1. *Floors first.* In order of priority, each task gets its floor: a share of its demand, rounded up.
# 2. *Then weights.* What is left goes out one by one, by claims as above: weight / 1, / 3, / 5, ... They begin anew
#    above the floor: what a task got there does not count. Of equal claims that of the higher priority comes first.
# 3. Nobody gets more than asked for.
#
# Ten sections, and three tasks in order of priority:
#
# | | demand | floor | gets first | weight | claims to what is left |
# |---|---|---|---|---|---|
# | reserve | 2 | 1.0 | 2 | 0 | none |
# | checkpoints | 6 | 0.5 | 3 | 1 | **1**, 0.33, 0.2 |
# | patrols | 8 | 0.25 | 2 | 1.5 | **1.5**, **0.5**, 0.3, ... |
#
# The floors take 7. Three are left: patrols, checkpoints, patrols. So it is 2, 4 and 4.
#
# The figure shows the same rule for every number of sections there could be. Its cell is only to be run. In it, `Task`
# has the names of the tasks, `allocation_order` lists which task gets the first section, the second, and so on, and
# `AllocationTable` counts how many of so many each task has got.

# %%
LOOKS = {Task.RESERVE: YELLOW, Task.CHECKPOINTS: GREEN, Task.PATROLS: BLUE}


def draw_rule(asked: dict) -> None:
    """What each task gets of any number of sections; it asks for (demand, floor, weight)."""
    demand, floor, weight = ({task: one[k] for task, one in asked.items()} for k in range(3))
    priority = [*demand, *(task for task in TASKS if task not in demand)]
    rule = AllocationTable(allocation_order([demand.get(task, 0) for task in TASKS], floor, weight, priority))
    n = np.arange(1, sum(demand.values()) + 3)
    gets = np.array([rule.allocate(k) for k in n]).T
    _, axes = plt.subplots()
    below = np.zeros(len(n))
    for task in demand:
        axes.bar(n, gets[TASKS.index(task)], bottom=below, width=0.85, color=LOOKS[task], label=task)
        below += gets[TASKS.index(task)]
    axes.axvline(sum(np.ceil(demand[task] * floor[task]) for task in demand) + 0.5, color="black", linestyle=":")
    axes.set(xlabel="sections there are (left of the dots: floors)", xticks=n, yticks=n[::3] - 1)
    axes.set_ylabel("sections with a task")
    axes.legend(loc="upper left", reverse=True)


draw_rule({Task.RESERVE: (2, 1.0, 0), Task.CHECKPOINTS: (6, 0.5, 1), Task.PATROLS: (8, 0.25, 1.5)})

# %% [markdown]
# Read it from left to right: no colour ever gets less. One more section never takes one from a task.
#
# **Exercise 2f.** How many sections do reserve, checkpoints and patrols get in your shift? Priority is in that order.
# Three numbers in brackets, in the example `[2, 4, 4]`. With pencil and paper, draw the table above for your numbers.

# %%
me.given("2f")

# %%
mine = me.given("2f")
# BEGIN SOLUTION
tasks = ["reserve", "checkpoints", "patrols"]
demand, floor, weight = (np.array([mine[f"{task}_{what}"] for task in tasks]) for what in ("demand", "floor", "weight"))
at_floor = np.ceil(demand * floor - 1e-9).astype(int)
above = np.zeros(3, dtype=int)
for _ in range(mine["n"] - at_floor.sum()):
    claims = np.where(at_floor + above < demand, weight / (2 * above + 1), 0)
    above[np.argmax(claims)] += 1
answer = at_floor + above
# END SOLUTION
me.check("2f", answer)

# %% [markdown]
# ## Where 40,000 soldiers are
#
# Now let the model do all of this, with everything at once: five sectors, 25 contingents, leave and absence of each
# section. At each change of shift the headquarters of the sectors share out their sections. The trace keeps what they
# decided: `trace.shifts` is a list with one entry a change of shift. In an entry, `allocated` is a table of sections,
# with a row a sector and a column a task. `trace.names.tasks` names the columns, `trace.names.sectors` the rows.

# %%
trace = sim.model.replicate(kosovo, "balanced", troops=40_000, seed=1, replication=0)
shift = trace.shifts[0]  # the first change of shift
pd.DataFrame(shift.allocated, columns=trace.names.tasks, index=trace.names.sectors)

# %% [markdown]
# To see one task of all sectors, take its column, `allocated[:, column]`, and add it up. This is the mean over all
# shifts, for checkpoints. Read this cell: exercise 2g is done in the same way.

# %%
column = trace.names.tasks.index("checkpoints")
n_sections = np.mean([shift.allocated[:, column].sum() for shift in trace.shifts])
print(f"{n_sections:.1f} sections at checkpoints at a time: {n_sections * kosovo.force.section_size:.0f} soldiers")

# %% [markdown]
# Where are all the others? The next figure goes down the table of 40,000 soldiers once more, with what happened in the
# model: mean over all shifts, in soldiers. Its cell is only to be run. It uses more of each entry of `trace.shifts`, as
# numbers of sections by sector: all (`n_sections`), `n_on_duty`, present (`n_available`), with a task (`n_at_work`).


# %%
def soldiers(values: list) -> float:
    """Sections of all sectors, mean over shifts, as soldiers."""
    return np.mean([np.sum(value) for value in values]) * kosovo.force.section_size


run = sim.model.replicate(kosovo, "balanced", troops=40_000, seed=1, replication=0)
steps = {
    "strength": 40_000,
    "in the country": 40_000 * kosovo.force.share_in_theatre,
    "on security tasks": soldiers([shift.n_sections for shift in run.shifts]),
    "on duty": soldiers([shift.n_on_duty for shift in run.shifts]),
    "present": soldiers([shift.n_available for shift in run.shifts]),
    "with a task": soldiers([shift.n_at_work for shift in run.shifts]),
}
for k, task in enumerate(run.names.tasks):
    steps[task.replace("_", " ")] = soldiers([shift.allocated[:, k] for shift in run.shifts])
_, axes = plt.subplots(figsize=(7.5, 3.6))
bars = axes.barh(list(steps), list(steps.values()), color=[GREY] * 5 + [BLUE] + [GREEN] * len(run.names.tasks))
axes.bar_label(bars, [f"{value:,.0f}" for value in steps.values()], padding=3, fontsize=8)
axes.set(xlabel="soldiers at a time (green: with each task)", xlim=(0, 44_000))
axes.invert_yaxis()
axes.xaxis.set_major_formatter("{x:,.0f}")

# %% [markdown]
# Most are not lazy but asleep, on leave, at the wheel of a lorry, or at home in a depot.
#
# **Exercise 2g.** Run the same two days of `kosovo`, policy `"balanced"`, `replication=0`, with your troops and seed:
# `trace = sim.model.replicate(kosovo, "balanced", troops=mine["troops"], seed=mine["seed"], replication=0)`. What share
# of all your soldiers is on patrol at a time? The task is called `"patrols"`. Take the mean over all shifts of the run,
# in soldiers, as above for checkpoints, and divide by your troops: a number between 0 and 1, like 0.123.

# %%
me.given("2g")

# %%
mine = me.given("2g")
# BEGIN SOLUTION
trace = sim.model.replicate(kosovo, "balanced", troops=mine["troops"], seed=mine["seed"], replication=0)
patrols = trace.names.tasks.index("patrols")
n_sections = np.mean([row.allocated[:, patrols].sum() for row in trace.shifts])
answer = n_sections * kosovo.force.section_size / mine["troops"]
# END SOLUTION
me.check("2g", answer)

# %% [markdown]
# ## A force of your own
#
# A scenario is a text file, in a simple format called TOML: tables in brackets, and in them keys with values. A file
# can *extend* another: then it says only what differs. And every number of it must have a *source*, so that nobody can
# take an assumption for a fact. This one extends the lesson valley of notebook 1, which has two contingents, `first`
# (300 soldiers) and `second` (150):
#
# ```toml
# extends = "lesson.toml"
# title = "Lesson valley with more absence, and a caveat"
#
# [force]
# absence_share = 0.2
#
# [contingents.first]
# will_not_do = ["reserve"]
#
# [sources]
# "force.absence_share" = "assumption: a winter of influenza"
# ```
#
# `will_not_do` is a caveat. Nations put such limits on what their soldiers may be used for; the force's commander must
# live with them. The tasks are called `patrols`, `sites`, `checkpoints`, `crossing_points` and `reserve`.
#
# **Exercise 2h.** Write a file that extends the lesson valley with your section size (the key `section_size`, in
# `[force]`) and your caveat, and nothing else: lines like those above, between `"""` and `"""`. A text needs quotes,
# also in a list; a number does not. If the file is not valid, the check tells you the line; the first is that of `"""`.

# %%
me.given("2h")

# %%
mine = me.given("2h")
# BEGIN SOLUTION
# GAP: answer = ...  # your answer: a text between """ and """
answer = f"""
extends = "lesson.toml"
title = "Lesson valley with a caveat"

[force]
section_size = {mine["section_size"]}

[contingents.{mine["contingent"]}]
will_not_do = ["{mine["task"]}"]

[sources]
"force.section_size" = "assumption: to see what it does"
"""
# END SOLUTION
me.check("2h", answer)

# %% [markdown]
# What do your two changes do? `scenario` takes changes as text, too, without a file. Here is each of them alone,
# beside the valley as it is, and one more: the larger contingent will do none of three tasks. *Coverage* is the mean
# share of the tasks that is done: posts manned, and areas visited lately. The cell is only to be run: `sim.run` makes
# ten replications at each strength, `summary` a table of their means and 95 % intervals, the small bars in the figure.

# %%
mine = me.given("2h")
size = f"force.section_size={mine['section_size']}"
caveat = f'contingents.{mine["contingent"]}.will_not_do=["{mine["task"]}"]'
three = 'contingents.first.will_not_do=["patrols", "sites", "checkpoints"]'
forces = {
    "as it is": ([], {"color": GREY, "linewidth": 5}),
    f"sections of {mine['section_size']}": ([size], {"color": BLUE}),
    f"{mine['contingent']} does no {mine['task']}": ([caveat], {"color": ORANGE, "linestyle": "--"}),
    "first does none of the three": ([three], {"color": PINK}),
}
_, axes = plt.subplots(figsize=(7.5, 3.6))
for name, (settings, look) in forces.items():
    results = sim.run(scenario("lesson", settings), troops=[100, 150, 200, 250, 300, 400, 500], replications=10)
    found = results.summary().query("response == 'coverage' and sector == 'all'")
    axes.errorbar(found["troops"], found["mean"], found["half_width"], elinewidth=1, capsize=2, label=name, **look)
axes.set(xlabel="soldiers", ylabel="coverage", ylim=(0, 1))
axes.legend(loc="lower right")
plt.show()

# %% [markdown]
# * Section size cuts both ways. Smaller sections make more of them, so that more patrols can go out; but a crossing
#   point, with its crew of nine, then takes two. Larger ones are fewer, and sometimes fit a task better.
# * One caveat costs next to nothing here: others do that task, and its owner does the rest. Three caveats of one
#   contingent leave it with little to do, and then they cost a lot. What hurts is not a caveat but the sum of them.
#
# ## What to take away
#
# * One soldier at one post takes three and a half, and more. Strength is not presence, presence is not tasks.
# * Each factor between a strength and a patrol looks harmless; together they leave some five soldiers in a hundred.
# * Sharing out by claims is fair and steady: more never means less for anybody.
# * An average that just suffices is short half of the time.
#
# Next: notebook 3, *Coverage*. What do patrols hold that are not everywhere at once?
