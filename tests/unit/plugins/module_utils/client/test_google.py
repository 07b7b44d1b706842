# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a cluster is reached, from what GKE answers. Asking Google is tests/platforms/test_gke.py."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client import google

HOST = "gke://example-project/europe-west1/eu-1"
CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
BY_ADDRESS = {"endpoint": "192.0.2.1", "masterAuth": {"clusterCaCertificate": base64.b64encode(CA.encode()).decode()}}


def by_name(**config) -> dict:
    return {**BY_ADDRESS, "controlPlaneEndpointsConfig": {"dnsEndpointConfig": config}}


def test_an_address_comes_with_the_cluster_s_own_authority():
    assert google.reached(HOST, BY_ADDRESS, "t") == google.Access("https://192.0.2.1", CA, "t")


def test_a_name_that_may_be_used_from_outside_is_taken_and_trusted_by_every_machine():
    found = by_name(endpoint="gke-1.europe-west1.gke.goog", allowExternalTraffic=True)
    assert google.reached(HOST, found, "t") == google.Access("https://gke-1.europe-west1.gke.goog", None, "t")


def test_a_name_that_may_not_is_left():
    assert google.reached(HOST, by_name(endpoint="gke-1.europe-west1.gke.goog"), "t").host == "https://192.0.2.1"


def test_a_cluster_that_is_being_made_has_no_address():
    with pytest.raises(google.GoogleError, match=r"no address yet, its state is provisioning: wait"):
        google.reached(HOST, {"status": "PROVISIONING"}, "t")


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (404, "Create the cluster with playbooks/cluster.yml"),
        (403, "roles/container.developer"),
        (401, "gcloud auth application-default login"),
        (503, "Run it again in a while"),
    ],
)
def test_a_refusal_says_what_to_do(status, remedy):
    told = google.refusal(HOST, status, {"error": {"message": "Because."}})
    assert told.startswith(f"GKE does not tell how {HOST} is reached: Because. ")
    assert remedy in told
    assert f"HTTP {status}" in google.refusal(HOST, status, {})


@pytest.mark.parametrize("host", ["gke://", "gke://example-project/europe-west1", f"{HOST}/more", f"{HOST}?a=b"])
def test_another_form_is_named_before_anything_is_asked(host):
    with pytest.raises(google.GoogleError, match=r"must be gke://PROJECT/LOCATION/NAME"):
        google.access(host)
