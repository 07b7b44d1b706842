# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which autoscaler a diagnosis reads, on one that was recorded on a real cluster."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.modelops.serving.plugins.module_utils.client.auth import Connection
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.diagnosis import collect
from ansible_collections.modelops.serving.plugins.module_utils.hpa.reader import Reader
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot

RECORDING = Path(__file__).resolve().parents[4] / "recordings" / "autoscaling" / "healthy.yml"
RECORDED = ScalingSnapshot(**yaml.load(RECORDING.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


@pytest.fixture
def recorded(monkeypatch):
    """A cluster that answers with the recorded autoscaler."""
    monkeypatch.setattr(collect, "items", lambda _kube, _kind, _namespace: [RECORDED.hpa])
    monkeypatch.setattr(Reader, "read", lambda _self: RECORDED)


def test_the_autoscaler_of_the_deployment_is_read(recorded):
    assert collect._scaling(Kube(Connection("http://127.0.0.1", "test")), "t-hpa-healthy", "api") is RECORDED


def test_the_autoscaler_of_another_deployment_is_not(recorded):
    assert collect._scaling(Kube(Connection("http://127.0.0.1", "test")), "t-hpa-healthy", "other") is None
