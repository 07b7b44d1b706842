# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done so that a Minikube profile is as it was asked for. Pure: ``Found`` is what was read."""

from __future__ import annotations

from dataclasses import dataclass, field

MIB = 1024**2
UP, STOPPED, ABSENT = "up", "stopped", "absent"
RUNNING, PAUSED, NONEXISTENT = "Running", "Paused", "Nonexistent"
# The kubeconfig has an address that the cluster had before.
MISCONFIGURED = "Misconfigured"

# Minikube's drivers, and the commands of which each needs one.
DRIVERS = {
    "docker": ("docker",),
    "podman": ("podman",),
    "kvm2": ("virsh",),
    "kvm": ("virsh",),
    "qemu": ("qemu-system-x86_64", "qemu-system-aarch64"),
    "qemu2": ("qemu-system-x86_64", "qemu-system-aarch64"),
    "virtualbox": ("VBoxManage",),
    "hyperkit": ("hyperkit",),
    "vfkit": ("vfkit",),
    "krunkit": ("krunkit",),
    "parallels": ("prlctl",),
    "vmware": ("vmrun",),
    "none": (),
    "ssh": (),
}
# As Minikube writes them down.
ALIASES = {"qemu": "qemu2", "kvm": "kvm2"}
# Versions that Minikube chooses by a word.
CHOSEN = ("stable", "latest")
# These run the cluster in a container, whose address only Linux can reach.
IN_CONTAINERS = ("docker", "podman")
INSTALL = "https://minikube.sigs.k8s.io/docs/start"


@dataclass(frozen=True)
class Wanted:
    """``memory``: MiB. An empty driver or version leaves the choice to Minikube."""

    state: str
    profile: str
    cpus: int
    memory: int
    driver: str
    kubernetes_version: str
    addons: tuple[str, ...]


@dataclass(frozen=True)
class Machine:
    """What was read from the machine. ``memory``: bytes, 0 where it is not known. ``commands``: those of DRIVERS that
    it has."""

    system: str
    uid: int
    cpus: int
    memory: int
    commands: frozenset[str]


@dataclass(frozen=True)
class Found:
    """What Minikube says of a profile. ``exists``: it was created. ``valid``: and its configuration can be read."""

    exists: bool = False
    valid: bool = True
    host: str = NONEXISTENT
    kubelet: str = NONEXISTENT
    apiserver: str = NONEXISTENT
    kubeconfig: str = ""
    cpus: int = 0
    memory: int = 0
    driver: str = ""
    kubernetes_version: str = ""
    addons: frozenset[str] = field(default_factory=frozenset)

    @property
    def runs(self) -> bool:
        return (self.host, self.kubelet, self.apiserver) == (RUNNING, RUNNING, RUNNING)


def found(profiles: dict, status: dict | None, addons: dict | None, profile: str) -> Found:
    """From the JSON of ``profile list``, ``status`` and ``addons list``; None where it was not asked."""
    if any(entry.get("Name") == profile for entry in profiles.get("invalid") or []):
        return Found(exists=True, valid=False)
    entry = next((one for one in profiles.get("valid") or [] if one.get("Name") == profile), None)
    if entry is None:
        return Found()
    config, status = entry.get("Config") or {}, status or {}
    return Found(
        exists=True,
        host=status.get("Host", NONEXISTENT),
        kubelet=status.get("Kubelet", NONEXISTENT),
        apiserver=status.get("APIServer", NONEXISTENT),
        kubeconfig=status.get("Kubeconfig", ""),
        cpus=config.get("CPUs") or 0,
        memory=config.get("Memory") or 0,
        driver=config.get("Driver") or "",
        kubernetes_version=(config.get("KubernetesConfig") or {}).get("KubernetesVersion") or "",
        addons=frozenset(name for name, about in (addons or {}).items() if about.get("Status") == "enabled"),
    )


def problems(wanted: Wanted, found: Found, machine: Machine) -> list[str]:
    """Why it cannot be brought up, each with what to do about it."""
    if wanted.state != UP:
        return []
    if not found.valid:
        return [
            f"Minikube cannot read its profile {wanted.profile}: remove it with -e minikube_cluster_state=absent, "
            "then run this again."
        ]
    if found.exists:  # its size and its driver are given
        return []
    return _too_large(wanted, machine) + _driver_problems(wanted, machine)


def _too_large(wanted: Wanted, machine: Machine) -> list[str]:
    lines = []
    if machine.memory and wanted.memory * MIB > machine.memory:
        lines.append(
            f"This machine has {machine.memory // MIB} MiB of memory, and minikube_cluster_memory is {wanted.memory}: "
            "set a lower one. The defaults of model_serving need about 4096 for three replicas."
        )
    if machine.cpus and wanted.cpus > machine.cpus:
        lines.append(
            f"This machine has {machine.cpus} CPUs, and minikube_cluster_cpus is {wanted.cpus}: set a lower number."
        )
    return lines


def _driver_problems(wanted: Wanted, machine: Machine) -> list[str]:
    driver = wanted.driver
    if not driver:
        if any(needs and machine.commands & set(needs) for needs in DRIVERS.values()):
            return []
        return [
            "Minikube has nothing to run in: install Docker, Podman, KVM or QEMU, or set minikube_cluster_driver "
            "(none, ssh). On Debian as root, playbooks/cluster.yml -i inventories/local needs none of them."
        ]
    if driver not in DRIVERS:
        return [f"minikube_cluster_driver {driver} is not a driver of Minikube: {', '.join(DRIVERS)}."]
    needs = DRIVERS[driver]
    if needs and not machine.commands & set(needs):
        return [f"minikube_cluster_driver is {driver}, and {' or '.join(needs)} is not installed."]
    if driver == "docker" and machine.uid == 0:
        return ["Minikube does not run with Docker as root: run this as another user of the group docker."]
    if driver == "none" and machine.uid != 0:
        return ["minikube_cluster_driver none runs Kubernetes on this machine itself, as root: use another driver."]
    return []


def differences(wanted: Wanted, found: Found) -> list[str]:
    """What of an existing profile is not as it was asked for. Minikube sets these only in a new cluster."""
    if wanted.state != UP or not found.exists or not found.valid:
        return []
    pairs = (
        ("minikube_cluster_cpus", wanted.cpus, found.cpus),
        ("minikube_cluster_memory", wanted.memory, found.memory),
        ("minikube_cluster_driver", ALIASES.get(wanted.driver, wanted.driver), found.driver),
        (
            "minikube_cluster_kubernetes_version",
            "" if wanted.kubernetes_version in CHOSEN else _version(wanted.kubernetes_version),
            _version(found.kubernetes_version),
        ),
    )
    lines = [
        f"{name} is {asked}, the profile has {has}" for name, asked, has in pairs if asked and has and asked != has
    ]
    if not lines:
        return []
    remedy = f"To change that, remove {wanted.profile} with -e minikube_cluster_state=absent and run this again."
    return [f"{'; '.join(lines)}. {remedy}"]


def _asked(version: str) -> str:
    return version if version in CHOSEN else f"v{_version(version)}"


def _version(text: str) -> str:
    return text.removeprefix("v")


def commands(wanted: Wanted, found: Found) -> list[list[str]]:
    """The arguments for minikube, one list a command, that lead from what was found to what is wanted."""
    of_profile = ["-p", wanted.profile]
    if wanted.state == ABSENT:
        return [["delete", *of_profile]] if found.exists else []
    if wanted.state == STOPPED:
        return [["stop", *of_profile]] if found.host in (RUNNING, PAUSED) else []
    return _start(wanted, found, of_profile) + [
        ["addons", "enable", name, *of_profile] for name in wanted.addons if name not in found.addons
    ]


def _start(wanted: Wanted, found: Found, of_profile: list[str]) -> list[list[str]]:
    if found.runs:
        return [["update-context", *of_profile]] if found.kubeconfig == MISCONFIGURED else []
    if found.host == PAUSED or PAUSED in (found.kubelet, found.apiserver):
        return [["unpause", *of_profile]]
    if found.exists:  # stopped, or it came up half: start brings up what is missing, as the profile has it
        return [["start", *of_profile]]
    sizes = [f"--cpus={wanted.cpus}", f"--memory={wanted.memory}mb"]
    chosen = [f"--driver={wanted.driver}"] if wanted.driver else []
    version = [f"--kubernetes-version={_asked(wanted.kubernetes_version)}"] if wanted.kubernetes_version else []
    return [["start", *of_profile, *sizes, *chosen, *version]]


def reachable(driver: str, system: str) -> bool:
    """Whether this machine reaches the cluster's address itself; else by a tunnel."""
    return system == "Linux" or driver not in IN_CONTAINERS


def address(driver: str, system: str, ip: str) -> str:
    """The ingress's URL for a browser on this machine."""
    return f"http://{ip}" if reachable(driver, system) else "http://127.0.0.1"


def summary(wanted: Wanted, found: Found, system: str, ip: str) -> list[str]:
    """For a person: where the cluster is, and what has to run so that a browser reaches it."""
    lines = [f"context {wanted.profile}, Kubernetes {_version(found.kubernetes_version)}, driver {found.driver}"]
    if "ingress" in found.addons:
        lines.append(f"ingress {address(found.driver, system, ip)}, for every host name")
    if not reachable(found.driver, system):
        lines.append(f"The ingress is reached while this runs: minikube tunnel -p {wanted.profile}")
    return lines
