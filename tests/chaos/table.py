# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of what was done to a release, and its sums."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from chaos.attempts import Ended
from chaos.interruptions import Interruption


@dataclass
class Row:
    """``lost``: how many requests of users failed meanwhile."""

    run: str
    interruption: Interruption
    ended: Ended | None = None
    next: str = ""
    came_to: str = ""
    seconds: float = 0.0
    lost: int = 0

    @property
    def met(self) -> bool:
        return self.ended is not None and self.ended.met

    @property
    def cut_short(self) -> bool:
        return self.met and self.ended.cut_short


FORM = "{:>4} {:>5}  {:<52} {:<45} {:<8} {:<52} {}"
HEAD = FORM.format("", "s", "run", "interruption", "it", "then", "which")


def line(number: int, row: Row) -> str:
    interruption = str(row.interruption) + ("" if row.met else " (too late)")
    lost = f" ({row.lost} requests lost)" if row.lost else ""
    return FORM.format(
        number, f"{row.seconds:.1f}", row.run, interruption, str(row.ended or ""), row.next, row.came_to + lost
    ).rstrip()


def sums(rows: list[Row]) -> list[str]:
    """How often each interruption met each kind of run."""
    kinds = sorted({kind_of(row) for row in rows})
    counts = Counter((row.interruption.what, kind_of(row)) for row in rows if row.met)
    form = "{:<42}" + "{:>16}" * len(kinds) + "{:>8}"
    lines = [form.format("", *kinds, "all")]
    for what in sorted({row.interruption.what for row in rows if row.met}):
        figures = [counts[(what, kind)] for kind in kinds]
        lines.append(form.format(what, *(figure or "" for figure in figures), sum(figures)))
    totals = [sum(1 for row in rows if row.met and kind_of(row) == kind) for kind in kinds]
    return [*lines, form.format("all", *totals, sum(totals))]


def kind_of(row: Row) -> str:
    """Release, bad release, rollback or removal."""
    if row.run.startswith("release one that"):
        return "bad release"
    return row.run.split(",")[0].split()[0]
