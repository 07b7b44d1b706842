# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients of a release ask for: the hosts and paths of its entrances, as they were released. Pure.

An entrance that somebody changed leads other requests to the pods. So it is not asked what it says now, but what the
release's own says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from ansible_collections.modelops.serving.plugins.module_utils.common import entrances
from ansible_collections.modelops.serving.plugins.module_utils.common.entrances import Rule
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label, name_of

# What the server answers to GET, whatever its model; /predict with 405.
ANSWERED = ("/health", "/v1/models", "/v2/health/live", "/predict")
# The path of gRPC, which no GET is for.
GRPC = "/inference."
# As the role writes the paths of ingress-nginx that have a prefix.
ALL_BELOW = "(/|$)(.*)"
ONE_BELOW = re.compile(r"\(/\)\((?P<path>.+)\(\?:/\.\*\)\?\)\$$")
# Where a regular expression begins, when nothing says where its prefix ends.
EXPRESSION = re.compile(r"[(\[*+?^$|].*$")
REWRITES_NGINX = "nginx.ingress.kubernetes.io/rewrite-target"
REWRITES_F5 = "nginx.org/rewrites"
REWRITES_OPENSHIFT = "haproxy.router.openshift.io/rewrite-target"
REGEX_NGINX = "nginx.ingress.kubernetes.io/use-regex"
MOST_RULES = 3


@dataclass(frozen=True)
class Request:
    """``outside``: the path that a client asks for. ``inside``: what the Service is then asked for. ``obj``: the
    entrance. ``port``: as in a Rule."""

    obj: str
    host: str
    outside: str
    inside: str
    service: str
    port: str


def released(live: list[dict], objects: list[dict]) -> list[dict]:
    """The entrances to ask: those of the serving revision's ``objects``, and of the ``live`` ones what it does not
    have. Each with the status of the live one, by which it is reached."""
    own = [obj for obj in objects if obj["kind"] in entrances.KINDS]
    states = {label(obj): obj.get("status") or {} for obj in live}
    theirs = {label(obj) for obj in own}
    return [
        *({**obj, "status": states[label(obj)]} for obj in own if label(obj) in states),
        *(obj for obj in live if label(obj) not in theirs),
    ]


def requests(obj: dict, path: str) -> list[Request]:
    """The requests by which an entrance is tried; ``path`` where its rules lead there."""
    found = []
    for rule in entrances.rules(obj):
        outside, inside = paths(obj, rule)
        if inside.startswith(GRPC):
            continue
        asked = next((known for known in (path, *ANSWERED) if _below(known, inside)), inside)
        rest = asked[len(inside.rstrip("/")) :]
        host = (rule.host or entrances.host(obj)).replace("*.", "any.")
        whole = f"{outside.rstrip('/')}{rest}" or "/"
        found.append(Request(label(obj), host, whole, asked, rule.service, rule.port))
    return list(dict.fromkeys(found))[:MOST_RULES]


def address(root: str, outside: str) -> str:
    """The URL of a request. A ``root`` that a user gives may end in the prefix, as the role asks for it."""
    parts = urlsplit(root)
    if parts.path.rstrip("/") and _below(outside, parts.path.rstrip("/")):
        return f"{parts.scheme}://{parts.netloc}{outside}"
    return f"{root.rstrip('/')}{outside}"


def paths(obj: dict, rule: Rule) -> tuple[str, str]:
    """The path of a rule as clients write it, and the one that the Service is asked for then: without a prefix."""
    return _PATHS[obj["kind"]](obj, rule)


def _of_ingress(obj: dict, rule: Rule) -> tuple[str, str]:
    notes = obj["metadata"].get("annotations") or {}
    if REWRITES_F5 in notes:
        return rule.path, "/"
    if REWRITES_NGINX not in notes and REGEX_NGINX not in notes:
        return rule.path, rule.path
    if rule.path.endswith(ALL_BELOW):
        return _literal(rule.path.removesuffix(ALL_BELOW)) or "/", "/"
    one = ONE_BELOW.search(rule.path)
    if one:
        below = "/" + _literal(one["path"])
        return _literal(rule.path[: one.start()]) + below, below
    plain = _literal(EXPRESSION.sub("", rule.path)) or "/"
    return plain, "/" if REWRITES_NGINX in notes else plain


def _literal(expression: str) -> str:
    return expression.replace("\\.", ".")


def _of_route(obj: dict, rule: Rule) -> tuple[str, str]:
    notes = obj["metadata"].get("annotations") or {}
    return rule.path, notes.get(REWRITES_OPENSHIFT) or rule.path


def _of_http_route(obj: dict, rule: Rule) -> tuple[str, str]:
    for entry in obj["spec"].get("rules") or []:
        matched = [(match.get("path") or {}).get("value", "/") for match in entry.get("matches") or []]
        for part in entry.get("filters") or []:
            rewritten = ((part.get("urlRewrite") or {}).get("path") or {}).get("replacePrefixMatch")
            if rewritten and rule.path in matched:
                return rule.path, rewritten
    return rule.path, rule.path


_PATHS = {"Ingress": _of_ingress, "Route": _of_route, "HTTPRoute": _of_http_route}


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def changed(live: list[dict], objects: list[dict], revision: int) -> list[Finding]:
    """A finding for each entrance that leads other requests to the pods than the serving revision's does."""
    own = {label(obj): obj for obj in objects if obj["kind"] in entrances.KINDS}
    return [
        _changed(obj, _addresses(own[label(obj)]), _addresses(obj), revision)
        for obj in live
        if label(obj) in own and _addresses(own[label(obj)]) != _addresses(_as_released(obj, own[label(obj)]))
    ]


def _as_released(obj: dict, own: dict) -> dict:
    """A router gives a host to a Route that names none."""
    if obj["kind"] == "Route" and not own["spec"].get("host"):
        return {**obj, "spec": {**obj["spec"], "host": ""}}
    return obj


def _addresses(obj: dict) -> list[str]:
    return sorted({f"{rule.host}{paths(obj, rule)[0]}" for rule in entrances.rules(obj)})


def _changed(obj: dict, before: list[str], now: list[str], revision: int) -> Finding:
    text = f"it leads {', '.join(now) or 'nothing'} to the pods; r{revision} was released with {', '.join(before)}"
    remedy = (
        "Somebody changed it. Deploy again: that takes the change back. If it was meant, set "
        "model_serving_ingress_host, model_serving_ingress_prefix and model_serving_ingress_paths to it."
    )
    return Finding("EntranceChanged", label(obj), text, remedy)


def owners(request_host: str, outside: str, others: list[dict]) -> list[str]:
    """The Ingresses among ``others`` that have a rule for a request, as "namespace/name"."""
    return [
        f"{obj['metadata'].get('namespace', '')}/{name_of(obj)}"
        for obj in others
        if any(
            rule.host in ("", request_host) and _below(outside, paths(obj, rule)[0]) for rule in entrances.rules(obj)
        )
    ]
