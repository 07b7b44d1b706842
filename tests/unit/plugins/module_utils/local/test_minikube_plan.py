# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Minikube is asked to do, by what it says of a profile."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.local import minikube_plan as plan

WANTED = plan.Wanted("up", "minikube", 4, 8192, "", "", ("metrics-server", "ingress"))
MACHINE = plan.Machine("Linux", 1000, 8, 16384 * plan.MIB, frozenset({"docker"}))
PROFILES = {
    "invalid": [],
    "valid": [
        {
            "Name": "minikube",
            "Status": "Running",
            "Config": {
                "CPUs": 4,
                "Memory": 8192,
                "Driver": "docker",
                "KubernetesConfig": {"KubernetesVersion": "v1.35.0"},
            },
        }
    ],
}
ON, OFF = {"Status": "enabled"}, {"Status": "disabled"}
ADDONS = {"metrics-server": ON, "ingress": ON, "dashboard": OFF}


def status(host: str = "Running", kubelet: str = "Running", apiserver: str = "Running", config: str = "Configured"):
    return {"Name": "minikube", "Host": host, "Kubelet": kubelet, "APIServer": apiserver, "Kubeconfig": config}


RUNS = plan.found(PROFILES, status(), ADDONS, "minikube")
NEW = plan.found({"invalid": [], "valid": []}, None, None, "minikube")


def wanted(**fields) -> plan.Wanted:
    return dataclasses.replace(WANTED, **fields)


def test_a_new_cluster_is_started_as_it_was_asked_for():
    assert plan.commands(WANTED, NEW) == [
        ["start", "-p", "minikube", "--cpus=4", "--memory=8192mb"],
        ["addons", "enable", "metrics-server", "-p", "minikube"],
        ["addons", "enable", "ingress", "-p", "minikube"],
    ]


@pytest.mark.parametrize("version", ["1.35.0", "v1.35.0"])
def test_driver_and_version_are_passed_on(version):
    asked = wanted(driver="kvm2", kubernetes_version=version, addons=())
    assert plan.commands(asked, NEW)[0][4:] == ["--memory=8192mb", "--driver=kvm2", "--kubernetes-version=v1.35.0"]


def test_a_cluster_that_runs_is_left_alone():
    assert plan.commands(WANTED, RUNS) == []


def test_a_missing_addon_is_enabled():
    found = plan.found(PROFILES, status(), {"metrics-server": ON}, "minikube")
    assert plan.commands(WANTED, found) == [["addons", "enable", "ingress", "-p", "minikube"]]


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (status("Stopped", "Stopped", "Stopped"), "start"),
        (status("Running", "Stopped", "Stopped"), "start"),
        (status("Running", "Running", "Stopped"), "start"),
        (status("Running", "Stopped", "Paused"), "unpause"),
        (status(config="Misconfigured"), "update-context"),
    ],
)
def test_what_is_down_comes_up_again_without_a_new_size(state, command):
    """Minikube warns about sizes for an existing cluster, and ignores them."""
    assert plan.commands(WANTED, plan.found(PROFILES, state, ADDONS, "minikube")) == [[command, "-p", "minikube"]]


@pytest.mark.parametrize(
    ("state", "found", "expected"),
    [
        ("stopped", RUNS, [["stop", "-p", "minikube"]]),
        ("stopped", NEW, []),
        ("absent", RUNS, [["delete", "-p", "minikube"]]),
        ("absent", plan.Found(exists=True, valid=False), [["delete", "-p", "minikube"]]),
        ("absent", NEW, []),
    ],
)
def test_it_is_stopped_and_deleted(state, found, expected):
    assert plan.commands(wanted(state=state), found) == expected


@pytest.mark.parametrize(
    ("asked", "machine", "named"),
    [
        ({"memory": 32768}, {}, "minikube_cluster_memory is 32768"),
        ({"cpus": 9}, {}, "minikube_cluster_cpus is 9"),
        ({}, {"commands": frozenset()}, "Minikube has nothing to run in"),
        ({"driver": "dokcer"}, {}, "minikube_cluster_driver dokcer is not a driver"),
        ({"driver": "kvm2"}, {}, "virsh is not installed"),
        ({"driver": "docker"}, {"uid": 0}, "not run with Docker as root"),
        ({"driver": "none"}, {}, "as root"),
    ],
)
def test_what_cannot_be_is_told_before_it_is_tried(asked, machine, named):
    problems = plan.problems(wanted(**asked), NEW, dataclasses.replace(MACHINE, **machine))
    assert len(problems) == 1
    assert named in problems[0]


def test_all_problems_are_told_at_once():
    assert len(plan.problems(wanted(cpus=9, memory=32768, driver="kvm2"), NEW, MACHINE)) == 3


def test_a_size_that_is_not_known_is_no_problem():
    machine = dataclasses.replace(MACHINE, memory=0, cpus=0)
    assert plan.problems(WANTED, NEW, machine) == []


def test_an_existing_cluster_has_its_size():
    small = dataclasses.replace(MACHINE, memory=4096 * plan.MIB)
    assert plan.problems(WANTED, RUNS, small) == []


def test_a_profile_that_cannot_be_read_is_named():
    broken = plan.found({"invalid": [{"Name": "minikube"}], "valid": []}, None, None, "minikube")
    assert "minikube_cluster_state=absent" in plan.problems(WANTED, broken, MACHINE)[0]
    assert plan.problems(wanted(state="absent"), broken, MACHINE) == []


def test_what_an_existing_cluster_has_otherwise_is_told():
    lines = plan.differences(wanted(cpus=2, memory=4096, driver="kvm2", kubernetes_version="1.34.0"), RUNS)
    assert len(lines) == 1
    for part in ("cpus is 2, the profile has 4", "memory is 4096", "driver is kvm2", "version is 1.34.0"):
        assert part in lines[0]
    assert plan.differences(wanted(kubernetes_version="v1.35.0"), RUNS) == []
    assert plan.differences(WANTED, NEW) == []


@pytest.mark.parametrize(
    ("driver", "system", "url", "tunnel"),
    [
        ("docker", "Linux", "http://192.168.49.2", False),
        ("docker", "Darwin", "http://127.0.0.1", True),
        ("hyperkit", "Darwin", "http://192.168.49.2", False),
    ],
)
def test_a_browser_s_way_to_it(driver, system, url, tunnel):
    found = dataclasses.replace(RUNS, driver=driver)
    lines = plan.summary(WANTED, found, system, "192.168.49.2")
    assert any(url in line for line in lines)
    assert any("minikube tunnel -p minikube" in line for line in lines) is tunnel
