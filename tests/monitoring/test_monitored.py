# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role writes for the Prometheus Operator, with the real operator and a real Prometheus on the local cluster.

The tests build on each other in this order: a release that is well, under load, overloaded while new pods crash, gone.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable

import pytest
from monitored import NAME, VARIABLES, WATCHED, Monitored, load
from playbook_runs import ROLE

# Without the time that the first build takes.
pytestmark = pytest.mark.timeout(480, func_only=True)

DASHBOARD = json.loads((ROLE / "files" / "dashboard.json").read_text())
# Connections, and rows in a request: among many light requests the few that are refused would not count.
OVERLOAD = (32, 5000)
# Overload and pods that crash; each is told within the objective's two minutes, or sooner.
IN_TROUBLE = {
    "ModelServerErrorBudgetBurn",
    "ModelServerRejects",
    "ModelServerAutoscalerAtMax",
    "ModelServerRestarts",
    "ModelServerRolloutStuck",
}


def panels() -> list[tuple[str, str]]:
    """Title and query of each target, as Grafana asks it."""
    chosen = {"$job": f"{NAME}-metrics", "$instance": ".+", "$namespace": WATCHED, "$__rate_interval": "1m"}
    found = []
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            query = target["expr"]
            for name, value in chosen.items():
                query = query.replace(name, value)
            found.append((f"{panel['title']} {target['refId']}", query))
    return found


def without_data(monitored: Monitored) -> list[str]:
    return [title for title, query in panels() if not monitored.ask(query)]


def asked_for(monitored: Monitored) -> set[str]:
    """The names of all series that the shipped rules go by."""
    groups = monitored.prometheus("rules")["groups"]
    queries = [rule["query"] for group in groups for rule in group["rules"]]
    return {name for query in queries for name in re.findall(r"([a-z][\w:]*)\{", query)}


def test_every_pod_is_scraped(monitored):
    def scraped() -> bool:
        pods = {pod["metadata"]["name"] for pod in monitored.pods()}
        healthy = {entry["labels"]["pod"] for entry in monitored.targets() if entry["health"] == "up"}
        return len(pods) == 2 and pods == healthy

    monitored.stack.wait_for(scraped, 180)


def test_the_operator_found_nothing_wrong_with_the_rules(monitored):
    groups = monitored.prometheus("rules")["groups"]
    assert [group["name"] for group in groups] == [
        f"{NAME}-{part}" for part in ("burn-rate", "health", "objectives", "saturation")
    ]
    assert [rule["lastError"] for group in groups for rule in group["rules"] if rule["health"] == "err"] == []


def test_nothing_fires_while_all_is_well(monitored):
    source = load(15, 1, 1)
    monitored.stack.wait_for(lambda: source.told()["ended"], 30)
    told = source.told()
    assert told["requests"] > 0 and not told["failed"], told
    assert {name for name, state in monitored.alerts().items() if state == "firing"} == set()


def test_the_recommender_tells_what_the_pods_use(monitored):
    def told() -> list:
        vpa = monitored.watched.get("VerticalPodAutoscaler", NAME)
        return (vpa.get("status") or {}).get("recommendation", {}).get("containerRecommendations") or []

    entry = monitored.stack.wait_for(told, 120)[0]
    assert entry["containerName"] == "api"
    assert set(entry["target"]) == {"cpu", "memory"}
    verified = monitored.watched.run("hpa_verify", name=NAME, depth="static")
    sizing = {told["resource"]: told for told in verified["autoscaler"]["sizing"]}
    assert sizing["cpu"]["requested"] == "100m"
    assert sizing["memory"]["ratio"] > 0


def test_the_autoscaler_has_a_value_of_the_requests_in_flight(monitored):
    verified = monitored.watched.run("hpa_verify", name=NAME, depth="runtime")
    assert not verified.get("failed"), verified
    metrics = {metric["name"]: metric for metric in verified["autoscaler"]["metrics"]}
    assert metrics.keys() == {"memory", "model_server_in_flight_average"}


def test_the_replicas_follow_the_requests_in_flight(monitored):
    def seen() -> list[dict]:
        return monitored.watched.get("HorizontalPodAutoscaler", NAME)["status"]["currentMetrics"]

    source = load(90, *OVERLOAD)
    try:
        nothing_left(lambda: [] if rescaled(monitored) else seen(), 60)
    finally:
        source.stop()
    assert rescaled(monitored) == ["New size: 3; reason: pods metric model_server_in_flight_average above target"]


def rescaled(monitored: Monitored) -> list[str]:
    events = [event for event in monitored.watched.list("Event") if event["reason"] == "SuccessfulRescale"]
    return [event["message"] for event in events if event["involvedObject"]["name"] == NAME]


def test_trouble_is_told_and_every_panel_shows_it(monitored):
    source = load(330, *OVERLOAD)
    try:
        # Pods that crash have no metrics, and the autoscaler takes that for no load: it has to have risen before.
        most = VARIABLES["model_serving_autoscaling_max_replicas"]
        monitored.stack.wait_for(lambda: len(monitored.pods()) == most, 120)
        crash_new_pods(monitored)
        nothing_left(lambda: without_data(monitored), 90)
        nothing_left(lambda: sorted(IN_TROUBLE - firing(monitored)), 210)
    finally:
        source.stop()
    missing = [name for name in sorted(asked_for(monitored)) if not monitored.ask(f'{name}{{namespace="{WATCHED}"}}')]
    assert missing == []


def test_metrics_that_are_missing_are_told(monitored):
    deployment = monitored.watched.get("Deployment", NAME)
    monitored.kube.delete(deployment, WATCHED)
    nothing_left(lambda: sorted({"ModelServerMetricsMissing"} - firing(monitored)), 120)


def nothing_left(missing: Callable[[], list], seconds: float) -> None:
    """Waits until what is missing comes to nothing, and tells what still is when it does not."""
    end = time.monotonic() + seconds
    while (left := missing()) and time.monotonic() < end:
        time.sleep(1)
    assert left == []


def firing(monitored: Monitored) -> set[str]:
    return {name for name, state in monitored.alerts().items() if state == "firing"}


def crash_new_pods(monitored: Monitored) -> None:
    """A rollout whose pods end at once, for their port is none; the old pods keep serving."""
    broken = [{"name": "api", "env": [{"name": "SERVER_PORT", "value": "none"}]}]
    path = f"/apis/apps/v1/namespaces/{WATCHED}/deployments/{NAME}"
    change = {"spec": {"template": {"spec": {"containers": broken}}}}
    monitored.kube.request("PATCH", path, None, change, "application/strategic-merge-patch+json")
