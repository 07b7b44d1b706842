# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of objects that a former owner left."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.release import former


def made_by_helm(kind: str, name: str) -> dict:
    fields = [{"manager": "helm", "operation": "Apply", "fieldsV1": {"f:spec": {}}}]
    return {"kind": kind, "metadata": {"name": name, "managedFields": fields}}


def test_what_acts_is_told_apart_from_what_pods_read():
    left = [made_by_helm("HorizontalPodAutoscaler", "api"), made_by_helm("ConfigMap", "api-config")]
    assert former.sentences(left, "ml") == [
        "HorizontalPodAutoscaler/api (managed by helm): made by the former owner, not in the set, and still at work. "
        "Have it in the set too, or remove it: kubectl -n ml delete horizontalpodautoscaler/api",
        "ConfigMap/api-config (managed by helm): made by the former owner and not in the set. Once you will not go "
        "back to r0, whose pods may read it, remove it: kubectl -n ml delete configmap/api-config",
    ]


def test_nothing_is_said_of_nothing():
    assert former.sentences([], "ml") == []
