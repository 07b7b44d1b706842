# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A load test for readers: JSON, JUnit, and a plot as PNG and in a page of HTML."""

from __future__ import annotations

from html import escape

from ansible_collections.modelops.serving.plugins.module_utils.common import html, junit, report_files
from ansible_collections.modelops.serving.plugins.module_utils.load_test import plot
from ansible_collections.modelops.serving.plugins.module_utils.load_test.marks import marks
from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import Observed
from ansible_collections.modelops.serving.plugins.module_utils.load_test.thresholds import Threshold, numbers

STYLE = """
h1 { margin-bottom: 1rem; } svg { width: 100%; height: auto; } body { color: #1d2939; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
td, th { text-align: left; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid #8883; vertical-align: top; }
.held { color: #14804a; } .crossed { color: #b42318; font-weight: 600; }
"""


def write(prefix: str, title: str, seen: Observed, thresholds: list[Threshold], result: dict) -> list[str]:
    """Writes ``prefix``.json, .xml, .png and .html; returns their paths. ``result``: what the module returns. Raises
    OSError."""
    data = {
        "title": title,
        **result,
        "marks": [{"at": mark.at, "kind": mark.kind, "text": mark.text} for mark in marks(seen.points)],
        "observed": seen.as_dict(),
    }
    contents = {
        "json": report_files.as_json(data),
        "xml": as_junit(title, seen, thresholds),
        "png": plot.png(seen),
        "html": as_html(title, seen, thresholds),
    }
    return report_files.write(prefix, contents)


def as_junit(title: str, seen: Observed, thresholds: list[Threshold]) -> bytes:
    return junit.suite(title, [_case(one, seen) for one in thresholds], seen.loaded)


def _case(one: Threshold, seen: Observed) -> junit.Case:
    if one.held:
        return junit.Case("load", one.name, seen.loaded, output=one.value)
    return junit.Case("load", one.name, seen.loaded, (junit.Failure("ThresholdCrossed", one.value),))


def as_html(title: str, seen: Observed, thresholds: list[Threshold]) -> str:
    judged = "".join(
        f'<tr><td class="{"held" if one.held else "crossed"}">{"held" if one.held else "crossed"}</td>'
        f"<td>{escape(one.name)}</td><td>{escape(one.value)}</td></tr>"
        for one in thresholds
    )
    measured = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in _figures(seen))
    body = f"<h1>{escape(title)}</h1>\n<table>{judged}</table>\n{plot.svg(seen)}\n<table>{measured}</table>"
    return html.page(title, body, STYLE)


def _figures(seen: Observed) -> list[tuple[str, str]]:
    figures = numbers(seen)
    several = f", by {seen.generators} generators" if seen.generators > 1 else ""
    rows = [("requests", f"{figures['requests']}, {figures['rate']} a second for {seen.loaded:.0f} s{several}")]
    rows.append(("failed", f"{figures['failed']} {seen.total.failures_text()}"))
    rows.append(("answered wrongly", str(figures["wrong"])))
    rows += [(f"latency {name}", f"{value} ms") for name, value in figures["latency"].items()]
    rows += [(f"after {mark.at:.0f} s", mark.text) for mark in marks(seen.points)]
    return rows + [(entry["kind"], entry["words"]) for entry in seen.examples[:5]]
