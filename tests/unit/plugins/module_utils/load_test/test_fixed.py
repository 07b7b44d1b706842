# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Deployment that nothing scales is watched too; what only an autoscaler could hold is refused."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.hpa.reader import NotScaled, Reader
from ansible_collections.modelops.serving.plugins.module_utils.load_test import fixed, watch

READY = {"conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [{"name": "api", "restartCount": 2}]}
DEPLOYMENT = {
    "metadata": {"name": "wine", "namespace": "shop", "uid": "d"},
    "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "wine"}}},
}
SET = {
    "metadata": {
        "uid": "s",
        "ownerReferences": [{"uid": "d"}],
        "annotations": {"deployment.kubernetes.io/revision": "4"},
    }
}


def pod(number: int, app: str = "wine", owner: str = "s") -> dict:
    name = f"{app}-{number}"
    return {
        "metadata": {"uid": name, "name": name, "labels": {"app": app}, "ownerReferences": [{"uid": owner}]},
        "status": READY,
    }


class Cluster:
    """Has the Deployment, if it ``stands``, and these autoscalers."""

    requests = 0

    def __init__(self, stands: bool = True, hpas: list | None = None):
        self.objects = {
            "ReplicaSet": [SET],
            "Pod": [pod(1), pod(2), pod(1, "other", "x")],
            "HorizontalPodAutoscaler": hpas or [],
        }
        self.deployment = DEPLOYMENT if stands else None

    def another(self) -> Cluster:
        return self

    def get(self, kind, _namespace, name) -> dict | None:
        return self.deployment if (kind.kind, name) == ("Deployment", "wine") else None

    def list(self, kind, _namespace, *_more) -> dict:
        return {"items": self.objects.get(kind.kind, [])}


def test_its_pods_replicas_and_restarts_are_read():
    reader = fixed.FixedReader(Cluster(), "shop", "wine")
    for snapshot in (reader.read(), reader.read_changing(reader.read())):
        point = watch.point_of(snapshot, 1.0)
        assert (point.desired, point.ready, point.rollout, point.utilization) == (2, 2, 4, None)
        assert watch.restart_counts(snapshot) == {("wine-1", "api"): 2, ("wine-2", "api"): 2}
        assert snapshot.target_label == "Deployment/wine"


def test_one_that_is_not_there_is_none_and_one_that_goes_is_an_error():
    reader = fixed.FixedReader(Cluster(), "shop", "wine")
    snapshot = reader.read()
    assert fixed.FixedReader(Cluster(stands=False), "shop", "wine").read() is None
    reader.kube.deployment = None
    with pytest.raises(ServingError, match=r"Deployment/wine in namespace shop was deleted"):
        reader.read_changing(snapshot)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"replicas": 6, "rows": 0, "fall": 900}, "load_test_replicas=0, load_test_rows=1, load_test_fall_timeout=0"),
        ({"replicas": 3}, "set load_test_replicas=0, or"),
        ({"fall": 60}, "set load_test_fall_timeout=0, or"),
    ],
)
def test_what_needs_an_autoscaler_is_refused_in_the_user_s_variables(given, named):
    with pytest.raises(ServingError) as refused:
        fixed.refuse_what_needs_scaling("Deployment/wine", **{"replicas": 0, "rows": 1, "fall": 0, **given})
    assert named in str(refused.value)
    assert "model_serving_autoscaling_enabled=true" in str(refused.value)


def test_a_load_alone_needs_none():
    fixed.refuse_what_needs_scaling("Deployment/wine", replicas=0, rows=1, fall=0)


def hpa(name: str, target: str) -> dict:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": target}, "maxReplicas": 3}
    return {"metadata": {"name": name, "namespace": "shop", "uid": name}, "spec": spec}


@pytest.mark.parametrize(
    ("hpas", "unscaled"), [([], True), ([hpa("a", "other")], True), ([hpa("of-another-name", "wine")], False)]
)
def test_what_an_autoscaler_of_another_name_scales_is_not_fixed(monkeypatch, hpas, unscaled):
    reader = Reader(Cluster(hpas=hpas), "shop", "wine")
    monkeypatch.setattr(reader, "_optional", lambda *_given: [])
    with pytest.raises(ServingError, match="HorizontalPodAutoscaler/wine does not exist") as missing:
        reader.read()
    assert isinstance(missing.value, NotScaled) == unscaled
