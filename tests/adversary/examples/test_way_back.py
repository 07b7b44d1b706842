# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores and removals of which a part is refused or held."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace

import pytest
from adversary import cluster_view, runs
from adversary.runs import DONE, FAILED, RAISED, Run
from adversary.sets import NAME, Wanted
from adversary.stories import (
    CRASHES,
    GOOD,
    NOTES,
    OTHER,
    THIRD,
    WithNotes,
    answer,
    deployment,
    ended,
    notes,
    others_have_notes,
    others_serve,
    recorded,
    release,
    rollback,
    taken_by_a_kept_failure,
)
from adversary.trouble import (
    COLLIDES,
    DENIED,
    NO_SUCH_PAGE,
    PAGE,
    REDIRECTED,
    REJECTED,
    RESET,
    UNAVAILABLE_AT_ONCE,
    Trouble,
)
from adversary.world import NAMESPACE, World

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Options
from ansible_collections.modelops.serving.plugins.module_utils.release.preview import Preview

# Restores that are refused in part, and what others have by then


@dataclass(frozen=True)
class Configured(Wanted):
    """A set with a ConfigMap of its own name, as a configuration whose name is its content."""

    def objects(self) -> list[dict]:
        config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"shop-{self.greeting}"}, "data": {}}
        return [*super().objects(), config]


def refuse_writes_to_deployments(world: World) -> None:
    world.trouble.rules.append(
        lambda _process, method, url: (
            DENIED if method in ("PATCH", "PUT") and "/deployments/" in url and "dryRun" not in url else None
        )
    )


def failed_and_not_put_back(world: World, tag: str) -> Run:
    """r2, whose failure finds that r1's Deployment is refused by now."""
    release(world, Configured(greeting="one"))
    run = runs.release(world, Configured(greeting="two", tag=tag), timeout=10.0)
    world.pass_time(5)
    refuse_writes_to_deployments(world)
    assert ended(world, run).end == FAILED
    return run


def test_what_pods_need_is_not_removed_where_the_deployment_cannot_be_restored(world):
    run = failed_and_not_put_back(world, "slow20-1")
    assert world.direct.get("ConfigMap", NAMESPACE, "shop-two") is not None
    said = run.outcome.restored
    assert said.startswith("r1 could not be restored: Deployment/shop") and run.outcome.restored_revision is None, said
    world.trouble.rules.clear()
    assert release(world, Configured(greeting="one")).end == DONE
    assert answer(world) == "one" and world.direct.get("ConfigMap", NAMESPACE, "shop-two") is None


def test_a_refusal_over_what_is_left_half_way_does_not_say_that_an_earlier_one_stands(world):
    failed_and_not_put_back(world, "never-1")
    world.trouble.rules[:] = [
        lambda _process, method, url: DENIED if method == "PATCH" and "/deployments/" in url else None
    ]
    again = release(world, Configured(greeting="one"))
    assert again.end == FAILED and again.outcome.restored_revision is None
    assert again.outcome.restored == "no object was changed: r2 is left half-way, and r1 stood before it"


def test_a_restore_takes_nothing_that_another_release_has_by_then(world):
    release(world, WithNotes(greeting="one"))
    world.direct.delete(notes(world))
    assert release(world, replace(WithNotes(greeting="theirs", text="theirs"), name="other")).end == DONE
    run = release(world, Wanted(greeting="bad", tag="crash-1"))
    assert run.end == FAILED and answer(world) == "one"
    assert notes(world)["data"] == {"a": "theirs"} and notes(world)["metadata"]["labels"][INSTANCE] == "other"
    assert "but for ConfigMap/notes (release other has it now: it was left as it is)" in run.outcome.restored


def test_changes_by_hand_survive_a_set_that_is_applied_and_then_asked_for_again(world):
    release(world, replace(GOOD, replicas=1))
    world.direct.scale(deployment(world), 3, "kubectl")
    world.pass_time(20)
    bad = replace(CRASHES, replicas=1)
    assert release(world, bad, wait=False).end == DONE
    world.pass_time(5)
    assert release(world, bad).end == FAILED
    assert answer(world) == "one" and deployment(world)["spec"]["replicas"] == 3


def removals_meet(world: World, trouble: Trouble) -> None:
    """Those of ConfigMaps."""
    world.trouble.rules.append(
        lambda _process, method, url: trouble if method == "DELETE" and "/configmaps/" in url else None
    )


def test_a_webhook_that_is_down_when_something_is_removed_fails_no_good_release(world):
    release(world, Configured(greeting="one"))
    removals_meet(world, UNAVAILABLE_AT_ONCE)
    run = release(world, Configured(greeting="two"))
    assert run.end == DONE, run
    (note,) = [note for note in run.outcome.notes if note.startswith("not removed: ")]
    assert "ConfigMap/shop-one (the server is currently unable to handle the request)" in note
    world.trouble.rules.clear()
    assert release(world, Configured(greeting="three")).end == DONE
    assert world.direct.get("ConfigMap", NAMESPACE, "shop-one") is None


def test_a_removal_whose_webhook_is_down_keeps_its_record(world):
    release(world, Configured(greeting="one"))
    removals_meet(world, UNAVAILABLE_AT_ONCE)
    gone = ended(world, runs.absent(world, NAME))
    assert gone.end == RAISED and "ConfigMap/shop-one" in gone.text, gone
    world.trouble.rules.clear()
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert world.direct.get("ConfigMap", NAMESPACE, "shop-one") is None


def test_what_was_adopted_and_another_release_has_by_now_stays_that_ones(world):
    others_have_notes(world)
    taken_by_a_kept_failure(world)
    world.direct.delete(notes(world))
    assert release(world, replace(WithNotes(greeting="theirs", text="theirs"), name="other")).end == DONE
    now = notes(world)
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert notes(world)["data"] == {"a": "theirs"}
    assert notes(world)["metadata"]["managedFields"] == now["metadata"]["managedFields"]


@pytest.mark.parametrize("verb", ["POST", "PATCH", "DELETE"])
def test_a_write_that_collides_with_a_quota_s_count_is_sent_again(world, verb):
    """Of the record and of what is pruned: the API server says 409 of a quota that another write has changed."""
    release(world, Configured(greeting="one"))
    met = []

    def once(_process, method: str, url: str) -> Trouble | None:
        of_ours = "/secrets" in url or "/configmaps" in url
        if method != verb or not of_ours or "force=" in url:  # an apply is sent again in any case
            return None
        met.append(url)
        return COLLIDES if len(met) % 2 else None

    world.trouble.rules.append(once)
    run = release(world, Configured(greeting="two"))
    assert run.end == DONE and met, run
    assert world.direct.get("ConfigMap", NAMESPACE, "shop-one") is None


def test_check_mode_names_what_goes_with_a_revision_that_is_forgotten(world):
    for greeting in ("one", "two", "three"):
        assert release(world, Configured(greeting=greeting), wait=False, history_limit=2).end == DONE
        world.pass_time(20)
    options = Options(name=NAME, namespace=NAMESPACE, wait=False, history_limit=2)
    wanted = Configured(greeting="four")
    foreseen = ended(
        world,
        runs.start(
            world,
            "preview",
            lambda session: Preview(session.kube, options).present(wanted.objects()),
            world.new_process(),
            options,
        ),
    ).outcome
    run = release(world, wanted, wait=False, history_limit=2)
    removed = [
        [change["name"] for change in one.changes if change["action"] == "remove"] for one in (foreseen, run.outcome)
    ]
    assert removed[0] == removed[1] and "shop-one" in removed[0], removed


@pytest.mark.parametrize("strange", [REJECTED, REDIRECTED], ids=lambda one: one.name)
def test_what_fails_after_the_verdict_changes_it_no_more(world, strange):
    release(world, Configured(greeting="one"))
    removals_meet(world, strange)
    run = release(world, Configured(greeting="two"))
    assert run.end == DONE and answer(world) == "two", run
    assert [text for text in run.outcome.warnings if text.startswith("r2 serves, and not all that it has no more was")]
    world.trouble.rules.clear()
    assert release(world, Configured(greeting="two")).end == DONE
    assert world.direct.get("ConfigMap", NAMESPACE, "shop-one") is None


@pytest.mark.parametrize("strange", [REJECTED, REDIRECTED], ids=lambda one: one.name)
def test_what_fails_after_a_restore_does_not_undo_it(world, strange):
    release(world, Configured(greeting="one"))
    removals_meet(world, strange)
    run = release(world, Configured(greeting="two", tag="crash-1"))
    assert run.end == FAILED and answer(world) == "one" and run.outcome.restored_revision == 1
    assert run.outcome.restored.startswith("r1 restored in ") and "Not all of r2 was undone" in run.outcome.restored
    world.trouble.rules.clear()
    assert release(world, Configured(greeting="one")).end == DONE
    assert world.direct.get("ConfigMap", NAMESPACE, "shop-two") is None


def test_credentials_that_expire_half_way_are_no_refused_object(world):
    release(world, Configured(greeting="one"))
    world.trouble.rules.append(
        lambda _process, method, url: (
            REJECTED if method == "PATCH" and "dryRun" not in url and "secrets" not in url else None
        )
    )
    run = release(world, Configured(greeting="two"))
    assert run.end == RAISED, run
    assert "401" in run.text and "r2 is applied and not judged; r1 stood before" in run.text, run.text


def test_what_was_judged_and_could_not_be_recorded_says_so(world):
    release(world, Configured(greeting="one"))
    world.trouble.rules.append(
        lambda _process, method, url: (
            REJECTED if method != "GET" and "/secrets" in url and answer(world) == "two" else None
        )
    )
    run = release(world, Configured(greeting="two"))
    assert run.end == RAISED and "r2 passed every check and stands; that is not recorded" in run.text, run.text
    world.trouble.rules.clear()
    assert release(world, Configured(greeting="two")).end == DONE and answer(world) == "two"


# What cannot be given back for now, and what was left


def refuse_to_put_back(world: World, kind: str) -> None:
    """A policy about the content of an object: it refuses the PUT that puts it back, and not the one after that, which
    changes who owns it."""
    plural, met = f"/{kind.lower()}s/", []

    def once(_process, method: str, url: str) -> Trouble | None:
        if method != "PUT" or plural not in url or met:
            return None
        met.append(url)
        return DENIED

    world.trouble.rules.append(once)


def meet_after_the_failure(world: World, run: Run, refuse: Callable[[], None]) -> Run:
    """Once its set is applied, and before it is given up."""
    world.pass_time(2)
    refuse()
    return ended(world, run)


def selector(world: World) -> dict:
    return world.direct.get("Service", NAMESPACE, NAME)["spec"]["selector"]


def others_have_another_service(world: World) -> dict:
    """Their Deployment and Service have labels of their own, and serve."""
    theirs = [
        obj for obj in Wanted(tag="good-0", greeting="of others").objects() if obj["kind"] != "PodDisruptionBudget"
    ]
    for obj in theirs:
        obj["metadata"]["namespace"] = NAMESPACE
        if obj["kind"] == "Service":
            obj["spec"]["selector"] = {"app": "theirs"}
        if obj["kind"] == "Deployment":
            obj["metadata"]["name"] = "theirs"
            obj["spec"]["selector"]["matchLabels"] = {"app": "theirs"}
            obj["spec"]["template"]["metadata"]["labels"] = {"app": "theirs"}
        world.direct.create(world.direct.resource(obj["kind"]), obj, "kubectl-client-side-apply")
    world.pass_time(20)
    return world.direct.get("Service", NAMESPACE, NAME)


def is_theirs(world: World, before: dict) -> bool:
    now = world.direct.get("Service", NAMESPACE, NAME)
    managers = [entry["manager"] for entry in now["metadata"]["managedFields"]]
    return now["spec"] == before["spec"] and managers == ["kubectl-client-side-apply"]


def are_their_notes(world: World, before: dict) -> bool:
    now = notes(world)
    managers = [entry["manager"] for entry in now["metadata"]["managedFields"]]
    return now["data"] == before["data"] and managers == ["kubectl-client-side-apply"]


def test_what_cannot_be_given_back_after_a_failure_stays_ours_until_it_can(world):
    others_serve(world)
    others_have_notes(world)
    before = notes(world)
    run = runs.release(world, WithNotes(tag="never-1", greeting="bad"), adopt=True, timeout=10.0)
    assert meet_after_the_failure(world, run, lambda: refuse_to_put_back(world, "ConfigMap")).end == FAILED
    assert "whole" not in run.outcome.restored and "ConfigMap/notes" in run.outcome.restored, run.outcome.restored
    assert not are_their_notes(world, before)
    world.trouble.rules.clear()
    again = release(world, WithNotes(tag="crash-1", greeting="worse"), adopt=True)
    assert again.end == FAILED and are_their_notes(world, before), again.outcome.restored
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert are_their_notes(world, before)


def test_a_service_that_leads_elsewhere_is_not_touched_by_a_set_that_never_serves(world):
    before = others_have_another_service(world)
    assert release(world, Wanted(tag="never-1", greeting="bad"), adopt=True, timeout=10.0).end == FAILED
    assert is_theirs(world, before)


def test_a_removal_that_cannot_give_back_says_so_and_keeps_its_record(world):
    before = others_have_another_service(world)
    assert release(world, CRASHES, adopt=True, wait=False).end == DONE
    world.pass_time(5)
    refuse_to_put_back(world, "Service")
    gone = ended(world, runs.absent(world, NAME))
    assert gone.end == RAISED and "not given back" in gone.text and "Service/shop" in gone.text, gone
    assert deployment(world) is not None and recorded(world)
    world.trouble.rules.clear()
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert is_theirs(world, before)


def test_a_good_release_that_cannot_give_back_keeps_the_record_of_what_stood(world):
    others_have_notes(world)
    release(world, GOOD)
    taken_by_a_kept_failure(world)
    refuse_to_put_back(world, "ConfigMap")
    run = release(world, OTHER, history_limit=2)
    assert run.end == DONE and answer(world) == "two"
    assert [text for text in run.outcome.warnings if "not given back as it stood" in text], run.outcome.warnings
    assert notes(world) is not None and "notes" in str(cluster_view.held_by(world, NAME))
    world.trouble.rules.clear()
    assert release(world, OTHER, history_limit=2).end == DONE
    assert notes(world)["data"] == {"a": "1"} and "notes" not in str(cluster_view.held_by(world, NAME))


def test_an_adopted_object_that_was_frozen_before_is_given_back_with_its_own_content(world):
    frozen = deepcopy(NOTES)
    frozen["metadata"]["namespace"] = NAMESPACE
    world.direct.create(world.direct.resource("ConfigMap"), {**frozen, "immutable": True}, "kubectl-client-side-apply")
    release(world, GOOD)
    same = WithNotes(tag="crash-1", greeting="bad", text="1", frozen=True)
    assert release(world, same, adopt=True, on_failure="keep").end == FAILED
    assert release(world, replace(same, greeting="worse", text="2"), adopt=True).end == FAILED
    assert notes(world)["data"] == {"a": "1"} and notes(world)["immutable"] is True
    assert "notes" not in str(cluster_view.held_by(world, NAME)) and answer(world) == "one"


def test_an_object_that_somebody_froze_by_hand_stands_again_with_its_content(world):
    release(world, WithNotes(greeting="one", text="1"))
    world.direct.patch(notes(world), {"immutable": True}, "kubectl-edit")
    run = release(world, WithNotes(tag="crash-1", greeting="bad", text="2", frozen=True))
    assert run.end == FAILED and answer(world) == "one"
    assert notes(world)["data"] == {"a": "1"}, run.outcome.restored


@dataclass(frozen=True)
class WithKeptNotes(WithNotes):
    """A removal leaves them."""

    def objects(self) -> list[dict]:
        *others, found = super().objects()
        return [*others, {**found, "metadata": {**found["metadata"], "annotations": object_set.KEPT_BY_ANNOTATION}}]


def test_what_a_removed_release_has_left_can_be_taken_over(world):
    release(world, WithKeptNotes(greeting="one", text="1"))
    assert ended(world, runs.absent(world, NAME)).end == DONE
    left, wanted = notes(world), WithNotes(greeting="two", name="other")
    refused = release(world, wanted)
    assert refused.end == RAISED and "left by release shop" in refused.text and "adopt" in refused.text, refused.text
    assert release(world, replace(wanted, tag="crash-1"), adopt=True).end == FAILED
    for part in ("data", "metadata"):
        assert {**notes(world)[part], "resourceVersion": ""} == {**left[part], "resourceVersion": ""}
    assert release(world, wanted, adopt=True).end == DONE
    assert notes(world)["data"] == {"a": "2"} and notes(world)["metadata"]["labels"][INSTANCE] == "other"


def test_what_a_release_that_stands_holds_is_never_left(world):
    release(world, WithKeptNotes(greeting="one", text="1"))
    refused = release(world, WithNotes(greeting="two", name="other"), adopt=True)
    assert refused.end == RAISED and "another release holds" in refused.text, refused.text
    for secret in world.direct.all("Secret"):
        world.direct.delete(secret)
    refused = release(world, WithNotes(greeting="two", name="other"), adopt=True)
    assert refused.end == RAISED and "another release holds" in refused.text, refused.text


# What keeps the way back from being gone


def test_what_stood_comes_back_though_the_record_cannot_be_written(world):
    """A policy freezes Secrets while the release is followed."""
    release(world, GOOD)
    run = runs.release(world, Wanted(tag="never-1", greeting="bad"), timeout=10.0)

    def freeze() -> None:
        world.trouble.rules.append(
            lambda _process, method, url: DENIED if method in ("PATCH", "PUT") and "/secrets/" in url else None
        )

    assert meet_after_the_failure(world, run, freeze).end == FAILED
    assert answer(world) == "one" and run.outcome.restored.startswith("r1 restored"), run.outcome.restored
    world.trouble.rules.clear()
    assert release(world, OTHER).end == DONE and answer(world) == "two"


@dataclass(frozen=True)
class WithNamespace(Wanted):
    """A set whose Namespace has a label."""

    def objects(self) -> list[dict]:
        meta = {"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}
        return [*super().objects(), {"apiVersion": "v1", "kind": "Namespace", "metadata": meta}]


def is_restricted(world: World) -> bool:
    namespace = world.direct.get("Namespace", None, NAMESPACE)
    return "pod-security.kubernetes.io/enforce" in namespace["metadata"]["labels"]


def test_labels_that_a_failed_set_brought_to_its_namespace_go_with_it(world):
    release(world, GOOD)
    assert release(world, WithNamespace(tag="crash-1", greeting="bad")).end == FAILED
    assert answer(world) == "one" and not is_restricted(world)
    assert release(world, WithNamespace(greeting="two")).end == DONE and is_restricted(world)
    assert release(world, THIRD).end == DONE and not is_restricted(world)


@pytest.mark.parametrize("adopt", [False, True])
def test_what_others_have_said_of_its_namespace_is_not_overwritten(world, adopt):
    release(world, GOOD)
    theirs = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}
    world.direct.patch(world.direct.get("Namespace", None, NAMESPACE), theirs, "kubectl-label")
    run = release(world, WithNamespace(tag="crash-1", greeting="bad"), adopt=adopt)
    assert run.end == RAISED and "enforce=privileged from somebody else" in run.text, run.text
    labels = world.direct.get("Namespace", None, NAMESPACE)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged" and answer(world) == "one"


def test_what_others_have_said_alike_stays_theirs(world):
    release(world, GOOD)
    theirs = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    world.direct.patch(world.direct.get("Namespace", None, NAMESPACE), theirs, "kubectl-label")
    assert release(world, WithNamespace(tag="crash-1", greeting="bad")).end == FAILED
    assert is_restricted(world) and answer(world) == "one"


def test_a_frozen_object_that_could_not_be_made_again_is_not_removed(world):
    release(world, WithNotes(greeting="one", text="1", frozen=True))
    world.trouble.rules.append(
        lambda _process, method, url: DENIED if method == "POST" and "/configmaps" in url else None
    )
    run = release(world, WithNotes(greeting="one", text="2", frozen=True))
    assert run.end == FAILED and run.outcome.restored == "no object was changed: r1 stands", run
    assert notes(world)["data"] == {"a": "1"}


def test_an_api_server_that_is_away_for_longer_than_the_lock_lasts_ends_no_run(world):
    release(world, GOOD)
    run = runs.release(world, Wanted(tag="never-1", greeting="bad"), timeout=60.0)
    world.pass_time(3)
    away = world.scheduler.now + 45
    world.trouble.rules.append(lambda *_request: RESET if world.scheduler.now < away else None)
    assert ended(world, run).end == FAILED, run.text
    world.pass_time(20)
    assert answer(world) == "one" and run.outcome.restored_revision == 1


def test_a_namespace_of_somebody_else_is_not_changed(world):
    meta = {"name": "theirs", "labels": {"team": "a"}}
    world.direct.create(world.direct.resource("Namespace"), {"metadata": meta}, "kubectl-create")

    @dataclass(frozen=True)
    class WithAnother(Wanted):
        def objects(self) -> list[dict]:
            theirs = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "theirs", "labels": {"team": "b"}}}
            return [*super().objects(), theirs]

    for adopt in (False, True):  # what it had is recorded nowhere
        run = release(world, WithAnother(), adopt=adopt)
        assert run.end == RAISED and "Namespace/theirs (managed by kubectl-create)" in run.text, run.text
    assert world.direct.get("Namespace", None, "theirs")["metadata"]["labels"]["team"] == "a"


def test_what_is_left_beside_an_adoption_is_named(world):
    theirs = Wanted(tag="good-0", greeting="of others", autoscaled=True).objects()
    for obj in theirs:
        obj["metadata"] |= {"namespace": NAMESPACE, "labels": {INSTANCE: NAME}}
        world.direct.create(world.direct.resource(obj["kind"]), obj, "helm")
    world.pass_time(20)
    for adopt in (True, False, False):  # while it stands, every run says so, one that changes nothing, too
        run = release(world, replace(GOOD, budget=False), adopt=adopt)
        assert run.end == DONE
        (told,) = [text for text in run.outcome.warnings if "still at work" in text]
        assert "HorizontalPodAutoscaler/shop (managed by helm)" in told and "PodDisruptionBudget/shop" in told
        assert "Service" not in told and "Deployment" not in told
    run = ended(world, runs.absent(world, NAME))
    assert run.end == DONE and "HorizontalPodAutoscaler/shop (managed by helm)" in str(run.outcome.warnings)


def test_a_page_in_the_place_of_an_answer_is_asked_past(world):
    """Of a proxy, with status 200, once in the middle of applying."""
    release(world, GOOD)
    met = []

    def once(_process, method: str, url: str) -> Trouble | None:
        if method != "PATCH" or "/deployments/" not in url or "dryRun" in url or met:
            return None
        met.append(url)
        return PAGE

    world.trouble.rules.append(once)
    assert release(world, OTHER).end == DONE and met
    assert answer(world) == "two"


def test_pages_in_the_place_of_answers_say_what_is_left(world):
    release(world, GOOD)
    world.trouble.rules.append(
        lambda _process, method, url: (
            PAGE if method == "PATCH" and "/deployments/" in url and "dryRun" not in url else None
        )
    )
    run = release(world, OTHER)
    assert run.end == RAISED and "r2 is applied and not judged; r1 stood before" in run.text, run.text
    world.trouble.rules.clear()
    assert release(world, OTHER).end == DONE and answer(world) == "two"


def test_a_rollback_to_what_others_had_that_fails_promises_nothing_of_a_removal(world):
    others_serve(world)
    assert release(world, GOOD, adopt=True).end == DONE
    world.direct.delete(
        world.direct.get("ConfigMap", NAMESPACE, Wanted(greeting="of others").config()["metadata"]["name"])
    )
    refuse_writes_to_deployments(world)
    run = rollback(world)
    assert run.end != DONE
    assert not [note for note in run.outcome.notes if "gives it back" in note]


# What a finalizer holds


def hold_notes(world: World) -> None:
    world.direct.patch(notes(world), {"metadata": {"finalizers": ["example/holds"]}}, "some-controller")


def test_what_would_not_go_is_not_removed_to_be_changed(world):
    release(world, WithNotes(greeting="one", text="1", frozen=True))
    hold_notes(world)
    before = notes(world)
    run = release(world, WithNotes(greeting="two", text="2", frozen=True))
    assert run.end == FAILED and "example/holds would hold its removal" in run.text, run.text
    assert run.outcome.restored == "no object was changed: r1 stands"
    assert notes(world) == before


def test_what_could_not_be_put_back_is_not_frozen(world):
    others_serve(world)
    others_have_notes(world)
    hold_notes(world)
    before = notes(world)
    run = release(world, WithNotes(tag="crash-1", greeting="bad", frozen=True), adopt=True)
    assert run.end == FAILED and "could not be put back as it is" in run.text, run.text
    assert notes(world) == before and answer(world) == "of others"


def test_what_would_lose_its_owner_is_not_frozen(world):
    others_serve(world)
    others_have_notes(world)
    owner = {"apiVersion": "v1", "kind": "Service", "name": NAME}
    owner["uid"] = world.direct.get("Service", NAMESPACE, NAME)["metadata"]["uid"]
    world.direct.patch(notes(world), {"metadata": {"ownerReferences": [owner]}}, "an-operator")
    before = notes(world)
    run = release(world, WithNotes(tag="crash-1", greeting="bad", frozen=True), adopt=True)
    assert run.end == FAILED and f"made anew it would not be Service/{NAME}'s" in run.text, run.text
    assert notes(world) == before and answer(world) == "of others"


def test_what_is_going_while_it_is_put_back_is_made_anew(world):
    """Their controller holds it from after the adoption on, and lets go a while after the failure."""
    others_serve(world)
    others_have_notes(world)
    run = runs.release(world, WithNotes(tag="crash-1", greeting="bad", frozen=True), adopt=True)
    world.pass_time(1)
    hold_notes(world)

    def is_going() -> bool:
        return "deletionTimestamp" in notes(world)["metadata"]

    for _second in range(120):
        world.pass_time(1)
        if notes(world) is not None and is_going():
            break
    assert is_going()
    world.direct.patch(notes(world), {"metadata": {"finalizers": None}}, "some-controller")
    assert ended(world, run).end == FAILED
    assert run.outcome.restored.startswith("r0 restored whole"), run.outcome.restored
    assert notes(world)["data"] == {"a": "1"} and not notes(world).get("immutable")


# What a policy does not let go


def keep_configurations(world: World) -> None:
    world.trouble.rules.append(
        lambda _process, method, url: DENIED if method == "DELETE" and "/configmaps/" in url else None
    )


def configurations(world: World) -> set[str]:
    return {name for kind, name in cluster_view.held_by(world, NAME) if kind == "ConfigMap"}


@pytest.mark.parametrize("fails", [False, True])
def test_what_could_not_be_removed_is_removed_when_it_may_be(world, fails):
    """However many revisions later, though the history has room for fewer."""
    release(world, GOOD, history_limit=2)
    keep_configurations(world)
    for number in range(4):
        tag = f"crash-{number + 1}" if fails else "good-1"
        release(world, Wanted(greeting=f"g{number}", tag=tag), history_limit=2)
    assert len(configurations(world)) == 5
    world.trouble.rules.clear()
    for wanted in (OTHER, THIRD):
        assert release(world, wanted, history_limit=2).end == DONE
    assert configurations(world) == {THIRD.config()["metadata"]["name"]}
    assert len(recorded(world)) == 2


@pytest.mark.parametrize("seconds", [0.5, 30])
def test_a_proxy_s_404_says_of_no_object_that_it_is_gone(world, seconds):
    release(world, GOOD)
    run = runs.absent(world, NAME)
    until = world.scheduler.now + seconds
    world.trouble.rules.append(
        lambda _process, _method, url: (
            NO_SUCH_PAGE if world.scheduler.now < until and ("/services" in url or "/deployments" in url) else None
        )
    )
    if ended(world, run).end == DONE:
        assert seconds < 1, run.text
        assert deployment(world) is None and cluster_view.held_by(world, NAME) == {}
    else:
        assert recorded(world) == [1] and "no API server answers" in run.text, run.text
    world.trouble.rules.clear()
    again = ended(world, runs.absent(world, NAME))
    assert again.end == DONE, again.text
    assert deployment(world) is None and cluster_view.held_by(world, NAME) == {}


@pytest.mark.parametrize("trouble", [UNAVAILABLE_AT_ONCE, DENIED], ids=["unavailable", "denied"])
def test_what_could_not_be_removed_for_now_goes_with_the_next_run_of_what_stands(world, trouble):
    bare = replace(GOOD, budget=False)
    release(world, bare)
    world.trouble.rules.append(
        lambda _process, method, url: trouble if method == "DELETE" and "/poddisruptionbudgets/" in url else None
    )
    run = release(world, CRASHES)
    assert run.end == FAILED and "restored whole" not in run.outcome.restored, run
    assert len(run.outcome.notes) == len(set(run.outcome.notes))
    world.trouble.rules.clear()
    assert ("PodDisruptionBudget", NAME) in cluster_view.configuration(world)
    assert release(world, bare).end == DONE
    assert ("PodDisruptionBudget", NAME) not in cluster_view.configuration(world)
    again = release(world, bare)
    assert again.end == DONE and not again.outcome.changed
