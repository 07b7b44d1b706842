# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether other Ingresses ask for the requests that an Ingress asks for. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.ingress import class_of

# With these every Ingress has a load balancer of its own.
SEPARATE = ("gce", "gce-internal", "alb")
CANARY = "nginx.ingress.kubernetes.io/canary"


def claimed(ingress: dict, namespace: str, others: list, classes: list) -> list[tuple[str, str]]:
    """Of other Ingresses of its class that have a host and path of it: namespace/name, and what they share."""
    name, chosen = ingress["metadata"]["name"], class_of(ingress, classes).name
    if not chosen or chosen in SEPARATE or _is_canary(ingress):
        return []
    found = []
    for other in others:
        meta = other["metadata"]
        same = (meta["namespace"], meta["name"]) == (namespace, name)
        if same or _is_canary(other) or class_of(other, classes).name != chosen:
            continue
        shared = sorted(_asked(ingress) & _asked(other))
        if shared:
            found.append((f"{meta['namespace']}/{meta['name']}", "".join(shared[0])))
    return found


def _asked(ingress: dict) -> set[tuple[str, str]]:
    """Its hosts and paths."""
    rules = ingress["spec"].get("rules") or []
    return {
        (rule.get("host") or "every host", path.get("path") or "/")
        for rule in rules
        for path in (rule.get("http") or {}).get("paths") or []
    }


def _is_canary(ingress: dict) -> bool:
    return (ingress["metadata"].get("annotations") or {}).get(CANARY) == "true"
