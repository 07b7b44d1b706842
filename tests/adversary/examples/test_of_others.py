# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server, Helm and others add or leave."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace

import pytest
from adversary import runs
from adversary.direct import STRATEGIC
from adversary.runs import DONE, FAILED, RAISED
from adversary.sets import NAME, Wanted
from adversary.stories import (
    GOOD,
    OTHER,
    WithNotes,
    answer,
    deployment,
    ended,
    notes,
    others_have_notes,
    others_serve,
    release,
    rollback,
)
from adversary.trouble import DENIED
from adversary.world import NAMESPACE, World

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.release.drift import foreign_fields

# What the API server fills in


@dataclass(frozen=True)
class WithStrategy(Wanted):
    """``strategy`` "": the set names none."""

    strategy: str = ""

    def deployment(self) -> dict:
        found = super().deployment()
        del found["spec"]["strategy"]
        return {**found, "spec": {**found["spec"], **({"strategy": {"type": self.strategy}} if self.strategy else {})}}


def strategy(world: World) -> str:
    return deployment(world)["spec"]["strategy"]["type"]


def test_another_strategy_of_updates_comes_and_goes(world):
    release(world, WithStrategy(greeting="one", strategy="Recreate"))
    assert release(world, WithStrategy(greeting="bad", tag="crash-1")).end == FAILED
    assert answer(world) == "one" and strategy(world) == "Recreate"
    assert release(world, WithStrategy(greeting="two")).end == DONE
    assert answer(world) == "two" and strategy(world) == "RollingUpdate"
    assert rollback(world).end == DONE
    assert answer(world) == "one" and strategy(world) == "Recreate"


def test_what_is_invalid_is_refused_before_the_change_though_the_set_names_other_fields(world):
    release(world, WithStrategy(greeting="one", strategy="Recreate"))
    objects = WithStrategy(greeting="two").objects()
    objects[1]["spec"]["template"]["spec"]["containers"][0]["image"] = ""
    before = deployment(world)
    options = runs.Options(name=NAME, namespace=NAMESPACE)
    run = runs.start(world, "release", lambda session: session.present(objects), world.new_process(), options)
    assert ended(world, run).end == FAILED
    assert run.outcome.restored == "no object was changed: r1 stands" and "Required value" in run.text
    assert deployment(world) == before


# What Helm has left


def test_a_configuration_that_the_chart_once_made_is_taken_as_it_is(world):
    """It is named by its content, too, and an upgrade leaves those of before."""
    release(world, GOOD)
    theirs = OTHER.config()
    theirs["metadata"] |= {"namespace": NAMESPACE, "labels": {INSTANCE: NAME}}
    world.direct.create(world.direct.resource("ConfigMap"), deepcopy(theirs), "helm")
    assert release(world, replace(OTHER, tag="crash-1")).end == FAILED and answer(world) == "one"
    assert release(world, OTHER).end == DONE and answer(world) == "two"
    assert rollback(world).end == DONE and answer(world) == "one"


def test_one_of_the_same_name_with_something_else_in_it_is_not(world):
    release(world, GOOD)
    theirs = OTHER.config()
    theirs["metadata"] |= {"namespace": NAMESPACE, "labels": {INSTANCE: NAME}}
    theirs["data"]["GREETING"] = "three"
    world.direct.create(world.direct.resource("ConfigMap"), theirs, "helm")
    run = release(world, OTHER)
    assert run.end == RAISED and "adopt" in run.text and answer(world) == "one"


# What is not there when a run reads, and is when it writes


def makes_meanwhile(world: World, after: str, made: dict) -> None:
    """Somebody makes an object as soon as one stands whose name begins so."""
    done = []

    def changed(change) -> None:
        at = change.after.document if change.after is not None else None
        if at is not None and at["metadata"]["name"].startswith(after) and not done:
            done.append(at)
            world.direct.create(world.direct.resource(made["kind"]), deepcopy(made), "kubectl-create")

    world.api.store.listeners.append(changed)


@pytest.mark.parametrize("adopt", [False, True])
@pytest.mark.parametrize("tag", ["good-2", "crash-1"])
def test_what_somebody_makes_meanwhile_is_theirs(world, tag, adopt):
    """Where it has other fields, no field is in conflict."""
    release(world, GOOD)
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{NAME}-settings", "namespace": NAMESPACE}}
    makes_meanwhile(world, f"{NAME}-config", {**theirs, "data": {"THEIRS": "precious"}})
    run = release(world, Wanted(tag=tag, greeting="two", settings="mutable"), adopt=adopt)
    found = world.direct.get("ConfigMap", NAMESPACE, f"{NAME}-settings")
    assert run.end == FAILED and answer(world) == "one", run
    assert found["data"] == {"THEIRS": "precious"} and INSTANCE not in (found["metadata"].get("labels") or {}), found
    assert "made by somebody else meanwhile" in run.text


# What a policy that came later forbids as it stands


@pytest.mark.parametrize("whose", ["edited by hand", "made by others"])
def test_a_set_that_obeys_a_policy_replaces_what_does_not(world, whose):
    """To be taken over, what stands would have to be written as it is, which the policy does not let anybody do."""
    if whose == "made by others":
        others_serve(world)
    else:
        release(world, GOOD)
        container = {"name": "api", "env": [{"name": "EXTRA", "value": "1"}]}
        change = {"spec": {"template": {"spec": {"containers": [container]}}}}
        world.direct.patch(deployment(world), change, "kubectl-set", STRATEGIC)
        world.pass_time(20)
    stood = deployment(world)["spec"]["template"]["spec"]["containers"][0]["envFrom"]

    def as_it_stands(_process, method, url):
        same = deployment(world)["spec"]["template"]["spec"]["containers"][0]["envFrom"] == stood
        return DENIED if method == "PUT" and "/deployments/" in url and same else None

    world.trouble.rules.append(as_it_stands)
    run = release(world, OTHER, adopt=whose == "made by others")
    assert run.end == DONE and answer(world) == "two", run
    env = deployment(world)["spec"]["template"]["spec"]["containers"][0]["env"]
    assert "EXTRA" not in [entry["name"] for entry in env]
    assert foreign_fields(deployment(world), frozenset()) == {}


# What the user allows, on the way back


def test_what_takes_long_to_start_is_given_as_long_on_the_way_back(world):
    slow = WithStrategy(greeting="one", tag="slow400-1", strategy="Recreate")
    assert release(world, slow, timeout=900).end == DONE
    run = release(world, WithStrategy(greeting="bad", tag="crash-1", strategy="Recreate"), timeout=900)
    assert run.end == FAILED and "r1 restored whole" in run.outcome.restored, run
    assert answer(world) == "one"


# Adoptions that failed, and are over


def test_what_was_adopted_in_the_end_is_the_release_s_whatever_failed_before(world):
    release(world, GOOD)
    others_have_notes(world)
    assert release(world, WithNotes(tag="crash-1", greeting="bad"), adopt=True).end == FAILED
    assert release(world, WithNotes(greeting="two"), adopt=True).end == DONE
    assert release(world, GOOD).end == DONE
    assert notes(world) is None, "the release's, and not of its set any more"
    assert rollback(world).end == DONE
    assert notes(world)["data"] == {"a": "2"}


def test_what_its_owner_has_deleted_since_does_not_come_back(world):
    release(world, GOOD)
    others_have_notes(world)
    assert release(world, WithNotes(tag="crash-1", greeting="bad"), adopt=True).end == FAILED
    world.direct.delete(notes(world))
    assert release(world, WithNotes(greeting="two")).end == DONE
    assert release(world, GOOD).end == DONE
    assert notes(world) is None


# Others come to the same address


@dataclass(frozen=True)
class WithIngress(Wanted):
    """Reached from outside."""

    def objects(self) -> list[dict]:
        return [*super().objects(), ingress(NAME)]


def ingress(name: str) -> dict:
    backend = {"service": {"name": NAME, "port": {"name": "http"}}}
    path = {"path": "/predict", "pathType": "Prefix", "backend": backend}
    spec = {"ingressClassName": "nginx", "rules": [{"host": "a.example", "http": {"paths": [path]}}]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name}, "spec": spec}


def test_who_came_to_its_address_since_is_told_though_nothing_changes(world):
    assert release(world, WithIngress(greeting="one")).outcome.warnings == []
    theirs = ingress("theirs")
    theirs["metadata"]["namespace"] = NAMESPACE
    world.direct.create(world.direct.resource("Ingress"), theirs, "kubectl-create")
    again = release(world, WithIngress(greeting="one"))
    assert again.end == DONE and not again.outcome.changed
    (warning,) = again.outcome.warnings
    assert warning.startswith(f"ingress address: Ingress {NAMESPACE}/theirs has a.example/predict too")
