# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier run left is removed first, and waited for."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client import renewal
from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.renewal import create_anew

POD, JOB = ({"kind": kind, "metadata": {"name": "load"}} for kind in ("Pod", "Job"))


class Terminating:
    """A cluster in which the first ``attempts`` creations fail with ``error``."""

    def __init__(self, attempts: int, error: KubeError):
        self.attempts, self.error, self.calls = attempts, error, []

    def delete(self, obj, _namespace):
        self.calls.append(("delete", obj["kind"]))

    def create(self, obj, _namespace):
        self.calls.append(("create", obj["kind"]))
        if self.attempts > 0:
            self.attempts -= 1
            raise self.error


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(renewal, "POLL_SECONDS", 0.01)


def test_all_are_deleted_before_the_first_is_created():
    kube = Terminating(0, KubeError(""))
    create_anew(kube, [POD, JOB], "ns", 1.0)
    assert kube.calls == [("delete", "Pod"), ("delete", "Job"), ("create", "Pod"), ("create", "Job")]


def test_what_is_still_terminating_is_waited_for():
    kube = Terminating(3, KubeError("already exists", 409, "AlreadyExists"))
    create_anew(kube, [POD], "ns", 5.0)
    assert kube.calls.count(("create", "Pod")) == 4


def test_what_does_not_go_in_time_is_an_error():
    kube = Terminating(10_000, KubeError("already exists", 409, "AlreadyExists"))
    with pytest.raises(KubeError, match="already exists"):
        create_anew(kube, [POD], "ns", 0.05)
    assert kube.calls.count(("create", "Pod")) > 1


def test_another_refusal_is_not_waited_for():
    kube = Terminating(1, KubeError("pods is forbidden", 403, "Forbidden"))
    with pytest.raises(KubeError, match="forbidden"):
        create_anew(kube, [POD], "ns", 5.0)
    assert kube.calls.count(("create", "Pod")) == 1
