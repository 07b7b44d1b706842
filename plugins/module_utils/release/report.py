# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release's outcome for readers: lines for a person, JSON for programs, JUnit for CI."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common import junit, report_files
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import MAX_LINES, finding_lines
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact
from ansible_collections.modelops.serving.plugins.module_utils.release import answers
from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict

# Seconds after which a finding that may still heal is shown; every start has some that pass at once.
SHOWN_AFTER = 3.0


def highlight_lines(highlights: list) -> list[str]:
    return [
        f"{entry['what']}  {entry['before'] or '(none)'} → {entry['after'] or '(none)'}" for entry in highlights[:8]
    ]


def waiting_line(verdict: rollout_verdict.Verdict, now: float) -> str:
    """Counts, and why it is not done: a finding that lasts, or else the state."""
    lasting = [entry for entry in verdict.findings if now - (entry.since or 0) >= SHOWN_AFTER]
    why = f"{lasting[0].reason}: {lasting[0].message}"[:140] if lasting else verdict.line
    return f"{rollout_verdict.summary(verdict.progress)}; {why}"


def summary_lines(name: str, outcome) -> list[str]:
    """The result in at most MAX_LINES lines. ``outcome`` is an options.Outcome."""
    lines = [headline(name, outcome)]
    lines += [f"  {line}" for line in highlight_lines(outcome.highlights)]
    if outcome.failed:
        lines += [f"  {redact(line)}" for line in finding_lines(outcome.findings[:4])]
        if outcome.highlights:
            lines.append(f"  changed since r{outcome.previous}: {', '.join(e['what'] for e in outcome.highlights[:8])}")
        if outcome.restored:
            lines.append(f"  {outcome.restored}")
    lines += answers.lines(outcome.prediction) if not outcome.failed else []
    lines += outcome.reached
    taken = "drift that would be taken back" if outcome.planned else "drift taken back"
    lines += [f"  {taken}: {entry.text}" for entry in outcome.drift]
    lines += [f"  {note}" for note in outcome.notes]
    return lines[:MAX_LINES]


def headline(name: str, outcome) -> str:
    if outcome.failed:
        reason = outcome.findings[0].reason if outcome.findings else "failed"
        serves = f", r{outcome.restored_revision} serves" if outcome.restored_revision is not None else ""
        revision = f" r{outcome.revision}" if outcome.revision is not None else ""
        return f"failed: {reason} in {name}{revision}{serves}"
    if not outcome.changed:
        standing = f" r{outcome.revision}" if outcome.revision is not None else ""
        return f"{name}{standing}: nothing to change"
    counts = {}
    for entry in outcome.changes:
        counts[entry["action"]] = counts.get(entry["action"], 0) + 1
    would = "would be " if outcome.planned else ""
    done = ", ".join(f"{number} {would}{action}d" for action, number in counts.items())
    ready = f", {outcome.rollout['ready']}/{outcome.rollout['desired']} ready" if outcome.rollout else ""
    seconds = f" in {outcome.rollout['seconds']} s" if outcome.rollout else ""
    came = outcome.previous is not None and outcome.previous != outcome.revision
    before = f"r{outcome.previous} → " if came else ""
    revision = f" {before}r{outcome.revision}" if outcome.revision is not None else ""
    record = f"its record {'would be' if outcome.planned else 'was'} removed"
    otherwise = "same objects" if outcome.revision is not None else record
    return f"{name}{revision}: {done or otherwise}{ready}{seconds}"


def write(prefix: str, name: str, result: dict) -> list[str]:
    """Writes ``prefix``.json and ``prefix``.xml (JUnit); returns their paths. Raises OSError."""
    return report_files.write(prefix, {"json": report_files.as_json(result), "xml": as_junit(name, result)})


def as_junit(name: str, result: dict) -> bytes:
    """One test case a release; each finding is a failure with its evidence as text."""
    seconds = (result.get("rollout") or {}).get("seconds", 0.0)
    output = "\n".join(result.get("summary") or [])
    case = junit.Case(name, f"release r{result.get('revision')}", seconds, _failures(name, result), output=output)
    return junit.suite(name, [case], seconds)


def _failures(name: str, result: dict) -> tuple[junit.Failure, ...]:
    if not result.get("failed"):
        return ()
    without = {"reason": "Failed", "message": result.get("msg", ""), "object": name, "remedy": ""}
    return tuple(_failure(entry) for entry in result.get("findings") or [without])


def _failure(entry: dict) -> junit.Failure:
    text = "\n".join([entry["object"], *entry.get("evidence", []), f"remedy: {entry['remedy']}"])
    return junit.Failure(entry["reason"], entry["message"], text)
