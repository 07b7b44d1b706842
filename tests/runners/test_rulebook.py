# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""extensions/eda: alerts of the release's own rules, by a real Alertmanager and ansible-rulebook, on the cluster.

Prometheus does not run here: tests/monitoring shows which alerts it fires.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import environments
import pytest
import yaml
from alertmanager import Alertmanager, program
from cluster import KUBECONFIG, ROOT, Cluster, command, playbook, serving_image
from ports import free_port

pytestmark = [pytest.mark.jobs, pytest.mark.timeout(1200)]

LOCK = ROOT / "requirements" / "rulebook.txt"
NAMESPACE, NAME, TARGET = "runner-alerts", "model-api", "the-target"
TOKEN = "t0ken-of-the-webhook"
RELEASE = {
    "model_serving_namespace": NAMESPACE,
    "model_serving_autoscaling_min_replicas": 1,
    "model_serving_autoscaling_max_replicas": 2,
    "model_serving_pdb_enabled": False,
    "model_serving_cpu_request": "50m",
    "model_serving_memory_request": "128Mi",
    "model_serving_ingress_enabled": False,
    "model_serving_verify_url": "",
    "model_serving_kubernetes": {"kubeconfig": str(KUBECONFIG)},
    "model_serving_alert_labels": {"target": "{{ inventory_hostname }}"},
}


@pytest.fixture(scope="module")
def cluster():
    """Two revisions of a healthy release."""
    found = Cluster(NAMESPACE)
    found.remove_namespace()
    for level in ("INFO", "DEBUG"):
        given = {**RELEASE, "model_serving_image": serving_image(), "model_serving_log_level": level}
        status, output = command(*playbook("deploy", **given))
        assert status == 0, output
    yield found
    found.remove_namespace()


@pytest.fixture(scope="module")
def alerts(tmp_path_factory) -> dict[str, dict]:
    """The labels of the rules that the release would give Prometheus, by their alert's name: of each the first."""
    folder = tmp_path_factory.mktemp("rules")
    more = {"model_serving_monitoring": "operator", "model_serving_render_directory": str(folder)}
    hosts = inventory(folder, {**RELEASE, "model_serving_image": "example:1", **more})
    status, output = command(playbook("render")[0], "playbooks/render.yml", "-i", hosts)
    assert status == 0, output
    objects = yaml.safe_load_all((folder / f"{TARGET}.yml").read_text())
    (rules,) = [entry for entry in objects if entry["kind"] == "PrometheusRule"]
    found: dict[str, dict] = {}
    for group in rules["spec"]["groups"]:
        for rule in group["rules"]:
            if "alert" in rule:
                found.setdefault(rule["alert"], {**of_series(rule), **rule["labels"]})
    return found


def of_series(rule: dict) -> dict:
    """What Prometheus adds to the rule's own labels: those of the series, whose job is the Service that is scraped, or
    the exporter. tests/collection/test_monitoring.py fires the alerts by such series."""
    exported = rule["expr"].startswith("kube_")
    job = "kube-state-metrics" if exported else f"{NAME}-metrics"
    return {"alertname": rule["alert"], "namespace": NAMESPACE, "job": job}


def inventory(folder: Path, variables: dict) -> Path:
    """A folder, of which ansible-rulebook hands a copy to each playbook."""
    hosts = folder / "inventory"
    (hosts / "group_vars").mkdir(parents=True)
    here = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (hosts / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {TARGET: {}, "another": {}}}}))
    (hosts / "group_vars" / "all.yml").write_text(yaml.safe_dump({**here, **variables}))
    return hosts


class Rulebook:
    """A running ansible-rulebook, with an Alertmanager before it."""

    def __init__(self, folder: Path, binary: Path, collections: str, rollback: bool):
        programs = environments.environment(LOCK)
        self.log = folder / "rulebook.log"
        hooks, port = free_port(), free_port()
        variables = {"alerts_token": TOKEN, "alerts_port": hooks, "alerts_rollback": rollback}
        (folder / "vars.yml").write_text(yaml.safe_dump(variables))
        # The release is another one than the target's: only the alert names it.
        hosts = inventory(folder, {**RELEASE, "model_serving_namespace": "elsewhere", "model_serving_name": "other"})
        arguments = ["--rulebook", "modelops.serving.alerts", "-i", hosts, "--vars", folder / "vars.yml"]
        environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "ANSIBLE_CONFIG": ""}
        environment |= {"ANSIBLE_COLLECTIONS_PATH": collections, "ANSIBLE_NOCOLOR": "1", "PYTHONUNBUFFERED": "1"}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [programs / "ansible-rulebook", *arguments, "--print-events"],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
            )
        wait_for(lambda: listens(hooks), 120)
        self.alertmanager = Alertmanager(binary, folder, port, f"http://127.0.0.1:{hooks}/alerts", TOKEN)

    def said(self) -> str:
        return self.log.read_text()

    def stop(self) -> None:
        self.alertmanager.stop()
        self.process.terminate()
        self.process.wait(60)


def listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def wait_for(holds, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def binary(tmp_path_factory) -> Path:
    return program(tmp_path_factory.mktemp("alertmanager"))


@pytest.fixture
def started(tmp_path, installed, environment, binary, cluster):
    """Starts a rulebook; all that were started are stopped."""
    running = []
    # kubernetes.core stands in another folder than this collection.
    (packages,) = environment.parent.glob("lib/python3*/site-packages")

    def start(rollback: bool) -> Rulebook:
        running.append(Rulebook(tmp_path, binary, f"{installed}{os.pathsep}{packages}", rollback))
        return running[-1]

    yield start
    for rulebook in running:
        rulebook.stop()


def revisions(cluster: Cluster) -> list[int]:
    return [entry["revision"] for entry in cluster.run("release_info", name=NAME)["revisions"]]


DIAGNOSED, ROLLED_BACK = "PLAY [Diagnose a running service]", "PLAY [Roll back a release]"


def test_an_alert_is_diagnosed_and_nothing_is_rolled_back_where_it_is_not_allowed(started, cluster, alerts):
    rulebook = started(rollback=False)
    rulebook.alertmanager.fire(alerts["ModelServerErrorBudgetBurn"])
    wait_for(lambda: DIAGNOSED in rulebook.said() and "PLAY RECAP" in rulebook.said(), 120)
    assert ROLLED_BACK not in rulebook.said()
    assert revisions(cluster) == [2, 1]
    assert "r2 serves" in rulebook.said() and "DeploymentMissing" not in rulebook.said()
    # An alert on what kube-state-metrics exports is of the same release.
    rulebook.alertmanager.fire(alerts["ModelServerRolloutStuck"])
    wait_for(lambda: rulebook.said().count("PLAY RECAP") == 2, 120)
    assert rulebook.said().count("r2 serves") == 2
    # The playbook ran for the target of the alert alone.
    assert "another" not in rulebook.said().partition(DIAGNOSED)[2]


def test_what_burns_the_budget_is_diagnosed_and_rolled_back_once(started, cluster, alerts):
    rulebook, burns = started(rollback=True), alerts["ModelServerErrorBudgetBurn"]
    # A warning, and an alert that names no target: no rollback.
    rulebook.alertmanager.fire(alerts["ModelServerRejects"])
    rulebook.alertmanager.fire({key: value for key, value in burns.items() if key != "target"})
    wait_for(lambda: rulebook.said().count("PLAY RECAP") == 1, 120)
    assert ROLLED_BACK not in rulebook.said()

    rulebook.alertmanager.fire(burns)
    wait_for(lambda: rulebook.said().count("PLAY RECAP") >= 3, 240)
    assert rulebook.said().index(DIAGNOSED) < rulebook.said().index(ROLLED_BACK)
    assert revisions(cluster) == [3, 2, 1]

    # The same alert of another window is no reason for a second one.
    rulebook.alertmanager.fire({**burns, "window": "6h"})
    time.sleep(10)  # a second rollback would begin within seconds
    assert rulebook.said().count(ROLLED_BACK) == 1
    assert revisions(cluster) == [3, 2, 1]
