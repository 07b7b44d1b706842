# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a pod was made from a template, for who may not read the ReplicaSets that know it. Pure."""

from __future__ import annotations

# Of a container: what neither admission nor the kubelet adds to.
SAME = ("image", "command", "args", "envFrom", "ports", "startupProbe", "readinessProbe", "livenessProbe")


def is_made_from(pod: dict, template: dict) -> bool:
    """Admission may have added labels, annotations, containers and variables: the template's own have to be there."""
    metadata = template.get("metadata") or {}
    for field in ("labels", "annotations"):
        if not _has(pod["metadata"].get(field), metadata.get(field)):
            return False
    made = {container["name"]: container for container in pod["spec"].get("containers") or []}
    wanted = template["spec"].get("containers") or []
    return all(_is_the_same(made.get(container["name"]) or {}, container) for container in wanted)


def _has(given: dict | None, wanted: dict | None) -> bool:
    return (wanted or {}).items() <= (given or {}).items()


def _is_the_same(made: dict, wanted: dict) -> bool:
    if any(made.get(field) != wanted.get(field) for field in SAME):
        return False
    variables = made.get("env") or []
    return all(entry in variables for entry in wanted.get("env") or [])
