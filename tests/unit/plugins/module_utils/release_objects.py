# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of a release, as a set describes them and as they stand."""

from __future__ import annotations

CONTROLLER = {
    "manager": "kube-controller-manager",
    "operation": "Update",
    "subresource": "scale",
    "fieldsV1": {"f:spec": {"f:replicas": {}}},
}
OURS_WITH_REPLICAS = {
    "manager": "modelops.serving",
    "operation": "Apply",
    "fieldsV1": {"f:spec": {"f:replicas": {}, "f:template": {}}},
}
OURS = {"manager": "modelops.serving", "operation": "Apply", "fieldsV1": {"f:spec": {"f:template": {}}}}


def deployment(replicas=None, image="api:1"):
    spec = {"template": {"spec": {"containers": [{"name": "api", "image": image}]}}}
    if replicas is not None:
        spec["replicas"] = replicas
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"}, "spec": spec}


def autoscaler(low=3, high=10):
    target = {"kind": "Deployment", "name": "api"}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "api"},
        "spec": {"scaleTargetRef": target, "minReplicas": low, "maxReplicas": high},
    }


def scaled_object(**spec):
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "api"},
        "spec": {"scaleTargetRef": {"name": "api"}, **spec},
    }


def config_map(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def live(replicas, *owners):
    obj = deployment(replicas)
    obj["metadata"].update(resourceVersion="41", managedFields=list(owners))
    return obj
