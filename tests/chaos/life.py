# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One life of a release, from nothing or from what others had made to its removal. Every run in it is interrupted, and
each one that comes to its end is held to what was promised."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

from chaos import attempts, interruptions, promises
from chaos.attempts import DONE, FAILED, REFUSED, Attempts, Ended
from chaos.known import Known
from chaos.place import Place
from chaos.plans import Plan, Plans
from chaos.promises import Broken, demand
from chaos.table import Row
from chaos.wanted import BROKEN, THEIR_SET, THEIRS

FOREIGN, NOTHING = "are not this release's", "nothing to roll back"
ORPHANED = 120.0
LEAST, MOST = 6, 10


class Life:
    """``show``: gets each row as soon as it is complete."""

    def __init__(self, place: Place, attempts: Attempts, random: Random, show: Callable[[Row], None]):
        self.place, self.attempts, self.random, self.show = place, attempts, random, show
        self.adopting = random.random() < 0.3
        self.plans = Plans(random, self.adopting)
        self.known = Known()

    def live(self, more: Callable[[], bool]) -> None:
        if self.adopting:
            self.place.others_serve()
            self.place.settled()
            promises.answers(self.place, THEIRS)
            self.known = Known(THEIRS, begun={THEIRS}, served=[THEIR_SET])
        for _number in range(self.random.randint(LEAST, MOST)):
            if more():
                self.round()
        self.end()
        self.place.clear()

    # A run that is interrupted; mostly one that is not comes after it, and ends as if there had been none

    def round(self) -> None:
        began, serves, answers = time.monotonic(), self.known.serves, self.known.answers
        plan, interruption = self.plans.any(), interruptions.drawn(self.random)
        before = self.answered_before()
        row = Row(str(plan), interruption)
        try:
            row.ended = ended = self.interrupted(plan, interruption)
            promises.after_any_run(self.place, ended)
            if not ended.cut_short:
                self.judge(plan, ended, before)
            else:
                self.known.cut_short()
                if ended.mark or self.random.random() < 0.75:
                    self.recover(row, plan, ended.mark)
        finally:
            row.seconds = time.monotonic() - began
            row.lost = self.place.users.since(began).failed if serves else 0
            self.show(row)
        if serves:
            promises.served_all_the_time(self.place, began, answers | self.known.begun)

    def recover(self, row: Row, plan: Plan, mark: str) -> None:
        following = plan if self.random.random() < 0.4 else self.plans.any()
        row.next = "the same" if following is plan else str(following)
        is_orphaned = bool(mark) and attempts.at_work(mark)
        before = self.answered_before()
        ended = self.undisturbed(following)
        if is_orphaned or (mark and attempts.at_work(mark)):
            # What Ansible had started goes on without it, beside this run or after it, in whatever order.
            self.wait_for_orphans(mark)
            before, following = frozenset(), self.plans.waiting()
            row.next += f"; {following}"
            ended = self.undisturbed(following)
        row.came_to = str(ended)
        promises.after_any_run(self.place, ended)
        self.judge(following, ended, before)

    def interrupted(self, plan: Plan, interruption: interruptions.Interruption) -> Ended:
        self.known.begin(plan.wanted)
        return self.attempts.interrupted(plan.arguments(self.place.cluster.namespace), interruption)

    def undisturbed(self, plan: Plan) -> Ended:
        self.known.begin(plan.wanted)
        return self.attempts.undisturbed(plan.arguments(self.place.cluster.namespace))

    def answered_before(self) -> frozenset[str]:
        """What users are answered before a run. Half of the runs wait until that is clear, the others begin at once."""
        return self.place.settled() if self.random.random() < 0.5 else frozenset()

    @staticmethod
    def wait_for_orphans(mark: str) -> None:
        end = time.monotonic() + ORPHANED
        while attempts.at_work(mark):
            demand(time.monotonic() < end, "what ansible-playbook left behind does not end")
            time.sleep(0.2)

    # A run that came to its end

    def judge(self, plan: Plan, ended: Ended, before: frozenset[str]) -> None:
        if ended.how == REFUSED:
            self.was_refused(plan, ended)
        elif plan.wanted is None:
            self.rolled_back(plan, ended)
        elif plan.wanted.good:
            self.succeeded(plan, ended)
        elif plan.waits:
            self.failed(plan, ended, before)
        else:
            demand(ended.how == DONE, f"{plan}:", ended)
            self.left_open(before)

    def was_refused(self, plan: Plan, ended: Ended) -> None:
        message = ended.result.get("msg", "")
        if FOREIGN in message:
            demand(self.adopting and not plan.adopts, "nobody else's objects are there:", message)
        elif NOTHING in message:
            demand(plan.wanted is None, message)
            demand(not self.known.certain or self.known.goal is None, f"{self.known.goal} has served:", message)
        else:
            raise Broken(f"{plan} gave up: {message}")

    def succeeded(self, plan: Plan, ended: Ended) -> None:
        demand(ended.how == DONE, f"{plan} failed:", ended, ended.result.get("findings"))
        if plan.waits:
            promises.is_whole(self.place, plan.wanted.greeting)
            self.known.serve(plan.wanted)
        else:
            self.place.settled()
            promises.answers(self.place, plan.wanted.greeting)
            certain = self.known.certain
            self.known.serve(plan.wanted)
            self.known.certain = certain

    def failed(self, plan: Plan, ended: Ended, before: frozenset[str]) -> None:
        """What served before it serves after it."""
        demand(ended.how == FAILED, f"{plan}:", ended)
        if plan.keeps:
            self.left_open(before)
            return
        serves = self.place.serves
        if self.never_served(serves):
            return
        demand(serves in self.known.answers, serves or "nothing", "stands, and", self.known.answers, "served before")
        promises.is_whole(self.place, serves)
        self.serves_as(before)
        self.known.stand(serves)

    def never_served(self, stands: str) -> bool:
        """A set that was applied without waiting, before anything had served, is what stood before. It is put back, and
        where it shows that it cannot serve it stands no more: the run's result says so."""
        return not self.known.serves and (stands == BROKEN or self.place.is_given_up)

    def left_open(self, before: frozenset[str]) -> None:
        self.known.left_open = True
        self.serves_as(before)

    def serves_as(self, before: frozenset[str]) -> None:
        if len(before) == 1:
            promises.answers(self.place, next(iter(before)))

    def rolled_back(self, plan: Plan, ended: Ended) -> None:
        if ended.how == FAILED and self.never_served(self.place.serves):
            return
        demand(ended.how == DONE, f"{plan} failed:", ended, ended.result.get("findings"))
        stands = self.place.standing_set
        goal = self.known.goal if self.known.certain else None
        demand(goal in (None, stands), "it went to", stands, "and", goal, "served last")
        demand(goal or not self.known.complete, "there was nothing to roll back to, and", stands, "stands")
        promises.is_whole(self.place, stands.greeting)
        self.known.serve(stands)

    # The end

    def end(self) -> None:
        """A removal that is interrupted, and once more where it was cut short."""
        plan, began, interruption = Plan(None, {"state": "absent"}), time.monotonic(), interruptions.drawn(self.random)
        row = Row("removal", interruption)
        try:
            row.ended = ended = self.interrupted(plan, interruption)
            promises.after_any_run(self.place, ended)
            if ended.cut_short:
                self.wait_for_orphans(ended.mark)
                ended = self.undisturbed(plan)
                row.next, row.came_to = "the same", str(ended)
                promises.after_any_run(self.place, ended)
            demand(ended.how == DONE, "the removal ended:", ended)
            promises.is_gone(self.place)
        finally:
            row.seconds = time.monotonic() - began
            self.show(row)
