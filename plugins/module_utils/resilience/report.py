# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A trial for readers: JSON, JUnit and a page of HTML; and the report before, which it is compared with."""

from __future__ import annotations

import json
import os
import re
from html import escape

from ansible_collections.modelops.serving.plugins.module_utils.common import html, junit, report_files
from ansible_collections.modelops.serving.plugins.module_utils.resilience import timeline
from ansible_collections.modelops.serving.plugins.module_utils.resilience.figures import (
    QUIET,
    Row,
    changed_settings,
    differences,
)
from ansible_collections.modelops.serving.plugins.module_utils.resilience.trial import Trial

STYLE = """
body { max-width: 72rem; } svg { width: 100%; height: auto; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-variant-numeric: tabular-nums; }
td, th { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #8883; vertical-align: top; }
td.figure, th.figure { text-align: right; } h2 { font-size: 1.1rem; margin: 2rem 0 0; }
.held { color: #14804a; } .crossed { color: #b42318; font-weight: 600; }
"""
COLUMNS = ("requests", "lost", "p50", "p99", "longest", "recovered", "whole")
HEADS = ("requests", "lost", "p50 ms", "p99 ms", "longest ms", "last loss after s", "whole after s")


def write(prefix: str, title: str, trial: Trial) -> list[str]:
    """Writes ``prefix``-rN.json, .xml and .html for the revision N that was tried; returns their paths. Raises
    OSError."""
    path = f"{prefix}-r{trial.revision}"
    before = earlier(prefix, trial.revision)
    data = as_data(title, trial, before)
    contents = {
        "json": report_files.as_json(data),
        "xml": as_junit(title, trial),
        "html": as_html(title, trial, data),
    }
    return report_files.write(path, contents)


def earlier(prefix: str, revision: int) -> dict | None:
    """The newest report of this revision or of an older one; None where there is none that can be read."""
    numbered = {}
    folder, name = os.path.split(prefix)
    folder = folder or "."
    for entry in os.listdir(folder) if os.path.isdir(folder) else ():
        number = re.fullmatch(rf"{re.escape(name)}-r(\d+)\.json", entry)
        if number and int(number[1]) <= revision:
            numbered[int(number[1])] = os.path.join(folder, entry)
    for number in sorted(numbered, reverse=True):
        try:
            with open(numbered[number], encoding="utf-8") as file:
                found = json.load(file)
        except (OSError, ValueError):
            continue
        if isinstance(found, dict) and isinstance(found.get("rows"), list):
            return {**found, "path": os.path.basename(numbered[number])}
    return None


def as_data(title: str, trial: Trial, before: dict | None) -> dict:
    shown = [row.as_dict() for row in trial.rows]
    data = {
        "title": title,
        "revision": trial.revision,
        "began": trial.began,
        "rows": shown,
        "settings": trial.settings,
        "examples": trial.examples,
        "problem": trial.problem,
        "seconds": {str(second): counts.as_dict() for second, counts in trial.seconds.items()},
    }
    if before:
        data["since"] = {
            "revision": before.get("revision"),
            "began": before.get("began"),
            "rows": differences(shown, before["rows"]),
            "settings": changed_settings(trial.settings, before.get("settings") or {}),
        }
    return data


def as_junit(title: str, trial: Trial) -> bytes:
    cases = [_case(row) for row in trial.rows]
    if trial.problem:
        fault, _colon, words = trial.problem.partition(": ")
        cases.append(junit.Case("resilience", fault, 0.0, (junit.Failure("NotTried", words),)))
    return junit.suite(title, cases, sum(row.seconds for row in trial.rows))


def _case(row: Row) -> junit.Case:
    words = sentence(row)
    if row.held:
        return junit.Case("resilience", row.title, row.seconds, output=words)
    reason = "RequestsLost" if row.requests else "NothingSent"
    return junit.Case("resilience", row.title, row.seconds, (junit.Failure(reason, words),))


def sentence(row: Row) -> str:
    """Such as "412 requests, 2 lost (502: 2), p99 31 ms, last loss after 1.4 s, whole after 22 s"."""
    by = f" ({', '.join(f'{kind}: {count}' for kind, count in row.by.items())})" if row.by else ""
    parts = [f"{row.requests} requests", f"{row.lost} lost{by}"]
    parts += [f"p99 {row.p99:.0f} ms"] if row.p99 is not None else []
    parts += [f"last loss after {row.recovered:.1f} s"] if row.lost else []
    parts += [f"whole after {row.whole:.1f} s"] if row.whole is not None else []
    return ", ".join(parts)


def summary(title: str, trial: Trial) -> list[str]:
    mark = {True: "✓", False: "✗"}
    lines = [title, *(f"{mark[row.held]} {row.title:<32} {sentence(row)}" for row in trial.rows)]
    lines += [f"  {words}" for words in trial.healed]
    return [*lines, f"✗ {trial.problem}"] if trial.problem else lines


def as_html(title: str, trial: Trial, data: dict) -> str:
    parts = [f"<h1>{escape(title)}</h1>", f"<p>revision r{trial.revision}, {escape(trial.began)}</p>"]
    parts += [f'<p class="crossed">{escape(trial.problem)}</p>'] if trial.problem else []
    parts += [timeline.svg(trial.rows, trial.seconds), _table(trial.rows)]
    if "since" in data:
        parts += _since(data["since"])
    parts.append("<h2>Settings that were measured</h2>")
    parts.append(_pairs(list(trial.settings.items())))
    if trial.examples:
        parts.append("<h2>What lost requests were told</h2>")
        parts.append(_pairs([(one["kind"], one["words"]) for one in trial.examples[:10]]))
    return html.page(title, "\n".join(parts), STYLE)


def _table(rows: list[Row]) -> str:
    heads = "".join(f'<th class="figure">{head}</th>' for head in HEADS)
    lines = [f"<tr><th></th><th>disturbance</th>{heads}<th>lost by</th></tr>"]
    for row in rows:
        state = "held" if row.held else "crossed"
        figures = "".join(f'<td class="figure">{_number(getattr(row, name))}</td>' for name in COLUMNS)
        by = escape(", ".join(f"{kind}: {count}" for kind, count in row.by.items()))
        title = escape(row.title if row.fault == QUIET else f"{row.title} ({row.fault})")
        lines.append(f'<tr><td class="{state}">{state}</td><td>{title}</td>{figures}<td>{by}</td></tr>')
    return f"<table>{''.join(lines)}</table>"


def _since(since: dict) -> list[str]:
    parts = [f"<h2>Since {escape(str(since['began']))}, revision r{since['revision']}</h2>"]
    lines = [
        "<tr><th>disturbance</th><th>lost</th><th>p99 ms</th><th>last loss after s</th><th>whole after s</th></tr>"
    ]
    for row in since["rows"]:
        cells = "".join(f"<td>{_change(row[name])}</td>" for name in ("lost", "p99", "recovered", "whole"))
        lines.append(f"<tr><td>{escape(row['title'])}</td>{cells}</tr>")
    parts.append(f"<table>{''.join(lines)}</table>")
    pairs = [(name, f"{old or 'not set'} → {new or 'not set'}") for name, (old, new) in since["settings"].items()]
    return [*parts, _pairs(pairs)] if pairs else parts


def _change(pair: list) -> str:
    old, new = pair
    return _number(new) if old == new else f"{_number(old)} → {_number(new)}"


def _pairs(pairs: list[tuple[str, str]]) -> str:
    return "<table>" + "".join(f"<tr><td>{escape(a)}</td><td>{escape(str(b))}</td></tr>" for a, b in pairs) + "</table>"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value}" if isinstance(value, int) else f"{value:.1f}"
