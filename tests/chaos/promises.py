# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release promises, as far as it can be seen on a real cluster; tests/adversary/promises.py has all of it."""

from __future__ import annotations

import time

from adversary.differing import differing
from chaos.attempts import FAILED, KILLED, REFUSED, Ended
from chaos.place import Place, key
from chaos.wanted import NAME, secrets, set_of

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.release import revisions

# Seconds. What routes to the pods learns of them a moment later; a busy machine starves even a pod that is ready.
ROUTED_AFTER, OUTAGE = 15.0, 2.0


class Broken(Exception):
    """A promise that was not kept."""


def demand(holds: object, *words: object) -> None:
    if not holds:
        raise Broken(" ".join(map(str, words)))


# After any run


def after_any_run(place: Place, ended: Ended) -> None:
    hides_secrets(ended.text)
    says_why(ended)
    leaves_bystanders_alone(place)
    if ended.how != KILLED:
        demand(not place.leases(), "its lock is left behind:", place.leases())


def hides_secrets(text: str) -> None:
    for secret in secrets():
        at = text.find(secret)
        demand(at < 0, "the secret", secret, "is in the output:", text[max(at - 300, 0) : at + 100])


def says_why(ended: Ended) -> None:
    if ended.how == FAILED:
        for finding in ended.result["findings"]:
            told = all(finding.get(name) for name in ("reason", "message", "remedy"))
            demand(told, "a finding says too little:", finding)
        demand(ended.result.get("restored"), "it does not say what stands now:", ended.result.get("summary"))
    if ended.how == REFUSED:
        demand(ended.result.get("msg"), "it says nothing")


def leaves_bystanders_alone(place: Place) -> None:
    for (kind, name), made in place.bystanders.items():
        at = place.cluster.get(kind, name)
        demand(at is not None, f"{kind}/{name} of others is gone")
        same = at["metadata"]["uid"] == made["metadata"]["uid"] and at["data"] == made["data"]
        demand(same, f"{kind}/{name} of others is not as it was")


def served_all_the_time(place: Place, began: float, possible: set[str]) -> None:
    seen = place.users.since(began)
    demand(seen.texts <= possible, "users were answered", set(seen.texts), "and only", possible, "can be there")
    demand(seen.outage <= OUTAGE, f"nobody was answered for {seen.outage:.1f} s")


# After a run that came to its end


def is_whole(place: Place, answer: str) -> None:
    """One revision stands or none, exactly its objects are there, as they were given, nothing is left open, and users
    are given this answer. ``answer``: "" when nothing serves."""
    history = place.history()
    standing = [entry for entry in history if entry.status in revisions.STANDING]
    numbers = [entry.number for entry in standing]
    demand(len(standing) <= 1, f"r{numbers} stand")
    left = [entry.number for entry in history if entry.status in revisions.UNFINISHED]
    demand(not left, f"r{left} are left unfinished")
    demand(bool(standing) == bool(answer) or place.theirs, f"r{numbers} stand, and {answer or 'nothing'} is to serve")
    if not standing:
        demand(not place.ours(), "nothing stands, and there is", sorted(place.ours()))
    elif standing[0].number == revisions.ORIGIN:
        is_theirs(place)
    else:
        as_recorded(place, standing[0].objects)
        recorded = set_of(standing[0].objects).greeting
        demand(recorded == answer, f"r{numbers[0]} ({recorded}) stands, and {answer} is to serve")
    if answer:
        answers(place, answer)


def as_recorded(place: Place, objects: list[dict]) -> None:
    found = place.ours()
    expected = {key(obj) for obj in objects}
    demand(set(found) == expected, sorted(set(found) ^ expected), "stand too much or too little")
    for obj in objects:
        different = differing(obj, found[key(obj)])
        demand(not different, f"{obj['kind']}/{obj['metadata']['name']} is not as it was given:", different)


def is_theirs(place: Place) -> None:
    """What others had made is theirs again, and as it was."""
    for (kind, name), made in place.theirs.items():
        at = place.cluster.get(kind, name)
        demand(at is not None, f"{kind}/{name}, which stood before the first release, is gone")
        meta = at["metadata"]
        demand(meta["uid"] == made["metadata"]["uid"], f"{kind}/{name} of others is another one now")
        demand(INSTANCE not in (meta.get("labels") or {}), f"{kind}/{name} of others has our label")
        changed = [part for part in ("spec", "data") if at.get(part) != made.get(part)]
        demand(not changed, f"{kind}/{name} of others: {changed} is not as it was")


def answers(place: Place, answer: str) -> None:
    end = time.monotonic() + ROUTED_AFTER
    while (given := place.users.since(time.monotonic() - 1.0).texts) != {answer}:
        demand(time.monotonic() < end, "users are answered", set(given), "and not", answer)
        time.sleep(0.1)


def is_gone(place: Place) -> None:
    """After a removal."""
    demand(not place.ours(), "after the removal there is", sorted(place.ours()))
    demand(not place.history(), "after the removal there is history of", NAME)
