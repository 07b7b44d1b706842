# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that asks for an API key, as docs/secrets.md has it: released, verified and loaded, and the key is shown
nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from cluster import Cluster, command, playbook, serving_image

KEY = "hunter2hunter2"
INGRESS = "http://10.213.0.11"
VARIABLES = {
    "model_serving_autoscaling_min_replicas": 1,
    "model_serving_autoscaling_max_replicas": 2,
    "model_serving_pdb_enabled": False,
    "model_serving_cpu_request": "50m",
    "model_serving_memory_request": "128Mi",
    "model_serving_monitoring": "none",
    "model_serving_ingress_host": "key.example",
    "model_serving_verify_url": INGRESS,
    "model_serving_extra_objects": [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "api-keys"}, "stringData": {"keys": KEY}}
    ],
    "model_serving_settings": {"SERVER_API_KEYS_FILE": "/api-keys/keys"},
    "model_serving_extra_volumes": [{"name": "api-keys", "secret": {"secretName": "api-keys"}}],
    "model_serving_extra_volume_mounts": [{"name": "api-keys", "mountPath": "/api-keys", "readOnly": True}],
    "model_serving_verify_headers": {"Authorization": f"Bearer {KEY}"},
}


def run(name: str, cluster: Cluster, **variables) -> tuple[int, str]:
    given = {"model_serving_image": serving_image(), "model_serving_namespace": cluster.namespace, **VARIABLES}
    return command(*playbook(name, **{**given, **variables}), "-vvv")


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_a_service_with_a_key_is_asked_with_it(cluster: Cluster, tmp_path: Path):
    for name, report, said in (
        ("deploy", "model_serving_report", "setosa"),
        ("verify", "model_verify_report", "✔ Ingress routes"),
        ("load_test", "load_test_report", "4 of 4 thresholds held"),
    ):
        status, output = run(name, cluster, **{report: str(tmp_path / name)})
        assert status == 0, output
        assert said in output, output
        assert KEY not in output
    for path in tmp_path.iterdir():
        assert KEY.encode() not in path.read_bytes(), path
    status, output = run("load_test", cluster, model_serving_verify_headers={}, load_test_report="")
    assert status != 0 and "asks for an API key" in output, output
