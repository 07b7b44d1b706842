# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A load test for readers: JSON, JUnit, and a plot as PNG and in a page of HTML."""

from __future__ import annotations

import io
import json
import os
from html import escape
from xml.etree import ElementTree

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.load_test import thresholds as load_test_thresholds
from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import Observed, Point

try:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator
except ImportError:
    Figure = None  # require() says so

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1.25rem; color: #1d2939; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; } svg { width: 100%; height: auto; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
td, th { text-align: left; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid #8883; }
.held { color: #14804a; } .crossed { color: #b42318; font-weight: 600; }
"""
BLUE, ORANGE, GREEN, RED = "#2e6fd8", "#d9730d", "#14804a", "#b42318"


def require() -> None:
    """Raises ServingError where the plot's library is missing: better before a load test than after it."""
    if Figure is None:
        raise ServingError(missing_required_lib("matplotlib", reason="for the plot; or leave report empty"))


def write(prefix: str, title: str, seen: Observed, thresholds: list, told: dict) -> list[str]:
    """Writes ``prefix``.json, .xml, .png and .html; returns their paths. Raises OSError."""
    folder = os.path.dirname(prefix)
    if folder:
        os.makedirs(folder, exist_ok=True)
    data = {"title": title, **told, "observed": seen.as_dict()}
    contents = {
        "json": (json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode(),
        "xml": junit(title, seen, thresholds),
        "png": drawn(seen, FigureCanvasAgg, "print_png"),
        "html": html(title, seen, thresholds).encode(),
    }
    for suffix, content in contents.items():
        with open(f"{prefix}.{suffix}", "wb") as stream:
            stream.write(content)
    return [f"{prefix}.{suffix}" for suffix in contents]


def drawn(seen: Observed, canvas: type, printer: str) -> bytes:
    buffer = io.BytesIO()
    getattr(canvas(plot(seen)), printer)(buffer)
    return buffer.getvalue()


def plot(seen: Observed) -> Figure:
    """Replicas, load and latency over the same time."""
    figure = Figure(figsize=(10, 7.5), dpi=110, layout="constrained")
    replicas, load, latency = figure.subplots(3, 1, sharex=True, height_ratios=(3, 2, 2))
    at = [point.at for point in seen.points]
    replicas.step(at, [point.desired for point in seen.points], where="post", color=BLUE, label="wanted")
    replicas.step(at, [point.ready for point in seen.points], where="post", color=GREEN, label="ready")
    replicas.set_ylabel("replicas")
    replicas.set_ylim(0, max((point.desired for point in seen.points), default=0) + 1)
    replicas.yaxis.set_major_locator(MaxNLocator(integer=True))
    usage = replicas.twinx()
    usage.plot(at, _line(seen.points, "utilization"), color=ORANGE, alpha=0.6, linewidth=1)
    usage.set_ylabel("CPU, % of request", color=ORANGE)
    usage.set_ylim(0, max([100.0, *(point.utilization or 0.0 for point in seen.points)]) * 1.05)
    usage.spines["top"].set_visible(False)
    replicas.legend(loc="upper left", frameon=False, ncols=2)
    load.plot(at, _line(seen.points, "rate"), color=BLUE)
    load.set_ylabel("requests a second")
    load.set_ylim(bottom=0)
    lost = [point for point in seen.points if point.failed]
    if lost:
        load.scatter([point.at for point in lost], [point.rate for point in lost], color=RED, label="failed")
        load.legend(loc="upper right", frameon=False)
    latency.plot(at, _line(seen.points, "latency"), color=ORANGE)
    latency.set_ylabel("mean latency, ms")
    latency.set_ylim(bottom=0)
    latency.set_xlabel("seconds")
    for axes in (replicas, load, latency):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _line(points: list[Point], name: str) -> list[float]:
    """A gap where there is no value."""
    return [float("nan") if getattr(point, name) is None else getattr(point, name) for point in points]


def junit(title: str, seen: Observed, thresholds: list) -> bytes:
    crossed = sum(1 for one in thresholds if not one.held)
    suite = ElementTree.Element(
        "testsuite", name=title, tests=str(len(thresholds)), failures=str(crossed), errors="0", time=str(seen.loaded)
    )
    for one in thresholds:
        case = ElementTree.SubElement(suite, "testcase", classname="load", name=one.name, time=str(seen.loaded))
        if one.held:
            ElementTree.SubElement(case, "system-out").text = one.value
        else:
            ElementTree.SubElement(case, "failure", type="ThresholdCrossed", message=one.value)
    return ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)


def html(title: str, seen: Observed, thresholds: list) -> str:
    """One page without anything from elsewhere."""
    told = load_test_thresholds.numbers(seen)
    rows = "".join(
        f'<tr><td class="{"held" if one.held else "crossed"}">{"held" if one.held else "crossed"}</td>'
        f"<td>{escape(one.name)}</td><td>{escape(one.value)}</td></tr>"
        for one in thresholds
    )
    latency = "".join(
        f"<tr><td>latency {escape(name)}</td><td>{value} ms</td></tr>" for name, value in told["latency"].items()
    )
    figures = (
        f"<tr><td>requests</td><td>{told['requests']}, {told['rate']} a second for {told['seconds']:.0f} s</td></tr>"
        f"<tr><td>failed</td><td>{told['failed']}</td></tr>{latency}"
    )
    svg = drawn(seen, FigureCanvasSVG, "print_svg").decode()
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n<table>{rows}</table>\n"
        f"{svg[svg.index('<svg') :]}\n<table>{figures}</table>\n</body>\n</html>\n"
    )
