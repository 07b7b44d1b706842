# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads entrances and the Gateways behind them."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KindMissing, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import entrances
from ansible_collections.modelops.serving.plugins.module_utils.common import gateways as of_gateways
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find


def gateways(kube: Kube, objects: list) -> of_gateways.Gateways:
    """The Gateways that the HTTPRoutes among the objects name."""
    routes = [obj for obj in objects if obj["kind"] == "HTTPRoute"]
    return {key: _gateway(kube, *key) for key in sorted(of_gateways.keys(routes))}


def _gateway(kube: Kube, namespace: str, name: str) -> dict | None:
    try:
        return kube.get(of_gateways.GATEWAY, namespace, name) or {}
    except KindMissing:
        return {}
    except KubeError as error:
        if error.status == 403:
            return None
        raise


def named(kube: Kube, namespace: str, name: str) -> list[dict]:
    """The entrances of that name, of whatever kind; those that the cluster does not serve, or we may not read, are
    left out."""
    found = (_named(kube, kind, namespace, name) for kind in entrances.KINDS)
    return [obj for obj in found if obj]


def _named(kube: Kube, kind: str, namespace: str, name: str) -> dict | None:
    try:
        found = kube.get(find(kind), namespace, name)
    except KubeError as error:
        if error.status in (403, 404):
            return None
        raise
    return {**found, "kind": kind} if found else None
