# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Revisions as Secrets, and which one is meant."""

from __future__ import annotations

import base64
import gzip
import json
import random

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.release import adoptions, revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision

OBJECTS = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "ä"}}]

SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api"}}
DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"}}


def entries(*given):
    return [Revision(number, status, hashed, "") for number, status, hashed in given]


def test_a_revision_comes_back_as_it_was():
    adopted = [{**OBJECTS[0], "metadata": {"name": "c", "managedFields": []}}]
    entry = Revision(7, "pending", "h", "2026-01-02T03:04:05Z", "rollback to r3", "", OBJECTS, adopted, {"path": "/"})
    secret = revisions.encode("api", "ns", entry)
    assert revisions.decode(secret) == entry
    assert secret["type"] == "modelops.serving/revision.v1"
    assert secret["immutable"] is True


def test_a_set_that_does_not_fit_is_refused_with_the_object_that_is_too_large():

    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=2_500_000))
    large = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "large"}, "data": {"a": noise}}
    with pytest.raises(ServingError, match="ConfigMap/large"):
        revisions.encode("api", "ns", Revision(1, "pending", "h", "", objects=[*OBJECTS, large]))


@pytest.mark.parametrize("content", [b"not gzip", *(gzip.compress(text) for text in (b"{}", b"7", b"[7]", b"[{}]"))])
def test_a_damaged_secret_is_named(content):
    secret = revisions.encode("api", "ns", Revision(1, "pending", "h", "", objects=OBJECTS))
    secret["data"]["objects"] = base64.b64encode(content).decode()
    with pytest.raises(ServingError, match=r"modelops\.serving\.api\.r1 does not hold a revision any more"):
        revisions.decode(secret)


class TestTarget:
    HISTORY = entries((1, "superseded", "a"), (2, "superseded", "b"), (3, "failed", "c"), (4, "serving", "d"))

    def test_by_default_the_one_that_served_before(self):
        assert revisions.target(self.HISTORY, None).number == 2

    def test_by_number_even_one_that_failed(self):
        assert revisions.target(self.HISTORY, 3).number == 3

    def test_refuses_what_is_not_there_and_says_what_is(self):
        with pytest.raises(ServingError, match=r"no revision r9\. Recorded: r1, r2, r3, r4"):
            revisions.target(self.HISTORY, 9)

    def test_refuses_when_nothing_has_served_before(self):
        with pytest.raises(ServingError, match="nothing to roll back to"):
            revisions.target(entries((1, "failed", "a"), (2, "serving", "b")), None)

    def test_skips_an_equal_set(self):
        history = entries((1, "superseded", "a"), (2, "superseded", "b"), (3, "serving", "b"))
        assert revisions.target(history, None).number == 1


def test_a_revision_of_an_older_version_is_read():

    secret = revisions.encode("api", "ns", Revision(1, "serving", "h", "", objects=OBJECTS))
    secret["data"]["objects"] = base64.b64encode(gzip.compress(json.dumps(OBJECTS).encode())).decode()
    assert revisions.decode(secret).objects == OBJECTS


class TestTargetOfARollback:
    """Whatever the newest run did, a rollback goes to the last revision that served."""

    def test_a_failure_that_was_kept(self):
        history = entries((1, "superseded", "a"), (2, "serving", "b"), (3, "kept", "c"))
        assert revisions.target(history, None).number == 2

    def test_a_run_that_was_killed(self):
        history = entries((1, "superseded", "a"), (2, "serving", "b"), (3, "pending", "c"))
        assert revisions.target(history, None).number == 2

    def test_a_rollback_that_was_killed_goes_on(self):
        history = entries((1, "superseded", "a"), (2, "serving", "b"), (3, "pending", "a"))
        history[-1].note = "rollback to r1"
        assert revisions.target(history, None).number == 3

    def test_a_failure_that_was_taken_back_counts_for_nothing(self):
        history = entries((1, "superseded", "a"), (2, "serving", "b"), (3, "failed", "c"))
        assert revisions.target(history, None).number == 1

    def test_what_was_applied_without_waiting_has_stood(self):
        history = entries((1, "serving", "a"), (2, "applied", "b"))
        assert revisions.target(history, None).number == 1

    def test_what_stood_before_the_first_release(self):
        history = entries((0, "superseded", "o"), (1, "serving", "a"))
        assert revisions.target(history, None).number == 0

    def test_what_was_only_around_before_the_first_release_has_never_served(self):
        history = [
            Revision(0, "superseded", "o", "", objects=[SERVICE]),
            Revision(1, "serving", "a", "", objects=[SERVICE, DEPLOYMENT]),
        ]
        with pytest.raises(ServingError, match="earlier revisions have no Deployment, so none has served"):
            revisions.target(history, None)
        with pytest.raises(ServingError, match="r0 has no Deployment, so it has never served"):
            revisions.target(history, 0)


class TestOutdated:
    def numbers(self, limit, *given):
        return [entry.number for entry in revisions.outdated(entries(*given), limit)]

    def test_what_is_needed_stays_whatever_the_limit(self):
        given = ((1, "superseded", "a"), (2, "serving", "b"), (3, "failed", "c"), (4, "failed", "d"), (5, "kept", "e"))
        assert self.numbers(1, *given) == [3, 4]

    def test_failures_do_not_push_a_good_revision_out(self):
        given = ((1, "superseded", "a"), *((number, "failed", "x") for number in (2, 3, 4, 5)), (6, "serving", "b"))
        assert self.numbers(3, *given) == [2, 3, 4]

    def test_then_what_served_longest_ago(self):
        given = tuple((number, "superseded", str(number)) for number in (1, 2, 3, 4))
        assert self.numbers(3, *given, (5, "serving", "5")) == [1, 2]

    def test_what_was_applied_without_waiting_may_never_serve(self):
        given = ((1, "superseded", "a"), (2, "superseded", "b"), (3, "serving", "c"), (4, "applied", "d"))
        assert self.numbers(1, *given) == [1]

    def test_nothing_to_forget(self):
        assert self.numbers(10, (1, "failed", "a"), (2, "serving", "b")) == []


class TestUnjudged:
    def number(self, *given, note=""):
        history = entries(*given)
        history[-1].note = note
        found = revisions.unjudged(history)
        return found.number if found else None

    def test_a_run_that_was_killed_may_have_come_to_serve(self):
        assert self.number((1, "serving", "a"), (2, "pending", "b")) == 2
        assert self.number((1, "serving", "a"), (2, "pending", "b"), note="rollback to r1") == 2

    def test_what_failed_is_not_what_stands_however_ready_its_pods_are(self):
        assert self.number((1, "serving", "a"), (2, "kept", "b"), note="PredictionDiffers") is None
        assert self.number((1, "serving", "a"), (2, "pending", "b"), note="PredictionDiffers") is None

    def test_unless_nothing_else_does(self):
        assert self.number((1, "kept", "a"), note="CrashLoop") == 1

    def test_what_was_applied_without_waiting(self):
        assert self.number((1, "serving", "a"), (2, "applied", "b")) == 2

    def test_nothing_is_unfinished(self):
        assert self.number((1, "serving", "a"), (2, "failed", "b")) is None


def test_which_revisions_a_rollback_undoes():
    history = entries((1, "superseded", "a"), (2, "superseded", "b"), (3, "failed", "c"), (4, "pending", "a"))
    history[-1].note = "rollback to r1"
    assert [entry.number for entry in adoptions.undone_by(history[-1], history)] == [3, 2]
    assert adoptions.undone_by(history[1], history) == []


def test_the_kinds_that_only_earlier_revisions_have_with_the_last_one_that_has_them():
    def of(number, *names):
        objects = [{"apiVersion": "v1", "kind": name, "metadata": {"name": "x"}} for name in names]
        return Revision(number, "superseded", "", "", objects=objects)

    history = [of(2, "Service", "Secret"), of(1, "Service", "ConfigMap", "Secret"), of(3, "Service")]
    assert revisions.only_earlier(history, of(4, "Service").objects) == {("v1", "ConfigMap"): 1, ("v1", "Secret"): 2}
    assert revisions.only_earlier([], of(4, "Service").objects) == {}
