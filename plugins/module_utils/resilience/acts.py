# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each fault does, by its name. Each undoes what it has done, also when it is interrupted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import is_ready
from ansible_collections.modelops.serving.plugins.module_utils.load_test.interruption import undisturbed
from ansible_collections.modelops.serving.plugins.module_utils.release.deploy import Deployer
from ansible_collections.modelops.serving.plugins.module_utils.release.history import History
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Options, Outcome
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision
from ansible_collections.modelops.serving.plugins.module_utils.resilience import trials
from ansible_collections.modelops.serving.plugins.module_utils.resilience.faults import Fault
from ansible_collections.modelops.serving.plugins.module_utils.resilience.scene import Scene, stamp

POD, NODE = find("Pod"), find("Node")


def pod_deleted(scene: Scene, fault: Fault) -> None:
    with scene.disturbance(fault.name, "a pod is deleted", fault.loss) as found:
        scene.kube.delete(scene.ready_pod(), scene.namespace)
        scene.wait_until_whole(found)


def pod_evicted(scene: Scene, fault: Fault) -> None:
    with scene.disturbance(fault.name, "a pod is evicted", fault.loss) as found:
        evict(scene, scene.ready_pod())
        scene.wait_until_whole(found)


def pod_killed(scene: Scene, fault: Fault) -> None:
    with scene.disturbance(fault.name, "a pod is removed without grace", fault.loss) as found:
        path = scene.kube.path(scene.ready_pod(), scene.namespace)
        scene.kube.request("DELETE", path, {"gracePeriodSeconds": "0"})
        scene.wait_until_whole(found)


def rolling_update(scene: Scene, fault: Fault) -> None:
    released(scene, fault, trials.renewed, ("rolling update", "rollback"))


def configuration(scene: Scene, fault: Fault) -> None:
    released(scene, fault, trials.configured, ("another configuration", "the configuration before"))


def scaling(scene: Scene, fault: Fault) -> None:
    released(scene, fault, trials.scaled, ("one replica more", "one replica less"))


def released(scene: Scene, fault: Fault, change: Callable, titles: tuple[str, str]) -> None:
    """The serving set with a change, and back. The history is as before then."""
    with taken_back(scene) as before:
        with scene.disturbance(fault.name, titles[0], fault.loss) as found:
            outcome = deployer(scene, before).present(change(before.objects, stamp()))
            need(titles[0], outcome)
            scene.wait_until_whole(found)
        with scene.disturbance(fault.name, titles[1], fault.loss) as found:
            need(titles[1], deployer(scene, before).rolled_back(before.number, outcome.revision))
            scene.wait_until_whole(found)


def failed_release(scene: Scene, fault: Fault) -> None:
    with taken_back(scene) as before, scene.disturbance(fault.name, "a release that fails", fault.loss) as found:
        outcome = deployer(scene, before).present(trials.broken(before.objects, stamp()))
        if not outcome.failed:
            raise ServingError("a release with an image that cannot be had did not fail.")
        scene.wait_until_whole(found)


def node_drained(scene: Scene, fault: Fault) -> None:
    nodes = Counter(pod["spec"].get("nodeName", "") for pod in scene.pods())
    name = max(sorted(nodes), key=nodes.get)
    try:
        with scene.disturbance(fault.name, "a node is drained", fault.loss) as found:
            cordon(scene, name, stamp())
            for pod in scene.pods():
                if pod["spec"].get("nodeName") == name:
                    evict(scene, pod)
            scene.wait_until_whole(found)
    finally:
        with undisturbed():
            uncordon(scene)


def ingress_restarted(scene: Scene, fault: Fault) -> None:
    restarted(scene, fault, "ingress", "the ingress controller restarts")


def dns_restarted(scene: Scene, fault: Fault) -> None:
    restarted(scene, fault, "dns", "the cluster's DNS restarts")


def restarted(scene: Scene, fault: Fault, place: str, title: str) -> None:
    """Everybody's pods at once, as when their only node goes."""
    where = scene.places[place]

    def pods() -> list[dict]:
        return scene.kube.list(POD, where["namespace"], where["selector"])["items"]

    before = pods()
    if not before:
        raise ServingError(
            f"{fault.name}: no pod in namespace {where['namespace']} has {where['selector']}: set "
            f"model_resilience_{place} to the namespace and the selector of its pods."
        )
    names = {pod["metadata"]["name"] for pod in before}

    def back() -> bool:
        now = [pod for pod in pods() if pod["metadata"]["name"] not in names]
        return sum(map(is_ready, now)) >= len(before)

    with scene.disturbance(fault.name, title, fault.loss) as found:
        for pod in before:
            scene.kube.delete(pod, where["namespace"])
        scene.wait_until(back, title)
        found.whole = round(scene.traffic.now() - found.began, 1)


@contextmanager
def taken_back(scene: Scene) -> Iterator[Revision]:
    """What serves now; whatever is released meanwhile is taken back and forgotten."""
    before = History(scene.kube, scene.namespace, scene.name).read().standing
    if before is None:
        raise ServingError(
            f"no revision of {scene.name} is recorded in namespace {scene.namespace}: deploy it with "
            "playbooks/deploy.yml or the module release."
        )
    try:
        yield before
    finally:
        with undisturbed():
            put_back(scene, before)


def put_back(scene: Scene, before: Revision) -> None:
    """Its set stands, and nothing newer is in the history."""
    scene.kube.deadline = None
    history = History(scene.kube, scene.namespace, scene.name).read()
    if history.unfinished or history.standing is None or history.standing.hash != before.hash:
        need("taking back", deployer(scene, before).rolled_back(before.number))
        history.read()
    history.forget_since(next(entry for entry in history.entries if entry.number == before.number))


def heal(scene: Scene) -> list[str]:
    """What an earlier run has left that was killed is taken back. Says what."""
    found = [f"node {name} is let in again" for name in uncordon(scene)]
    before = trials.before_trial(History(scene.kube, scene.namespace, scene.name).read().entries)
    if before is not None:
        put_back(scene, before)
        found.append(f"r{before.number} serves again: an earlier run had left a trial")
    return found


def deployer(scene: Scene, before: Revision) -> Deployer:
    """No older revision makes room for a trial."""
    limit = before.number + 1000
    return Deployer(
        scene.kube, Options(scene.name, scene.namespace, scene.timeout, history_limit=limit), scene.progress
    )


def need(what: str, outcome: Outcome) -> None:
    if outcome.failed:
        first = outcome.findings[0] if outcome.findings else None
        raise ServingError(f"{what} failed: {first.message if first else outcome.restored}")


def evict(scene: Scene, pod: dict) -> None:
    """As kubectl drain does: again while the disruption budget forbids it."""
    meta = {"name": pod["metadata"]["name"], "namespace": scene.namespace}
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": meta}
    path = f"{scene.kube.path(pod, scene.namespace)}/eviction"

    def gone() -> bool:
        try:
            scene.kube.request("POST", path, {}, body)
        except KubeError as error:
            if error.status == 404:
                return True
            if error.status != 429:
                raise
            return False
        return True

    scene.wait_until(gone, f"the disruption budget admits that {meta['name']} is evicted")


def cordon(scene: Scene, name: str, mark: str) -> None:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}
    change = {"metadata": {"annotations": {trials.MARK: mark}}, "spec": {"unschedulable": True}}
    scene.kube.patch(node, None, change)


def uncordon(scene: Scene) -> list[str]:
    """Every node that a trial has closed. Nodes that cannot be listed were not closed by us."""
    nodes = []
    with suppress(KubeError):
        nodes = scene.kube.list(NODE, None)["items"]
    marked = [node for node in nodes if trials.MARK in (node["metadata"].get("annotations") or {})]
    for node in marked:
        change = {"metadata": {"annotations": {trials.MARK: None}}, "spec": {"unschedulable": None}}
        scene.kube.patch(node, None, change)
    return [node["metadata"]["name"] for node in marked]


ACTS: dict[str, Callable[[Scene, Fault], None]] = {
    act.__name__: act
    for act in (
        pod_deleted,
        pod_evicted,
        pod_killed,
        rolling_update,
        configuration,
        scaling,
        failed_release,
        node_drained,
        ingress_restarted,
        dns_restarted,
    )
}
