# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of a load test, and whether it passed. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import Observed


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
    """Requests, rate (a second), failed, latencies (milliseconds), replicas (before, most), seconds."""
    counted = seen.metrics.get("http_reqs", {}).get("values", {})
    latency = seen.metrics.get("http_req_duration", {}).get("values", {})
    return {
        "requests": round(counted.get("count", 0)),
        "rate": round(counted.get("rate", 0.0), 1),
        "failed": failed(seen),
        "dropped": round(seen.metrics.get("dropped_iterations", {}).get("values", {}).get("count", 0)),
        "latency": {name: round(value, 2) for name, value in latency.items()},
        "replicas": {
            "before": seen.before,
            "most": max((point.desired for point in seen.points), default=0),
            "after": seen.points[-1].desired if seen.points else 0,
        },
        "restarts": seen.restarts,
        "seconds": seen.loaded,
    }


def failed(seen: Observed) -> int:
    """k6's rate of failed requests counts the failures as its passes."""
    return round(seen.metrics.get("http_req_failed", {}).get("values", {}).get("passes", 0))


def answers_of_failed(seen: Observed) -> str:
    """What failed requests were answered with, such as "503: 3, no answer: 1"; "" when none failed."""
    counts = {
        name.partition("status:")[2].rstrip("}"): round(metric["values"].get("count", 0))
        for name, metric in seen.metrics.items()
        if name.startswith("http_reqs{status:")
    }
    told = [f"{'no answer' if status == '0' else status}: {count}" for status, count in counts.items() if count]
    return ", ".join(sorted(told))


def risen_after(seen: Observed, replicas: int) -> float | None:
    """Seconds from full load until so many replicas were wanted. Full load is the first time that half of the highest
    rate was reached: what comes before is warming up."""
    top = max((point.rate or 0.0 for point in seen.points), default=0.0)
    full = next((point.at for point in seen.points if top and (point.rate or 0.0) >= top / 2), None)
    risen = next((point.at for point in seen.points if point.desired >= replicas), None)
    return None if full is None or risen is None else round(max(risen - full, 0.0), 1)


def judge(seen: Observed, limits: Limits) -> list[Threshold]:
    told = numbers(seen)
    p95 = told["latency"].get("p(95)")
    checks = seen.metrics.get("checks", {}).get("values", {}).get("rate", 0.0)
    answers = answers_of_failed(seen)
    failures = f"{told['failed']} failed{f' ({answers})' if answers else ''}"
    held = [
        Threshold("no failed request", told["requests"] > 0 and not told["failed"], failures),
        Threshold("every answer is right", checks == 1, f"{checks:.2%} right"),
        Threshold(f"p95 below {limits.p95:g} ms", p95 is not None and p95 < limits.p95, f"{p95} ms"),
        Threshold("no restart", seen.restarts <= 0, f"{max(seen.restarts, 0)} restarts"),
    ]
    if limits.replicas:
        after = risen_after(seen, limits.replicas)
        text = f"{told['replicas']['before']} → {told['replicas']['most']}"
        text += f", {limits.replicas} wanted after {after} s" if after is not None else ""
        name = f"{limits.replicas} replicas within {limits.rise:g} s of full load"
        held.append(Threshold(name, after is not None and after <= limits.rise, text))
    if limits.back:
        last = told["replicas"]["after"]
        held.append(Threshold("back after the load", last <= seen.before, f"{last} replicas, {seen.before} before"))
    return held


def summary(name: str, profile: str, seen: Observed, thresholds: list[Threshold]) -> list[str]:
    told = numbers(seen)
    good = sum(1 for one in thresholds if one.held)
    latency = told["latency"]
    lines = [
        f"{name}, {profile}: {good} of {len(thresholds)} thresholds held",
        f"  {told['requests']} requests in {told['seconds']:.0f} s, {told['rate']} a second, {told['failed']} failed",
        f"  latency median {latency.get('med')} ms, p95 {latency.get('p(95)')} ms, p99 {latency.get('p(99)')} ms",
    ]
    lines += [f"{'✔' if one.held else '✘'} {one.name:<42} {one.value}" for one in thresholds]
    if told["dropped"]:
        lines.append(f"  {told['dropped']} requests could not be sent in time: the sender or the server was too slow")
    return lines
