# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts about a cluster that preflight judges. Pure: gather.py reads them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ClusterFacts:
    """None means that a fact could not be read; it never means that there is none."""

    host: str
    source: str
    in_cluster: bool
    identity: str | None = None
    groups: list = field(default_factory=list)
    version: str | None = None
    namespace: dict | None = None
    namespace_missing: bool = False
    api_versions: list = field(default_factory=list)
    served: dict = field(default_factory=dict)
    missing_kinds: list = field(default_factory=list)
    denied: list = field(default_factory=list)
    metrics: str = "not asked"
    ingress_classes: list | None = None
    # Of all namespaces, read if the set has an Ingress.
    ingresses: list | None = None
    # Those that the set's HTTPRoutes name, by namespace and name: {} where there is none.
    gateways: dict = field(default_factory=dict)
    quotas: list | None = None
    # What the set needs, does not contain, and that does not exist.
    absent: list = field(default_factory=list)
    # What exists without keys that it must have, each with these.
    lacking: list = field(default_factory=list)
    # The names of the objects whose number a quota limits, by (apiVersion, kind).
    existing: dict = field(default_factory=dict)
    # The Deployment that stands; {} where there is none.
    standing: dict | None = None
    nodes: list | None = None
    node_autoscaler: str = "unknown"
    # Those of kube-system, read if the set has a NetworkPolicy.
    daemon_sets: list | None = None
