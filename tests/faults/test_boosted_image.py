# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of XGBoost, and gRPC: the image gets both libraries, and clients in the cluster get XGBoost's answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xgboost
from cluster import Cluster, command, playbook
from reach import process_of

RANDOM = np.random.default_rng(18)
ROWS = np.where(RANDOM.random((60, 3)) < 0.1, np.nan, RANDOM.normal(size=(60, 3)))
PLAIN = {
    "model_serving_autoscaling_enabled": False,
    "model_serving_replicas": 1,
    "model_serving_pdb_enabled": False,
    "model_serving_ingress_enabled": False,
    "model_serving_monitoring": "none",
    "model_serving_verify_url": "",
}
# Triton's own client. Prints what the model's metadata promise, and its answers, as JSON.
CLIENT = """
import json, sys
import numpy as np
from tritonclient import grpc

client = grpc.InferenceServerClient(sys.argv[1])
assert client.is_model_ready("churn")
rows = np.array(json.load(sys.stdin), np.float64)
tensor = grpc.InferInput("input", list(rows.shape), "FP64")
tensor.set_data_from_numpy(rows)
wanted = ("predict", "predict_proba")
outputs = [grpc.InferRequestedOutput(name) for name in wanted]
answer = client.infer("churn", [tensor], outputs=outputs, client_timeout=60)
promised = {output.name: output.datatype for output in client.get_model_metadata("churn").outputs}
assert promised == {output.name: output.datatype for output in answer.get_response().outputs}, promised
print(json.dumps({name: answer.as_numpy(name).tolist() for name in wanted}))
"""


@pytest.fixture
def model(tmp_path: Path) -> xgboost.XGBClassifier:
    """As a user trains and saves it, in churn.ubj."""
    model = xgboost.XGBClassifier(n_estimators=20, n_jobs=1).fit(ROWS, np.nan_to_num(ROWS[:, 0]) > 0)
    model.save_model(tmp_path / "churn.ubj")
    return model


def asked(address: str) -> dict:
    """What the service answers to a client in the ingress controller's pod, which the NetworkPolicy lets in."""
    pod = Cluster("ingress-nginx").list("Pod")[0]
    inside = ["nsenter", f"--net=/proc/{process_of(pod)}/ns/net", sys.executable, "-c", CLIENT, address]
    done = subprocess.run(
        inside, input=json.dumps(ROWS.tolist()), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.thorough
@pytest.mark.timeout(900)
def test_an_image_for_xgboost_and_grpc_answers_as_xgboost(
    cluster: Cluster, model: xgboost.XGBClassifier, tmp_path: Path
):
    variables = {
        "model_image_model": str(tmp_path / "churn.ubj"),
        "model_serving_namespace": cluster.namespace,
        "model_serving_service_grpc_port": 9000,
    }
    status, output = command(*playbook("deploy", **(PLAIN | variables)))
    assert status == 0, output
    answers = asked(f"{cluster.get('Service', 'model-api')['spec']['clusterIP']}:9000")
    assert answers["predict"] == model.predict(ROWS).tolist()
    assert answers["predict_proba"] == model.predict_proba(ROWS).tolist()
