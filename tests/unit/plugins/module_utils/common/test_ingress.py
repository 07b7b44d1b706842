# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which class takes an Ingress, and where it is reached."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.ingress import (
    CLASS_ANNOTATION,
    DEFAULT_ANNOTATION,
    ClassChoice,
    address,
    class_of,
)

NGINX = {"metadata": {"name": "nginx"}}
GCE = {"metadata": {"name": "gce", "annotations": {DEFAULT_ANNOTATION: "true"}}}


def ingress(name=None, annotation=None, points=()):
    annotations = {CLASS_ANNOTATION: annotation} if annotation else None
    return {
        "metadata": {"name": "api", "annotations": annotations},
        "spec": {"ingressClassName": name} if name else {},
        "status": {"loadBalancer": {"ingress": list(points)} if points else {}},
    }


@pytest.mark.parametrize(
    ("obj", "classes", "choice"),
    [
        (ingress("nginx"), [NGINX, GCE], ClassChoice("nginx", False, "nginx, gce")),
        (ingress("none"), [NGINX], ClassChoice("none", True, "nginx")),
        (ingress("none"), [], ClassChoice("none", True, "none")),
        (ingress(), [NGINX, GCE], ClassChoice("gce", False, "nginx, gce")),
        (ingress(), [NGINX], ClassChoice("", False, "nginx")),
        # A controller that goes by the annotation needs no IngressClass of that name.
        (ingress(annotation="haproxy"), [NGINX], ClassChoice("haproxy", False, "nginx")),
        (ingress("nginx", annotation="haproxy"), [NGINX], ClassChoice("nginx", False, "nginx")),
    ],
)
def test_the_class_that_takes_it(obj, classes, choice):
    assert class_of(obj, classes) == choice


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([{"ip": "10.0.0.1"}], "10.0.0.1"),
        ([{"hostname": "lb.example.org"}], "lb.example.org"),
        ([{"ip": "10.0.0.1", "hostname": "lb.example.org"}], "10.0.0.1"),
        ([{"ip": "2001:db8::1"}], "[2001:db8::1]"),
        ([{}], ""),
        ([], ""),
    ],
)
def test_the_address_is_the_ip_where_one_is_given(points, expected):
    assert address(ingress(points=points)) == expected


def test_an_ingress_without_a_status_has_no_address():
    assert address({"metadata": {"name": "api"}, "spec": {}}) == ""
