# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges what a new revision did while it baked: its pods' counters, their restarts, and its alerts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import container_statuses, name_of

# Failed predictions from which on a bake ends early, and at its end.
FEWEST, FEWEST_AT_THE_END = 5, 1
# Alerts that ask nobody to do something.
QUIET_SEVERITIES = ("none", "info")
REMEDY = (
    "See the pods' logs (playbooks/logs.yml) and what changed. model_serving_bake_error_percent is how many of the "
    "predictions may fail."
)
RESTART_REMEDY = "See the evidence, and the logs of the container before it ended (playbooks/logs.yml)."
ALERT_REMEDY = "See the alert's description, and playbooks/diagnose.yml. The bake fails for alerts that it saw begin."


@dataclass(frozen=True)
class Counted:
    """Predictions that a pod has answered since its start, and how many of them with 5xx."""

    answered: float
    failed: float


@dataclass
class Baked:
    """What was seen so far. ``answered`` and ``failed``: predictions since the bake began. ``at``: the last counters by
    pod. ``restarts``: by pod and container, as the bake found them. ``alerts``: those that fired when it began, None
    where Prometheus is not known. ``unread``: pods whose counters could not be read yet; ``late``: those of them that
    were there when it began."""

    at: dict[str, Counted] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)
    alerts: set[str] | None = None
    unread: set[str] = field(default_factory=set)
    late: frozenset[str] = frozenset()
    answered: float = 0
    failed: float = 0


def begin(pods: list[dict], counters: dict[str, Counted], alerts: set[str] | None) -> Baked:
    """What stands when the bake begins: only what comes later is judged."""
    unread = {name_of(pod) for pod in pods} - set(counters)
    return Baked(dict(counters), restarts_of(pods), alerts, unread, frozenset(unread))


def add(seen: Baked, pods: list[dict], counters: dict[str, Counted]) -> None:
    """Adds what the pods have counted since the last look. A pod that is new, or has begun anew, counts from zero."""
    for name, now in counters.items():
        last = seen.at.get(name, now if name in seen.late else Counted(0, 0))
        if now.answered < last.answered:
            last = Counted(0, 0)
        seen.answered += now.answered - last.answered
        seen.failed += max(now.failed - last.failed, 0)
    seen.at |= counters
    seen.unread = (seen.unread | {name_of(pod) for pod in pods}) - set(counters)


def with_alerts(seen: Baked, alerts: dict[str, str] | None) -> dict[str, str]:
    """The alerts to judge. The first ones that could be read are what the bake found."""
    if seen.alerts is None and alerts is not None:
        seen.alerts = set(alerts)
    return alerts or {}


def restarts_of(pods: Iterable[dict]) -> dict[str, int]:
    """By pod and container, how often it was started again."""
    return {
        f"{name_of(pod)}, container {status['name']}": status.get("restartCount", 0)
        for pod in pods
        for status in container_statuses(pod)
    }


def concerning(alerts: Iterable[dict], namespace: str, name: str) -> dict[str, str]:
    """By an alert's labels as text, its name: those that fire for this instance. ``alerts``: the labels of each."""
    found = {}
    for labels in alerts:
        others = {key: text for key, text in labels.items() if key not in ("__name__", "alertname", "alertstate")}
        about = [text for key, text in others.items() if key not in ("namespace", "severity")]
        ours = labels.get("namespace") == namespace and any(_is_of(text, name) for text in about)
        if ours and labels.get("severity") not in QUIET_SEVERITIES:
            shown = ", ".join(f"{key}={text}" for key, text in sorted(others.items()))
            found[f"{labels.get('alertname', '')}: {shown}"] = labels.get("alertname", "")
    return found


def _is_of(text: str, name: str) -> bool:
    return text == name or text.startswith(f"{name}-")


def judge(
    name: str, seen: Baked, pods: list[dict], alerts: dict[str, str], percent: float, fewest: int
) -> list[Finding]:
    """What fails the bake. ``alerts``: from ``with_alerts``. ``percent``: of the predictions that may fail. ``fewest``:
    failed predictions from which on their share counts."""
    return [*_errors(name, seen, percent, fewest), *_restarts(name, seen, pods), *_alerts(name, seen, alerts)]


def _errors(name: str, seen: Baked, percent: float, fewest: int) -> list[Finding]:
    if seen.failed < fewest or seen.failed * 100 <= percent * seen.answered:
        return []
    share = seen.failed * 100 / seen.answered
    message = f"{seen.failed:.0f} of {seen.answered:.0f} predictions failed ({share:.1f} %), {percent:g} % may"
    return [Finding("ErrorsInBake", f"Deployment/{name}", message, REMEDY)]


def _restarts(name: str, seen: Baked, pods: list[dict]) -> list[Finding]:
    more = [where for where, count in restarts_of(pods).items() if count > seen.restarts.get(where, 0)]
    if not more:
        return []
    message = f"{len(more)} containers were started again: {'; '.join(more[:3])}"
    return [Finding("RestartsInBake", f"Deployment/{name}", message, RESTART_REMEDY)]


def _alerts(name: str, seen: Baked, alerts: dict[str, str]) -> list[Finding]:
    begun = [text for text in alerts if text not in (seen.alerts or set())]
    if not begun:
        return []
    message = f"{', '.join(sorted({alerts[text] for text in begun}))} began to fire"
    return [Finding("AlertInBake", f"Deployment/{name}", message, ALERT_REMEDY, evidence=begun[:5])]


def counts(seen: Baked) -> str:
    """What was seen so far."""
    answered = (
        f"{seen.answered:.0f} predictions, {seen.failed:.0f} failed" if seen.answered else "nothing was predicted"
    )
    alerts = "no new alert" if seen.alerts is not None else "no Prometheus was asked"
    unread = f"; the counters of {', '.join(sorted(seen.unread)[:3])} could not be read" if seen.unread else ""
    return f"{answered}, {alerts}{unread}"


def line(seen: Baked, seconds: float) -> str:
    """For the summary of a release that has passed."""
    return f"baked {seconds:.0f} s: {counts(seen)}"


def as_dict(seen: Baked, seconds: float) -> dict:
    """For the result."""
    return {"seconds": round(seconds), "answered": int(seen.answered), "failed": int(seen.failed)}
