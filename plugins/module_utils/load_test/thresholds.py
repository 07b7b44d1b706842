# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of a load test, and whether it passed. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import Counts
from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import Observed, highest

PERCENTILES = (50, 90, 95, 99)
# Sent later than that, a request says more about the generator than about the service.
LATE = 1000.0


@dataclass(frozen=True)
class Limits:
    """``p95``: milliseconds. ``replicas``: that must be wanted within ``rise`` seconds from full load; 0 asks for none.
    ``back``: whether they must be back in the end."""

    p95: float
    replicas: int
    rise: float
    back: bool


@dataclass(frozen=True)
class Threshold:
    """One thing that had to hold."""

    name: str
    held: bool
    value: str

    def as_dict(self) -> dict:
        return asdict(self)


def numbers(seen: Observed) -> dict:
    """Requests, rate (a second), failed and by what, latencies (milliseconds), replicas, restarts, seconds."""
    return {
        "requests": seen.total.requests,
        "rate": round(seen.total.requests / seen.loaded, 1) if seen.loaded else 0.0,
        "failed": seen.total.failures,
        "failures": dict(seen.total.failed.most_common()),
        "wrong": seen.total.wrong,
        "latency": latencies(seen.total),
        "late": seen.late,
        "replicas": {
            "before": seen.before,
            "most": highest(seen.points),
            "after": seen.points[-1].desired if seen.points else 0,
        },
        "restarts": seen.restarts,
        "seconds": seen.loaded,
        "generators": seen.generators,
    }


def latencies(total: Counts) -> dict:
    """Milliseconds; empty without a request."""
    if not total.latency:
        return {}
    found = {f"p{percent}": round(total.percentile(percent), 2) for percent in PERCENTILES}
    return {"mean": round(total.mean(), 2), **found, "max": round(total.percentile(100), 2)}


def risen_after(seen: Observed, replicas: int) -> float | None:
    """Seconds from full load until so many replicas were wanted; None when they never were."""
    risen = next((point.at for point in seen.points if point.desired >= replicas), None)
    return None if risen is None else round(max(risen - seen.full, 0.0), 1)


def judge(seen: Observed, limits: Limits) -> list[Threshold]:
    figures, total = numbers(seen), seen.total
    p95 = figures["latency"].get("p95")
    answered = total.requests - total.failures
    right = 1 - total.wrong / answered if answered else 0.0
    failures = f"{total.failures} failed{f' ({total.failures_text()})' if total.failures else ''}"
    wrong = f"{right:.2%} right" + (f", {total.wrong} answered wrongly" if total.wrong else "")
    held = [
        Threshold("no failed request", total.requests > 0 and not total.failures, failures),
        Threshold("every answer is right", right == 1, wrong),
        Threshold(f"p95 below {limits.p95:g} ms", p95 is not None and p95 < limits.p95, f"{p95} ms"),
        Threshold("no restart", seen.restarts <= 0, f"{seen.restarts} restarts"),
    ]
    if limits.replicas:
        after = risen_after(seen, limits.replicas)
        text = f"{figures['replicas']['before']} → {figures['replicas']['most']}"
        text += f", {limits.replicas} wanted after {after} s" if after is not None else ""
        name = f"{limits.replicas} replicas within {limits.rise:g} s of full load"
        held.append(Threshold(name, after is not None and after <= limits.rise, text))
    if limits.back:
        last = figures["replicas"]["after"]
        held.append(Threshold("back after the load", last <= seen.before, f"{last} replicas, {seen.before} before"))
    return held


def summary(name: str, profile: str, seen: Observed, thresholds: list[Threshold]) -> list[str]:
    figures = numbers(seen)
    good = sum(1 for one in thresholds if one.held)
    latency = figures["latency"]
    several = f" by {seen.generators} generators" if seen.generators > 1 else ""
    lines = [
        f"{name}, {profile}: {good} of {len(thresholds)} thresholds held",
        f"  {figures['requests']} requests in {figures['seconds']:.0f} s{several}, {figures['rate']} a second, "
        f"{figures['failed']} failed",
        f"  latency p50 {latency.get('p50')} ms, p95 {latency.get('p95')} ms, p99 {latency.get('p99')} ms, "
        f"slowest {latency.get('max')} ms",
    ]
    lines += [f"{'✔' if one.held else '✘'} {one.name:<42} {one.value}" for one in thresholds]
    if seen.late > LATE:
        lines.append(
            f"  the latest request was sent {seen.late / 1000:.1f} s late, which its latency includes: "
            "the generator's machine was too busy, or too many answers were waited for"
        )
    return lines + [f"  for example  {entry['kind']}: {' '.join(entry['words'].split())}" for entry in _examples(seen)]


def _examples(seen: Observed) -> list[dict]:
    """One of each kind of failure that said something."""
    return list({entry["kind"]: entry for entry in reversed(seen.examples) if entry.get("words")}.values())
