# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be in a namespace that is removed again."""

from __future__ import annotations

import pytest
from release_objects import OURS, config_map

from ansible_collections.modelops.serving.plugins.module_utils.release import made_namespace, revisions

CONTROL_PLANE = {"manager": "kube-controller-manager"}


@pytest.mark.parametrize(
    ("managers", "left_out"),
    [
        pytest.param([CONTROL_PLANE], True, id="kube-root-ca.crt and the like"),
        pytest.param([CONTROL_PLANE, {"manager": "kubectl"}], False, id="the same, changed by a person"),
        pytest.param([OURS], False, id="what a release applied and does not remove"),
        pytest.param([], False, id="nobody knows whose"),
    ],
)
def test_only_what_kubernetes_made_is_left_out(managers, left_out):
    at = config_map("c")
    at["metadata"]["managedFields"] = managers
    assert made_namespace.is_left_out(at) is left_out


def test_the_record_of_the_release_is_left_out():
    entry = revisions.Revision(1, revisions.FAILED, "", "")
    assert made_namespace.is_left_out(revisions.encode("api", "ns", entry))


@pytest.mark.parametrize(("name", "left_out"), [("default", True), ("somebodys", False)])
def test_the_account_that_every_namespace_has_is_left_out(name, left_out):
    """Its controller owns none of its fields."""
    at = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
    assert made_namespace.is_left_out(at) is left_out
