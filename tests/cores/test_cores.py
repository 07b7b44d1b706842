# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collection under every version of ansible-core that is supported."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import yaml
from cluster import KUBECONFIG, Cluster, serving_image
from core import Core
from playbook_runs import ROOT
from versions import LOCKS, PYTHONS

HERE = Path(__file__).resolve().parent
NAMESPACE = "cores"
SMALL = {
    "model_serving_namespace": NAMESPACE,
    "model_serving_autoscaling_enabled": False,
    "model_serving_replicas": 1,
    "model_serving_pdb_enabled": False,
    "model_serving_cpu_request": "50m",
    "model_serving_memory_request": "128Mi",
    "model_serving_ingress_host": "cores.example.org",
    "model_serving_verify_url": "",
    "model_serving_kubernetes": {"kubeconfig": str(KUBECONFIG)},
}


def test_the_versions_are_those_that_are_said():
    oldest, *_between, newest = PYTHONS
    assert {path.stem for path in (LOCKS / "cores").glob("*.txt")} == set(PYTHONS)
    assert yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["requires_ansible"] == f">={oldest}.0"
    assert f"ansible-core {oldest} to {newest}" in (ROOT / "README.md").read_text()


@pytest.mark.cores
def test_it_is_this_version(core):
    assert f"core {core.version}." in core.run("ansible", "--version")


@pytest.mark.cores
def test_units(core):
    core.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/plugins", "tests/collection")


@pytest.mark.cores
def test_sanity(core):
    core.run("bash", "tests/scripts/sanity.sh")


@pytest.fixture(scope="session")
def reference(tmp_path_factory) -> dict[str, bytes]:
    """The files that the development environment renders."""
    return rendered(Core("the lock's", Path(sys.prefix)), tmp_path_factory.mktemp("reference"))


@pytest.mark.cores
def test_the_same_sets_are_rendered_byte_for_byte(core, reference, tmp_path):
    assert rendered(core, tmp_path) == reference


@pytest.fixture
def cluster():
    found = Cluster(NAMESPACE)
    found.remove_namespace()
    yield found
    found.remove_namespace()


@pytest.mark.cores
def test_a_release_and_its_rollback(core, cluster):
    """On the local cluster."""
    variables = SMALL | {"model_serving_image": serving_image()}
    play(core, "deploy", variables)
    assert replicas(cluster) == 1
    play(core, "deploy", variables | {"model_serving_labels": {"team": "risk"}})
    play(core, "rollback", variables)
    assert "team" not in cluster.get("Deployment", "model-api")["metadata"]["labels"]
    # A release that fails is explained in one text, and what stood is put back.
    output = play(core, "deploy", variables | {"model_serving_settings": {"SERVER_MAX_ROWS": "none"}}, status=2)
    assert output.count("CrashLoop in model-api") == 1
    assert "Traceback" not in output
    assert replicas(cluster) == 1
    play(core, "remove", variables)


def rendered(core: Core, folder: Path) -> dict[str, bytes]:
    core.run("python", HERE / "render_variants.py", folder)
    found = {path.name: path.read_bytes() for path in (folder / "rendered").iterdir()}
    assert found
    return found


def play(core: Core, name: str, variables: dict, status: int = 0) -> str:
    given = json.dumps(variables)
    return core.run("ansible-playbook", f"playbooks/{name}.yml", "-i", "inventories/local", "-e", given, status=status)


def replicas(cluster: Cluster) -> int:
    return cluster.get("Deployment", "model-api")["status"]["readyReplicas"]
