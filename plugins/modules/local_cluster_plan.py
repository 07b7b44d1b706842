#!/usr/bin/python
# Copyright (c) 2026 modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: local_cluster_plan
short_description: Plan a local Kubernetes cluster for this machine
version_added: 0.1.0
description:
  - Checks whether the machine can run a local cluster. Returns the packages that it lacks, and the names and addresses
    of the cluster's parts.
  - Fails with every reason why it cannot, and what to do about each. Changes nothing.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  name:
    description: Name of the cluster.
    type: str
    required: true
  nodes:
    description: Number of nodes.
    type: int
    default: 1
  node_network:
    description: Range of the nodes' addresses. The machine gets the first, the nodes get the eleventh and following.
    type: str
    required: true
  pod_network:
    description: Range of the pods' addresses. Every node gets a /24 of it.
    type: str
    required: true
  service_network:
    description: Range of the Services' addresses.
    type: str
    required: true
  state_dir:
    description: Folder on this machine that holds the cluster's state.
    type: path
    required: true
  memory_gib:
    description: Least memory of the machine, in GiB.
    type: float
    default: 4
  disk_gib:
    description: Least free disk at O(state_dir), in GiB.
    type: float
    default: 12
extends_documentation_fragment:
  - modelops.serving.read_only
  - action_common_attributes
attributes:
  platform:
    support: full
    platforms: posix
"""

EXAMPLES = r"""
- name: Plan a cluster of two nodes
  modelops.serving.local_cluster_plan:
    name: local
    nodes: 2
    node_network: 10.213.0.0/24
    pod_network: 10.213.64.0/18
    service_network: 10.213.128.0/20
    state_dir: /var/lib/modelops-serving/local
  register: plan
"""

RETURN = r"""
plan:
  description: The names and addresses of the cluster's parts.
  type: dict
  returned: success
  contains:
    host_link:
      description: Name of the machine's network interface to the cluster.
      type: str
    host_address:
      description: The machine's address on that interface.
      type: str
    host_prefix:
      description: Prefix length of the node range.
      type: int
    dns_address:
      description: Address of the cluster's DNS.
      type: str
    nodes:
      description: Every node's name, address, pod range, zone, cgroup, folder and containerd socket.
      type: list
      elements: dict
packages:
  description: Debian packages that the machine lacks.
  type: list
  elements: str
  returned: success
cgroup_unified:
  description: Whether the machine uses only cgroups version 2.
  type: bool
  returned: success
"""

import ipaddress
import json
import os
import platform
import shutil

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.common.redact import said
from ansible_collections.modelops.serving.plugins.module_utils.local import cluster_plan


def existing_parent(path: str) -> str:
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return path


def cgroups() -> tuple[bool, frozenset[str]]:
    """Whether the machine uses only cgroups version 2, and the controllers of the version that it uses."""
    unified = "/sys/fs/cgroup/cgroup.controllers"
    if os.path.exists(unified):
        with open(unified, encoding="utf-8") as file:
            return True, frozenset(file.read().split())
    with open("/proc/cgroups", encoding="utf-8") as file:
        rows = [line.split() for line in file if not line.startswith("#")]
    return False, frozenset(name for name, _hierarchy, _count, enabled in rows if enabled == "1")


def routes(module: AnsibleModule) -> tuple[tuple[str, str], ...]:
    _rc, out, _err = module.run_command(["ip", "-json", "-4", "route", "show"], check_rc=True)
    return tuple(
        (route["dst"], route["dev"]) for route in json.loads(out) if route["dst"] != "default" and "dev" in route
    )


def observe(module: AnsibleModule) -> cluster_plan.Machine:
    if platform.system() != "Linux":
        return cluster_plan.Machine(platform.system(), os.getuid(), 0, 0, frozenset(), False, False, frozenset())
    unified, controllers = cgroups()
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    return cluster_plan.Machine(
        system=platform.system(),
        uid=os.getuid(),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        disk_free=shutil.disk_usage(existing_parent(module.params["state_dir"])).free,
        cgroup_controllers=controllers,
        cgroup_unified=unified,
        has_apt=shutil.which("apt-get") is not None,
        commands=frozenset(command for command in cluster_plan.PACKAGES if shutil.which(command, path=search)),
        routes=routes(module) if shutil.which("ip", path=search) else (),
    )


def layout_of(module: AnsibleModule) -> cluster_plan.Layout:
    networks = {}
    for option in ("node_network", "pod_network", "service_network"):
        try:
            networks[option] = ipaddress.IPv4Network(module.params[option])
        except ValueError as error:
            module.fail_json(msg=f"local_cluster_{option}: {said(error)}. Give an IPv4 range such as 10.213.0.0/24.")
    params = module.params
    if not 1 <= params["nodes"] <= 9:
        module.fail_json(msg=f"local_cluster_nodes is {params['nodes']}: give a number from 1 to 9.")
    return cluster_plan.Layout(name=params["name"], nodes=params["nodes"], state_dir=params["state_dir"], **networks)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "nodes": {"type": "int", "default": 1},
            "node_network": {"type": "str", "required": True},
            "pod_network": {"type": "str", "required": True},
            "service_network": {"type": "str", "required": True},
            "state_dir": {"type": "path", "required": True},
            "memory_gib": {"type": "float", "default": 4},
            "disk_gib": {"type": "float", "default": 12},
        },
        supports_check_mode=True,
    )
    layout = layout_of(module)
    machine = observe(module)
    found = cluster_plan.problems(layout, machine, module.params["memory_gib"], module.params["disk_gib"])
    if found:
        module.fail_json(msg=" ".join(found))
    module.exit_json(
        changed=False,
        plan=layout.describe(),
        packages=cluster_plan.missing_packages(machine),
        cgroup_unified=machine.cgroup_unified,
    )


if __name__ == "__main__":
    main()
