# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every target of a run has a report of its own, whatever the path is called."""

from __future__ import annotations

import itertools

import pytest

from ansible_collections.modelops.serving.plugins.filter.report_of_target import report_of_target

FEW, REGIONS = ["f1", "f2", "f3"], ["eu", "eu-1", "eu-10", "us"]


@pytest.mark.parametrize(
    ("path", "targets"),
    [
        ("reports/deploy", FEW),
        ("/ci/f1-and-f2/deploy", FEW),
        ("/ci/f1/deploy", FEW),
        ("/ci/f1/f2/f3", FEW),
        ("reports/eu-10/deploy", REGIONS),
        ("reports/eu", REGIONS),
        ("reports/abc", ["ab", "bc", "a"]),
    ],
)
def test_a_path_that_all_targets_share(path, targets):
    found = [report_of_target(path, target, targets) for target in targets]
    assert all(one != other for one, other in itertools.combinations(found, 2)), found


@pytest.mark.parametrize("path", ["reports/{}/deploy", "reports/deploy-{}", "{}"])
def test_a_path_of_the_target_s_own_stays(path):
    assert [report_of_target(path.format(name), name, REGIONS) for name in REGIONS] == list(map(path.format, REGIONS))


def test_the_path_of_a_run_for_one_target_stays():
    assert report_of_target("reports/deploy", "eu", ["eu"]) == "reports/deploy"
    assert report_of_target("reports/deploy", "eu", []) == "reports/deploy"
