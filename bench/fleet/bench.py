# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures a deployment to many targets: seconds, memory, requests to the API servers.

    python bench/fleet/bench.py [--targets 1,10,50,100] [--forks 5] [--tasks] [--report FILE]

Targets are namespaces of the local cluster, all in one wave. Three pods of a hundred targets would not fit, so that a
stand-in says of them that they are ready (pods.py), and no prediction is asked for. All else is as it is deployed.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / name) for name in ("tests/faults", "collections")]

from cluster import KUBECONFIG, Cluster
from pods import SCHEDULER, Pods

from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find

PROGRAM = Path(sys.executable).parent / "ansible-playbook"
CASES = ("first", "no change")
IMAGE = "registry.example.org/model-api:1"
# Of prctl(2): what a run leaves behind when it ends, ends as a process of this one, and is counted.
SUBREAPER = 36


@dataclass(frozen=True)
class Measured:
    """Of one run. ``processor``: seconds of all its processes. ``megabytes``: the most that they had at once, without
    what they share counted twice. ``requests``: of a target."""

    targets: int
    case: str
    seconds: float
    processor: float
    megabytes: float
    requests: float
    tasks: dict


def inventory(names: list[str]) -> dict:
    common = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "model_serving_kubernetes": {"kubeconfig": str(KUBECONFIG)},
        "model_serving_namespace": "{{ inventory_hostname }}",
        "model_serving_ingress_host": "{{ inventory_hostname }}.example",
        "model_serving_image": IMAGE,
        "model_serving_autoscaling_enabled": False,
        "model_serving_patches": {"deployment": {"spec": {"template": {"spec": {"schedulerName": SCHEDULER}}}}},
        "model_serving_verify_enabled": False,
        "model_serving_timeout": 60,
        "model_serving_targets_at_once": "100%",
    }
    return {"all": {"vars": common, "hosts": {name: {} for name in names}}}


def deploy(names: list[str], case: str, forks: int, folder: Path) -> Measured:
    (folder / "hosts.yml").write_text(yaml.safe_dump(inventory(names)))
    given = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callbacks"),
        "ANSIBLE_CALLBACKS_ENABLED": "counted",
        "FLEET_COUNTED": str(folder / "counted"),
    }
    arguments = [PROGRAM, "playbooks/deploy.yml", "-i", folder / "hosts.yml", "-f", str(forks)]
    began, used = time.monotonic(), processor()
    with open(folder / "output", "w") as output:
        process = subprocess.Popen(arguments, cwd=ROOT, env=given, stdout=output, stderr=subprocess.STDOUT)
        most = 0.0
        while process.poll() is None:
            most = max(most, megabytes(process.pid))
            time.sleep(0.5)
    seconds = time.monotonic() - began
    wait_for_others()
    if process.returncode:
        raise SystemExit(f"deploy failed:\n{(folder / 'output').read_text()[-6000:]}")
    counted = json.loads((folder / "counted").read_text())
    if counted["changed"] != (len(names) if case == "first" else 0):
        raise SystemExit(f"{case}: {counted['changed']} of {len(names)} targets changed")
    requests = sum(counted["requests"].values()) / len(names)
    return Measured(len(names), case, seconds, processor() - used, most, requests, counted["seconds"])


def wait_for_others() -> None:
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return


def processor() -> float:
    """Seconds that the programs which this one has run took of the processors."""
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


def megabytes(process: int) -> float:
    """What a process and its children have, each with its share of what they share."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        own = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:  # it has ended meanwhile
        return 0.0
    return own + sum(megabytes(int(child)) for child in children)


def remove(names: list[str]) -> None:
    for name in names:
        Cluster(name).remove_namespace()
    namespaces, last = find("Namespace"), Cluster(names[-1])
    left = set(names)
    last.wait_for(
        lambda: not left & {each["metadata"]["name"] for each in last.kube.list(namespaces, None)["items"]}, 900
    )


def measure(targets: int, forks: int) -> list[Measured]:
    names = [f"t-fleetbench-{number:03}" for number in range(1, targets + 1)]
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = []
            for case in CASES:
                found.append(deploy(names, case, forks, Path(folder)))
                show(found[-1])
            return found
    finally:
        remove(names)


def show(one: Measured) -> None:
    print(
        f"{one.targets:>8}  {one.case:<10}{one.seconds:>8.1f} s{one.processor:>8.1f} s of processors"
        f"{one.megabytes:>8.0f} MB{one.requests:>8.1f} requests each",
        flush=True,
    )


def show_tasks(one: Measured) -> None:
    for name, seconds in sorted(one.tasks.items(), key=lambda entry: -entry[1])[:12]:
        print(f"          {seconds:>8.1f} s  {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", default="1,10,50,100")
    parser.add_argument("--forks", type=int, default=5, help="Ansible's default")
    parser.add_argument("--tasks", action="store_true", help="also show which tasks took longest")
    parser.add_argument("--report", type=Path, help="write the figures here as JSON")
    given = parser.parse_args()
    ctypes.CDLL(None).prctl(SUBREAPER, 1)
    pods, found = Pods(), []
    pods.start()
    for targets in map(int, given.targets.split(",")):
        for one in measure(targets, given.forks):
            found.append(one)
            if given.tasks:
                show_tasks(one)
    pods.stop()
    if given.report:
        given.report.write_text(json.dumps([asdict(one) for one in found], indent=2) + "\n")


if __name__ == "__main__":
    main()
