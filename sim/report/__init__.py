"""The report: one page that says what was asked, what came out, how it is known, and how to do it again.

A *subject* is what a report is of: the results of a run, or of several that are compared, with what their folders say
of them. An *exhibit* is one figure of it: static pictures, the table they draw and, where Altair and Vega are
installed, an interactive chart of the same table. A *view* is a table made ready to be read: cells of text.

Nothing here computes a result: figures are those of :mod:`sim.plots`, tables those of :mod:`sim.experiment`.
"""

from sim.report.page import MOST_BYTES, can_be_interactive, render, write

__all__ = ["MOST_BYTES", "can_be_interactive", "render", "write"]
