# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A prefix before the paths is taken away by every controller, in its own words."""

from __future__ import annotations

import re

import pytest
from role_objects import objects

PREFIX, IMAGE = "/team/churn.v2", "registry.example.org/api:1"
GATEWAYS = ("gateway", "nginx-gateway-fabric", "envoy-gateway")
BELOW_ALL = {"/": "/", "/predict": "/predict", "/v2/models/a/infer": "/v2/models/a/infer"}
BELOW_TWO = {
    "/predict": "/predict",
    "/predict/": "/predict/",
    "/v2/models": "/v2/models",
    "/predictions": None,
    "/v1": None,
}
# dialect → its paths, and what the server is asked for each path that a client asks behind the prefix; None for a 404
CASES = [
    *(("ingress-nginx", paths, asked) for paths, asked in ((["/"], BELOW_ALL), (["/predict", "/v2"], BELOW_TWO))),
    *(
        (name, paths, asked)
        for name in GATEWAYS
        for paths, asked in ((["/"], BELOW_ALL), (["/predict", "/v2"], BELOW_TWO))
    ),
    ("f5-nginx", ["/"], BELOW_ALL),
    ("openshift", ["/"], BELOW_ALL),
    ("openshift", ["/v2"], {"/v2": "/v2", "/v2/models": "/v2/models"}),
]


@pytest.fixture(scope="module")
def rendered() -> list[list[dict]]:
    common = {"model_serving_image": IMAGE, "model_serving_ingress_prefix": PREFIX + "/"}
    sets = [
        {**common, "model_serving_ingress_dialect": dialect, "model_serving_ingress_paths": paths}
        for dialect, paths, _asked in CASES
    ]
    return objects(sets)


def ingress_nginx(ingress: dict, path: str) -> str | None:
    """As its documentation says: locations by expressions, in any case, and the groups in the target."""
    annotations = ingress["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/use-regex"] == "true"
    for rule in ingress["spec"]["rules"][0]["http"]["paths"]:
        assert rule["pathType"] == "ImplementationSpecific"
        found = re.match(rule["path"], path, re.IGNORECASE)
        if found:
            return annotations["nginx.ingress.kubernetes.io/rewrite-target"].replace("$2", found[2])
    return None


def f5_nginx(ingress: dict, path: str) -> str | None:
    """As NGINX's proxy_pass with a path: what matched is replaced."""
    (rule,) = ingress["spec"]["rules"][0]["http"]["paths"]
    target = re.fullmatch(
        "serviceName=model-api rewrite=(.*)", ingress["metadata"]["annotations"]["nginx.org/rewrites"]
    )[1]
    return target + path.removeprefix(rule["path"]) if path.startswith(rule["path"]) else None


def openshift(route: dict, path: str) -> str | None:
    """As the router: what stands in the place of the path, one slash between."""
    target = route["metadata"]["annotations"]["haproxy.router.openshift.io/rewrite-target"]
    rest = path.removeprefix(route["spec"]["path"])
    return (target.rstrip("/") + rest) or "/" if path.startswith(route["spec"]["path"]) else None


def gateway(route: dict, path: str) -> str | None:
    """As the Gateway API: prefixes of whole parts, which a filter replaces."""
    for rule in route["spec"]["rules"]:
        (match,), (rewrite,) = rule["matches"], rule["filters"]
        prefix = match["path"]["value"]
        if path == prefix or path.startswith(prefix + "/"):
            replaced = rewrite["urlRewrite"]["path"]
            assert replaced["type"] == "ReplacePrefixMatch"
            return (replaced["replacePrefixMatch"].rstrip("/") + path.removeprefix(prefix)) or "/"
    return None


ENTRANCES = {
    "ingress-nginx": ("Ingress", ingress_nginx),
    "f5-nginx": ("Ingress", f5_nginx),
    "openshift": ("Route", openshift),
    **dict.fromkeys(GATEWAYS, ("HTTPRoute", gateway)),
}


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: f"{CASES[number][0]}-{CASES[number][1]}")
def test_the_server_is_asked_without_the_prefix(rendered, number):
    dialect, _paths, asked = CASES[number]
    kind, entrance = ENTRANCES[dialect]
    found = next(item for item in rendered[number] if item["kind"] == kind and item["metadata"]["name"] == "model-api")
    assert {path: entrance(found, PREFIX + path) for path in asked} == asked
    assert [path for path in asked if entrance(found, path) is not None] == []


def test_without_a_prefix_nothing_is_rewritten():
    (found,) = objects([{"model_serving_image": IMAGE, "model_serving_ingress_prefix": "/"}])
    (plain,) = objects([{"model_serving_image": IMAGE}])
    assert found == plain
