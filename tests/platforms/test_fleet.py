# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three targets of the local cluster: the first bakes, a bad one stops the run, and the next run goes on from there."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from cluster import KUBECONFIG, Cluster, serving_image
from notify.receiver import PLAIN, receiving
from playbook_runs import Run, command
from small import ONE_SMALL_POD

NAMES = ("t-fleet-1", "t-fleet-2", "t-fleet-3")
GOOD = {"model_serving_settings": {"SERVER_QUEUE_LIMIT": 500}}


def ends_after(seconds: int) -> dict:
    """A container beside the server that is well while the release is judged, and ends while it bakes."""
    program = ["python", "-c", f"import time; time.sleep({seconds})"]
    requests = {"cpu": "10m", "memory": "32Mi"}
    container = {"name": "beside", "image": serving_image(), "command": program, "resources": {"requests": requests}}
    return {"model_serving_extra_containers": [container]}


@pytest.fixture
def targets() -> Iterator[list[Cluster]]:
    found = [Cluster(name) for name in NAMES]
    for each in found:
        each.make_namespace()
    try:
        yield found
    finally:
        for each in found:
            each.remove_namespace()


def deploy(folder: Path, of_hosts: dict | None = None, names: Sequence[str] = NAMES, **variables) -> Run:
    """``of_hosts``: variables of single targets."""
    common = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "model_serving_kubernetes": {"kubeconfig": str(KUBECONFIG)},
        "model_serving_namespace": "{{ inventory_hostname }}",
        "model_serving_image": serving_image(),
        **ONE_SMALL_POD,
        "model_serving_ingress_enabled": False,
        "model_serving_load_balancer_enabled": False,
        **variables,
    }
    hosts = {name: (of_hosts or {}).get(name, {}) for name in names}
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": common, "hosts": hosts}}))
    stats = {"ANSIBLE_SHOW_CUSTOM_STATS": "1"}
    return command("ansible-playbook", "playbooks/deploy.yml", "-i", str(folder / "hosts.yml"), **stats)


def ends(run: Run) -> list[str]:
    """What the end of the run says of each target."""
    return re.findall(rf"^ +([a-z ]+?) +(?:{'|'.join(NAMES)})\b", run.output.split(" targets: ")[-1], re.MULTILINE)


def containers(target: Cluster) -> list[str]:
    """Of the pods that stand."""
    return [each["name"] for each in target.get("Deployment", "model-api")["spec"]["template"]["spec"]["containers"]]


def limit(target: Cluster) -> str | None:
    """SERVER_QUEUE_LIMIT of what stands."""
    sources = target.get("Deployment", "model-api")["spec"]["template"]["spec"]["containers"][0]["envFrom"]
    return target.get("ConfigMap", sources[0]["configMapRef"]["name"])["data"].get("SERVER_QUEUE_LIMIT")


@pytest.mark.longer
@pytest.mark.timeout(600)
def test_a_bad_first_target_stops_the_run_and_the_next_run_goes_on(targets: list[Cluster], tmp_path: Path):
    first = deploy(tmp_path, model_serving_targets_at_once="100%")
    assert ends(first) == ["released"] * 3, first.output

    waves = {"model_serving_targets_at_once": [1, "100%"]}
    stopped = deploy(tmp_path, **waves, **ends_after(40), model_serving_bake_seconds=120)
    assert stopped.status != 0
    assert ends(stopped) == ["restored", "not tried", "not tried"], stopped.output
    assert "bakes: " in stopped.output, stopped.output
    assert [containers(each) for each in targets] == [["api"]] * 3

    good = {**GOOD, "model_serving_bake_seconds": 6}
    second_is_away = {NAMES[1]: {"model_serving_kubernetes": {"host": "https://127.0.0.1:1", "api_key": "none"}}}
    half = deploy(tmp_path, second_is_away, **good)
    assert ends(half) == ["released", "failed", "not tried"], half.output
    assert "baked 6 s: " in half.output, half.output
    assert [limit(each) for each in targets] == ["500", None, None]

    rest = deploy(tmp_path, **waves, **good)
    assert ends(rest) == ["unchanged", "released", "released"], rest.output
    assert "baked" not in rest.output, rest.output


@pytest.mark.timeout(600)
def test_what_was_released_in_the_wave_of_a_bad_target_is_rolled_back(targets: list[Cluster], tmp_path: Path):
    """And whoever was told of the release is told of that."""
    together = {"model_serving_targets_at_once": "100%"}
    first = deploy(tmp_path, **together)
    assert ends(first) == ["released"] * 3, first.output
    bad, released, since = NAMES
    of_hosts = {bad: {**ends_after(40), "model_serving_bake_seconds": 60}}
    with receiving() as receiver, ThreadPoolExecutor() as pool:
        told = {
            "model_serving_report": str(tmp_path / "reports" / "wave"),
            "model_serving_notify_webhook_url": receiver.url + PLAIN,
            "model_serving_notify_webhook_format": "json",
        }
        wave = pool.submit(deploy, tmp_path, of_hosts, **together, **GOOD, **told)
        targets[2].wait_for(lambda: limit(targets[2]) == "500", 120)
        (tmp_path / "theirs").mkdir()
        theirs = deploy(tmp_path / "theirs", names=[since], model_serving_settings={"SERVER_QUEUE_LIMIT": 700})
        failed = wave.result()
    assert theirs.status == 0, theirs.output
    assert failed.status != 0
    assert ends(failed) == ["restored", "rolled back", "released since"], failed.output
    assert "r2 was to be rolled back, and r3 was released since: nothing was changed" in failed.output
    assert [limit(each) for each in targets] == [None, None, "700"]

    results = [body["result"] for body in receiver.bodies[PLAIN]]
    said = {name: [(one["revision"], one["failed"]) for one in results if one["target"] == name] for name in NAMES}
    assert said == {bad: [(2, True)], released: [(2, False), (3, False)], since: [(2, False), (3, True)]}
    reports = [json.loads((tmp_path / "reports" / f"wave-{name}.json").read_text()) for name in NAMES]
    assert [(one["revision"], one.get("failed", False)) for one in reports] == [(2, True), (3, False), (3, True)]
    assert 'failures="1"' in (tmp_path / "reports" / f"wave-{since}.xml").read_text()
    passed = failed.output.rpartition("CUSTOM STATS")[2]
    assert re.search(rf"{released}:.*? revision: 3 .*?{since}:", passed), passed
