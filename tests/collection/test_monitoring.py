# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alerts fire when they should and only then, and the dashboard queries series that exist.

The rules are tested with Prometheus' promtool, from the PATH or from Debian's package `prometheus`. The dashboard is
checked with Grafana's linter, which is built from the Go module pinned in dashboard_linter.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import go_programs
import pytest
import yaml
from playbook_runs import ROLE, ROOT, render

DASHBOARD = ROLE / "files" / "dashboard.json"
SERIES = 'namespace="ml-serving",job="model-api-metrics"'
# The labels of every alert by which extensions/eda finds the release, whatever its series' labels are.
RELEASE = {"model_serving_name": "model-api", "model_serving_namespace": "ml-serving"}
EXPORTER = 'job="kube-state-metrics"'
POD = 'namespace="ml-serving",pod="model-api-1",container="api"'
# Series that the server does not export: of Prometheus, the Python process, kube-state-metrics and the kubelet.
FOREIGN = re.compile(r"^(up|process_\w+|kube_\w+|container_\w+|model_server:[\w:]+)$")


@pytest.fixture(scope="session")
def promtool() -> str:
    script = str(ROOT / "tests" / "scripts" / "packaged.sh")
    found = subprocess.run(["bash", script, "prometheus", "promtool"], check=True, capture_output=True, text=True)
    return found.stdout.strip()


@pytest.fixture(scope="module")
def rules(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    objects = render({"defaults": {}}, folder)["defaults"]
    spec = next(obj["spec"] for obj in objects if obj["kind"] == "PrometheusRule")
    path = folder / "rules.yml"
    path.write_text(yaml.safe_dump(spec))
    return path


@pytest.fixture(scope="module")
def dashboard() -> dict:
    return json.loads(DASHBOARD.read_text())


@pytest.fixture(scope="module")
def exported() -> set[str]:
    """Names of the series that the server exports, from its own tables."""
    code = """
from model_server.observe import footprint
from model_server.observe.metrics import COUNTERS, GAUGES, HISTOGRAMS
print(*(name + part for name in HISTOGRAMS for part in ("_bucket", "_sum", "_count")))
print(*(name + "_total" for name in COUNTERS), *GAUGES, "model_server_model_info", footprint.NAME)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "server", check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def check(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def labels(alert: str) -> str:
    named = {"alertname": alert, **RELEASE}
    return "{" + ",".join(f'{name}="{value}"' for name, value in named.items()) + "}"


def firing(promtool: str, rules: Path, series: dict[str, str], minutes: int, expected: set[str]) -> None:
    """After so many minutes of these series, a sample each minute, exactly the expected alerts fire. Each says which
    release it is of."""
    test = {
        "rule_files": [str(rules)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": [
                    {
                        "expr": f'group by (alertname, {", ".join(RELEASE)}) (ALERTS{{alertstate="firing"}})',
                        "eval_time": f"{minutes}m",
                        "exp_samples": [{"labels": labels(alert), "value": 1} for alert in sorted(expected)],
                    }
                ],
            }
        ],
    }
    path = rules.with_name("test.yml")
    path.write_text(yaml.safe_dump(test))
    check(promtool, "test", "rules", str(path))


def healthy() -> dict[str, str]:
    """Five hours of a healthy service."""
    series = {f'up{{{SERIES},pod="model-api-{n}"}}': "1x300" for n in (1, 2, 3)}
    series |= {f'model_server_ready{{{SERIES},pod="model-api-{n}"}}': "1x300" for n in (1, 2, 3)}
    series |= {
        f'model_server_requests_total{{{SERIES},code="200"}}': "0+900x300",
        f'model_server_request_duration_seconds_bucket{{{SERIES},le="0.25"}}': "0+900x300",
        f'model_server_request_duration_seconds_bucket{{{SERIES},le="+Inf"}}': "0+900x300",
        f"model_server_request_duration_seconds_count{{{SERIES}}}": "0+900x300",
        f'model_server_rejected_total{{{SERIES},reason="draining"}}': "0+1x300",
        f"kube_pod_container_status_restarts_total{{{POD}}}": "0x300",
        f'kube_pod_container_resource_limits{{{POD},resource="memory"}}': "2000x300",
        f"container_memory_working_set_bytes{{{POD}}}": "1000x300",
        f"container_cpu_cfs_periods_total{{{POD}}}": "0+600x300",
        f"container_cpu_cfs_throttled_periods_total{{{POD}}}": "0+60x300",
    }
    deployment = f'namespace="ml-serving",deployment="model-api",{EXPORTER}'
    scaler = f'namespace="ml-serving",horizontalpodautoscaler="model-api",{EXPORTER}'
    return series | {
        f'kube_deployment_status_condition{{{deployment},condition="Progressing",status="false"}}': "0x300",
        f"kube_deployment_status_replicas_updated{{{deployment}}}": "3x300",
        f"kube_deployment_spec_replicas{{{deployment}}}": "3x300",
        f"kube_horizontalpodautoscaler_status_current_replicas{{{scaler}}}": "3x300",
        f"kube_horizontalpodautoscaler_spec_max_replicas{{{scaler}}}": "10x300",
        f'kube_horizontalpodautoscaler_status_condition{{{scaler},condition="ScalingActive",status="false"}}': "0x300",
    }


def changed(name: str, values: str) -> dict[str, str]:
    """The healthy service with other values for every series that begins with ``name`` (labels included)."""
    series = healthy()
    found = [key for key in series if key.startswith(name)]
    assert found, f"no series {name}"
    return series | dict.fromkeys(found, values)


# What is wrong → the series that show it, the minutes after which alerts must fire, and which.
FAULTS = {
    "one request in ten fails": (
        healthy() | {f'model_server_requests_total{{{SERIES},code="500"}}': "0+100x300"},
        10,
        {"ModelServerErrorBudgetBurn"},
    ),
    "one request in fifty fails for hours": (
        healthy() | {f'model_server_requests_total{{{SERIES},code="503"}}': "0+18x300"},
        240,
        {"ModelServerErrorBudgetBurn"},
    ),
    "one answer in four is slow": (
        changed(f'model_server_request_duration_seconds_bucket{{{SERIES},le="0.25"}}', "0+675x300"),
        10,
        {"ModelServerLatencyBudgetBurn"},
    ),
    "no pod is scraped": (
        changed("up{", "0x300"),
        10,
        {"ModelServerMetricsMissing", "ModelServerPodNotScraped"},
    ),
    "the series are gone": (
        {name: values for name, values in healthy().items() if SERIES not in name},
        20,
        {"ModelServerMetricsMissing"},
    ),
    "one pod is not scraped": (
        changed(f'up{{{SERIES},pod="model-api-2"', "0x300"),
        10,
        {"ModelServerPodNotScraped"},
    ),
    "one pod does not become ready": (
        changed(f'model_server_ready{{{SERIES},pod="model-api-2"', "0x300"),
        15,
        {"ModelServerTooFewReady"},
    ),
    "a pod restarts every four minutes": (
        changed("kube_pod_container_status_restarts_total", "0x3 1x3 2x3 3x3 4x3 5x300"),
        18,
        {"ModelServerRestarts"},
    ),
    "the deadline of a rollout passes": (
        changed("kube_deployment_status_condition", "1x300"),
        20,
        {"ModelServerRolloutStuck"},
    ),
    "new pods do not come": (
        changed("kube_deployment_status_replicas_updated", "1x300"),
        20,
        {"ModelServerRolloutStuck"},
    ),
    "requests are rejected": (
        healthy() | {f'model_server_rejected_total{{{SERIES},reason="queue"}}': "0+10x300"},
        15,
        {"ModelServerRejects"},
    ),
    "memory nears its limit": (
        changed("container_memory_working_set_bytes", "1900x300"),
        15,
        {"ModelServerMemoryNearLimit"},
    ),
    "CPU is throttled": (
        changed("container_cpu_cfs_throttled_periods_total", "0+400x300"),
        30,
        {"ModelServerThrottled"},
    ),
    "the autoscaler is at maxReplicas": (
        changed("kube_horizontalpodautoscaler_status_current_replicas", "10x300"),
        20,
        {"ModelServerAutoscalerAtMax"},
    ),
    "the autoscaler gets no metrics": (
        changed("kube_horizontalpodautoscaler_status_condition", "1x300"),
        15,
        {"ModelServerAutoscalerBlind"},
    ),
}


def test_promtool_accepts_the_rules(promtool, rules):
    check(promtool, "check", "rules", str(rules))


@pytest.mark.parametrize("minutes", [1, 60, 299])
def test_no_alert_fires_for_a_healthy_service(promtool, rules, minutes):
    firing(promtool, rules, healthy(), minutes, set())


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fires_its_alerts(promtool, rules, fault):
    series, minutes, expected = FAULTS[fault]
    firing(promtool, rules, series, minutes, expected)


def test_every_alert_has_its_fault(rules):
    groups = yaml.safe_load(rules.read_text())["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}
    assert alerts == {alert for _unused, _unused, expected in FAULTS.values() for alert in expected}


def test_every_query_of_the_dashboard_is_promql(promtool, dashboard, tmp_path):
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries += [annotation["expr"] for annotation in dashboard["annotations"]["list"]]
    known = [re.sub(r"\$(job|instance|namespace)", ".+", query.replace("$__rate_interval", "5m")) for query in queries]
    path = tmp_path / "queries.yml"
    recorded = [{"record": f"query_{number}", "expr": expr} for number, expr in enumerate(known)]
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": recorded}]}))
    check(promtool, "check", "rules", str(path))


def test_rules_and_dashboard_use_series_that_exist(rules, dashboard, exported):
    groups = yaml.safe_load(rules.read_text())["groups"]
    queries = [rule["expr"] for group in groups for rule in group["rules"]]
    queries += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    names = {name for query in queries for name in re.findall(r"([a-z][\w:]*)\{", query)}
    assert {name for name in names if not FOREIGN.match(name)} - exported == set()
    assert len(names) > 20


def test_every_panel_has_a_description(dashboard):
    assert [panel["title"] for panel in dashboard["panels"] if not panel["description"].endswith(".")] == []
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


@pytest.mark.longer
def test_grafanas_linter_accepts_the_dashboard():
    folder = Path(__file__).resolve().parent / "dashboard_linter"
    (linter,) = go_programs.build(folder)
    check(str(linter), "lint", "--strict", "--config", str(folder / "exclusions.yml"), str(DASHBOARD))


def test_panels_that_the_linter_skips_select_by_namespace(dashboard):
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    selections = [matchers for query in queries for matchers in re.findall(r"kube_\w+\{([^}]*)\}", query)]
    assert len(selections) > 4
    assert [matchers for matchers in selections if 'namespace=~"$namespace"' not in matchers] == []


def test_the_dashboard_is_not_edited_in_grafana(dashboard):
    assert dashboard["editable"] is False
