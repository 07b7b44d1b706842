# Copyright (c) 2026 modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The layout of a local cluster, and whether a machine can run it. Pure: ``Machine`` is what was read from it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

GIB = 1024**3
USE_MINIKUBE = (
    "On this machine use Minikube instead: ansible-playbook playbooks/cluster.yml -i inventories/minikube, "
    "then playbooks/deploy.yml with the same inventory"
)

# Commands that the cluster needs, and the Debian or Ubuntu package that has each.
PACKAGES = {
    "buildah": "buildah",
    "catatonit": "catatonit",
    "containerd": "containerd",
    "ctr": "containerd",
    "etcd": "etcd-server",
    "ip": "iproute2",
    "mount": "mount",
    "nft": "nftables",
    "nsenter": "util-linux",
    "openssl": "openssl",
    "runc": "runc",
    "sysctl": "procps",
    "/usr/lib/cni/ptp": "containernetworking-plugins",
}


@dataclass(frozen=True)
class Machine:
    """What was read from a machine. Sizes in bytes; ``routes``: its networks, without the default route."""

    system: str
    uid: int
    memory: int
    disk_free: int
    cgroup_controllers: frozenset[str]
    cgroup_unified: bool
    has_apt: bool
    commands: frozenset[str]
    routes: tuple[tuple[str, str], ...] = field(default=())  # (network, device)


@dataclass(frozen=True)
class Layout:
    """Names, addresses and folders of the cluster's parts, from a name, three ranges and a number of nodes."""

    name: str
    node_network: ipaddress.IPv4Network
    pod_network: ipaddress.IPv4Network
    service_network: ipaddress.IPv4Network
    nodes: int
    state_dir: str

    @property
    def host_link(self) -> str:
        """Name of the machine's network interface to the cluster; the kernel allows 15 characters."""
        return f"mo-{self.name}"[:15]

    @property
    def host_address(self) -> str:
        return str(self.node_network[1])

    @property
    def dns_address(self) -> str:
        return str(self.service_network[10])

    def node(self, index: int) -> dict:
        name = f"node{index + 1}"
        pods = list(self.pod_network.subnets(new_prefix=24))[index]
        return {
            "name": name,
            "address": str(self.node_network[11 + index]),
            "pod_network": str(pods),
            "zone": f"local-{'abc'[index % 3]}",
            "cgroup": f"modelops-{self.name}-{name}",
            "dir": f"{self.state_dir}/{name}",
            "containerd": f"{self.state_dir}/{name}/containerd.sock",
        }

    def describe(self) -> dict:
        return {
            "host_link": self.host_link,
            "host_address": self.host_address,
            "host_prefix": self.node_network.prefixlen,
            "dns_address": self.dns_address,
            "nodes": [self.node(index) for index in range(self.nodes)],
        }


def missing_packages(machine: Machine) -> list[str]:
    """Packages to install: those of the commands that this machine lacks."""
    return sorted({package for command, package in PACKAGES.items() if command not in machine.commands})


def collisions(layout: Layout, machine: Machine) -> list[str]:
    """Ranges of the cluster that overlap a network of this machine."""
    found = []
    for variable in ("node_network", "pod_network", "service_network"):
        ours = getattr(layout, variable)
        for network, device in machine.routes:
            if device != layout.host_link and ours.overlaps(ipaddress.ip_network(network, strict=False)):
                found.append(
                    f"local_cluster_{variable} {ours} overlaps {network}, which this machine routes to {device}: "
                    f"set local_cluster_{variable} to a range that is not used on this machine."
                )
    return found


def overlaps_itself(layout: Layout) -> list[str]:
    ranges = {name: getattr(layout, name) for name in ("node_network", "pod_network", "service_network")}
    names = list(ranges)
    return [
        f"local_cluster_{one} {ranges[one]} and local_cluster_{other} {ranges[other]} overlap: change one of them."
        for position, one in enumerate(names)
        for other in names[position + 1 :]
        if ranges[one].overlaps(ranges[other])
    ]


def unable(machine: Machine, memory_gib: float, disk_gib: float) -> list[str]:
    """Why this machine cannot run a cluster: one sentence for each reason, none if it can."""
    if machine.system != "Linux":
        return [f"the local cluster needs Linux; this is {machine.system}."]
    reasons = []
    if machine.uid != 0:
        reasons.append("the local cluster creates network namespaces and mounts, which needs root: run it as root.")
    if machine.memory < memory_gib * GIB:
        reasons.append(
            f"the local cluster needs {memory_gib:g} GiB of memory; this machine has {machine.memory / GIB:.1f}."
        )
    if machine.disk_free < disk_gib * GIB:
        reasons.append(
            f"the local cluster needs {disk_gib:g} GiB of free disk; this machine has {machine.disk_free / GIB:.1f}."
        )
    lacking = {"cpu", "memory", "pids", "cpuset"} - machine.cgroup_controllers
    if lacking:
        reasons.append(f"the kernel has no cgroup controller for {', '.join(sorted(lacking))}.")
    if missing_packages(machine) and not machine.has_apt:
        reasons.append(f"install {', '.join(missing_packages(machine))}: there is no apt-get here to do it.")
    return reasons


def problems(layout: Layout, machine: Machine, memory_gib: float, disk_gib: float) -> list[str]:
    """Everything that prevents a cluster, one sentence each; last, Minikube if no cluster can run here."""
    reasons = unable(machine, memory_gib, disk_gib)
    if reasons:
        return [*reasons, USE_MINIKUBE]
    return overlaps_itself(layout) + collisions(layout, machine)
