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
    """A cluster that answers with the recorded autoscaler; returns what a name's autoscaler is."""
    monkeypatch.setattr(Reader, "read", lambda _self: RECORDED)
    kube = Kube(Connection("http://127.0.0.1", "test"))
    return lambda name: collect._scaling(kube, "t-hpa-healthy", name, lambda _kind: [RECORDED.hpa])


def test_the_autoscaler_of_the_deployment_is_read(recorded):
    assert recorded("api") is RECORDED


def test_the_autoscaler_of_another_deployment_is_not(recorded):
    assert recorded("other") is None
