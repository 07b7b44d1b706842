# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deployer is granted is what releases use: no request needs more, and nothing is granted for no request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from adversary import runs
from adversary.machine import MONITORS
from adversary.runs import DONE, FAILED, KILLED
from adversary.sets import NAME, Wanted
from adversary.trouble import KILL_DONE
from adversary.world import NAMESPACE, World

from ansible_collections.modelops.serving.plugins.module_utils.common import kinds
from ansible_collections.modelops.serving.plugins.module_utils.preflight import rbac
from ansible_collections.modelops.serving.plugins.module_utils.preflight.rbac import Permission

FULL = {"autoscaled": True, "monitored": True}
KINDS = {(kind.group, kind.plural): kind.kind for kind in kinds.KINDS.values()}
VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def permission(method: str, url: str) -> Permission | None:
    """What the API server asks its authorizer for; None for what everybody may: versions, discovery, reviews."""
    split = urlsplit(url)
    parts = split.path.strip("/").split("/")
    group, rest = ("", parts[2:]) if parts[0] == "api" else (parts[1] if len(parts) > 1 else "", parts[3:])
    if not rest or group.startswith(("authorization", "authentication")):
        return None
    wide = rest[0] != "namespaces" or len(rest) <= 2
    resource, name, sub = [*(rest if wide else rest[2:]), "", ""][:3]
    if method == "GET":
        watching = parse_qs(split.query).get("watch", ["false"])[0] in ("1", "true")
        verb = "watch" if watching else "get" if name else "list"
    else:
        verb = VERBS[method]
    return Permission(group, resource, verb, sub, wide)


@pytest.fixture(scope="module")
def used() -> set[Permission]:
    """By all that a release does: of new sets, of ones that fail, back, with drift, adoption, kills, to its removal."""
    found: set[Permission] = set()
    for story in (_ordinary, _by_hand, _adopted, _killed):
        with World() as world:
            world.api.serve(MONITORS)
            world.trouble.rules.append(_watcher(world, found))
            story(world)
    return found


def _watcher(world: World, found: set[Permission]) -> Callable:
    """Adds what each request needs. What is applied and is not there yet is created, too."""

    def seen(_process, method: str, url: str) -> None:
        needs = permission(method, url)
        if needs is None:
            return
        found.add(needs)
        kind = KINDS.get((needs.group, needs.resource))
        if method == "PATCH" and world.direct.get(kind, NAMESPACE, urlsplit(url).path.rpartition("/")[2]) is None:
            found.add(replace(needs, verb="create"))

    return seen


def _ended(world: World, run: runs.Run, end: str = DONE) -> None:
    world.finish(run.thread)
    assert run.end == end, run


def _ordinary(world: World) -> None:
    _ended(world, runs.release(world, Wanted(greeting="one", **FULL)))
    _ended(world, runs.release(world, Wanted(greeting="two", **FULL)))
    _ended(world, runs.release(world, Wanted(tag="crash-1", greeting="bad", **FULL)), FAILED)
    _ended(world, runs.rollback(world, NAME))
    _ended(world, runs.release(world, Wanted(greeting="three", budget=False), history_limit=1))
    _ended(world, runs.absent(world, NAME))


def _by_hand(world: World) -> None:
    _ended(world, runs.release(world, Wanted(greeting="one", **FULL)))
    for kind in {obj["kind"] for obj in Wanted(**FULL).objects()}:
        obj = world.direct.all(kind)[0]
        world.direct.patch(obj, {"metadata": {"labels": {"by": "hand"}}}, "some-ui")
    world.direct.scale(world.direct.get("Deployment", NAMESPACE, NAME), 0, "kubectl")
    _ended(world, runs.release(world, Wanted(greeting="one", **FULL)))


def _adopted(world: World) -> None:
    for obj in Wanted(tag="good-0", greeting="bad", **FULL).objects():
        obj["metadata"]["namespace"] = NAMESPACE
        world.direct.create(world.direct.resource(obj["kind"]), obj, "kubectl-client-side-apply")
    world.pass_time(20)
    _ended(world, runs.release(world, Wanted(tag="crash-1", greeting="bad", **FULL), adopt=True), FAILED)


def _killed(world: World) -> None:
    _ended(world, runs.release(world, Wanted(greeting="one", **FULL)))
    process = world.new_process()
    world.trouble.plan(process, 40, KILL_DONE)
    _ended(world, runs.release(world, Wanted(tag="slow20-1", greeting="two", **FULL), process), KILLED)
    _ended(world, runs.release(world, Wanted(greeting="three", **FULL)))


def granted() -> set[Permission]:
    objects = Wanted(**FULL).objects()
    of_set = [kinds.find(obj["kind"], obj["apiVersion"]) for obj in objects]
    return {*rbac.needed(of_set, namespace_exists=True), *rbac.useful()}


def test_no_request_needs_more(used):
    """But for what is asked and done without, such as the objects of a record that was lost."""
    found_by_label = {Permission(kind.group, kind.plural, "list") for kind in kinds.that_people_make()}
    assert not [str(one) for one in used - granted() - rbac.optional() - found_by_label]


def test_nothing_is_granted_for_no_request(used):
    assert not [str(one) for one in (granted() | rbac.optional()) - used]
