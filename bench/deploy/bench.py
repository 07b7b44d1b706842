# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures how long deploys take with this collection, Helm 4, kubectl and a plain kubernetes.core playbook.

    python bench/deploy/bench.py [--rounds 3] [--image REFERENCE] [--report FILE]

All deploy the same objects (the role's, rendered once) on the local cluster, in namespaces that are removed afterwards:
a first deploy, one that changes nothing, and one that changes the configuration. Also measures how soon a finished
rollout is noticed, and how many requests a deploy without changes sends.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml
from tools import BIN, helm, kubectl, run

# The collection and the test suite's cluster are on the path once tools is imported.
from cluster import KUBECONFIG, Cluster, playbook, serving_image  # isort: skip
from notice import delays  # isort: skip

from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find

CASES = ("first", "no change", "new configuration")
NAMESPACE = "t-bench"
NAMESPACES = find("Namespace")


class Bench:
    """The set in the form for each tool, and a method that deploys with it. ``level``: LOG_LEVEL, which changes."""

    def __init__(self, image: str, folder: Path):
        self.image, self.folder = image, folder

    def variables(self, level: str, namespace: str) -> dict:
        return {
            "model_serving_image": self.image,
            "model_serving_namespace": namespace,
            "model_serving_log_level": level,
            "model_serving_render_directory": str(self.folder / level),
            "model_serving_ingress_host": f"{namespace}.example",
            "model_serving_verify_url": "",
            "model_serving_monitoring": "none",
        }

    def render(self, level: str) -> None:
        """Writes the role's manifests: one file each for the plain playbook and kubectl, and a chart for Helm."""
        run(*playbook("render", **self.variables(level, NAMESPACE)))
        written = next((self.folder / level).glob("*.yml"))
        objects = [obj for obj in yaml.safe_load_all(written.read_text(encoding="utf-8")) if obj]
        manifests, chart = self.folder / level / "manifests", self.folder / level / "chart"
        (chart / "templates").mkdir(parents=True)
        manifests.mkdir()
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: bench\nversion: 0.1.0\n", encoding="utf-8")
        for number, obj in enumerate(objects):
            obj["metadata"].pop("namespace", None)
            text = yaml.safe_dump(obj).replace("{{", '{{ "{{" }}')
            name = f"{number:02}-{obj['kind'].lower()}.yml"
            (manifests / name).write_text(yaml.safe_dump(obj), encoding="utf-8")
            (chart / "templates" / name).write_text(text, encoding="utf-8")
        (self.folder / level / "plain.yml").write_text(yaml.safe_dump(plain_playbook(sorted(manifests.iterdir()))))

    def collection(self, level: str, namespace: str) -> float:
        return run(*playbook("deploy", **self.variables(level, namespace)))

    def plain(self, level: str, namespace: str) -> float:
        inventory = ["-i", "local,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
        given = ["-e", f"kubeconfig={KUBECONFIG}", "-e", f"namespace={namespace}"]
        return run(BIN / "ansible-playbook", self.folder / level / "plain.yml", *inventory, *given)

    def helm(self, level: str, namespace: str) -> float:
        chart = self.folder / level / "chart"
        where = ["--namespace", namespace, "--create-namespace"]
        return run(helm(), "upgrade", "--install", "bench", chart, *where, "--wait", "--timeout", "180s")

    def kubectl(self, level: str, namespace: str) -> float:
        began = time.monotonic()
        if Cluster(namespace).kube.get(NAMESPACES, None, namespace) is None:
            run(kubectl(), "create", "namespace", namespace)
        run(kubectl(), "-n", namespace, "apply", "-f", self.folder / level / "manifests")
        run(kubectl(), "-n", namespace, "rollout", "status", "deployment/model-api", "--timeout", "180s")
        return time.monotonic() - began


def plain_playbook(manifests: list[Path]) -> list[dict]:
    """A playbook with kubernetes.core alone: one task for each object; that of the Deployment waits for it."""
    module = "kubernetes.core.k8s"
    where = {"kubeconfig": "{{ kubeconfig }}"}
    tasks = [
        {
            "name": "Make the namespace",
            module: {**where, "api_version": "v1", "kind": "Namespace", "name": "{{ namespace }}"},
        }
    ]
    for path in manifests:
        waits = {"wait": True, "wait_sleep": 1, "wait_timeout": 180} if "deployment" in path.name else {}
        applied = {**where, "namespace": "{{ namespace }}", "src": str(path), "apply": True, **waits}
        tasks.append({"name": f"Apply {path.stem}", module: applied})
    return [{"name": "Deploy with kubernetes.core", "hosts": "all", "gather_facts": False, "tasks": tasks}]


def measure(tool: Callable[[str, str], float], name: str, rounds: int) -> dict:
    """Median seconds by case over so many rounds, each in a new namespace."""
    seconds: dict = {case: [] for case in CASES}
    for number in range(rounds):
        namespace = f"{NAMESPACE}-{name.replace('.', '-').lower()}-{number}"
        try:
            seconds["first"].append(tool("INFO", namespace))
            seconds["no change"].append(tool("INFO", namespace))
            seconds["new configuration"].append(tool("DEBUG", namespace))
        finally:
            cluster = Cluster(namespace)
            cluster.remove_namespace()
            # The next round starts when this one's objects are gone.
            cluster.wait_for(lambda where=cluster: where.kube.get(NAMESPACES, None, where.namespace) is None, 300)
        print(f"{name}: " + ", ".join(f"{case} {taken[-1]:.1f} s" for case, taken in seconds.items()), flush=True)
    return {case: statistics.median(taken) for case, taken in seconds.items()}


def requests_of_no_change(bench: Bench) -> tuple[int, int]:
    """Requests that the release module sends when nothing changes, and the number of objects."""
    objects = []
    for path in sorted((bench.folder / "INFO/manifests").glob("*.yml")):
        objects.append(yaml.safe_load(path.read_text(encoding="utf-8")))
    cluster = Cluster(f"{NAMESPACE}-requests")
    try:
        cluster.run("release", name="model-api", objects=objects, timeout=180)
        again = cluster.run("release", name="model-api", objects=objects, timeout=180)
    finally:
        cluster.remove_namespace()
    if again["changed"]:
        raise SystemExit(f"the second release changed something: {again['changes']}")
    return again["api_requests"], len(objects)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--image", help="by default the one that serves in ml-serving")
    parser.add_argument("--report", type=Path, help="write the figures here as JSON")
    given = parser.parse_args()
    image = given.image or serving_image()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(image, Path(folder))
        for level in ("INFO", "DEBUG"):
            bench.render(level)
        tools = {
            "modelops.serving": bench.collection,
            "kubernetes.core": bench.plain,
            "Helm 4": bench.helm,
            "kubectl": bench.kubectl,
        }
        helm()
        figures = {name: measure(tool, name.replace(" ", ""), given.rounds) for name, tool in tools.items()}
        asked, objects = requests_of_no_change(bench)
        noticed = delays()
    show(figures, asked, objects, noticed)
    if given.report:
        report = {"seconds": figures, "objects": objects, "requests": asked, "noticed": noticed}
        given.report.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def show(figures: dict, asked: int, objects: int, noticed: list[float]) -> None:
    print(f"\n{objects} objects, seconds, median\n")
    print(f"{'':<20}" + "".join(f"{case:>20}" for case in CASES))
    for name, seconds in figures.items():
        print(f"{name:<20}" + "".join(f"{seconds[case]:>20.1f}" for case in CASES))
    ours, plain = figures["modelops.serving"]["no change"], figures["kubernetes.core"]["no change"]
    first = figures["modelops.serving"]["first"] - figures["kubectl"]["first"]
    print(f"\nno change: {ours / plain:.2f} of the plain playbook's time")
    print(f"first: {first:+.1f} s compared with kubectl apply and rollout status")
    print(f"requests of a release that changes nothing: {asked} for {objects} objects")
    print(f"a finished rollout is noticed after {max(noticed):.2f} s at most ({len(noticed)} rollouts)")


if __name__ == "__main__":
    main()
