# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of kinds that a cluster does not serve."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common import missing_kinds

ROUTE = missing_kinds.named("route.openshift.io/v1", "Route")
HTTP_ROUTE = missing_kinds.named("gateway.networking.k8s.io/v1", "HTTPRoute")
POLICY = missing_kinds.named("gateway.nginx.org/v1alpha1", "RateLimitPolicy")
MONITOR = missing_kinds.named("monitoring.coreos.com/v1", "ServiceMonitor")
DIALECT = "set model_serving_ingress_dialect to what this cluster has"
OWN = "leave out these objects, if they are your own."


@pytest.mark.parametrize(
    ("missing", "remedy"),
    [
        ([ROUTE], f"Only OpenShift serves Route. Set {DIALECT.removeprefix('set ')}, or {OWN}"),
        ([HTTP_ROUTE, POLICY], f"Install the CRDs of HTTPRoute, RateLimitPolicy, or {DIALECT}, or {OWN}"),
        ([MONITOR], f"Install the CRDs of ServiceMonitor, or {OWN}"),
        (
            [ROUTE, MONITOR],
            f"Only OpenShift serves Route. Install the CRDs of ServiceMonitor, or {DIALECT}, or {OWN}",
        ),
    ],
)
def test_the_remedy_is_one_that_the_cluster_can_have(missing, remedy):
    assert missing_kinds.remedy(missing) == remedy


def test_all_that_are_missing_are_named():
    assert missing_kinds.message([ROUTE, MONITOR]) == f"the cluster does not serve {ROUTE}, {MONITOR}"


def test_the_groups_of_the_dialects_are_those_of_their_templates():
    folder = Path(__file__).parents[5] / "roles/model_serving/templates"
    found = {
        group
        for path in folder.glob("*.j2")
        for group in re.findall(r"^apiVersion: (\S+\.\S+)/", path.read_text(), re.MULTILINE)
    }
    others = ("monitoring.coreos.com", "autoscaling.k8s.io", "networking.k8s.io")
    assert found - set(others) == set(missing_kinds.OF_A_DIALECT)
