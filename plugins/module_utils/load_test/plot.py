# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A load test as a picture: replicas, load and latency over the same time."""

from __future__ import annotations

import io

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.load_test.marks import marks
from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import Observed, Second, highest

try:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator
except ImportError:
    Figure = None  # require() says so

BLUE, ORANGE, GREEN, RED, GREY, VIOLET = "#2e6fd8", "#d9730d", "#14804a", "#b42318", "#667085", "#7a3ea8"
MARK_COLORS = {"scaled": GREY, "released": VIOLET, "restarted": RED}
# Where the slowest is so many times the fastest, a line that starts at 0 hides the fastest.
WIDE = 20


def require() -> None:
    """Raises ServingError where the plot's library is missing: better before a load test than after it."""
    if Figure is None:
        raise ServingError(missing_required_lib("matplotlib", reason="for the plot; or leave report empty"))


def png(seen: Observed) -> bytes:
    return _drawn(FigureCanvasAgg(figure(seen)).print_png)


def svg(seen: Observed) -> str:
    """The element alone, to stand in a page."""
    text = _drawn(FigureCanvasSVG(figure(seen)).print_svg).decode()
    return text[text.index("<svg") :]


def _drawn(draw) -> bytes:
    buffer = io.BytesIO()
    draw(buffer)
    return buffer.getvalue()


def figure(seen: Observed) -> Figure:
    drawn = Figure(figsize=(11, 9), dpi=110, layout="constrained")
    replicas, load, latency = drawn.subplots(3, 1, sharex=True, height_ratios=(3, 2, 3))
    _replicas(replicas, seen)
    _load(load, seen)
    _latency(latency, seen)
    latency.set_xlabel("seconds since the load began")
    for axes in (replicas, load, latency):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    _marks(replicas, (load, latency), seen)
    return drawn


def _replicas(axes, seen: Observed) -> None:
    at = [point.at for point in seen.points]
    axes.step(at, [point.desired for point in seen.points], where="post", color=BLUE, label="wanted")
    axes.step(at, [point.ready for point in seen.points], where="post", color=GREEN, label="ready")
    axes.set_ylabel("replicas")
    # Room above for the marks' words.
    axes.set_ylim(0, max(highest(seen.points), 1) * 1.6)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    usage = axes.twinx()
    used = [point.utilization for point in seen.points]
    usage.plot(at, _line(used), color=ORANGE, alpha=0.7, linewidth=1, label="CPU")
    usage.set_ylabel("CPU, % of request", color=ORANGE)
    usage.set_ylim(0, max([100.0, *(value or 0.0 for value in used)]) * 1.6)
    usage.spines["top"].set_visible(False)
    lines = [*axes.get_lines(), *usage.get_lines()]
    axes.legend(lines, [line.get_label() for line in lines], loc="upper right", frameon=False, ncols=3)


def _load(axes, seen: Observed) -> None:
    at = [one.second for one in seen.seconds]
    due = [one.requests for one in seen.seconds]
    # The last second is drawn whole.
    axes.step([*at, at[-1] + 1] if at else [], [*due, 0] if at else [], where="post", color=BLUE, label="requests due")
    failed = [one.failed + one.wrong for one in seen.seconds]
    if any(failed):
        axes.bar(at, failed, width=1.0, align="edge", color=RED, label="failed or wrong")
    axes.set_ylabel("requests a second")
    axes.set_ylim(0, max(due, default=1) * 1.3)
    axes.legend(loc="upper right", frameon=False, ncols=2)


def _latency(axes, seen: Observed) -> None:
    at = [one.second for one in seen.seconds]
    for name, color in (("p50", GREEN), ("p95", ORANGE), ("p99", RED)):
        axes.plot(at, _line([getattr(one, name) for one in seen.seconds]), color=color, linewidth=1.2, label=name)
    axes.set_ylabel("latency, ms")
    if wide(seen.seconds):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
    else:
        axes.set_ylim(bottom=0)
    axes.legend(loc="upper right", frameon=False, ncols=3)


def wide(seconds: list[Second]) -> bool:
    """Whether latencies differ so much that they are drawn by their order of magnitude."""
    found = [value for one in seconds for value in (one.p50, one.p99) if value]
    return bool(found) and max(found) > WIDE * min(found)


def _marks(top, others: tuple, seen: Observed) -> None:
    """A line through every panel, and the words in the first one, each a little lower than the one before."""
    ends = seen.points[-1].at if seen.points else 0.0
    for number, mark in enumerate(marks(seen.points)):
        color = MARK_COLORS[mark.kind]
        for axes in (top, *others):
            axes.axvline(mark.at, color=color, linewidth=0.8, linestyle="--", alpha=0.6)
        height = 0.88 - 0.07 * (number % 4)
        # To the left of a line that leaves no room on its right.
        side, shift = ("right", -3) if mark.at > 0.85 * ends else ("left", 3)
        place = {"xycoords": ("data", "axes fraction"), "xytext": (shift, 0), "textcoords": "offset points", "ha": side}
        top.annotate(mark.text, (mark.at, height), color=color, fontsize=8, **place)


def _line(values: list) -> list[float]:
    """A gap where there is no value."""
    return [float("nan") if value is None else value for value in values]
