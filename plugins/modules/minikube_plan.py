#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: minikube_plan
short_description: Plan what brings a Minikube cluster up, stops or removes it
version_added: 0.1.0
description:
  - Reads the state of a Minikube profile and of this machine. Returns the commands of C(minikube) that are missing.
  - Fails with every reason why a cluster cannot be created, and what to do about each. Changes nothing.
  - An existing profile is used as it is. What differs from the options is a warning, because Minikube sets memory,
    CPUs, driver and version only in a new cluster.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  state:
    description: The wanted state.
    type: str
    choices: [up, stopped, absent]
    default: up
  profile:
    description: Name of the profile, which is also the name of its kubeconfig context.
    type: str
    default: minikube
  cpus:
    description: CPUs of a new cluster.
    type: int
    default: 4
  memory:
    description: Memory of a new cluster, in MiB.
    type: int
    default: 8192
  driver:
    description: Driver of a new cluster. Without it Minikube chooses.
    type: str
    default: ""
  kubernetes_version:
    description: Version of Kubernetes in a new cluster. Without it Minikube chooses.
    type: str
    default: ""
  addons:
    description: Add-ons that must be enabled.
    type: list
    elements: str
    default: [metrics-server, ingress]
  program:
    description: The C(minikube) command.
    type: str
    default: minikube
extends_documentation_fragment:
  - modelops.serving.read_only
  - action_common_attributes
attributes:
  platform:
    support: full
    platforms: posix
"""

EXAMPLES = r"""
- name: Plan a cluster of 4 CPUs and 8 GiB
  modelops.serving.minikube_plan:
    cpus: 4
    memory: 8192
  register: plan

- name: Carry the plan out
  modelops.serving.progress_command:
    argv: "{{ item }}"
  loop: "{{ plan.commands }}"
"""

RETURN = r"""
commands:
  description: The commands to run, in this order. Each is a list of the program and its arguments.
  type: list
  elements: list
  returned: success
runs:
  description: Whether the cluster ran already.
  type: bool
  returned: success
url:
  description: The ingress's URL for a browser on this machine.
  type: str
  returned: when the cluster runs
summary:
  description: Where the cluster is, for a person.
  type: list
  elements: str
  returned: when the cluster runs
"""

import json
import os
import platform
import shutil

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.local import minikube_plan


def asked(module: AnsibleModule, *arguments: str) -> dict:
    """The JSON that a command of minikube prints; ``status`` ends with another exit status where something is down."""
    command = [module.params["program"], *arguments, "-o", "json"]
    _rc, out, err = module.run_command(command)
    try:
        answer = json.loads(out)
    except ValueError:
        said = (err or out).strip()[-500:]
        module.fail_json(msg=f"{' '.join(command)} printed no JSON: {said}. Is this Minikube 1.17 or later?")
    return answer[0] if isinstance(answer, list) else answer


def observe(module: AnsibleModule) -> minikube_plan.Found:
    profile = module.params["profile"]
    # It also exits with an error where there is no profile yet, and says so in the JSON.
    profiles = asked(module, "profile", "list")
    known = minikube_plan.found(profiles, None, None, profile)
    if not known.exists or not known.valid:
        return known
    status = asked(module, "status", "-p", profile)
    addons = asked(module, "addons", "list", "-p", profile)
    return minikube_plan.found(profiles, status, addons, profile)


def machine() -> minikube_plan.Machine:
    needed = {command for commands in minikube_plan.DRIVERS.values() for command in commands}
    known = "SC_PHYS_PAGES" in os.sysconf_names
    return minikube_plan.Machine(
        system=platform.system(),
        uid=os.getuid(),
        cpus=os.cpu_count() or 0,
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if known else 0,
        commands=frozenset(command for command in needed if shutil.which(command)),
    )


def reached(module: AnsibleModule, wanted: minikube_plan.Wanted, found: minikube_plan.Found) -> dict:
    _rc, out, _err = module.run_command([module.params["program"], "ip", "-p", wanted.profile], check_rc=True)
    system, ip = platform.system(), out.strip()
    return {
        "url": minikube_plan.address(found.driver, system, ip),
        "summary": minikube_plan.summary(wanted, found, system, ip),
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["up", "stopped", "absent"], "default": "up"},
            "profile": {"type": "str", "default": "minikube"},
            "cpus": {"type": "int", "default": 4},
            "memory": {"type": "int", "default": 8192},
            "driver": {"type": "str", "default": ""},
            "kubernetes_version": {"type": "str", "default": ""},
            "addons": {"type": "list", "elements": "str", "default": ["metrics-server", "ingress"]},
            "program": {"type": "str", "default": "minikube"},
        },
        supports_check_mode=True,
    )
    given = dict(module.params)
    program = given.pop("program")
    if not shutil.which(program):
        module.fail_json(
            msg=f"{program} is not installed: see {minikube_plan.INSTALL}, or set minikube_cluster_program."
        )
    wanted = minikube_plan.Wanted(**{**given, "addons": tuple(given["addons"])})
    found = observe(module)
    problems = minikube_plan.problems(wanted, found, machine())
    if problems:
        module.fail_json(msg=" ".join(problems))
    for line in minikube_plan.differences(wanted, found):
        module.warn(line)
    result = {"commands": [[program, *arguments] for arguments in minikube_plan.commands(wanted, found)]}
    if found.runs:
        result |= reached(module, wanted, found)
    module.exit_json(changed=False, runs=found.runs, **result)


if __name__ == "__main__":
    main()
