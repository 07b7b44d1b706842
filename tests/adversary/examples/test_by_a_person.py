# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people found who tried to break it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from adversary import cluster_view, runs
from adversary.direct import STRATEGIC
from adversary.runs import DONE, FAILED, KILLED, RAISED
from adversary.sets import NAME, Wanted
from adversary.stories import (
    BAKE,
    CRASHES,
    GOOD,
    NEVER,
    OTHER,
    SLOW_START,
    THIRD,
    WithNotes,
    answer,
    corrected,
    deployment,
    ended,
    hold,
    is_write,
    lose_history,
    notes,
    others_have_notes,
    others_serve,
    record,
    release,
    rollback,
    said,
    taken_by_a_kept_failure,
    taken_over,
    without_record,
    without_status,
)
from adversary.trouble import (
    KILL_DONE,
)
from adversary.world import NAMESPACE, World

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.release import revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision


def taken_by_a_killed_run(world: World) -> None:
    process = world.new_process()
    world.trouble.rules.append(
        lambda process_, method, url: (
            KILL_DONE
            if process_ is process and "/deployments" in url and method == "PATCH" and "dryRun" not in url
            else None
        )
    )
    assert (
        ended(world, runs.release(world, WithNotes(tag="crash-1", greeting="bad"), process, adopt=True)).end == KILLED
    )


def taken_without_waiting(world: World) -> None:
    assert release(world, WithNotes(tag="crash-1", greeting="bad"), adopt=True, wait=False).end == DONE
    world.pass_time(60)


@pytest.mark.parametrize("taken", [taken_by_a_kept_failure, taken_by_a_killed_run, taken_without_waiting])
def test_what_a_forgotten_run_had_adopted_is_its_owner_s_after_a_rollback(world, taken):
    """The set that serves now has it, too; but who recorded how it stood is beyond the history's limit."""
    others_have_notes(world)
    release(world, GOOD)
    taken(world)
    assert release(world, WithNotes(greeting="two"), adopt=True, history_limit=2).end == DONE
    assert notes(world)["data"] == {"a": "2"}
    assert rollback(world, number=1).end == DONE
    assert notes(world)["data"] == {"a": "1"} and "notes" not in str(cluster_view.held_by(world, NAME))


def test_an_adopted_object_that_the_set_has_frozen_is_given_back(world):
    others_have_notes(world)
    release(world, GOOD)
    assert release(world, WithNotes(tag="crash-1", greeting="bad", frozen=True), adopt=True).end == FAILED
    assert notes(world)["data"] == {"a": "1"} and not notes(world).get("immutable")
    assert "notes" not in str(cluster_view.held_by(world, NAME))
    assert release(world, OTHER).end == DONE


def test_replicas_that_somebody_raised_by_hand_stand_after_a_failure(world):
    release(world, GOOD)
    world.direct.scale(deployment(world), 5, "kubectl")
    world.pass_time(20)
    assert release(world, CRASHES).end == FAILED
    assert deployment(world)["spec"]["replicas"] == 5 and answer(world) == "one"


def test_what_a_lost_history_had_recorded_goes_when_the_set_no_longer_has_it(world):
    release(world, GOOD)
    lose_history(world)
    assert release(world, OTHER).end == DONE
    names = [name for kind, name in cluster_view.held_by(world, NAME) if kind == "ConfigMap"]
    assert names == [OTHER.config()["metadata"]["name"]]
    assert rollback(world).end == DONE
    assert answer(world) == "one"


def edited(world: World) -> None:
    """Somebody adds a variable by hand."""
    entry = {"name": "api", "env": [{"name": "DEBUG", "value": "1"}]}
    patch = {"spec": {"template": {"spec": {"containers": [entry]}}}}
    world.direct.patch(deployment(world), patch, "some-ui", STRATEGIC)
    world.pass_time(20)


def killed_with_an_autoscaler(world: World) -> None:
    process = world.new_process()
    slow = Wanted(tag="slow20-1", greeting="slow", autoscaled=True)
    world.trouble.rules.append(
        lambda one, method, url: (
            KILL_DONE if one is process and "/horizontalpodautoscalers" in url and is_write(method, url) else None
        )
    )
    assert ended(world, runs.release(world, slow, process)).end == KILLED


def test_what_a_killed_run_made_goes_where_what_was_changed_by_hand_stands_again(world):
    release(world, GOOD)
    edited(world)
    killed_with_an_autoscaler(world)
    assert ("HorizontalPodAutoscaler", NAME) in cluster_view.held_by(world, NAME)
    run = release(world, CRASHES)
    assert run.end == FAILED and "as it was changed by hand" in run.outcome.restored
    assert ("HorizontalPodAutoscaler", NAME) not in cluster_view.held_by(world, NAME)


def test_the_set_that_stands_again_by_hand_removes_what_is_left_when_it_is_released_again(world):
    release(world, GOOD)
    assert release(world, replace(CRASHES, monitored=False), on_failure="keep").end == FAILED
    edited(world)
    assert release(world, replace(CRASHES, greeting="worse")).end == FAILED
    assert release(world, GOOD).end == DONE
    names = [name for kind, name in cluster_view.held_by(world, NAME) if kind == "ConfigMap"]
    assert names == [GOOD.config()["metadata"]["name"]]


def test_our_own_object_that_a_failed_set_has_frozen_is_as_it_was(world):
    assert release(world, WithNotes(greeting="one", text="1")).end == DONE
    assert release(world, WithNotes(tag="crash-1", greeting="bad", text="2", frozen=True)).end == FAILED
    assert notes(world)["data"] == {"a": "1"} and not notes(world).get("immutable")
    assert release(world, WithNotes(greeting="two", text="2", frozen=True)).end == DONE
    assert rollback(world).end == DONE
    assert notes(world)["data"] == {"a": "1"} and not notes(world).get("immutable")


@dataclass(frozen=True)
class KeepingNotes(WithNotes):
    """Its ConfigMap stays when a set no longer has it."""

    def objects(self) -> list[dict]:
        *others, notes = super().objects()
        notes["metadata"]["annotations"] = {"modelops.serving/keep": "true"}
        return [*others, notes]


@pytest.mark.parametrize("taken", [KeepingNotes, WithNotes])
def test_an_object_that_was_kept_is_as_it_was_after_a_failure(world, taken):
    assert release(world, KeepingNotes(greeting="one", text="1")).end == DONE
    assert release(world, OTHER).end == DONE
    assert notes(world)["data"] == {"a": "1"}
    assert release(world, taken(tag="crash-1", greeting="bad", text="2")).end == FAILED
    assert notes(world)["data"] == {"a": "1"}
    assert notes(world)["metadata"]["annotations"]["modelops.serving/keep"] == "true"


def test_an_object_that_was_kept_is_as_it_was_after_a_kill_and_a_failure(world):
    assert release(world, KeepingNotes(greeting="one", text="1")).end == DONE
    assert release(world, OTHER).end == DONE
    process = world.new_process()
    world.trouble.rules.append(
        lambda one, method, url: (
            KILL_DONE if one is process and "/deployments" in url and is_write(method, url) else None
        )
    )
    bad = KeepingNotes(tag="crash-1", greeting="bad", text="2")
    assert ended(world, runs.release(world, bad, process)).end == KILLED
    assert notes(world)["data"] == {"a": "2"}
    assert release(world, CRASHES).end == FAILED
    assert notes(world)["data"] == {"a": "1"}


def test_a_removal_removes_what_has_lost_its_labels(world):
    """By its fields it is ours all the same."""
    release(world, GOOD)
    label = {"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}}}
    world.direct.patch(deployment(world), label, "helm")
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert deployment(world) is None


@pytest.mark.parametrize("kind", ["Service", "Deployment", "PodDisruptionBudget"])
def test_a_removal_names_what_is_held(world, kind):
    release(world, GOOD)
    hold(world, kind)
    run = ended(world, runs.absent(world, NAME, timeout=30))
    assert run.end == DONE
    assert f"{kind}/{NAME} (held by example/holds)" in " ".join(run.outcome.notes), run.outcome.notes


def test_what_is_going_is_nothing_that_stood(world):
    """The next installation waits for it, and goes back to nothing where it fails."""
    release(world, GOOD)
    hold(world, "Service")
    ended(world, runs.absent(world, NAME, timeout=5))
    preview = ended(world, runs.preview(world, CRASHES))
    assert any(f"Service/{NAME} is being deleted" in text for text in preview.outcome.warnings)
    assert {"kind": "Service", "name": NAME, "action": "create"}.items() <= next(
        change for change in preview.outcome.changes if change["kind"] == "Service"
    ).items()
    run = runs.release(world, CRASHES)
    world.pass_time(5)
    let_go = {"metadata": {"finalizers": None}}
    world.direct.patch(world.direct.get("Service", NAMESPACE, NAME), let_go, "some-controller")
    assert ended(world, run).end == FAILED
    assert "r0" not in run.text and "removed again" in run.outcome.restored, run.outcome.restored


def test_a_removal_after_a_rollback_to_what_stood_before_gives_it_back(world):
    others_serve(world)
    assert release(world, GOOD, adopt=True).end == DONE
    assert rollback(world).end == DONE
    assert answer(world) == "of others"
    assert ended(world, runs.absent(world, NAME)).end == DONE
    world.pass_time(20)
    assert answer(world) == "of others" and cluster_view.held_by(world, NAME) == {}


def test_what_a_killed_adoption_took_was_not_relabelled_by_somebody(world):
    for obj in Wanted(tag="good-0", greeting="of others").objects():
        obj["metadata"] |= {"namespace": NAMESPACE, "labels": {INSTANCE: "legacy"}}
        world.direct.create(world.direct.resource(obj["kind"]), obj, "helm")
    world.pass_time(20)
    process = world.new_process()
    world.trouble.rules.append(lambda one, *sent: KILL_DONE if one is process and taken_over(*sent) else None)
    assert ended(world, runs.release(world, GOOD, process, adopt=True)).end == KILLED
    run = release(world, GOOD, adopt=True)
    assert run.end == DONE and not [text for text in run.outcome.warnings if "label" in text]


@dataclass(frozen=True)
class Unprobed(Wanted):
    """Its pods count as ready as soon as they run."""

    def deployment(self) -> dict:
        found = super().deployment()
        found["spec"]["template"]["spec"]["containers"][0].pop("readinessProbe")
        return found


@pytest.mark.parametrize("seconds", range(8))
def test_a_pod_that_runs_for_a_moment_has_not_served(world, seconds):
    """It was applied without waiting and crashes; the next run looks while it is up."""
    release(world, GOOD)
    assert release(world, Unprobed(tag="fades-1", greeting="two"), wait=False).end == DONE
    world.pass_time(seconds)
    assert release(world, CRASHES).end == FAILED
    world.pass_time(40)
    assert answer(world) == "one"
    assert [entry.status for entry in cluster_view.history(world, NAME)][:2] == [revisions.SERVING, revisions.FAILED]


@pytest.mark.parametrize("probed", [Wanted, Unprobed])
@pytest.mark.parametrize("seconds", range(33, 70, 4))
def test_a_pod_that_ends_every_half_minute_does_not_serve(world, seconds, probed):
    """It is up again when the next run looks: it counts when it has run for longer than before."""
    release(world, GOOD)
    assert release(world, probed(tag="sinks-1", greeting="two"), wait=False).end == DONE
    world.pass_time(seconds)
    assert release(world, CRASHES).end == FAILED
    world.pass_time(40)
    assert answer(world) == "one"


@dataclass(frozen=True)
class Renamed(Wanted):
    """A set of the same release whose objects all have other names."""

    def objects(self) -> list[dict]:
        return Wanted(name="store", greeting=self.greeting).objects()


def test_what_a_lost_history_had_goes_though_the_set_has_nothing_of_it(world):
    release(world, GOOD)
    lose_history(world)
    run = release(world, Renamed(greeting="two"))
    assert run.end == DONE
    assert {name for _kind, name in cluster_view.held_by(world, NAME)} == {
        "store",
        Wanted(name="store", greeting="two").config()["metadata"]["name"],
    }


NUMBER = {"metadata": {"labels": {"modelops.serving/revision": "x2"}}}


def as_failed(world: World, number: int) -> None:
    label = {"metadata": {"labels": {revisions.STATUS_LABEL: revisions.FAILED}}}
    world.direct.patch(record(world, number), label, "kubectl-label")


@pytest.mark.parametrize("lose", [without_record, without_status, as_failed])
@pytest.mark.parametrize("before", [[GOOD, OTHER], [OTHER], [OTHER, CRASHES]], ids=["two", "one", "a failure after it"])
def test_what_serves_stands_after_a_failure_whatever_its_record_says(world, lose, before):
    """Somebody removed or changed the record of the revision that serves."""
    for wanted in before:
        release(world, wanted)
    number = next(entry.number for entry in cluster_view.history(world, NAME) if entry.status == revisions.SERVING)
    lose(world, number)
    run = release(world, CRASHES)
    assert run.end == FAILED
    world.pass_time(20)
    assert answer(world) == "two", run
    assert release(world, THIRD).end == DONE and answer(world) == "three"
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert cluster_view.held_by(world, NAME) == {}


def test_a_record_whose_number_somebody_changed_is_read_all_the_same(world):
    release(world, GOOD)
    release(world, OTHER)
    world.direct.patch(record(world, 2), NUMBER, "kubectl-label")
    assert release(world, CRASHES).end == FAILED
    assert answer(world) == "two"
    assert rollback(world).end == DONE and answer(world) == "one"


@pytest.mark.parametrize("following", [SLOW_START, CRASHES], ids=["a good one", "a failure"])
def test_a_record_that_is_removed_while_a_run_works_on_it_is_made_again(world, following):
    release(world, GOOD)
    run = runs.release(world, following)
    world.pass_time(2)
    without_record(world, 2)
    assert ended(world, run).end == (DONE if following is SLOW_START else FAILED), run
    assert any("was made again" in text for text in run.outcome.warnings)
    assert answer(world) == ("two" if following is SLOW_START else "one")
    statuses = {entry.number: entry.status for entry in cluster_view.history(world, NAME)}
    assert statuses == ({1: "superseded", 2: "serving"} if following is SLOW_START else {1: "serving", 2: "failed"})


def test_a_record_that_has_lost_its_release_is_named(world):
    release(world, GOOD)
    label = {"metadata": {"labels": {revisions.RELEASE_LABEL: None}}}
    world.direct.patch(record(world, 1), label, "kubectl-label")
    run = release(world, OTHER)
    assert run.end == RAISED and "has lost the label modelops.serving/release=shop" in str(run.thread.error)
    assert answer(world) == "one"


def test_a_record_that_cannot_be_read_is_left_out(world):
    """What it said is taken from what stands."""
    release(world, GOOD)
    world.direct.delete(record(world, 1))
    secret = revisions.encode(NAME, NAMESPACE, Revision(1, revisions.SERVING, "h", "", objects=[]))
    world.direct.create(world.direct.resource("Secret"), secret | {"data": {"objects": "bm90IGd6aXA="}}, "kubectl")
    run = release(world, CRASHES)
    assert run.end == FAILED and any("does not hold a revision any more" in text for text in run.outcome.warnings)
    world.pass_time(20)
    assert answer(world) == "one"
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert cluster_view.held_by(world, NAME) == {} and not cluster_view.history(world, NAME)


def test_a_kept_revision_that_was_corrected_by_hand_is_what_serves(world):
    release(world, GOOD)
    assert release(world, Wanted(tag="crash-1", greeting="two"), on_failure="keep").end == FAILED
    corrected(world)
    assert answer(world) == "two"
    run = release(world, Wanted(tag="crash-1", greeting="three"))
    assert run.end == FAILED and run.outcome.restored_revision == 2
    world.pass_time(20)
    assert answer(world) == "two" and "as it was changed by hand" in run.outcome.restored
    assert rollback(world).end == DONE and answer(world) == "one"


def test_a_kept_revision_that_only_served_as_it_was_corrected_is_nothing_to_go_back_to(world):
    release(world, GOOD)
    assert release(world, Wanted(tag="crash-1", greeting="two"), on_failure="keep").end == FAILED
    corrected(world)
    assert release(world, THIRD).end == DONE
    assert rollback(world).end == DONE and answer(world) == "one"


def test_a_rollback_undoes_a_kept_revision_that_was_corrected_by_hand(world):
    release(world, GOOD)
    assert release(world, Wanted(tag="crash-1", greeting="two"), on_failure="keep").end == FAILED
    corrected(world)
    assert rollback(world).end == DONE
    assert answer(world) == "one"


def undone(world: World) -> None:
    """kubectl rollout undo: the template of before."""
    entry = {
        "name": "api",
        "image": GOOD.image,
        "envFrom": [{"configMapRef": {"name": GOOD.config()["metadata"]["name"]}}],
    }
    patch = {"spec": {"template": {"spec": {"containers": [entry]}}}}
    world.direct.patch(deployment(world), patch, "kubectl-rollout", STRATEGIC)


def scaled_away(world: World) -> None:
    world.direct.scale(deployment(world), 0, "kubectl")


def deleted(world: World) -> None:
    world.direct.delete(deployment(world))


@pytest.mark.parametrize("begun", [SLOW_START, NEVER], ids=["good", "never ready"])
@pytest.mark.parametrize("act", [undone, scaled_away])
def test_pods_of_another_set_prove_nothing_of_this_one(world, act, begun):
    """Somebody changes the Deployment while a run follows it."""
    release(world, GOOD)
    run = runs.release(world, begun, timeout=60)
    world.pass_time(5)
    act(world)
    world.finish(run.thread)
    assert run.end == FAILED, run
    assert run.outcome.findings[0].reason == "ChangedMeanwhile"
    world.pass_time(20)
    assert answer(world) == "one"
    assert release(world, THIRD).end == DONE
    assert rollback(world).end == DONE and answer(world) == "one"


def without_service(world: World) -> None:
    world.direct.delete(world.direct.get("Service", NAMESPACE, NAME))


def misled(world: World) -> None:
    service = world.direct.get("Service", NAMESPACE, NAME)
    world.direct.patch(service, {"spec": {"selector": {"app": "another"}}}, "kubectl-edit")


@pytest.mark.parametrize(
    ("act", "object_", "said"),
    [
        (deleted, f"Deployment/{NAME}", "somebody deleted it"),
        (without_service, f"Service/{NAME}", "somebody deleted it"),
        (misled, f"Service/{NAME}", "kubectl-edit changed it: its selector is app=another"),
    ],
)
def test_what_somebody_takes_away_while_a_run_follows_it_is_told_soon(world, act, object_, said):
    release(world, GOOD)
    run = runs.release(world, SLOW_START, timeout=300)
    world.pass_time(5)
    act(world)
    began = world.scheduler.now
    world.finish(run.thread)
    assert run.end == FAILED, run
    first = run.outcome.findings[0]
    assert (first.reason, first.object) == ("ChangedMeanwhile", object_) and said in first.message, first
    assert world.scheduler.now - began < 60
    world.pass_time(20)
    assert answer(world) == "one"


def test_what_comes_back_at_once_was_not_taken_away(world):
    """kubectl replace --force, or another tool that makes it again."""
    release(world, GOOD)
    run = runs.release(world, SLOW_START, timeout=300)
    world.pass_time(5)
    at = deployment(world)
    deleted(world)
    again = {name: at[name] for name in ("apiVersion", "kind", "spec")}
    again["metadata"] = {"name": NAME, "namespace": NAMESPACE, "labels": at["metadata"].get("labels") or {}}
    world.pass_time(1)
    world.direct.create(world.direct.resource("Deployment"), again, "kubectl-replace")
    world.finish(run.thread)
    assert run.end == DONE, run.text


def test_a_namespace_that_is_deleted_while_a_run_follows_it_is_named(world):
    release(world, GOOD)
    run = runs.release(world, SLOW_START, timeout=300)
    world.pass_time(5)
    world.direct.delete(world.direct.get("Namespace", None, NAMESPACE))
    for kind in ("Lease", "Deployment", "Service", "Secret", "ConfigMap"):
        for obj in world.direct.all(kind):
            world.direct.delete(obj)
    world.finish(run.thread)
    assert "API server answers" not in run.text and "Run it again to continue" not in run.text, run.text
    assert "is being deleted" in run.text or "is being terminated" in run.text, run.text


@pytest.mark.parametrize("act", [undone, scaled_away, deleted, misled, without_service])
def test_what_somebody_changes_while_it_bakes_is_seen(world, act):
    release(world, GOOD)
    run = runs.release(world, OTHER, bake=BAKE)
    world.pass_time(12)
    act(world)
    world.finish(run.thread)
    assert run.end == FAILED, run
    world.pass_time(20)
    assert answer(world) == "one"


def test_a_service_that_the_set_does_not_have_is_refused_before_the_first_change(world):
    for begin in (runs.release, runs.preview):
        run = ended(world, begin(world, GOOD, verify={"service": "shpo"}))
        assert run.end == RAISED and "verify.service is 'shpo'" in run.text and f"it has {NAME}" in run.text, run
    assert deployment(world) is None


def test_a_preview_names_all_that_the_api_server_would_refuse(world):
    """As the release does, which changes nothing then."""
    release(world, GOOD)
    for begin in (runs.release, runs.preview):
        run = ended(world, begin(world, TwiceInvalid()))
        assert run.end == FAILED, run
        assert [entry.reason for entry in run.outcome.findings] == ["ObjectRefused"] * 2, run
        assert run.outcome.restored == "no object was changed: r1 stands"
    assert answer(world) == "one"


@dataclass(frozen=True)
class TwiceInvalid(Wanted):
    def deployment(self) -> dict:
        found = super().deployment()
        found["spec"]["minReadySeconds"] = "two"
        return found

    def service(self) -> dict:
        found = super().service()
        found["spec"]["foo"] = 1
        return found


def test_the_preview_of_an_adoption_shows_what_is_kept(world):
    others_have_notes(world)
    run = ended(world, runs.preview(world, WithNotes(text="1"), adopt=True))
    change = next(entry for entry in run.outcome.changes if entry["name"] == "notes")
    assert change["diff"]["after"]["data"] == {"a": "1"}, change


def test_the_preview_of_an_adoption_shows_what_comes(world):
    """What the API server fills in stays, and what others have beside the set goes."""
    others_serve(world)
    theirs = {"metadata": {"labels": {"who": "me"}}, "spec": {"minReadySeconds": 7}}
    world.direct.patch(deployment(world), theirs, "kubectl-client-side-apply")
    others_have_notes(world)
    wanted = WithNotes(greeting="one", text="2")
    run = ended(world, runs.preview(world, wanted, adopt=True))
    assert said(run) == said(release(world, wanted, adopt=True))
    of_deployment = next(change for change in run.outcome.changes if change["kind"] == "Deployment")["diff"]
    assert "minReadySeconds" in of_deployment["before"]["spec"]
    assert "minReadySeconds" not in of_deployment["after"]["spec"] and "strategy" in of_deployment["after"]["spec"]


def test_the_preview_of_a_removal_keeps_what_is_given_back(world):
    others_serve(world)
    assert release(world, GOOD, adopt=True).end == DONE
    assert rollback(world).end == DONE
    run = ended(world, runs.absent_preview(world, NAME))
    assert not [entry for entry in run.outcome.changes if entry["kind"] == "Deployment"]
    assert any("given back to its owners: " in text and "Deployment/shop" in text for text in run.outcome.notes)


@dataclass(frozen=True)
class WithoutDeployment(Wanted):
    def objects(self) -> list[dict]:
        return [obj for obj in super().objects() if obj["kind"] != "Deployment"]


@pytest.mark.parametrize("begin", [runs.release, runs.preview])
def test_a_set_that_has_lost_its_deployment_is_refused(world, begin):
    """In check mode, too."""
    release(world, GOOD)
    run = ended(world, begin(world, WithoutDeployment()))
    assert run.end == RAISED and "has no Deployment" in str(run.thread.error), run
