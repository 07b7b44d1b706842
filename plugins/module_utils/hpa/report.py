# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An autoscaler and its verdict as result data and as lines of text. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import MAX_LINES, finding_lines
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import name_of
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact
from ansible_collections.modelops.serving.plugins.module_utils.hpa.rules import FAILED, ScalingVerdict
from ansible_collections.modelops.serving.plugins.module_utils.hpa.sizing import sizings
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot


def autoscaler(snapshot: ScalingSnapshot) -> dict:
    return {
        "name": name_of(snapshot.hpa),
        "target": snapshot.target_label,
        "min": snapshot.minimum,
        "max": snapshot.maximum,
        "current": snapshot.current,
        "desired": snapshot.desired,
        "metrics": [metric.as_dict() for metric in snapshot.metrics],
        "sizing": [entry.as_dict() for entry in sizings(snapshot)],
    }


def summary(snapshot: ScalingSnapshot, verdict: ScalingVerdict, proof_run=None) -> list[str]:
    """At most MAX_LINES lines: the verdict, findings, steps of the proof, notes. ``proof_run``: a prover.ProofRun."""
    lines = [headline(snapshot, verdict)]
    if verdict.state == FAILED:
        failing = [entry for entry in verdict.findings if entry.severity != "note"]
        lines = [f"failed: {name_of(snapshot.hpa)}: {failing[0].reason}: {failing[0].message}"]
        lines += [f"  {redact(line)}" for line in finding_lines(failing[:4])]
    lines += [f"  {step['seconds']:6.1f} s   {step['message']}" for step in done_steps(proof_run)]
    notes = [entry for entry in verdict.findings if entry.severity == "note"]
    lines += [f"  {entry.reason}: {entry.message}" for entry in notes]
    return lines[:MAX_LINES]


def headline(snapshot: ScalingSnapshot, verdict: ScalingVerdict) -> str:
    metrics = ", ".join(metric.text for metric in snapshot.metrics)
    bounds = f"{snapshot.current} replicas of {snapshot.minimum} to {snapshot.maximum}"
    fine = sum(1 for entry in verdict.checks if entry["state"] in ("ok", "note"))
    return (
        f"{name_of(snapshot.hpa)} → {snapshot.target_label}: {bounds}; {metrics}; {fine}/{len(verdict.checks)} checks"
    )


def done_steps(proof_run) -> list[dict]:
    return [step for step in (proof_run.steps if proof_run else []) if step["seconds"] is not None]
