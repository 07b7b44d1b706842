# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release promises, whatever happens. Each is a function that fails with what was broken."""

from __future__ import annotations

from dataclasses import dataclass, field

from adversary import cluster_view
from adversary.cluster_view import Answers, Outages
from adversary.differing import differing
from adversary.pods import ends_well
from adversary.runs import DONE, FAILED, INTERRUPTED, KILLED, RAISED, Run
from adversary.sets import NAME, SECRET_VALUE, Wanted
from adversary.world import NAMESPACE, World

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.release import revisions

SETTLING = 40.0
FOREIGN, NOTHING, UNSERVED = "are not this release's", "nothing to roll back", "does not serve"
# The other run may take as long as it is allowed to.
HELD = "has held the lock"


@dataclass
class Before:
    """The cluster before a run."""

    answers: Answers
    objects: dict
    history: list
    outages: Outages
    outages_before: int
    scaled_to_zero: bool

    @classmethod
    def of(cls, world: World, outages: Outages) -> Before:
        at = world.direct.get("Deployment", NAMESPACE, NAME)
        return cls(
            cluster_view.answers(world, NAME),
            cluster_view.configuration(world),
            cluster_view.history(world, NAME),
            outages,
            len(outages.since),
            at is not None and at["spec"]["replicas"] == 0,
        )


@dataclass
class Judged:
    """A revision that was found to serve."""

    number: int
    hash: str
    answer: tuple[str, str]


@dataclass
class Model:
    """What is known to be so from what was done. ``judged``: the revisions that served, the last one last.

    ``certain``: no run was cut short since the last one that ended well. ``drifted``: somebody changed the Deployment
    in place since then. ``kept``: a failed set was left where it is. ``unserved``: the newest set was applied without
    waiting, and never served. ``disturbed``: pods were taken away.
    """

    judged: list[Judged] = field(default_factory=list)
    theirs: dict = field(default_factory=dict)
    last: Wanted | None = None
    stands: Wanted | None = None
    adoptable: bool = False
    adopted: bool = False
    certain: bool = True
    drifted: bool = False
    kept: bool = False
    unserved: bool = False
    disturbed: bool = False

    def cut_short(self, run: Run) -> None:
        self.certain = False

    def served(self, number: int, hashed: str, answer: tuple[str, str]) -> None:
        # What somebody has corrected by hand may have served before this one, and have pushed out what did earlier.
        self.judged = [] if is_unknown(self) else [entry for entry in self.judged if entry.number != number]
        self.judged.append(Judged(number, hashed, answer))
        self.certain, self.drifted, self.kept, self.unserved, self.disturbed = True, False, False, False, False


def answer_of(wanted: Wanted) -> tuple[str, str]:
    return (wanted.image, wanted.greeting)


def standing(world: World) -> dict:
    """What the release holds and does not go: what a finalizer holds is gone when that lets go."""
    held = cluster_view.held_by(world, NAME).items()
    return {key: obj for key, obj in held if not obj["metadata"].get("deletionTimestamp")}


# After any run


def after_any_run(world: World, model: Model, before: Before, run: Run) -> None:
    says_why(run)
    hides_secrets(run)
    leaves_no_lock(world, run)
    leaves_others_alone(world, model)
    if run.end in (FAILED, RAISED):
        loses_nothing(model, before, run, world)
    if run.end not in (DONE, FAILED):
        model.cut_short(run)


def says_why(run: Run) -> None:
    """Every failure has a finding with a remedy, or one plain sentence."""
    if run.end == FAILED:
        assert run.outcome.findings, f"{run}: failed without a finding"
        for finding in run.outcome.findings:
            assert finding.reason and finding.message and finding.remedy, f"{run}: {finding} says too little"
        assert run.outcome.restored, f"{run}: it does not say what stands now"
    if run.end == RAISED:
        assert str(run.thread.error).strip(), f"{run}: it says nothing"


def hides_secrets(run: Run) -> None:
    assert SECRET_VALUE not in run.text, f"{run}: the secret is in its output: {run.text}"


def leaves_no_lock(world: World, run: Run) -> None:
    """But for one that is interrupted just when it lets go of it: that one expires."""
    if run.end not in (KILLED, INTERRUPTED):
        assert not cluster_view.leases(world), f"{run}: its lock is left behind"


def leaves_others_alone(world: World, model: Model) -> None:
    """What others made and nobody asked to adopt is as it was."""
    for (kind, name), made in model.theirs.items():
        at = world.direct.get(kind, NAMESPACE, name)
        assert at is not None, f"{kind}/{name} of others is gone"
        assert at["metadata"]["uid"] == made["metadata"]["uid"], f"{kind}/{name} of others is another one now"
        if not model.adoptable:
            assert at.get("data") == made.get("data") and at.get("spec") == made.get("spec"), f"{kind}/{name} changed"


def loses_nothing(model: Model, before: Before, run: Run, world: World) -> None:
    """What stood before a run that came to nothing stands after it, and is the same."""
    partly = run.outcome is not None and "left" in run.outcome.restored
    if partly or not model.certain or model.kept or model.unserved:
        return
    now = cluster_view.configuration(world)
    stood = revisions.standing(before.history)
    # What a set that nobody has judged no longer has was still to be removed.
    known = {(obj["kind"], obj["metadata"]["name"]) for obj in stood.objects} if stood else set(before.objects)
    for key, was in before.objects.items():
        if key not in known or was["metadata"].get("deletionTimestamp"):
            continue
        at = now.get(key)
        assert at is not None, f"{run}: {key} is gone"
        assert not at["metadata"].get("deletionTimestamp"), f"{run}: {key} is going"
        assert content(at) == content(was), f"{run}: {key} is not as it was: {content(was)}, {content(at)}"


def content(obj: dict) -> dict:
    """All but what controllers write."""
    found = {name: value for name, value in obj.items() if name not in ("metadata", "status")}
    if obj["kind"] == "Deployment":
        found["spec"] = {name: value for name, value in found["spec"].items() if name != "replicas"}
    return found


# After a release


def after_a_release(world: World, model: Model, before: Before, run: Run, wanted: Wanted) -> None:
    model.last = wanted
    if run.options.adopt and model.adoptable and run.end != RAISED:
        adopts(model)
    if run.end == DONE and run.options.wait:
        stands_whole(world, run, wanted)
        number = run.outcome.revision
        hashed = object_set.digest(object_set.prepare(wanted.objects(), NAME, NAMESPACE))
        keeps_history(world, model, run, hashed, answer_of(wanted))
        model.served(number, hashed, answer_of(wanted))
    elif run.end == DONE:
        settles_unjudged(world, model, run, wanted)
    elif run.end == FAILED:
        was_bound_to_fail(run, wanted)
        after_a_failure(world, model, before, run, wanted)
    elif run.end == RAISED:
        was_right_to_refuse(world, model, run, wanted)
        serves_on(world, model, before, run, wanted)
    else:
        serves_on(world, model, before, run, wanted)


def settles_unjudged(world: World, model: Model, run: Run, wanted: Wanted) -> None:
    """A set that was applied without waiting has served if it serves some time later."""
    world.pass_time(SETTLING)
    hashed = object_set.digest(object_set.prepare(wanted.objects(), NAME, NAMESPACE))
    if cluster_view.answers(world, NAME).only == answer_of(wanted):
        certain = model.certain
        model.served(run.outcome.revision, hashed, answer_of(wanted))
        model.certain = certain
    else:
        model.unserved = True
        model.disturbed = True


def adopts(model: Model) -> None:
    """What was adopted is the revision before the first; a later release without it, or a removal, takes it away."""
    if not model.adopted:
        model.judged.insert(0, Judged(revisions.ORIGIN, "", answer_of(model.stands)))
    model.adopted = True
    model.theirs = {key: obj for key, obj in model.theirs.items() if key[1] == "of-another"}


def stands_whole(world: World, run: Run, wanted: Wanted) -> None:
    """After success users are answered by the new set, by as many pods as were asked for, and exactly its objects
    stand, as they were given."""
    found = cluster_view.answers(world, NAME)
    assert found.only == answer_of(wanted), f"{run}: users are answered {found}, not {answer_of(wanted)}"
    held = standing(world)
    expected = {(obj["kind"], obj["metadata"]["name"]) for obj in wanted.objects()}
    assert set(held) == expected, f"{run}: {sorted(set(held) ^ expected)} stand too much or too little"
    for obj in object_set.prepare(wanted.objects(), NAME, NAMESPACE):
        missing = differing(obj, held[(obj["kind"], obj["metadata"]["name"])])
        assert not missing, f"{run}: {obj['kind']}/{obj['metadata']['name']} is not as it was given: {missing}"
    env = held[("Deployment", NAME)]["spec"]["template"]["spec"]["containers"][0].get("env") or []
    names = [entry["name"] for entry in env]
    assert names == ["API_TOKEN", "LEVEL"], f"{run}: drift stays: {names}"
    # An autoscaler that came or went with this set gives its last word a moment later.
    world.pass_time(SETTLING)
    least = 2 if wanted.autoscaled else wanted.replicas
    ready = cluster_view.answers(world, NAME).ready
    assert ready >= least, f"{run}: {ready} pods are ready, {least} were asked for"


def keeps_history(world: World, model: Model, run: Run, hashed: str, answer: tuple[str, str]) -> None:
    """One revision stands and nothing is left open; the revision that served before is still there."""
    history = cluster_view.history(world, NAME)
    standing = [entry.number for entry in history if entry.status in revisions.STANDING]
    assert standing == [run.outcome.revision], f"{run}: r{standing} stand, r{run.outcome.revision} was released"
    unfinished = [entry.number for entry in history if entry.status in revisions.UNFINISHED]
    assert not unfinished, f"{run}: r{unfinished} are left unfinished"
    others = [
        entry for entry in model.judged if entry.number != run.outcome.revision and not same(entry, hashed, answer)
    ]
    if others and model.certain and not is_unknown(model):
        known = [entry.number for entry in history]
        assert others[-1].number in known, f"{run}: r{others[-1].number} served before, there is only {known}"


def same(entry: Judged, hashed: str, answer: tuple[str, str]) -> bool:
    """Whether it is the same set; of what others had made only the answer is known."""
    return entry.hash == hashed if entry.hash else entry.answer == answer


def hash_of(world: World, run: Run) -> str:
    return next(entry.hash for entry in cluster_view.history(world, NAME) if entry.number == run.outcome.revision)


def was_bound_to_fail(run: Run, wanted: Wanted) -> None:
    """No verdict "failed" for a set that becomes ready within what was allowed."""
    if wanted.port != "http":
        return
    # As many as an autoscaler may have asked for, one after the other.
    needed = ends_well(wanted.image)
    reasons = ", ".join(entry.reason for entry in run.outcome.findings)
    allowed = run.options.timeout
    assert needed is None or needed * 4 + 10 > allowed, (
        f"{run}: {wanted.tag} is ready after {needed} s, {allowed} s were allowed, and it failed: {reasons}"
    )


def was_right_to_refuse(world: World, model: Model, run: Run, wanted: Wanted) -> None:
    """Errors before a verdict are for what cannot be begun; passing trouble of the network is not one."""
    message = str(run.thread.error)
    if FOREIGN in message:
        assert model.adoptable and not run.options.adopt, f"{run}: nobody else's objects are there"
        return
    if UNSERVED in message:
        assert wanted.monitored, f"{run}: every kind of the set is served"
        return
    if "finalizer" in message or "made anew it would not be" in message:
        assert cluster_view.bound(world), f"{run}: nothing is bound"
        return
    raise AssertionError(f"{run}: it gave up after {run.met}: {message}")


def after_a_failure(world: World, model: Model, before: Before, run: Run, wanted: Wanted | None = None) -> None:
    if any(entry.status == revisions.KEPT for entry in cluster_view.history(world, NAME)):
        model.kept = True
        # A Service that leads nowhere is left as it is, too.
        model.disturbed = model.disturbed or wanted is None or wanted.port != "http"
        return serves_on(world, model, before, run, wanted)
    return serves_again(world, model, before, run, wanted)


def serves_on(world: World, model: Model, before: Before, run: Run, wanted: Wanted | None = None) -> None:
    """Whatever a run came to, users are answered as long as they were before it."""
    world.pass_time(SETTLING)
    if wanted is not None and wanted.port != "http":
        # A Service whose port leads nowhere answers nobody from when it is applied until it is put back.
        model.disturbed = model.disturbed or run.end != FAILED
        return
    if before.answers.ready and not before.scaled_to_zero and not model.disturbed:
        found = cluster_view.answers(world, NAME)
        assert found.ready, f"{run}: {before.answers} before it, nothing answers after it"
        fell = before.outages.since[before.outages_before :]
        assert not fell, f"{run}: nothing answered at {fell}"


def serves_again(world: World, model: Model, before: Before, run: Run, wanted: Wanted | None) -> None:
    """What served before a failed run serves after it, and what the run brought is gone."""
    serves_on(world, model, before, run, wanted)
    if is_unknown(model) or before.scaled_to_zero or model.disturbed:
        return
    found = cluster_view.answers(world, NAME)
    if before.answers.only is not None:
        assert found.only == before.answers.only, f"{run}: {before.answers.only} served before, {found} after it"
        # A set that failed and was kept may ask for fewer pods than what is put back.
        scaled = any(kind == "HorizontalPodAutoscaler" for kind, _name in before.objects)
        if model.certain and not model.kept and not scaled:
            assert found.ready == before.answers.ready, f"{run}: {before.answers} before it, {found} after it"
        return
    if not before.answers.ready and not before.history and not model.adoptable:
        left = standing(world)
        assert not left, f"{run}: the first installation failed and {sorted(left)} are left"


def is_unknown(model: Model) -> bool:
    """Whether somebody changed a set that nobody has seen serving: by that it may be what serves."""
    return model.drifted and (model.kept or model.unserved or not model.certain)


# After a rollback


def after_a_rollback(world: World, model: Model, before: Before, run: Run) -> None:
    goal = last_served(model, before)
    if run.end == RAISED:
        message = str(run.thread.error)
        if NOTHING in message:
            assert goal is None or not model.certain, f"{run}: r{goal.number} has served before"
        elif FOREIGN in message:
            assert model.adoptable
        else:
            raise AssertionError(f"{run}: it gave up after {run.met}: {message}")
        serves_on(world, model, before, run)
        return
    if run.end == DONE and run.options.wait:
        found = cluster_view.answers(world, NAME)
        if goal is not None and model.certain and not is_unknown(model):
            assert found.only == goal.answer, (
                f"{run}: users are answered {found}; r{goal.number} {goal.answer} served last"
            )
        assert found.only is not None, f"{run}: users are answered {found}"
        keeps_history(world, model, run, hash_of(world, run), found.only)
        model.served(run.outcome.revision, hash_of(world, run), found.only)
        return
    if run.end == DONE:
        model.certain, model.disturbed = False, True
    elif run.end == FAILED:
        after_a_failure(world, model, before, run)
    else:
        serves_on(world, model, before, run)


def last_served(model: Model, before: Before) -> Judged | None:
    """The revision that a bare rollback has to go to."""
    if not model.judged:
        return None
    if model.kept or model.unserved:
        return model.judged[-1]
    now = model.judged[-1]
    known = {entry.number for entry in before.history}
    earlier = [entry for entry in model.judged[:-1] if entry.hash != now.hash and entry.number in known]
    if not earlier or any(earlier[-1].number < number < now.number for number in seen_by_a_run(model, before)):
        return None
    return earlier[-1]


def seen_by_a_run(model: Model, before: Before) -> list[int]:
    """Revisions whose run was cut short, and that a later run has found serving."""
    judged = {entry.number for entry in model.judged}
    return [
        entry.number for entry in before.history if entry.status == revisions.SUPERSEDED and entry.number not in judged
    ]


# After a removal


def after_a_removal(world: World, model: Model, before: Before, run: Run) -> None:
    if run.end == DONE:
        left = standing(world)
        assert not left, f"{run}: {sorted(left)} are left"
        history = cluster_view.history(world, NAME)
        assert not history, f"{run}: {history} are left of the history"
        model.judged.clear()
        model.certain, model.kept, model.unserved, model.drifted = True, False, False, False
        model.disturbed = True
        return
    model.disturbed = True
    assert run.end in (KILLED, INTERRUPTED), f"{run}: it gave up after {run.met}"


# After a run whose objects somebody changed while it followed them


def after_meddling(world: World, model: Model, before: Before, run: Run, wanted: Wanted) -> None:
    says_why(run)
    hides_secrets(run)
    leaves_no_lock(world, run)
    leaves_others_alone(world, model)
    model.last = wanted
    # What was applied without waiting may be gone before the run has looked whether it serves.
    applied = {entry.number for entry in before.history if entry.status == revisions.APPLIED}
    model.judged = [entry for entry in model.judged if entry.number not in applied]
    disturbed, model.disturbed = model.disturbed or model.unserved or bool(applied), True
    if run.end == DONE:
        if run.outcome.changed:  # one that finds nothing to change has looked before
            stands_whole(world, run, wanted)
        hashed = hash_of(world, run)
        keeps_history(world, model, run, hashed, answer_of(wanted))
        model.served(run.outcome.revision, hashed, answer_of(wanted))
        model.disturbed = not run.outcome.changed
        return
    if run.end == RAISED:
        was_right_to_refuse(world, model, run, wanted)
        return
    assert run.end == FAILED, f"{run}: {run.thread.error}"
    world.pass_time(SETTLING)
    if before.answers.only is not None and not (is_unknown(model) or before.scaled_to_zero or disturbed):
        found = cluster_view.answers(world, NAME)
        assert found.only == before.answers.only, f"{run}: {before.answers.only} served before, {found} after it"


def after_two_runs(world: World, model: Model, before: Before, *both: tuple[Run, Wanted]) -> None:
    for run, _wanted in both:
        says_why(run)
        hides_secrets(run)
        if run.end == RAISED:
            expected = any(words in str(run.thread.error) for words in (FOREIGN, UNSERVED, HELD))
            assert expected, f"{run}: it gave up beside another run"
    assert not cluster_view.leases(world), "a lock is left behind"
    leaves_others_alone(world, model)
    done = sorted([pair for pair in both if pair[0].end == DONE], key=lambda pair: pair[0].outcome.revision)
    for run, wanted in done:
        hashed = object_set.digest(object_set.prepare(wanted.objects(), NAME, NAMESPACE))
        model.served(run.outcome.revision, hashed, answer_of(wanted))
    history = cluster_view.history(world, NAME)
    standing = [entry.number for entry in history if entry.status in revisions.STANDING]
    assert len(standing) <= 1 or not model.certain, f"r{standing} stand after two runs"
    if done:
        last = max(done, key=lambda pair: pair[0].outcome.revision)
        if last[0].outcome.revision == max(run.outcome.revision for run, _wanted in done):
            model.certain = False
    world.pass_time(SETTLING)
    if done:
        found = cluster_view.answers(world, NAME)
        assert found.only in [answer_of(wanted) for _run, wanted in done], f"users are answered {found}"
    model.last = both[1][1]
