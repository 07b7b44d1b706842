# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is rendered from the random sets is valid for the oldest and the newest supported Kubernetes."""

from __future__ import annotations

import json

import pytest
from kind_definitions import UNKNOWN
from validity import NEWEST, OLDEST, problems

# A user's own object in the random sets, of a kind that is made up; and kinds whose definitions nobody here has.
WITHOUT_SCHEMA = UNKNOWN | {("example.org/v1", "Thing")}
# What the variable's documentation says that an older Kubernetes does not know.
NEWER = "('tolerance' was unexpected)"


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_random_sets_are_valid(of_role, version):
    """So are the chart's and kustomize's objects, which are the same."""
    wrong = {}
    for seed, objects in enumerate(of_role):
        known = [obj for obj in objects if (obj["apiVersion"], obj["kind"]) not in WITHOUT_SCHEMA]
        found = [problem for obj in known for problem in problems(obj, version) if not problem.endswith(NEWER)]
        if found:
            wrong[f"seed {seed}"] = found
    assert not wrong, json.dumps(wrong, indent=2)


def test_what_is_invalid_is_found(of_role):
    deployment = next(obj for obj in of_role[0] if obj["kind"] == "Deployment")
    broken = {**deployment, "spec": {**deployment["spec"], "replica": 3, "minReadySeconds": "5"}}
    assert len(problems(broken, OLDEST)) == 2
