# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients reach the server by. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints.constraint import (
    Constraint,
    Fault,
    Variables,
    entries,
)
from ansible_collections.modelops.serving.plugins.module_utils.variables.forms import can_be_split
from ansible_collections.modelops.serving.plugins.module_utils.variables.text import SCALARS, as_text

# What the server has below /, by the first part of the path.
SERVED = ("/", "/predict", "/health", "/v1", "/v2", "/openapi.json")
# In the names of annotations by which controllers change a path.
REWRITES = ("rewrite", "strip", "middleware", "transform")
# The dialect of a router that takes a Route in place of an Ingress.
ROUTE = "openshift"
# What has no words for taking a prefix away, and what can do so for a whole Service only.
WITHOUT_REWRITES, REWRITES_A_SERVICE = "plain", "f5-nginx"
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}")
# Other letters are UTF-8 to one client and Latin-1 to another.
HEADER_VALUE = re.compile(r"[ -~\t]{0,8192}")
WEBHOOK = re.compile(r"https?://[^\s/]+(/\S*)?")


def _is_address(text: str) -> bool:
    return bool(WEBHOOK.fullmatch(text)) and can_be_split(text)


def _unknown_paths(v: Variables) -> Iterator[Fault]:
    """The paths that the server does not have. One that a prediction is asked for at is known to be one."""
    rewritten = any(word in name.lower() for name in v.ingress_annotations for word in REWRITES)
    patched = any(v.patches.get(manifest) for manifest in ("ingress", "route", "http_route"))
    known = (*SERVED, "/" + v.verify_path.split("/")[1])
    if not v.ingress_enabled or rewritten or patched:
        return
    for number, path in enumerate(v.ingress_paths):
        if "/" + path.split("/")[1] not in known:
            yield {"number": number, "path": path, "known": ", ".join(SERVED)}


def _paths_of_a_route(v: Variables) -> list[Fault]:
    """The paths, where a Route cannot have them all."""
    if v.ingress_enabled and v.ingress_dialect == ROUTE and len(v.ingress_paths) > 1:
        return [{"paths": ", ".join(v.ingress_paths)}]
    return []


def _unseen_path(v: Variables) -> list[Fault]:
    """The path of a Route that leaves TLS to the pods alone."""
    passes_through = v.ingress_enabled and v.ingress_dialect == ROUTE and v.tls_secret and not v.ingress_tls_secret
    if passes_through and len(v.ingress_paths) == 1 and (_prefix(v), v.ingress_paths) != ("", ["/"]):
        return [{"path": _prefix(v) + v.ingress_paths[0]}]
    return []


def _prefixed(v: Variables) -> bool:
    return v.ingress_enabled and _prefix(v) != ""


def _prefix(v: Variables) -> str:
    """The prefix as it stands before a path; empty for none."""
    return v.ingress_prefix.rstrip("/")


def _ends_in_prefix(url: str, prefix: str) -> bool:
    return url.rstrip("/").endswith(prefix.rstrip("/"))


ROWS = (
    Constraint(
        "paths-empty",
        lambda v: v.ingress_enabled and not v.ingress_paths,
        'model_serving_ingress_paths is empty, so that nothing would be routed: leave "/", or set '
        "model_serving_ingress_enabled to false.",
    ),
    Constraint(
        "path-unknown",
        _unknown_paths,
        "model_serving_ingress_paths[{number}] ('{path}'): the server would answer 404, for it knows only {known}: use "
        "one of these. What clients write before them is model_serving_ingress_prefix, which the server does not see.",
    ),
    Constraint(
        "prefix-stays",
        lambda v: _prefixed(v) and v.ingress_dialect == WITHOUT_REWRITES,
        "model_serving_ingress_prefix ({v.ingress_prefix}): with model_serving_ingress_dialect plain nothing takes it "
        "away: name the controller's dialect, or leave the prefix out.",
    ),
    Constraint(
        "prefix-of-a-service",
        lambda v: _prefixed(v) and v.ingress_dialect == REWRITES_A_SERVICE and v.ingress_paths != ["/"],
        "model_serving_ingress_prefix ({v.ingress_prefix}): NGINX of F5 takes it away for all paths or for none: leave "
        '"/" in model_serving_ingress_paths.',
    ),
    Constraint(
        "route-path",
        _paths_of_a_route,
        "model_serving_ingress_paths ({paths}): a Route has one path: leave one, and add Routes for others with "
        "model_serving_extra_objects.",
    ),
    Constraint(
        "passthrough-path",
        _unseen_path,
        "model_serving_ingress_paths ({path}): where TLS ends in the pods alone (model_serving_tls_secret), the router "
        'sees no path: leave "/", without a prefix, or let TLS end in the router too with '
        "model_serving_ingress_tls_secret.",
    ),
    Constraint(
        "verify-url-without-prefix",
        lambda v: bool(v.verify_url and v.ingress_prefix) and not _ends_in_prefix(v.verify_url, v.ingress_prefix),
        "model_serving_verify_url ({v.verify_url}) does not end in model_serving_ingress_prefix ({v.ingress_prefix}): "
        "another release could answer there. Write the prefix at its end.",
    ),
    Constraint(
        "header",
        lambda v: [
            entry
            for entry in entries(v, ("verify_headers",))
            if not HEADER.fullmatch(str(entry["key"]))
            or not isinstance(entry["value"], SCALARS)
            or not HEADER_VALUE.fullmatch(as_text(entry["value"]))
        ],
        "{variable}: '{key}' cannot be sent as a header: its name may have letters, digits and dashes, and its value "
        "one line of ASCII characters, which every client sends alike.",
    ),
    Constraint(
        "notify-address",
        lambda v: bool(v.notify_webhook_url.strip()) and not _is_address(v.notify_webhook_url.strip()),
        "model_serving_notify_webhook_url is no address such as https://receiver.example.org/path: write all of it, "
        "with its scheme. It is not shown, for it may hold a secret.",
    ),
)
