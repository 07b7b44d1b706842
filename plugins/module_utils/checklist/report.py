# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A checklist as lines of text, JSON, JUnit and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from ansible_collections.modelops.serving.plugins.module_utils.common import html, junit, report_files

MARKS = {"passed": "✔", "failed": "✘", "skipped": "·"}
STYLE = """
:root { color-scheme: light dark; --ok: #14804a; --bad: #b42318; --dim: #667085; --rule: #8883; }
body { max-width: 56rem; }
header p { color: var(--dim); margin: .25rem 0 1.5rem; }
ol { list-style: none; margin: 0; padding: 0; }
li { display: grid; grid-template-columns: 1.75rem 1fr auto; gap: .25rem .5rem; padding: .75rem 0;
     border-top: 1px solid var(--rule); }
.mark { font-weight: 700; } .passed .mark { color: var(--ok); } .failed .mark { color: var(--bad); }
.skipped { color: var(--dim); } .title { font-weight: 600; }
time { color: var(--dim); font-variant-numeric: tabular-nums; }
.evidence { grid-column: 2 / 4; } .evidence p { margin: 0; overflow-wrap: anywhere; } .remedy { font-style: italic; }
.failed .evidence p:first-child { color: var(--bad); }
@media (prefers-color-scheme: dark) { :root { --ok: #4ade80; --bad: #f97066; --dim: #98a2b3; } }
"""


@dataclass
class Checklist:
    """``lines``: results of verdicts.Line.as_dict. ``made``: date and time as text."""

    name: str
    target: str
    made: str
    lines: list[dict]

    def counts(self) -> dict[str, int]:
        return {state: sum(1 for line in self.lines if line["state"] == state) for state in MARKS}

    def passed(self) -> bool:
        counts = self.counts()
        return not counts["failed"] and counts["passed"] > 0

    def headline(self) -> str:
        counts = self.counts()
        skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
        failed = f", {counts['failed']} failed" if counts["failed"] else ""
        return f"{self.name} on {self.target}: {counts['passed']} of {len(self.lines)} passed{failed}{skipped}"

    def summary(self) -> list[str]:
        """One line for each check with its first piece of evidence; the rest and the remedy below it."""
        shown = [self.headline()]
        for line in self.lines:
            first, *rest = line["evidence"] or [""]
            reason = f"{line['reason']}: " if line["reason"] else ""
            shown.append(f"{MARKS[line['state']]} {line['title']:<32} {reason}{first}")
            shown += [f"    {entry}" for entry in rest]
            shown += [f"    remedy: {line['remedy']}"] if line["remedy"] else []
        return shown


def write(checklist: Checklist, prefix: str) -> list[str]:
    """Writes ``prefix``.json, .xml and .html; returns their paths. Raises OSError."""
    return report_files.write(
        prefix, {"json": as_json(checklist), "xml": as_junit(checklist), "html": as_html(checklist)}
    )


def as_json(checklist: Checklist) -> str:
    data = {
        "name": checklist.name,
        "target": checklist.target,
        "made": checklist.made,
        "counts": checklist.counts(),
        "lines": checklist.lines,
    }
    return report_files.as_json(data)


def as_junit(checklist: Checklist) -> bytes:
    cases = [_case(f"verify.{checklist.name}", line) for line in checklist.lines]
    return junit.suite(f"verify {checklist.name} on {checklist.target}", cases, sum(case.seconds for case in cases))


def _case(group: str, line: dict) -> junit.Case:
    evidence = "\n".join(line["evidence"])
    if line["state"] == "skipped":
        return junit.Case(group, line["title"], line["seconds"], skipped=evidence)
    if line["state"] == "passed":
        return junit.Case(group, line["title"], line["seconds"], output=evidence)
    text = f"{evidence}\nremedy: {line['remedy']}"
    failure = junit.Failure(line["reason"], (line["evidence"] or [""])[0], text)
    return junit.Case(group, line["title"], line["seconds"], (failure,))


def as_html(checklist: Checklist) -> str:
    items = "\n".join(_item(line) for line in checklist.lines)
    title = checklist.headline()
    header = f"<header><h1>{escape(title)}</h1><p>{escape(checklist.made)}</p></header>"
    return html.page(title, f"{header}\n<ol>\n{items}\n</ol>", STYLE)


def _item(line: dict) -> str:
    reason = f"<strong>{escape(line['reason'])}</strong> " if line["reason"] else ""
    first, *rest = [escape(entry) for entry in line["evidence"]] or [""]
    evidence = "".join(f"<p>{text}</p>" for text in [reason + first, *rest])
    remedy = f'<p class="remedy">{escape(line["remedy"])}</p>' if line["remedy"] else ""
    seconds = f"<time>{line['seconds']:.1f} s</time>" if line["state"] != "skipped" else "<time></time>"
    return (
        f'<li class="{line["state"]}"><span class="mark" aria-label="{line["state"]}">{MARKS[line["state"]]}</span>'
        f'<span class="title">{escape(line["title"])}</span>{seconds}'
        f'<div class="evidence">{evidence}{remedy}</div></li>'
    )
