# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the examples are told with: releases, what stands, what others do."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

from adversary import cluster_view, runs
from adversary.direct import STRATEGIC
from adversary.runs import FAILED, Run
from adversary.sets import NAME, Wanted
from adversary.trouble import (
    Trouble,
)
from adversary.world import NAMESPACE, World

from ansible_collections.modelops.serving.plugins.module_utils.release import revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Options, Outcome
from ansible_collections.modelops.serving.plugins.module_utils.release.preview import Preview

GOOD, OTHER, THIRD = (Wanted(greeting=greeting) for greeting in ("one", "two", "three"))


CRASHES = Wanted(tag="crash-1", greeting="bad")


SLOW_START, NEVER = Wanted(tag="slow20-1", greeting="two"), Wanted(tag="never-1", greeting="two")


BAKE = {"seconds": 20, "error_percent": 1.0, "prometheus": None}


def ended(world: World, run: Run) -> Run:
    world.finish(run.thread)
    return run


def release(world: World, wanted: Wanted, **options) -> Run:
    return ended(world, runs.release(world, wanted, **options))


def rollback(world: World, **options) -> Run:
    return ended(world, runs.rollback(world, NAME, **options))


def preview(world: World, work: Callable[[Preview], Outcome], **chosen) -> Outcome:
    """What check mode says."""
    options = Options(name=NAME, namespace=NAMESPACE, **chosen)
    run = runs.start(
        world, "preview", lambda session: work(Preview(session.kube, options)), world.new_process(), options
    )
    return ended(world, run).outcome


def answer(world: World) -> str | None:
    """The greeting that every user gets."""
    found = cluster_view.answers(world, NAME).only
    return found[1] if found else None


def deployment(world: World) -> dict:
    return world.direct.get("Deployment", NAMESPACE, NAME)


def others_serve(world: World) -> dict:
    """A Deployment, a Service and the rest, made by kubectl apply; their uids by kind and name."""
    for obj in Wanted(tag="good-0", greeting="of others").objects():
        obj["metadata"]["namespace"] = NAMESPACE
        world.direct.create(world.direct.resource(obj["kind"]), obj, "kubectl-client-side-apply")
    world.pass_time(20)
    return {key: obj["metadata"]["uid"] for key, obj in cluster_view.configuration(world).items()}


def recorded(world: World) -> list[int]:
    """The numbers of the revisions."""
    return [entry.number for entry in cluster_view.history(world, NAME)]


def lose_history(world: World) -> None:
    for secret in world.direct.all("Secret"):
        if secret.get("type") == revisions.SECRET_TYPE:
            world.direct.delete(secret)


def taken_over(method: str, url: str) -> bool:
    return method == "PUT" and f"/services/{NAME}" in url


def met(world: World, trouble: Trouble, number: int) -> Run:
    """A release whose request of that number meets it."""
    process = world.new_process()
    world.trouble.plan(process, number, trouble)
    return ended(world, runs.release(world, GOOD, process))


def managers(at: dict) -> list[tuple]:
    found = [entry for entry in at["metadata"]["managedFields"] if not entry.get("subresource")]
    return sorted((entry["manager"], entry["operation"], str(entry["fieldsV1"])) for entry in found)


def refused(world: World, change: dict, **options) -> Run:
    """A first release in a namespace that is not there, with a Deployment that is not valid."""
    objects = GOOD.objects()
    objects[1]["spec"] |= change
    given = runs.Options(name=NAME, namespace="new", **options)
    run = runs.start(world, "release", lambda session: session.present(objects), world.new_process(), given)
    ended(world, run)
    assert "ObjectRefused" in run.text, run
    return run


def is_going(world: World, namespace: str) -> bool:
    at = world.direct.get("Namespace", None, namespace)
    return at is None or "deletionTimestamp" in at["metadata"]


NOTES = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "notes"}, "data": {"a": "1"}}


@dataclass(frozen=True)
class WithNotes(Wanted):
    """A set with a ConfigMap that may be somebody else's. ``frozen``: as the set has it, it can never change again."""

    frozen: bool = False
    text: str = "2"

    def objects(self) -> list[dict]:
        notes = {**NOTES, "data": {"a": self.text}, **({"immutable": True} if self.frozen else {})}
        return [*super().objects(), deepcopy(notes)]


def others_have_notes(world: World) -> None:
    notes = deepcopy(NOTES)
    notes["metadata"]["namespace"] = NAMESPACE
    world.direct.create(world.direct.resource("ConfigMap"), notes, "kubectl-client-side-apply")


def notes(world: World) -> dict | None:
    return world.direct.get("ConfigMap", NAMESPACE, "notes")


def taken_by_a_kept_failure(world: World) -> None:
    assert release(world, WithNotes(tag="crash-1", greeting="bad"), adopt=True, on_failure="keep").end == FAILED


def is_write(method: str, url: str) -> bool:
    return method == "PATCH" and "dryRun" not in url


def hold(world: World, kind: str) -> None:
    """A finalizer of a controller that does not let go."""
    held = world.direct.get(kind, NAMESPACE, NAME)
    world.direct.patch(held, {"metadata": {"finalizers": ["example/holds"]}}, "some-controller")


STATUS = {"metadata": {"labels": {"modelops.serving/status": None}}}


def record(world: World, number: int) -> dict:
    return world.direct.get("Secret", NAMESPACE, revisions.secret_name(NAME, number))


def without_record(world: World, number: int) -> None:
    world.direct.delete(record(world, number))


def without_status(world: World, number: int) -> None:
    world.direct.patch(record(world, number), STATUS, "kubectl-label")


def corrected(world: World) -> None:
    """Somebody gives the Deployment an image that works."""
    entry = {"name": "api", "image": "registry.example/api:good-9"}
    patch = {"spec": {"template": {"spec": {"containers": [entry]}}}}
    world.direct.patch(deployment(world), patch, "kubectl-patch", STRATEGIC)
    world.pass_time(20)


def said(run: Run) -> dict:
    """What changes, and how, by kind and name."""
    return {(change["kind"], change["name"]): change["diff"] for change in run.outcome.changes}


SLOW = Wanted(tag="slow20-1", greeting="slow")


def the_lease(world: World) -> dict | None:
    return next(iter(world.direct.all("Lease")), None)
