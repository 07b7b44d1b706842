# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be read of other Ingresses is not known, and fails no release that stands."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.preflight.shared_addresses import warnings

INGRESS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "model-api"},
    "spec": {"ingressClassName": "nginx", "rules": [{"http": {"paths": [{"path": "/predict"}]}}]},
}


class Cluster:
    """Answers lists with these Ingresses, or with an error. ``asked``: how often."""

    def __init__(self, status: int | None, ingresses: list):
        self.status, self.ingresses, self.asked = status, ingresses, 0

    def list(self, kind, _namespace) -> dict:
        self.asked += 1
        if self.status:
            raise KubeError("refused", self.status)
        return {"items": self.ingresses if kind.kind == "Ingress" else [{"metadata": {"name": "nginx"}}]}


OTHER = {**INGRESS, "metadata": {"name": "model-api", "namespace": "others"}}


def test_another_with_its_address_is_told():
    (found,) = warnings(Cluster(None, [OTHER]), "mine", [INGRESS])
    assert "Ingress others/model-api has every host/predict too" in found


@pytest.mark.parametrize("status", [401, 403, 500])
def test_what_cannot_be_read_is_not_known(status):
    assert warnings(Cluster(status, [OTHER]), "mine", [INGRESS]) == []


def test_a_set_without_ingress_asks_nothing():
    cluster = Cluster(500, [])
    assert warnings(cluster, "mine", []) == [] and cluster.asked == 0
