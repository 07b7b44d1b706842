# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that people, other tools, the cluster and bad luck do to a release, in any order; promises.py says what
must hold whatever happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from adversary import cluster_view, promises, runs, schema
from adversary.copies import clone
from adversary.direct import STRATEGIC, tolerant
from adversary.promises import Before, Model
from adversary.runs import Run
from adversary.scheduler import Process
from adversary.sets import MONITOR, NAME, Wanted
from adversary.trouble import ENDING, PASSING, Trouble
from adversary.world import NAMESPACE, World
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ansible_collections.modelops.serving.plugins.module_utils.release import revisions

# Counted over all examples, for the summary at the end.
COUNTS: Counter = Counter()
MONITORS = schema.Resource(MONITOR["apiVersion"], MONITOR["kind"], "servicemonitors", True)
HOSTS = ("here", "there")
SETTLING = 40.0

GOOD = ["good-1", "good-2", "good-3"]
TAGS = st.sampled_from([*GOOD, *GOOD, "slow20-1", "late-1", "crash-1", "never-1", "missing-1"])
SETS = st.builds(
    Wanted,
    tag=TAGS,
    greeting=st.sampled_from(["a", "b", "c"]),
    replicas=st.integers(1, 3),
    autoscaled=st.integers(0, 4).map(lambda number: number == 0),
    monitored=st.integers(0, 4).map(lambda number: number == 0),
    budget=st.booleans(),
    noted=st.sampled_from(["", "", "x"]),
    port=st.sampled_from(["http"] * 9 + ["htpp"]),
    settings=st.sampled_from(["", "", "", "mutable", "frozen", "frozen"]),
)
TROUBLES = st.tuples(st.integers(1, 35), st.sampled_from(PASSING))
MISHAPS = st.one_of(
    st.just([]),
    st.just([]),
    st.lists(TROUBLES, min_size=1, max_size=3, unique_by=lambda pair: pair[1].name),
    st.lists(st.tuples(st.integers(1, 35), st.sampled_from(ENDING)), min_size=1, max_size=1),
)
OPTIONS = st.fixed_dictionaries(
    {"timeout": st.sampled_from([60.0, 120.0]), "history_limit": st.sampled_from([2, 3, 10])},
    optional={
        "wait": st.just(False),
        "on_failure": st.just("keep"),
        "on_first_failure": st.just("keep"),
        "adopt": st.just(True),
    },
)
HAPPENINGS = st.one_of(
    st.tuples(st.just("time_passes"), st.sampled_from([1.0, 40.0, 700.0])),
    st.tuples(st.just("scaled_by_hand"), st.integers(0, 3)),
    st.tuples(st.just("image_edited")),
    st.tuples(st.just("variable_added")),
    st.tuples(st.just("pod_gone")),
    st.tuples(st.just("monitors_come_or_go")),
    st.tuples(st.just("load_changes"), st.integers(1, 6)),
    st.tuples(st.just("bound"), st.integers(0, 9), st.sampled_from(cluster_view.BINDING)),
    st.tuples(st.just("let_go")),
    st.tuples(st.just("deleted_by_hand"), st.integers(0, 9)),
    st.tuples(st.just("record_gone"), st.integers(0, 3)),
)
MEDDLING = st.one_of(
    st.tuples(st.just("deployment_deleted")),
    st.tuples(st.just("service_deleted")),
    st.tuples(st.just("service_led_elsewhere")),
    st.tuples(st.just("image_edited_meanwhile")),
    st.tuples(st.just("scaled_away")),
    st.tuples(st.just("frozen"), st.sampled_from([20.0, 60.0])),
)
PLACES = st.tuples(st.sampled_from(HOSTS), st.sampled_from([0.0, 0.0, -300.0, 300.0]))


class Releases(RuleBasedStateMachine):
    """One release, NAME, in one namespace."""

    def __init__(self):
        super().__init__()
        self.world = World()
        self.world.__enter__()
        self.model = Model()
        self.outages = cluster_view.Outages(self.world, NAME)
        self.outages.watch()
        self.lowered = cluster_view.Lowered(self.world)
        self.lowered.watch()
        COUNTS["examples"] += 1

    def teardown(self):
        self.world.__exit__(None, None, None)

    @invariant()
    def replicas_under_an_autoscaler_are_never_lowered(self):
        assert not self.lowered.found, f"lowered under an autoscaler: {self.lowered.found}"

    # What is there before

    @initialize(seed=st.integers(0, 2**20), monitors=st.booleans(), others=st.sampled_from(["none", "none", "all"]))
    def begin(self, seed: int, monitors: bool, others: str):
        self.world.random.seed(seed)
        if monitors:
            self.world.api.serve(MONITORS)
        self._make(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "of-another"}, "data": {"a": "1"}},
            "kubectl-create",
        )
        if others == "all":
            self.others_serve()

    def others_serve(self) -> None:
        """The same names, made by kubectl apply, and served."""
        was = Wanted(tag="good-0", greeting="of others")
        for obj in was.objects():
            self._make(obj, "kubectl-client-side-apply")
        self.world.pass_time(SETTLING)
        self.model.stands = was
        self.model.adoptable = True

    def _make(self, obj: dict, manager: str) -> None:
        obj = clone(obj)
        obj["metadata"]["namespace"] = NAMESPACE
        made = self.world.direct.create(self.world.direct.resource(obj["kind"]), obj, manager)
        self.model.theirs[(obj["kind"], obj["metadata"]["name"])] = made

    # Runs

    def before(self) -> Before:
        """What is there, of which the run that follows is judged."""
        self.lowered.run_begins(self.world.direct.get("Deployment", NAMESPACE, NAME))
        return Before.of(self.world, self.outages)

    def carry_out(self, what: str, begin: Callable[[Process], Run], place, mishaps: list[tuple[int, Trouble]]) -> Run:
        """One run to its end, and what must hold after any."""
        process = self.world.new_process(place[0])
        process.skew = place[1]
        for number, trouble in mishaps:
            self.world.trouble.plan(process, number, trouble)
        before = self.before()
        met = len(self.world.trouble.met)
        run = begin(process)
        self.world.finish(run.thread)
        run.met = [name for _pid, _number, name in self.world.trouble.met[met:]]
        COUNTS["runs"] += 1
        COUNTS[f"ended: {run.end}"] += 1
        for name in run.met:
            COUNTS[f"met: {name}"] += 1
        note(f"    {run}" + (f" (met {', '.join(run.met)})" if run.met else ""))
        promises.after_any_run(self.world, self.model, before, run)
        return run

    @rule(wanted=SETS, options=OPTIONS, place=PLACES, mishaps=MISHAPS)
    def release(self, wanted: Wanted, options: dict, place, mishaps):
        COUNTS["release"] += 1
        before = self.before()
        run = self.carry_out(
            "release", lambda process: runs.release(self.world, wanted, process, **options), place, mishaps
        )
        promises.after_a_release(self.world, self.model, before, run, wanted)

    @rule(first=SETS, second=SETS, options=OPTIONS)
    def two_releases(self, first: Wanted, second: Wanted, options: dict):
        """One after the other, undisturbed: a history to go on from."""
        self.release(first, {**options, "wait": True}, ("here", 0.0), [])
        self.release(second, options, ("here", 0.0), [])

    @precondition(lambda self: self.model.last is not None)
    @rule(options=OPTIONS, place=PLACES, mishaps=MISHAPS)
    def the_same_again(self, options: dict, place, mishaps):
        """What was asked for last, whatever became of it."""
        COUNTS["the same again"] += 1
        self.release(self.model.last, options, place, mishaps)

    @rule(options=OPTIONS, place=PLACES, mishaps=MISHAPS)
    def rollback(self, options: dict, place, mishaps):
        COUNTS["rollback"] += 1
        before = self.before()
        run = self.carry_out(
            "rollback", lambda process: runs.rollback(self.world, NAME, None, process, **options), place, mishaps
        )
        promises.after_a_rollback(self.world, self.model, before, run)

    @rule(place=PLACES, mishaps=MISHAPS, really=st.integers(0, 2))
    def remove(self, place, mishaps, really: int):
        if really:
            return
        COUNTS["absent"] += 1
        before = self.before()
        run = self.carry_out("absent", lambda process: runs.absent(self.world, NAME, process), place, mishaps)
        promises.after_a_removal(self.world, self.model, before, run)

    @rule(one=SETS, other=SETS, later=st.sampled_from([0.0, 0.05, 0.5, 2.0]))
    def two_at_once(self, one: Wanted, other: Wanted, later: float):
        COUNTS["two at once"] += 1
        before = self.before()
        first = runs.release(self.world, one, self.world.new_process("here"), timeout=120.0)
        second_process = self.world.new_process("there")
        self.world.pass_time(later)
        second = runs.release(self.world, other, second_process, timeout=120.0)
        self.world.finish(first.thread, second.thread)
        COUNTS["runs"] += 2
        for run in (first, second):
            COUNTS[f"ended: {run.end}"] += 1
            note(f"    {run}")
        promises.after_two_runs(self.world, self.model, before, (first, one), (second, other))

    @rule(wanted=SETS, what=MEDDLING, later=st.sampled_from([0.2, 1.0, 5.0, 15.0]))
    def meddled(self, wanted: Wanted, what: tuple, later: float):
        """Somebody changes what a run has applied, while it follows it; or the run itself stands still. What happens to
        what it has put back already may as well happen when it has ended."""
        name, *given = what
        before = self.before()
        run = runs.release(self.world, wanted, self.world.new_process("here"), timeout=120.0)
        self.world.pass_time(later)
        goes_back = any(session.outcome.failed for session in run.sessions)
        if not (run.thread.done or goes_back):
            COUNTS[f"meddled: {name.replace('_', ' ')}"] += 1
            with tolerant():
                getattr(self, name)(run, *given)
        self.world.finish(run.thread)
        COUNTS["runs"] += 1
        COUNTS[f"ended: {run.end}"] += 1
        note(f"    {run}")
        promises.after_meddling(self.world, self.model, before, run, wanted)

    def deployment_deleted(self, _run: Run) -> None:
        self._change("Deployment", self.world.direct.delete)

    def service_deleted(self, _run: Run) -> None:
        self._change("Service", self.world.direct.delete)

    def service_led_elsewhere(self, _run: Run) -> None:
        patch = {"spec": {"selector": {"app": "another"}}}
        self._change("Service", lambda at: self.world.direct.patch(at, patch, "kubectl-edit"))

    def image_edited_meanwhile(self, _run: Run) -> None:
        patch = _container(image="registry.example/api:good-9")
        self._change("Deployment", lambda at: self.world.direct.patch(at, patch, "kubectl-edit", STRATEGIC))

    def scaled_away(self, _run: Run) -> None:
        self._change("Deployment", lambda at: self.world.direct.scale(at, 0, "kubectl"))

    def frozen(self, run: Run, seconds: float) -> None:
        self.world.scheduler.freeze(run.process, seconds)

    def _change(self, kind: str, change: Callable[[dict], object]) -> None:
        at = cluster_view.held_by(self.world, NAME).get((kind, NAME))
        if at is not None:  # what is others' is their own matter
            change(at)

    # People, other tools, and the cluster itself

    @rule(what=HAPPENINGS)
    def something_happens(self, what: tuple):
        name, *given = what
        COUNTS[name.replace("_", " ")] += 1
        getattr(self, name)(*given)

    def time_passes(self, seconds: float) -> None:
        self.world.pass_time(seconds)

    def scaled_by_hand(self, replicas: int) -> None:
        self._by_hand(lambda at: self.world.direct.scale(at, replicas, "kubectl"))

    def image_edited(self) -> None:
        patch = _container(image="registry.example/api:good-9")
        self._by_hand(lambda at: self.world.direct.patch(at, patch, "kubectl-edit", STRATEGIC))

    def variable_added(self) -> None:
        patch = _container(env=[{"name": "DEBUG", "value": "1"}])
        self._by_hand(lambda at: self.world.direct.patch(at, patch, "some-ui", STRATEGIC))

    def _by_hand(self, change: Callable[[dict], object]) -> None:
        at = self.world.direct.get("Deployment", NAMESPACE, NAME)
        if at is None:
            return
        with tolerant():
            change(at)
        self.model.drifted = True
        if self.model.stands is not None and not self.model.adopted:
            now = self.world.direct.get("Deployment", NAMESPACE, NAME)
            self.model.stands = replace(self.model.stands, tag=_tag(now))
        self.world.pass_time(SETTLING)

    def pod_gone(self) -> None:
        for pod in self.world.direct.all("Pod")[:1]:
            self.world.direct.delete(pod)
        self.model.disturbed = True
        self.world.pass_time(SETTLING)

    def monitors_come_or_go(self) -> None:
        if self.world.serves(MONITORS):
            self.world.api.unserve(MONITORS)
        else:
            self.world.api.serve(MONITORS)

    def load_changes(self, replicas: int) -> None:
        self.world.controllers.autoscalers.wanted[NAME] = replicas
        self.world.controllers.changed()
        self.world.pass_time(SETTLING)

    def bound(self, number: int, how: str) -> None:
        """A controller holds an object of the release, or somebody gives it to another one."""
        value = {
            "finalizers": ["example.com/held"],
            "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "of-another", "uid": self._owner()}],
        }
        held = sorted(cluster_view.held_by(self.world, NAME).items())
        if held:
            _key, at = held[number % len(held)]
            with tolerant():
                self.world.direct.patch(at, {"metadata": {how: value[how]}}, "some-controller")

    def _owner(self) -> str:
        return self.world.direct.get("ConfigMap", NAMESPACE, "of-another")["metadata"]["uid"]

    def let_go(self) -> None:
        for at in cluster_view.bound(self.world).values():
            with tolerant():
                self.world.direct.patch(
                    at, {"metadata": {"finalizers": None, "ownerReferences": None}}, "some-controller"
                )

    def deleted_by_hand(self, number: int) -> None:
        """Of what users can do without for a while."""
        held = sorted(cluster_view.held_by(self.world, NAME).items())
        spare = [at for (kind, _name), at in held if kind not in ("Deployment", "Service")]
        if spare:
            with tolerant():
                self.world.direct.delete(spare[number % len(spare)])
            self.model.disturbed = True  # a pod that starts may need it

    def record_gone(self, number: int) -> None:
        records = [at for at in self.world.direct.all("Secret") if at.get("type") == revisions.SECRET_TYPE]
        if records:
            self.world.direct.delete(sorted(records, key=lambda at: at["metadata"]["name"])[number % len(records)])
            self.model.judged.clear()
            self.model.certain = False


def _tag(at: dict) -> str:
    return at["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2]


def _container(**fields) -> dict:
    return {"spec": {"template": {"spec": {"containers": [{"name": "api", **fields}]}}}}
