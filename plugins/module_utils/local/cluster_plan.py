# Copyright (c) 2026 modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a local cluster looks like on a given machine, and whether the machine can carry it.

Nothing here touches the machine: ``Machine`` is what was observed, the functions decide.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

GIB = 1024**3
ELSEWHERE = (
    "On this machine use Minikube instead: minikube start --addons=ingress,metrics-server, "
    "then ansible-playbook playbooks/deploy.yml -i inventories/minikube"
)

# The command each part is known by, and the Debian or Ubuntu package that brings it where it is missing.
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
    """One look at a machine. Sizes in bytes; ``routes`` are its networks without the default route."""

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
    """Where the cluster's parts stand: all of it follows from a name, three ranges and a number of nodes."""

    name: str
    node_network: ipaddress.IPv4Network
    pod_network: ipaddress.IPv4Network
    service_network: ipaddress.IPv4Network
    nodes: int
    state_dir: str

    @property
    def host_link(self) -> str:
        """The machine's own end of the cable; the kernel allows 15 characters."""
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
    """Packages that bring the commands this machine lacks; what is there already is used as it is."""
    return sorted({package for command, package in PACKAGES.items() if command not in machine.commands})


def collisions(layout: Layout, machine: Machine) -> list[str]:
    """Ranges of the cluster that this machine already routes elsewhere."""
    found = []
    for variable in ("node_network", "pod_network", "service_network"):
        ours = getattr(layout, variable)
        for network, device in machine.routes:
            if device != layout.host_link and ours.overlaps(ipaddress.ip_network(network, strict=False)):
                found.append(
                    f"local_cluster_{variable} {ours} overlaps {network}, which this machine routes to {device}: "
                    f"set local_cluster_{variable} to a range that is free here."
                )
    return found


def overlaps_itself(layout: Layout) -> list[str]:
    ranges = {name: getattr(layout, name) for name in ("node_network", "pod_network", "service_network")}
    names = list(ranges)
    return [
        f"local_cluster_{one} {ranges[one]} and local_cluster_{other} {ranges[other]} overlap: set them apart."
        for position, one in enumerate(names)
        for other in names[position + 1 :]
        if ranges[one].overlaps(ranges[other])
    ]


def unable(machine: Machine, memory_gib: float, disk_gib: float) -> list[str]:
    """Why this machine cannot run a cluster at all, one sentence a reason; empty where it can."""
    if machine.system != "Linux":
        return [f"the local cluster needs Linux, and this is {machine.system}."]
    reasons = []
    if machine.uid != 0:
        reasons.append("the local cluster makes network namespaces and mounts, which only root may: run as root.")
    if machine.memory < memory_gib * GIB:
        reasons.append(
            f"the local cluster needs {memory_gib:g} GiB of memory, this machine has {machine.memory / GIB:.1f}."
        )
    if machine.disk_free < disk_gib * GIB:
        reasons.append(
            f"the local cluster needs {disk_gib:g} GiB of free disk, this machine has {machine.disk_free / GIB:.1f}."
        )
    lacking = {"cpu", "memory", "pids", "cpuset"} - machine.cgroup_controllers
    if lacking:
        reasons.append(f"the kernel offers no cgroup controller for {', '.join(sorted(lacking))}.")
    if missing_packages(machine) and not machine.has_apt:
        reasons.append(
            f"these are missing and there is no apt-get to install them: {', '.join(missing_packages(machine))}."
        )
    return reasons


def problems(layout: Layout, machine: Machine, memory_gib: float, disk_gib: float) -> list[str]:
    """Everything that stands in the way, worst first; each sentence says what to do."""
    reasons = unable(machine, memory_gib, disk_gib)
    if reasons:
        return [*reasons, ELSEWHERE]
    return overlaps_itself(layout) + collisions(layout, machine)
