# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The time line of a trial as SVG: requests, those that were lost, and the disturbances. Pure."""

from __future__ import annotations

from html import escape

from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import Counts
from ansible_collections.modelops.serving.plugins.module_utils.resilience.figures import QUIET, Row, lost

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 960, 300, 48, 96, 28
GREY, RED, BLUE = "#98a2b3", "#b42318", "#2e6fd8"
# Seconds between two numbers below the line: as many as leave room for them.
STEPS = (10, 30, 60, 120, 300, 600, 1800)
MOST_NUMBERS = 14


def svg(rows: list[Row], seconds: dict[int, Counts]) -> str:
    length = max([*seconds, 1]) + 1
    highest = max([counts.requests for counts in seconds.values()], default=1) or 1

    def x(second: float) -> float:
        return round(LEFT + second * (WIDTH - LEFT) / length, 1)

    def y(requests: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - requests / highest), 1)

    step = next((one for one in STEPS if length / one <= MOST_NUMBERS), STEPS[-1])
    width = max(0.6, round((WIDTH - LEFT) / length - 0.2, 2))
    parts = [_bars(seconds, x, y, width)]
    parts += [_mark(number, row, x(row.began)) for number, row in enumerate(r for r in rows if r.fault != QUIET)]
    parts += [
        f'<text x="{x(second)}" y="{HEIGHT - 8}" text-anchor="middle">{second} s</text>'
        for second in range(0, length, step)
    ]
    parts.append(f'<text x="{LEFT - 6}" y="{y(highest) + 4}" text-anchor="end">{highest}</text>')
    parts.append(f'<text x="{LEFT - 6}" y="{y(0)}" text-anchor="end">0</text>')
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="requests a second, and those that were lost" '
        f'font-size="10" fill="currentColor">{"".join(parts)}</svg>'
    )


def _bars(seconds: dict[int, Counts], x, y, width: float) -> str:
    found = []
    for second, counts in sorted(seconds.items()):
        bad = lost(counts)
        found.append(_bar(x(second), y(counts.requests), y(bad), width, BLUE))
        if bad:
            found.append(_bar(x(second), y(bad), y(0), width, RED))
    return "".join(found)


def _bar(left: float, top: float, bottom: float, width: float, color: str) -> str:
    height = round(bottom - top, 1)
    return f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="{color}"/>' if height > 0 else ""


def _mark(number: int, row: Row, left: float) -> str:
    """A line, and its words at one of six heights, so that neighbours do not cover each other."""
    height = 12 + 14 * (number % 6)
    anchor, shift = ("end", -4) if left > WIDTH * 0.75 else ("start", 4)
    words = escape(row.title if not row.lost else f"{row.title}: {row.lost} lost")
    color = RED if row.lost else "currentColor"
    line = f'x1="{left}" x2="{left}" y1="{height - 8}" y2="{HEIGHT - BOTTOM}"'
    return (
        f'<line {line} stroke="{GREY}" stroke-dasharray="3 3"/>'
        f'<text x="{left + shift}" y="{height}" text-anchor="{anchor}" fill="{color}">{words}</text>'
    )
