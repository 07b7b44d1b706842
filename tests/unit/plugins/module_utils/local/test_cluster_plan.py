"""Which machine can run a local cluster, and the addresses of its parts."""

from __future__ import annotations

import dataclasses
import ipaddress

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.local import cluster_plan

MACHINE = cluster_plan.Machine(
    system="Linux",
    uid=0,
    memory=24 * cluster_plan.GIB,
    disk_free=60 * cluster_plan.GIB,
    cgroup_controllers=frozenset({"cpu", "cpuset", "memory", "pids", "freezer"}),
    cgroup_unified=False,
    has_apt=True,
    commands=frozenset(cluster_plan.PACKAGES),
    routes=(("192.168.1.0/24", "eth0"),),
)
LAYOUT = cluster_plan.Layout(
    name="local",
    node_network=ipaddress.IPv4Network("10.213.0.0/24"),
    pod_network=ipaddress.IPv4Network("10.213.64.0/18"),
    service_network=ipaddress.IPv4Network("10.213.128.0/20"),
    nodes=2,
    state_dir="/var/lib/modelops-serving/local",
)


def problems(**changes) -> list[str]:
    return cluster_plan.problems(LAYOUT, dataclasses.replace(MACHINE, **changes), memory_gib=4, disk_gib=12)


def test_a_machine_that_can_run_it_has_no_problems():
    assert problems() == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"system": "Darwin"}, "Darwin"),
        ({"uid": 1000}, "root"),
        ({"memory": 2 * cluster_plan.GIB}, "2.0"),
        ({"disk_free": cluster_plan.GIB}, "free disk"),
        ({"cgroup_controllers": frozenset({"cpu"})}, "cpuset, memory, pids"),
        ({"has_apt": False, "commands": frozenset()}, "containerd"),
    ],
)
def test_for_a_machine_that_cannot_the_reason_and_minikube_are_named(changes, named):
    reason, remedy = problems(**changes)
    assert named in reason
    assert "inventories/minikube" in remedy


def test_ranges_that_overlap_a_network_of_the_machine_are_rejected_by_name():
    (problem,) = problems(routes=(("10.213.0.0/16", "eth0"),))[:1]
    assert "local_cluster_node_network 10.213.0.0/24 overlaps 10.213.0.0/16" in problem
    assert "eth0" in problem


def test_the_cluster_s_own_link_is_no_collision():
    assert problems(routes=(("10.213.0.0/24", "mo-local"),)) == []


def test_ranges_that_overlap_each_other_are_rejected():
    layout = dataclasses.replace(LAYOUT, service_network=ipaddress.IPv4Network("10.213.64.0/20"))
    (problem,) = cluster_plan.problems(layout, MACHINE, memory_gib=4, disk_gib=12)
    assert "local_cluster_pod_network" in problem
    assert "local_cluster_service_network" in problem


def test_only_what_is_missing_is_installed():
    machine = dataclasses.replace(MACHINE, commands=MACHINE.commands - {"ctr", "nft"})
    assert cluster_plan.missing_packages(machine) == ["containerd", "nftables"]


def test_every_node_has_its_own_address_and_pod_range():
    plan = LAYOUT.describe()
    assert plan["host_address"] == "10.213.0.1"
    assert plan["dns_address"] == "10.213.128.10"
    assert [(node["name"], node["address"], node["pod_network"], node["zone"]) for node in plan["nodes"]] == [
        ("node1", "10.213.0.11", "10.213.64.0/24", "local-a"),
        ("node2", "10.213.0.12", "10.213.65.0/24", "local-b"),
    ]


def test_a_link_s_name_fits_the_kernel():
    assert len(dataclasses.replace(LAYOUT, name="a-very-long-cluster-name").host_link) == 15
