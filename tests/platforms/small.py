# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release of one pod that asks for little, beside what else the cluster runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from cluster import KUBECONFIG, Cluster, serving_image
from playbook_runs import Run, command

ONE_SMALL_POD = {
    "model_serving_autoscaling_enabled": False,
    "model_serving_replicas": 1,
    "model_serving_pdb_enabled": False,
    "model_serving_cpu_request": "50m",
    "model_serving_memory_request": "128Mi",
}


@contextmanager
def namespace(name: str) -> Iterator[Cluster]:
    """A new namespace, which is removed at the end."""
    own = Cluster(name)
    own.make_namespace()
    try:
        yield own
    finally:
        own.remove_namespace()


def deploy(name: str, **variables) -> Run:
    """Deploys one small pod of the example model into that namespace, by the playbook."""
    given = {
        "model_serving_kubernetes": {"kubeconfig": str(KUBECONFIG)},
        "model_serving_namespace": name,
        "model_serving_image": serving_image(),
        **ONE_SMALL_POD,
        **variables,
    }
    run = command("ansible-playbook", "playbooks/deploy.yml", "-i", "inventories/local", "-e", json.dumps(given))
    assert run.status == 0, run.output
    return run
