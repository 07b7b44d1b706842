# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A finding: one problem with its evidence and remedy, in the same shape everywhere."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact

MAX_TEXT = 400
# Of a summary.
MAX_LINES = 25


@dataclass
class Finding:
    """One thing that is wrong.

    ``reason``: one word from the table of rules. ``object``: Kind/name. ``severity``: ``fatal`` (cannot heal),
    ``grace`` (fatal when it lasts) or ``wait`` (may heal; reported while it lasts). ``since`` and ``decided``: seconds
    from the start of the wait until it was first seen, and until the verdict.
    """

    reason: str
    object: str
    message: str
    remedy: str
    severity: str = "fatal"
    container: str | None = None
    pods: list = field(default_factory=list)
    evidence: list = field(default_factory=list)
    since: float | None = None
    decided: float | None = None

    def as_dict(self) -> dict:
        """For results. ``class`` is a deprecated alias of ``severity``."""
        data = asdict(self)
        data["class"] = self.severity
        data["evidence"] = [redact(line) for line in self.evidence]
        data["message"] = redact(self.message)
        return data


def short(text: str | None, limit: int = MAX_TEXT) -> str:
    """One line, not longer than the limit. What is too long loses its middle: programs say what it is about first, and
    the cause last."""
    line = " ".join((text or "").split())
    end = limit // 3
    return line if len(line) <= limit else f"{line[: limit - end - 3]} … {line[-end:]}"


def finding_lines(findings: list[Finding]) -> list[str]:
    """A few lines a finding: reason and where, message, evidence, remedy."""
    lines = []
    for entry in findings:
        where = entry.object + (f", container {entry.container}" if entry.container else "")
        more = f" and {len(entry.pods) - 1} more" if len(entry.pods) > 1 else ""
        lines.append(f"{entry.reason}: {where}{more}: {entry.message}")
        lines += [f"  {line}" for line in entry.evidence]
        lines.append(f"  remedy: {entry.remedy}")
    return lines
