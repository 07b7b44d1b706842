# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.reencryption import remedy


def route(**tls) -> dict:
    spec = {"to": {"kind": "Service", "name": "api"}, "tls": tls}
    return {"kind": "Route", "metadata": {"name": "shop", "namespace": "one"}, "spec": spec}


SERVICE = {"kind": "Service", "metadata": {"name": "api"}, "spec": {}}


def test_the_service_ca_signs_for_the_services_own_name():
    said = remedy(503, [SERVICE, route(termination="reencrypt")])
    assert "model_serving_tls_secret has to be signed by the cluster's service CA for api.one.svc" in said


def test_a_ca_of_the_routes_own_is_named_by_its_field():
    said = remedy(503, [route(termination="reencrypt", destinationCACertificate="PEM")])
    assert "signed by the CA in spec.tls.destinationCACertificate of Route/shop" in said and "service CA" not in said


@pytest.mark.parametrize(
    ("status", "objects"),
    [
        (404, [route(termination="reencrypt")]),
        (0, [route(termination="reencrypt")]),
        (503, [route(termination="edge")]),
        (503, [route(termination="passthrough"), SERVICE]),
        (503, [{"kind": "Route", "metadata": {"name": "shop"}, "spec": {"to": {"name": "api"}}}]),
        (503, []),
    ],
)
def test_other_answers_and_entrances_say_nothing_of_it(status: int, objects: list):
    assert remedy(status, objects) == ""
