# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role's ServiceMonitor, rules and dashboard with a real operator and a real Prometheus on the local cluster.

The tests depend on their order: a healthy release, under load, overloaded while new pods crash, removed.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable

import pytest
from cluster import command, playbook
from monitored import NAME, VARIABLES, WATCHED, Monitored, load
from playbook_runs import ROLE

# Without the first build, which takes minutes.
pytestmark = pytest.mark.timeout(480, func_only=True)

DASHBOARD = json.loads((ROLE / "files" / "dashboard.json").read_text())
# Connections, and rows in each request. Requests are large, or the few rejected ones would not count.
OVERLOAD = (32, 5000)
# The alerts of overload and crashing pods. Each fires within two minutes.
IN_TROUBLE = {
    "ModelServerErrorBudgetBurn",
    "ModelServerRejects",
    "ModelServerAutoscalerAtMax",
    "ModelServerRestarts",
    "ModelServerRolloutStuck",
}


def panels() -> list[tuple[str, str]]:
    """Title and query of each target, as Grafana sends it."""
    variables = {"$job": f"{NAME}-metrics", "$instance": ".+", "$namespace": WATCHED, "$__rate_interval": "1m"}
    found = []
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            query = target["expr"]
            for name, value in variables.items():
                query = query.replace(name, value)
            found.append((f"{panel['title']} {target['refId']}", query))
    return found


def without_data(monitored: Monitored) -> list[str]:
    return [title for title, query in panels() if not monitored.query(query)]


def series_of_rules(monitored: Monitored) -> set[str]:
    """The names of all series that the role's rules use."""
    groups = monitored.prometheus("rules")["groups"]
    queries = [rule["query"] for group in groups for rule in group["rules"]]
    return {name for query in queries for name in re.findall(r"([a-z][\w:]*)\{", query)}


def test_every_pod_is_scraped(monitored):
    def scraped() -> bool:
        pods = {pod["metadata"]["name"] for pod in monitored.pods()}
        healthy = {entry["labels"]["pod"] for entry in monitored.targets() if entry["health"] == "up"}
        return len(pods) == 2 and pods == healthy

    monitored.stack.wait_for(scraped, 180)


def test_the_operator_accepts_all_rules(monitored):
    groups = monitored.prometheus("rules")["groups"]
    assert [group["name"] for group in groups] == [
        f"{NAME}-{part}" for part in ("burn-rate", "health", "objectives", "saturation")
    ]
    assert [rule["lastError"] for group in groups for rule in group["rules"] if rule["health"] == "err"] == []


def test_no_alert_fires_for_a_healthy_release(monitored):
    source = load(15, 1, 1)
    monitored.stack.wait_for(lambda: source.figures()["ended"], 30)
    figures = source.figures()
    assert figures["requests"] > 0 and not figures["failed"], figures
    assert {name for name, state in monitored.alerts().items() if state == "firing"} == set()


@pytest.mark.longer
def test_an_alert_that_begins_while_a_release_bakes_puts_back_what_served(monitored):
    generation = monitored.watched.get("Deployment", NAME)["metadata"]["generation"]
    changed = f'kube_deployment_status_observed_generation{{namespace="{WATCHED}",deployment="{NAME}"}} > {generation}'
    # Long enough that the release bakes when it fires: what fired before that is not the release's.
    alert = {"alert": "ModelIsOdd", "expr": changed, "for": "75s", "labels": {"severity": "warning"}}
    rules = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "odd", "namespace": WATCHED},
        "spec": {"groups": [{"name": "odd", "rules": [alert]}]},
    }
    monitored.kube.apply(rules, WATCHED, None, "true")
    try:
        monitored.stack.wait_for(lambda: "ModelIsOdd" in monitored.alerts(), 180)
        baking = {"model_serving_log_level": "DEBUG", "model_serving_bake_seconds": 240}
        status, output = command(*playbook("deploy", **{**VARIABLES, **baking}))
    finally:
        monitored.kube.delete(rules, WATCHED)
    assert status != 0
    assert "AlertInBake: Deployment/model-api: ModelIsOdd began to fire" in output, output
    assert re.search(r"r1 restored whole in .*: 2/2 ready", output), output


def test_the_recommender_measures_the_pods(monitored):
    def recommendations() -> list:
        vpa = monitored.watched.get("VerticalPodAutoscaler", NAME)
        return (vpa.get("status") or {}).get("recommendation", {}).get("containerRecommendations") or []

    entry = monitored.stack.wait_for(recommendations, 120)[0]
    assert entry["containerName"] == "api"
    assert set(entry["target"]) == {"cpu", "memory"}
    verified = monitored.watched.run("hpa_verify", name=NAME, depth="static")
    sizing = {entry["resource"]: entry for entry in verified["autoscaler"]["sizing"]}
    assert sizing["cpu"]["requested"] == "100m"
    assert sizing["memory"]["ratio"] > 0


def test_the_autoscaler_reads_the_requests_in_flight(monitored):
    verified = monitored.watched.run("hpa_verify", name=NAME, depth="runtime")
    assert not verified.get("failed"), verified
    metrics = {metric["name"]: metric for metric in verified["autoscaler"]["metrics"]}
    assert metrics.keys() == {"memory", "model_server_in_flight_average"}


def test_the_replicas_follow_the_requests_in_flight(monitored):
    def current_metrics() -> list[dict]:
        return monitored.watched.get("HorizontalPodAutoscaler", NAME)["status"]["currentMetrics"]

    source = load(90, *OVERLOAD)
    try:
        wait_until_empty(lambda: [] if rescaled(monitored) else current_metrics(), 60)
    finally:
        source.stop()
    assert rescaled(monitored) == ["New size: 3; reason: pods metric model_server_in_flight_average above target"]


def rescaled(monitored: Monitored) -> list[str]:
    events = [event for event in monitored.watched.list("Event") if event["reason"] == "SuccessfulRescale"]
    return [event["message"] for event in events if event["involvedObject"]["name"] == NAME]


def test_overload_and_crashes_fire_alerts_and_fill_every_panel(monitored):
    source = load(330, *OVERLOAD)
    try:
        # The autoscaler must rise first: crashing pods have no metrics, and it takes that for no load.
        maximum = VARIABLES["model_serving_autoscaling_max_replicas"]
        monitored.stack.wait_for(lambda: len(monitored.pods()) == maximum, 120)
        crash_new_pods(monitored)
        wait_until_empty(lambda: without_data(monitored), 90)
        wait_until_empty(lambda: sorted(IN_TROUBLE - firing(monitored)), 210)
    finally:
        source.stop()
    missing = [
        name for name in sorted(series_of_rules(monitored)) if not monitored.query(f'{name}{{namespace="{WATCHED}"}}')
    ]
    assert missing == []


def test_missing_metrics_fire_an_alert(monitored):
    deployment = monitored.watched.get("Deployment", NAME)
    monitored.kube.delete(deployment, WATCHED)
    wait_until_empty(lambda: sorted({"ModelServerMetricsMissing"} - firing(monitored)), 120)


def wait_until_empty(missing: Callable[[], list], seconds: float) -> None:
    """Waits until ``missing`` returns an empty list; the assertion shows what is left after ``seconds``."""
    end = time.monotonic() + seconds
    while (left := missing()) and time.monotonic() < end:
        time.sleep(1)
    assert left == []


def firing(monitored: Monitored) -> set[str]:
    return {name for name, state in monitored.alerts().items() if state == "firing"}


def crash_new_pods(monitored: Monitored) -> None:
    """Starts a rollout whose pods exit at once because their port is invalid; the old pods keep serving."""
    broken = [{"name": "api", "env": [{"name": "SERVER_PORT", "value": "none"}]}]
    path = f"/apis/apps/v1/namespaces/{WATCHED}/deployments/{NAME}"
    change = {"spec": {"template": {"spec": {"containers": broken}}}}
    monitored.kube.request("PATCH", path, None, change, "application/strategic-merge-patch+json")
