# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client for GKE without Google's package. With it: tests/platforms/test_gke.py."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.gke import client, messages


def test_without_googles_package_it_is_named(monkeypatch):
    monkeypatch.setattr(client, "MISSING", ImportError("No module named 'google.cloud'"))
    with pytest.raises(ServingError, match=r"pip install google-cloud-container \(No module named 'google.cloud'\)"):
        client.Gke(messages.Wanted("example-project", "europe-west1", "eu-1"), 1, print)


@pytest.mark.parametrize(
    ("link", "ours"),
    [
        ("https://container.googleapis.com/v1/projects/1/locations/europe-west1/clusters/eu-1", True),
        ("https://container.googleapis.com/v1/projects/1/locations/europe-west1/clusters/eu-1/nodePools/a", True),
        ("https://container.googleapis.com/v1/projects/1/locations/europe-west1/clusters/eu-10", False),
        ("", False),
    ],
)
def test_an_operation_is_on_this_cluster_or_on_another(link, ours):
    assert client._is_of(link, "eu-1") is ours


@pytest.mark.parametrize(
    ("address", "options"),
    [
        ("", {}),
        ("https://127.0.0.1:8443/", {"api_endpoint": "https://127.0.0.1:8443"}),
        ("http://gke.example/through/here/", {"api_endpoint": "http://gke.example/through/here"}),
    ],
)
def test_googles_address_is_taken_as_it_is(monkeypatch, address, options):
    class Package:
        @staticmethod
        def ClusterManagerClient(**given):
            return given

    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER", address)
    monkeypatch.setattr(client, "container_v1", Package, raising=False)
    assert client._client() == {"transport": "rest", "client_options": options}
