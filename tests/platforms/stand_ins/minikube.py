# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in of the minikube command, with the local cluster beneath it, for tests.

It knows the commands and flags that Minikube's own documentation names, of those that the collection may use, and ends
with a usage error at everything else. It keeps its profiles in $MINIKUBE_HOME/profiles.json, and writes the context
into $KUBECONFIG as Minikube does. $STAND_IN_KUBECONFIG, $STAND_IN_IP, $STAND_IN_SOCKET and $STAND_IN_CTR are the
cluster. Every call is a line in $MINIKUBE_HOME/calls.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import yaml

HOME = Path(os.environ["MINIKUBE_HOME"])
PROFILES = HOME / "profiles.json"
ADDONS = {"metrics-server", "ingress", "dashboard", "registry", "storage-provisioner", "default-storageclass"}
DRIVERS = {"docker", "podman", "kvm2", "qemu2", "virtualbox", "none", "ssh"}
# Minikube's exit statuses: usage errors, resources, guests that are not there.
USAGE, RESOURCES, NOT_FOUND, NOT_RUNNING, CONFIG = 14, 23, 85, 89, 78
SIZE = re.compile(r"^(\d+)(mb?|gb?|b|kb?)?$")
VERSION = re.compile(r"^(v?\d+\.\d+\.\d+|stable|latest)$")


def fail(status: int, text: str):
    print(f"X Exiting due to {text}", file=sys.stderr)
    sys.exit(status)


class Parser(argparse.ArgumentParser):
    def error(self, message: str):
        print(f"Error: {message}\nSee 'minikube --help' for usage.", file=sys.stderr)
        sys.exit(USAGE)


def parser() -> Parser:
    everywhere = Parser(add_help=False, allow_abbrev=False)
    everywhere.add_argument("-p", "--profile", default=argparse.SUPPRESS)
    top = Parser(prog="minikube", allow_abbrev=False)
    top.add_argument("-p", "--profile", default="minikube")
    commands = top.add_subparsers(dest="command", required=True)

    def command(name: str, of=commands, **flags) -> Parser:
        found = of.add_parser(name, parents=[everywhere], allow_abbrev=False)
        for flag, options in flags.items():
            found.add_argument(f"--{flag.replace('_', '-')}", **options)
        return found

    command("start", cpus={}, memory={}, driver={}, kubernetes_version={}, addons={"action": "append"})
    for name in ("stop", "delete", "ip", "unpause", "update-context", "version"):
        command(name)
    command("status").add_argument("-o", "--output", choices=["json", "text"], default="text")
    profile = command("profile").add_subparsers(dest="sub", required=True)
    command("list", profile).add_argument("-o", "--output", choices=["json", "table"], default="table")
    addons = command("addons").add_subparsers(dest="sub", required=True)
    command("list", addons).add_argument("-o", "--output", choices=["json", "list"], default="list")
    command("enable", addons).add_argument("addon")
    image = command("image").add_subparsers(dest="sub", required=True)
    command("ls", image)
    command("load", image).add_argument("image")
    return top


# The state


def profiles() -> dict:
    return json.loads(PROFILES.read_text()) if PROFILES.exists() else {}


def save(known: dict) -> None:
    PROFILES.write_text(json.dumps(known, indent=1))


def existing(name: str) -> dict:
    known = profiles()
    if name not in known:
        fail(NOT_FOUND, f'GUEST_MISSING: Profile "{name}" not found. Run "minikube start" to create it.')
    return known[name]


def running(name: str) -> dict:
    profile = existing(name)
    if profile["host"] != "Running" or profile["apiserver"] != "Running":
        fail(NOT_RUNNING, f'GUEST_NOT_RUNNING: The control-plane of "{name}" is not running')
    return profile


# The commands


def start(given: argparse.Namespace) -> None:
    known = profiles()
    if given.driver and given.driver not in DRIVERS:
        fail(USAGE, f"DRV_UNSUPPORTED_OS: The driver '{given.driver}' is not supported")
    if given.driver == "docker" and os.getuid() == 0:
        fail(CONFIG, 'DRV_AS_ROOT: The "docker" driver should not be used with root privileges.')
    if given.kubernetes_version and not VERSION.match(given.kubernetes_version):
        fail(USAGE, f"K8S_UNSUPPORTED: {given.kubernetes_version} is not a version")
    if given.profile not in known:
        known[given.profile] = created(given)
    elif given.cpus or given.memory:
        print("! You cannot change the size of an existing minikube cluster. Please first delete the cluster.")
    known[given.profile].update(host="Running", kubelet="Running", apiserver="Running")
    save(known)
    write_context(given.profile)
    for name in given.addons or []:
        enable(argparse.Namespace(profile=given.profile, addon=name))
    print(f'* Done! kubectl is now configured to use "{given.profile}" cluster')


def created(given: argparse.Namespace) -> dict:
    memory = SIZE.match(given.memory or "2200mb")
    if not memory or memory[2] not in (None, "m", "mb", "g", "gb"):
        fail(USAGE, f"MK_USAGE: unable to parse memory '{given.memory}'")
    mib = int(memory[1]) * (1024 if (memory[2] or "").startswith("g") else 1)
    if mib < 1800:
        fail(RESOURCES, f"RSRC_INSUFFICIENT_REQ_MEMORY: Requested memory allocation {mib}MiB is less than 1800MB")
    if not (given.cpus or "2").isdigit() or int(given.cpus or "2") < 2:
        fail(USAGE, f"RSRC_INSUFFICIENT_CORES: Requested cpu count {given.cpus} is less than the minimum of 2")
    version = (given.kubernetes_version or "v1.36.0").removeprefix("v")
    return {
        "cpus": int(given.cpus or 2),
        "memory": mib,
        "driver": given.driver or "kvm2",
        "version": version,
        "addons": [],
    }


def write_context(name: str) -> None:
    """The cluster's kubeconfig under the profile's name, merged into the person's and made current."""
    beneath = yaml.safe_load(Path(os.environ["STAND_IN_KUBECONFIG"]).read_text())
    path = Path(os.environ.get("KUBECONFIG") or Path.home() / ".kube/config")
    config = yaml.safe_load(path.read_text()) if path.exists() else {"apiVersion": "v1", "kind": "Config"}
    entries = {
        "clusters": {"name": name, "cluster": beneath["clusters"][0]["cluster"]},
        "users": {"name": name, "user": beneath["users"][0]["user"]},
        "contexts": {"name": name, "context": {"cluster": name, "user": name, "namespace": "default"}},
    }
    for kind, entry in entries.items():
        config[kind] = [one for one in config.get(kind) or [] if one["name"] != name] + [entry]
    config["current-context"] = name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(config))
    path.chmod(0o600)


def stop(given: argparse.Namespace) -> None:
    known = profiles()
    existing(given.profile)
    known[given.profile].update(host="Stopped", kubelet="Stopped", apiserver="Stopped")
    save(known)


def delete(given: argparse.Namespace) -> None:
    known = profiles()
    known.pop(given.profile, None)
    save(known)
    print(f'* Removed all traces of the "{given.profile}" cluster.')


def unpause(given: argparse.Namespace) -> None:
    known = profiles()
    existing(given.profile)
    known[given.profile].update(kubelet="Running", apiserver="Running", host="Running")
    save(known)


def update_context(given: argparse.Namespace) -> None:
    running(given.profile)
    write_context(given.profile)


def ip(given: argparse.Namespace) -> None:
    running(given.profile)
    print(os.environ["STAND_IN_IP"])


def version(_given: argparse.Namespace) -> None:
    print("minikube version: v1.38.0 (stand-in)")


def status(given: argparse.Namespace) -> None:
    found = existing(given.profile)
    up = [found[name] == "Running" for name in ("host", "kubelet", "apiserver")]
    line = {"Name": given.profile, "Host": found["host"], "Kubelet": found["kubelet"], "APIServer": found["apiserver"]}
    line |= {"Kubeconfig": "Configured" if up[0] else "Stopped", "Worker": False}
    print(json.dumps(line) if given.output == "json" else "\n".join(f"{key}: {value}" for key, value in line.items()))
    sys.exit((0 if up[0] else 1) | (0 if up[1] and up[2] else 2) | (0 if up[0] else 4))


def profile_list(given: argparse.Namespace) -> None:
    valid = [
        {
            "Name": name,
            "Status": found["host"],
            "Config": {
                "Name": name,
                "CPUs": found["cpus"],
                "Memory": found["memory"],
                "Driver": found["driver"],
                "KubernetesConfig": {"KubernetesVersion": f"v{found['version']}"},
            },
        }
        for name, found in profiles().items()
    ]
    print(json.dumps({"invalid": [], "valid": valid}))


def addons_list(given: argparse.Namespace) -> None:
    on = existing(given.profile)["addons"]
    listed = {name: {"Profile": given.profile, "Status": "enabled" if name in on else "disabled"} for name in ADDONS}
    print(json.dumps(listed))


def enable(given: argparse.Namespace) -> None:
    if given.addon not in ADDONS:
        fail(USAGE, f"MK_ADDON_ENABLE: enable failed: run callbacks: {given.addon} is not a valid addon")
    running(given.profile)
    known = profiles()
    known[given.profile]["addons"] = sorted({*known[given.profile]["addons"], given.addon})
    save(known)


def ctr(*arguments: str) -> str:
    command = [
        os.environ["STAND_IN_CTR"],
        "--address",
        os.environ["STAND_IN_SOCKET"],
        "--namespace",
        "k8s.io",
        "images",
    ]
    return subprocess.run([*command, *arguments], check=True, capture_output=True, text=True).stdout


def image_ls(given: argparse.Namespace) -> None:
    running(given.profile)
    print(ctr("ls", "-q"), end="")


def image_load(given: argparse.Namespace) -> None:
    """Of archives it takes only what any Docker loads: one with a manifest.json."""
    running(given.profile)
    if not Path(given.image).is_file():
        fail(USAGE, f"GUEST_IMAGE_LOAD: Failed to load image: {given.image} does not exist")
    with tarfile.open(given.image) as archive:
        if "manifest.json" not in archive.getnames():
            fail(80, "GUEST_IMAGE_LOAD: Failed to load image: open manifest.json: no such file or directory")
    ctr("import", given.image)


RUN = {
    "start": start,
    "stop": stop,
    "delete": delete,
    "unpause": unpause,
    "update-context": update_context,
    "ip": ip,
    "version": version,
    "status": status,
    "profile list": profile_list,
    "addons list": addons_list,
    "addons enable": enable,
    "image ls": image_ls,
    "image load": image_load,
}


def main() -> None:
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "calls").open("a") as calls:
        calls.write(" ".join(sys.argv[1:]) + "\n")
    given = parser().parse_args()
    RUN[f"{given.command} {given.sub}" if getattr(given, "sub", None) else given.command](given)


if __name__ == "__main__":
    main()
