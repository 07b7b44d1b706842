# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ownership of fields: taking over, refusing, explaining."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KindMissing, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common import kinds, object_set
from ansible_collections.modelops.serving.plugins.module_utils.release import apply, reading, refusals
from ansible_collections.modelops.serving.plugins.module_utils.release.refusals import Refused

CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}


def entry(manager, operation="Update", **fields):
    given = {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": {"f:data": {}}}
    return {**given, **fields}


def live(*entries):
    return {**CONFIG, "metadata": {"name": "c", "managedFields": list(entries)}}


OURS = entry("modelops.serving", "Apply")
CAUSES = ({"field": ".data.a", "message": 'conflict with "helm" using v1'},)


class TestConflicts:
    def test_another_tool_s_field_is_named_with_its_owner(self):
        with pytest.raises(Refused, match=r'ConfigMap/c: another tool applies \.data\.a \(conflict with "helm"'):
            apply._may_take(CONFIG, live(OURS, entry("helm", "Apply")), CAUSES, lambda _live: False)

    def test_it_is_taken_with_adopt(self):
        apply._may_take(CONFIG, live(entry("helm", "Apply")), CAUSES, lambda _live: True)

    def test_an_edit_in_place_is_drift(self):
        causes = [{"field": ".data.a", "message": 'conflict with "kubectl-edit" using v1'}]
        apply._may_take(CONFIG, live(OURS, entry("kubectl-edit")), causes, lambda _live: False)

    def test_what_somebody_made_meanwhile_is_not_taken(self):
        with pytest.raises(Refused, match=r"ConfigMap/c \(managed by kubectl\) was made by somebody else meanwhile"):
            apply._may_take(CONFIG, live(entry("kubectl")), [], lambda _live: False)


@pytest.mark.parametrize(
    ("status", "message", "expected"),
    [
        (422, 'PATCH /x: Service "c" is invalid: spec.clusterIP: field is immutable', "cannot be changed in place"),
        (422, "PATCH /x: spec.ports: Required value", "is not valid: spec.ports: Required value"),
        (403, 'PATCH /x: configmaps "c" is forbidden', 'configmaps "c" is forbidden'),
    ],
)
def test_refusals_name_the_object(status, message, expected):
    explained = refusals.explained(KubeError(message, status, answer=message.partition(": ")[2]), CONFIG)
    assert str(explained).startswith("ConfigMap/c")
    assert expected in str(explained)


class Server:
    """Answers with the object that is asked for; of a kind in ``errors`` with the error."""

    def __init__(self, errors: dict):
        self.errors = errors

    def kind(self, api_version, kind):
        if isinstance(self.errors.get(kind), KindMissing):
            raise self.errors[kind]
        return kinds.Kind(kind, api_version, "things", 0)

    def get(self, kind, namespace, name):
        if kind.kind in self.errors:
            raise self.errors[kind.kind]
        return {"kind": kind.kind, "metadata": {"name": name, "namespace": namespace}}


WIDGET = {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w"}}


class TestReadingWhatCanBeRead:
    def test_a_kind_that_the_cluster_does_not_serve_leaves_the_others(self):
        live, impossible, unread = self.read(KindMissing("no such kind", 404))
        assert [obj["kind"] for obj in live.values()] == ["ConfigMap"]
        assert (impossible, unread) == ({object_set.key(WIDGET): "no such kind"}, {})

    @pytest.mark.parametrize("status", [403, 500, 503])
    def test_a_kind_that_cannot_be_read_is_unknown(self, status):
        live, impossible, unread = self.read(KubeError("it says no", status))
        assert [obj["kind"] for obj in live.values()] == ["ConfigMap"]
        assert (impossible, unread) == ({}, {object_set.key(WIDGET): "it says no"})

    @pytest.mark.parametrize("status", [0, 401])
    def test_without_a_server_or_credentials_nothing_is_said(self, status):
        with pytest.raises(KubeError):
            self.read(KubeError("no", status))

    @staticmethod
    def read(error: KubeError) -> tuple[dict, dict, dict]:
        return reading.read_readable(Server({"Widget": error}), "ml", "api", [WIDGET, CONFIG])


def test_a_selector_that_is_another_is_named():
    def selecting(**labels):
        spec = {"selector": {"matchLabels": labels}}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "hand"}, "spec": spec}

    refusal = KubeError("", 422, answer="spec.selector: Invalid value: …: field is immutable")
    said = str(refusals.explained(refusal, selecting(app="hand", tier="a"), selecting(app="web")))
    assert said.startswith("Deployment/hand finds its pods by app=web, and the set's by app=hand, tier=a: ")
    # By these words the dry run knows that it is for good.
    assert "model_serving_name" in said and refusals.IMMUTABLE in said
