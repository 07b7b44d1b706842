# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight knows of a cluster. Pure: gather.py reads it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ClusterFacts:
    """What was found. None means that it could not be read, which is never taken for "there is none"."""

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
    quotas: list | None = None
    nodes: list | None = None
