# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Revisions as Secrets, and which one is meant."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.release import revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision

OBJECTS = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "ä"}}]


def entries(*given):
    return [Revision(number, status, hashed, "") for number, status, hashed in given]


def test_a_revision_comes_back_as_it_was():
    secret = revisions.encode("api", "ns", 7, OBJECTS, "2026-01-02T03:04:05Z", "rollback to r3")
    read = revisions.decode(secret)
    assert (read.number, read.status, read.note, read.objects) == (7, "pending", "rollback to r3", OBJECTS)
    assert secret["type"] == "modelops.serving/revision.v1"
    assert secret["immutable"] is True


def test_a_set_that_does_not_fit_is_refused_with_the_object_that_is_too_large():
    import random

    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=2_500_000))
    large = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "large"}, "data": {"a": noise}}
    with pytest.raises(ServingError, match="ConfigMap/large"):
        revisions.encode("api", "ns", 1, [*OBJECTS, large], "", "")


def test_a_damaged_secret_is_named():
    secret = revisions.encode("api", "ns", 1, OBJECTS, "", "")
    secret["data"]["objects"] = "bm90IGd6aXA="
    with pytest.raises(ServingError, match=r"modelops\.serving\.api\.r1 is not a readable revision"):
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


def test_history_keeps_what_serves_whatever_the_limit():
    history = entries((1, "serving", "a"), (2, "failed", "b"), (3, "failed", "c"), (4, "pending", "d"))
    assert [entry.number for entry in revisions.outdated(history, 1)] == [3, 2]
