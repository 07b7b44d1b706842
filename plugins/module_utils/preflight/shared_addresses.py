# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for other Ingresses with the host and path of a release, once that stands. Two releases of one wave do not see
each other's before."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.listing import items
from ansible_collections.modelops.serving.plugins.module_utils.common import kinds
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.preflight import checks


def warnings(kube: Kube, namespace: str, objects: list) -> list[str]:
    """A sentence for each Ingress of the set that shares its address. What cannot be read is not known, and nothing
    that a release which stands would fail for."""
    ingresses = [obj for obj in objects if obj["kind"] == "Ingress"]
    if not ingresses:
        return []
    try:
        others = items(kube, kinds.find("Ingress"), None) or []
        classes = items(kube, kinds.find("IngressClass"), None) or []
    except ServingError:
        return []
    found = [check for obj in ingresses for check in checks.ingress_address(obj, namespace, others, classes)]
    return checks.sentences(found, checks.WARNING)
