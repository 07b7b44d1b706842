# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole releases end the same in virtual time against the fake, and in real time against the real API server: the
simulated controllers are the same, so that what differs would be the server, or time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from adversary import cluster_view
from adversary.direct import STRATEGIC
from adversary.live import Live
from adversary.sets import NAME, Wanted
from adversary.world import World

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.release.deploy import Deployer
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Options, Outcome

GOOD, OTHER = Wanted(greeting="one"), Wanted(greeting="two", autoscaled=True)
CRASHES = Wanted(tag="crash-1", greeting="bad", budget=False)
Place = World | Live
Step = Callable[[Place], object]


def run(place: Place, work: Callable[[Deployer], Outcome], **options) -> Outcome | str:
    """The outcome, or the words of the error."""
    chosen = Options(name=NAME, namespace=place.namespace, timeout=60.0, **options)

    def carried_out(kube: Kube) -> Outcome:
        return work(Deployer(kube, chosen, Progress(path="")))

    try:
        if isinstance(place, Live):
            return carried_out(Kube(place.connection()))
        thread = place.start(place.new_process(), carried_out)
        place.finish(thread)
        if thread.error is not None:
            raise thread.error
        return thread.result
    except ServingError as error:
        return str(error).replace(place.namespace, "NAMESPACE")


def release(wanted: Wanted, **options) -> Step:
    return lambda place: run(place, lambda session: session.present(wanted.objects()), **options)


def rollback(**options) -> Step:
    return lambda place: run(place, lambda session: session.rolled_back(None), **options)


def absent(place: Place) -> object:
    return run(place, lambda session: session.absent())


def others_serve(place: Place) -> None:
    for obj in Wanted(tag="good-0", greeting="of others").objects():
        obj["metadata"]["namespace"] = place.namespace
        place.direct.create(place.direct.resource(obj["kind"]), obj, "kubectl-client-side-apply")
    place.settle()


def edited(place: Place) -> None:
    entry = {"name": "api", "env": [{"name": "DEBUG", "value": "1"}]}
    patch = {"spec": {"template": {"spec": {"containers": [entry]}}}}
    place.direct.patch(place.direct.get("Deployment", place.namespace, NAME), patch, "some-ui", STRATEGIC)
    place.settle()


def scaled_to_zero(place: Place) -> None:
    place.direct.scale(place.direct.get("Deployment", place.namespace, NAME), 0, "kubectl")
    place.settle()


def seen(place: Place, outcome: object) -> dict:
    """What is to be compared after a step."""
    known: dict = {}
    place.settle()
    if isinstance(outcome, Outcome):
        known = {
            "revision": outcome.revision,
            "previous": outcome.previous,
            "changed": outcome.changed,
            "failed": outcome.failed,
            "changes": [(entry["kind"], entry["name"], entry["action"]) for entry in outcome.changes],
            "drift": [entry.as_dict() for entry in outcome.drift],
            "reasons": [entry.reason for entry in outcome.findings],
            "restored": outcome.restored_revision,
        }
    return known | {
        "error": outcome if isinstance(outcome, str) else "",
        "history": [(entry.number, entry.status, entry.note) for entry in cluster_view.history(place, NAME)],
        "answer": cluster_view.answers(place, NAME).only,
        "ours": {key: fields_of(obj) for key, obj in cluster_view.configuration(place).items()},
        "leases": cluster_view.leases(place),
    }


def fields_of(obj: dict) -> list:
    """Who owns what, but for the status and what controllers write."""
    return sorted(
        (entry["manager"], entry["operation"], str(entry["fieldsV1"]))
        for entry in obj["metadata"].get("managedFields") or []
        if not entry.get("subresource") and (entry["manager"] == FIELD_MANAGER or entry["operation"] == "Apply")
    )


SCENARIOS: dict[str, list[Step]] = {
    "a life": [
        release(GOOD),
        release(GOOD),
        release(OTHER),
        release(CRASHES),
        rollback(),
        edited,
        release(GOOD),
        scaled_to_zero,
        release(GOOD),
        absent,
    ],
    "of others": [
        others_serve,
        release(GOOD),
        release(CRASHES, adopt=True),
        release(OTHER, adopt=True),
        rollback(),
        release(replace(GOOD, port="htpp")),
        absent,
    ],
    "without waiting": [
        release(GOOD),
        release(CRASHES, wait=False),
        lambda place: place.settle(),
        release(OTHER, on_failure="keep"),
        release(replace(CRASHES, tag="missing-1"), on_failure="keep"),
        rollback(),
        absent,
    ],
}


# The one in which most happens; the others are longer tests.
FULLEST = "a life"


@pytest.mark.parametrize(
    "name", [name if name == FULLEST else pytest.param(name, marks=pytest.mark.longer) for name in SCENARIOS]
)
def test_a_release_ends_the_same_on_the_fake_and_on_the_real_server(real_api, name):
    with Live(real_api, f"same-{name.replace(' ', '-')}") as live, World() as world:
        for number, step in enumerate(SCENARIOS[name], start=1):
            in_virtual_time = seen(world, step(world))
            with world.suspended():
                in_real_time = seen(live, step(live))
            for what, value in in_real_time.items():
                assert in_virtual_time.get(what) == value, f"step {number}: {what}"
