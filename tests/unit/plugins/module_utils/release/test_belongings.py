# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release removes, what it keeps, and what it says of that."""

from __future__ import annotations

import pytest
from release_objects import config_map

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KindMissing, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common import kinds
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release.belongings import Belongings
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Options

KEEP = {"modelops.serving/keep": "true"}
DISCOVERED = {
    "Widget": kinds.Kind("Widget", "example.com/v1", "widgets", 11),
    "ClusterIssuer": kinds.Kind("ClusterIssuer", "cert-manager.io/v1", "clusterissuers", 11, namespaced=False),
}


class Cluster:
    """The few answers of an API server that a removal asks for. ``unreadable`` are kinds that may not be read,
    ``unlisted`` those of which each may."""

    def __init__(self, *standing, unreadable=(), unlisted=(), undeletable=()):
        self.standing, self.unreadable, self.deleted = list(standing), unreadable, []
        self.undeletable, self.unlisted = undeletable, unlisted
        self.deadline = None

    def kind(self, api_version, kind):
        entry = kinds.find(kind, api_version) or DISCOVERED.get(kind)
        if entry is None:
            raise KindMissing(f"the cluster does not serve {kind}", 404)
        return entry

    def list(self, entry, _namespace, _labels):
        if entry.kind in (*self.unreadable, *self.unlisted):
            raise KubeError(f"{entry.plural} is forbidden", 403)
        return {"items": [obj for obj in self.standing if obj["kind"] == entry.kind]}

    def get(self, entry, _namespace, name):
        if entry.kind in self.unreadable:
            raise KubeError(f"{entry.plural} is forbidden", 403)
        named = (obj for obj in self.standing if (obj["kind"], obj["metadata"]["name"]) == (entry.kind, name))
        return next(named, None)

    def delete(self, obj, _namespace, dry_run):
        if obj["kind"] in self.undeletable:
            raise KubeError(f"{obj['kind']} is forbidden", 403)
        self.deleted.append((label(obj), dry_run))


def applied(api_version, kind, name, annotations=None):
    """An object as it stands after this release applied it."""
    meta = {
        "name": name,
        "annotations": annotations or {},
        "labels": {"app.kubernetes.io/instance": "api"},
        "managedFields": [{"manager": "modelops.serving", "operation": "Apply"}],
    }
    return {"apiVersion": api_version, "kind": kind, "metadata": meta}


def removed_by(cluster, *objects, dry_run=None):
    """The session after it was asked to remove these."""
    session = Belongings(cluster, Options("api", "ns"))
    session.remove(list(objects), dry_run)
    return session


CLAIM = applied("v1", "PersistentVolumeClaim", "models")
WIDGET = applied("example.com/v1", "Widget", "w")
ISSUER = applied("cert-manager.io/v1", "ClusterIssuer", "letsencrypt")


def test_a_kind_that_was_discovered_is_removed():
    cluster = Cluster(WIDGET)
    assert removed_by(cluster, WIDGET).outcome.notes == []
    assert cluster.deleted == [("Widget/w", None)]


@pytest.mark.parametrize(
    ("obj", "note"),
    [
        (CLAIM, "not removed: PersistentVolumeClaim/models (it holds data)"),
        (ISSUER, "not removed: ClusterIssuer/letsencrypt (it belongs to the whole cluster)"),
        (
            applied("v1", "ConfigMap", "c", {"helm.sh/resource-policy": "keep"}),
            "not removed: ConfigMap/c (helm.sh/resource-policy: keep)",
        ),
    ],
)
def test_what_is_kept_is_said(obj, note):
    cluster = Cluster(obj)
    assert removed_by(cluster, obj).outcome.notes == [note]
    assert cluster.deleted == []


@pytest.mark.parametrize("recorded", [{}, KEEP])
@pytest.mark.parametrize("standing", [{}, KEEP])
def test_the_recorded_annotation_counts_as_well_as_the_live_one(recorded, standing):
    cluster = Cluster(applied("v1", "ConfigMap", "c", standing))
    notes = removed_by(cluster, applied("v1", "ConfigMap", "c", recorded)).outcome.notes
    kept = bool(recorded or standing)
    assert cluster.deleted == ([] if kept else [("ConfigMap/c", None)])
    assert notes == (["not removed: ConfigMap/c (modelops.serving/keep: true)"] if kept else [])


def test_several_are_said_in_one_note():
    cluster = Cluster(CLAIM, ISSUER, WIDGET)
    assert removed_by(cluster, CLAIM, WIDGET, ISSUER).outcome.notes == [
        "not removed: PersistentVolumeClaim/models (it holds data), "
        "ClusterIssuer/letsencrypt (it belongs to the whole cluster)"
    ]
    assert cluster.deleted == [("Widget/w", None)]


def test_what_is_gone_already_is_not_spoken_of():
    assert removed_by(Cluster(), CLAIM, ISSUER, WIDGET).outcome.notes == []


def test_what_is_not_ours_any_more_is_neither_removed_nor_spoken_of():
    another = {**CLAIM, "metadata": {**CLAIM["metadata"], "labels": {"app.kubernetes.io/instance": "other"}}}
    cluster = Cluster(another)
    assert removed_by(cluster, CLAIM).outcome.notes == []
    assert cluster.deleted == []


def test_what_stays_needs_no_permission_to_be_read():
    cluster = Cluster(CLAIM, WIDGET, unreadable=("PersistentVolumeClaim",))
    assert removed_by(cluster, CLAIM, WIDGET).outcome.notes == [
        "not removed: PersistentVolumeClaim/models (it holds data)"
    ]
    assert cluster.deleted == [("Widget/w", None)]


def test_what_may_not_be_seen_stays_and_is_named():
    """A release that serves has not failed because an earlier one had a kind that this user may not list."""
    session = removed_by(Cluster(WIDGET, unreadable=("Widget",)), WIDGET)
    assert session.outcome.notes == ["not removed: Widget/w (no permission to see it)"]


def test_what_may_be_read_and_not_listed_is_removed_and_what_is_gone_is_not_spoken_of():
    cluster = Cluster(WIDGET, unlisted=("Widget",))
    gone = applied("example.com/v1", "Widget", "long-gone")
    assert removed_by(cluster, WIDGET, gone).outcome.notes == []
    assert cluster.deleted == [("Widget/w", None)]


def test_a_kind_whose_crd_is_gone_is_passed_over():
    gadget = {"apiVersion": "example.com/v1", "kind": "Gadget", "metadata": {"name": "g", "annotations": KEEP}}
    assert removed_by(Cluster(), gadget, config_map("c")).outcome.notes == []


def test_check_mode_says_the_same():
    cluster = Cluster(CLAIM, WIDGET)
    session = removed_by(cluster, CLAIM, WIDGET, dry_run="All")
    assert cluster.deleted == [("Widget/w", "All")]
    assert session.outcome.notes == ["not removed: PersistentVolumeClaim/models (it holds data)"]


def test_what_may_not_be_deleted_stays_and_is_named():
    cluster = Cluster(WIDGET, ISSUER, undeletable=("Widget",))
    session = removed_by(cluster, WIDGET)
    assert cluster.deleted == []
    assert session.outcome.notes == ["not removed: Widget/w (no permission to delete it)"]


def without_record(*standing) -> Belongings:
    session = Belongings(Cluster(), Options("api", "ns"))
    session.all_ours = lambda: list(standing)
    return session


def test_what_another_tool_applies_is_not_removed_without_a_record():
    handed_over = applied("apps/v1", "Deployment", "api")
    handed_over["metadata"]["managedFields"].append({"manager": "argocd-controller", "operation": "Apply"})
    session = without_record(CLAIM, handed_over)
    with pytest.raises(
        ServingError, match=r"Deployment/api \(applied by argocd-controller\).*Remove it with that tool"
    ):
        session.recorded_objects()
    assert without_record(CLAIM).recorded_objects() == [CLAIM]

    session.history.unreadable = [{}]  # somebody has recorded it
    assert session.recorded_objects() == [CLAIM, handed_over]
