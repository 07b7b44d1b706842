# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said when the live objects of a set cannot be read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KindMissing
from ansible_collections.modelops.serving.plugins.module_utils.common import kinds
from ansible_collections.modelops.serving.plugins.module_utils.release import reading


class Plain:
    """A cluster without the kinds of a gateway, and without objects."""

    def kind(self, api_version: str, kind: str) -> kinds.Kind:
        if "gateway" in api_version:
            raise KindMissing(f"the cluster does not serve {kind}", 404)
        return kinds.find(kind, api_version)

    get: Callable = lambda *_given: None


def test_all_kinds_that_the_cluster_does_not_serve_are_named_with_the_variable_that_asks_for_them():
    wanted = [
        ("v1", "Service"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("gateway.nginx.org/v1alpha1", "ClientSettingsPolicy"),
        ("gateway.nginx.org/v1alpha1", "RateLimitPolicy"),
    ]
    objects = [{"apiVersion": version, "kind": kind, "metadata": {"name": "api"}} for version, kind in wanted]
    with pytest.raises(KindMissing) as caught:
        reading.read_live(Plain(), "ml", "api", objects)
    assert str(caught.value).startswith(
        "the cluster does not serve HTTPRoute (gateway.networking.k8s.io/v1), "
        "ClientSettingsPolicy (gateway.nginx.org/v1alpha1), RateLimitPolicy (gateway.nginx.org/v1alpha1). Install"
    )
    assert "model_serving_ingress_dialect" in str(caught.value) and caught.value.status == 404
