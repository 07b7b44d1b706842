# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many targets in waves: a failed one stops the next wave, and the end says what became of all."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml
from playbook_runs import Run, command

HOSTS = [f"t{number}" for number in range(1, 7)]
COMMON = {
    "ansible_connection": "local",
    "ansible_python_interpreter": sys.executable,
    "model_serving_namespace": "{{ inventory_hostname }}",
    "model_serving_image": "registry.example.org/model-api:0123456789ab",
}
# No cluster is needed: every release fails at once.
NOWHERE = {
    "model_serving_kubernetes": {"host": "https://127.0.0.1:1", "api_key": "none"},
    "model_serving_timeout": 1,
}


def run(folder: Path, given: dict, *arguments: str, playbook: str = "deploy", **of_hosts: dict) -> Run:
    hosts = {name: of_hosts.get(name, {}) for name in HOSTS}
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    (folder / "group_vars").mkdir(exist_ok=True)
    (folder / "group_vars" / "all.yml").write_text(yaml.safe_dump({**COMMON, **NOWHERE, **given}))
    return command("ansible-playbook", f"playbooks/{playbook}.yml", "-i", str(folder / "hosts.yml"), *arguments)


def waves(done: Run) -> list[list[str]]:
    """The targets of each wave, as the tasks show them. The first play reads the inventory."""
    plays = re.split(r"^PLAY \[", done.output, flags=re.MULTILINE)[2:]
    found = [sorted(set(re.findall(r"^(?:fatal|ok|skipping): \[(t\d)\]", play, re.MULTILINE))) for play in plays]
    return [wave for wave in found if wave]


def summary(done: Run) -> list[str]:
    head = re.search(r"\d+ targets: .*", done.output)[0]
    states = re.findall(r"^ +(released|unchanged|restored|failed|not tried) +(t\d)", done.output, re.MULTILINE)
    return [head, *(f"{state} {target}" for state, target in states)]


@pytest.mark.parametrize(
    ("at_once", "expected"),
    [
        (2, [["t1", "t2"]]),
        ("50%", [["t1", "t2", "t3"]]),
        ([1, "100%"], [["t1"]]),
        ("3, 3", [["t1", "t2", "t3"]]),
    ],
)
def test_waves_of_an_inventory_are_ansibles_and_a_failed_target_stops_the_next(tmp_path, at_once, expected):
    done = run(tmp_path, {"model_serving_targets_at_once": at_once})
    assert done.status == 2
    assert waves(done) == expected
    tried = len(expected[0])
    assert summary(done) == [
        f"6 targets: {tried} failed, {6 - tried} not tried",
        *(f"failed {name}" for name in HOSTS[:tried]),
        *(f"not tried {name}" for name in HOSTS[tried:]),
    ]


@pytest.mark.parametrize("playbook", ["rollback", "remove"])
def test_it_is_the_same_for_other_playbooks(tmp_path, playbook):
    done = run(tmp_path, {"model_serving_targets_at_once": "25%"}, playbook=playbook)
    assert waves(done) == [["t1"]]
    assert summary(done)[0] == "6 targets: 1 failed, 5 not tried"


def test_a_wave_that_is_none_is_refused_by_name(tmp_path):
    done = run(tmp_path, {"model_serving_targets_at_once": "many"})
    assert "model_serving_targets_at_once has 'many'" in done.output
    assert waves(done) == []


def refused(done: Run) -> dict[str, str]:
    """What the first play says of each target that it refuses, where it ends the run."""
    assert done.status == 2, done.output
    assert waves(done) == []
    said = re.split(r"^(?=fatal: |PLAY|TASK|skipping|ok)", done.output, flags=re.MULTILINE)
    return {part.partition("[")[2].partition("]")[0]: part for part in said if part.startswith("fatal: ")}


@pytest.mark.parametrize("playbook", ["deploy", "rollback", "remove"])
def test_what_is_wrong_with_any_target_is_told_before_the_first_wave(tmp_path, playbook):
    """Each under its own name; also where a variable of it does not exist."""
    wrong, undefined = {"model_serving_replica": 2}, {"model_serving_namespace": "{{ nowhere }}"}
    of_cluster = {"model_serving_kubernetes": {"host": "gke://p/{{ nowhere_else }}/n"}}
    said = refused(run(tmp_path, {}, playbook=playbook, t3=undefined, t5=of_cluster, t6=wrong))
    assert said.keys() == {"t3", "t5", "t6"}
    assert "model_serving_replica is not a known variable" in said["t6"]
    assert "'nowhere' is undefined" in said["t3"] and "model_serving_namespace" in said["t3"]
    assert "'nowhere_else' is undefined" in said["t5"] and "model_serving_kubernetes" in said["t5"]


def test_what_is_checked_before_the_first_wave_is_not_checked_again(tmp_path):
    done = run(tmp_path, {}, "--limit", "t1", playbook="rollback")
    checks = re.findall(r"Check the variables\] .*\n(.*)", done.output)
    assert checks == ["skipping: [t1]"] * 2
    looked = run(tmp_path, {}, "--limit", "t1", "-vv", playbook="rollback").output.split("Check the variables]")[2]
    assert "not _model_serving_checked_before" in looked.partition("TASK [")[0]


@pytest.mark.parametrize("playbook", ["deploy", "rollback", "remove"])
def test_waves_that_differ_between_targets_are_refused(tmp_path, playbook):
    four, half = {"model_serving_targets_at_once": 4}, {"model_serving_max_fail_percentage": 50}
    done = run(tmp_path, {"model_serving_targets_at_once": [1]}, playbook=playbook, t4=four, t2=half)
    text = " ".join("".join(refused(done).values()).split())
    assert "model_serving_targets_at_once is 4 for t4 and 1 for t1, t2, t3, t5, t6" in text
    assert "model_serving_max_fail_percentage is 50 for t2 and 0 for t1, t3, t4, t5, t6" in text


def test_the_waves_of_a_target_that_a_limit_leaves_out_do_not_count(tmp_path):
    four = {"model_serving_targets_at_once": "100%"}
    done = run(tmp_path, {}, "--limit", "t2:t3:t4", t1=four, t5=four)
    assert waves(done) == [["t2"]]
    assert waves(run(tmp_path, {}, "--limit", "t1:t5", t1=four, t5=four)) == [["t1", "t5"]]


def test_lines_of_the_inventory_are_those_that_verify_checks(tmp_path):
    done = run(tmp_path, {"model_verify_lines": ["logs"]}, playbook="verify")
    assert "(item=logs)" in done.output
    assert "(item=ingress)" not in done.output


@pytest.mark.parametrize("playbook", ["deploy", "rollback"])
def test_targets_that_are_one_release_are_refused_before_the_first_wave(tmp_path, playbook):
    eu = {"model_serving_namespace": "eu"}
    done = run(tmp_path, {}, playbook=playbook, t2=eu, t5=eu)
    assert done.status == 2
    assert "t2, t5 are one release: the cluster, model_serving_namespace (eu) and model_serving_name" in done.output
    assert len(re.findall(r"^PLAY \[", done.output, re.MULTILINE)) == 1


def test_those_that_a_limit_leaves_out_do_not_count(tmp_path):
    eu = {"model_serving_namespace": "eu"}
    done = run(tmp_path, {}, "--limit", "t2,t3", t2=eu, t5=eu)
    assert done.status == 2
    assert "are one release" not in done.output


@pytest.mark.parametrize("playbook", ["deploy", "rollback", "remove"])
def test_a_host_that_ansible_cannot_reach_is_a_target_that_failed(tmp_path, playbook):
    """Also where it is the whole wave, so that the end is told."""
    away = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    told = {} if playbook == "remove" else {"model_serving_notify_webhook_url": "http://127.0.0.1:1/hook"}
    done = run(tmp_path, told, "--limit", "t1:t2", playbook=playbook, t1=away)
    assert done.status != 0
    assert summary(done) == ["2 targets: 1 failed, 1 not tried", "failed t1", "not tried t2"]
    assert re.search(r"failed +t1 +Ansible cannot reach t1: .*127\.0\.0\.1 port 1", done.output), done.output
