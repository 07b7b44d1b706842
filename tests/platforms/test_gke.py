# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chapter "GKE" of docs/targets.md. Google is a stand-in that reads requests into Google's own types and refuses
what they do not have (stand_ins/gke.py); behind its control plane is the local cluster, so that what is deployed are
pods.

Most of it calls what the module calls, without starting Ansible; the last tests run the playbooks.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import certificates
import pytest
from cluster import KUBECONFIG, Cluster, serving_image
from playbook_runs import Run, command
from small import ONE_SMALL_POD

from ansible_collections.modelops.serving.plugins.module_utils.client.auth import AuthError, connect
from ansible_collections.modelops.serving.plugins.module_utils.client.google import GoogleError
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.gke import client, messages
from ansible_collections.modelops.serving.plugins.modules import gke_cluster


def loaded(name: str):
    path = Path(__file__).parent / "stand_ins" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"stand_in_of_{name}", path)
    module = importlib.util.module_from_spec(spec)
    # Where dataclasses look for the types that they name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


gke, google = loaded("gke"), loaded("google")
PROJECT, LOCATION, NAME = "example-project", "europe-west1", "eu-1"
HOST = f"gke://{PROJECT}/{LOCATION}/{NAME}"
WANTED = messages.Wanted(PROJECT, LOCATION, NAME)
PATH = WANTED.path
WHOLE = f"{PROJECT}/{LOCATION}/{NAME}"
NAMESPACE = "t-gke"


class Google:
    """Google as a machine sees it: credentials, GKE's API, and a control plane."""

    def __init__(self, folder: Path):
        certificate, key = certificates.make()
        pair = (folder / "tls.crt", folder / "tls.key")
        pair[0].write_bytes(certificate)
        pair[1].write_bytes(key)
        (folder / "ca.crt").write_bytes(certificates.AUTHORITY)
        self.tokens = google.Tokens(3600)
        (folder / "account.json").write_text(json.dumps(self.tokens.account()))
        self.control_plane = google.ControlPlane(self.tokens, KUBECONFIG, pair)
        self.clusters = gke.Clusters(PROJECT, self.control_plane.address, certificates.AUTHORITY, seconds=0.3)
        self._api = google.api(self.clusters, self.tokens, pair)
        self.environment = {
            "GOOGLE_APPLICATION_CREDENTIALS": str(folder / "account.json"),
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER": f"https://127.0.0.1:{self._api.server_address[1]}/",
            "REQUESTS_CA_BUNDLE": str(folder / "ca.crt"),
            "NO_PROXY": "127.0.0.1",
            "KUBECONFIG": str(folder / "there-is-none"),
        }

    @property
    def writes(self) -> list[str]:
        return [call for call, _request in self.clusters.writes]

    @property
    def cluster(self):
        return self.clusters.clusters[PATH]

    def stop(self) -> None:
        for server in (self._api, self.tokens.server, self.control_plane.server):
            server.shutdown()
            server.server_close()

    def playbook(self, name: str, *arguments: str, **variables) -> Run:
        given = ["-i", "inventories/prod", "--limit", "gke-eu-1", "-e", json.dumps(variables), *arguments]
        return command("ansible-playbook", f"playbooks/{name}.yml", *given, **self.environment)


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch) -> Iterator[Google]:
    found = Google(tmp_path)
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.05)
    yield found
    found.stop()


def run(check_mode: bool = False, said: list | None = None, **options) -> dict:
    """What the module returns for the options of a run, and others in place of those of WANTED."""
    of_the_run = {"state": "present", "confirm": "", "update": "none", "timeout": 30}
    params = {name: options.pop(name, value) for name, value in of_the_run.items()}
    say = (said if said is not None else []).append
    found = client.Gke(dataclasses.replace(WANTED, **options), params["timeout"], say)
    return gke_cluster.run(params, check_mode, found, say)


@pytest.fixture
def ready(cloud: Google) -> Google:
    """A Google that has the cluster."""
    run()
    cloud.clusters.writes.clear()
    return cloud


# Creating


def test_a_cluster_is_created_as_it_was_asked_for(cloud: Google):
    said: list[str] = []
    result = run(said=said)
    assert result["changed"]
    assert result["changes"] == ["create the cluster eu-1 in europe-west1 of example-project"]
    assert result["differences"] == []
    assert cloud.writes == ["CreateCluster"]
    made, pool = cloud.cluster, cloud.cluster.node_pools[0]
    assert made.current_node_count == 3
    assert made.workload_identity_config.workload_pool == "example-project.svc.id.goog"
    assert made.network_config.datapath_provider.name == "ADVANCED_DATAPATH"
    assert made.network_config.default_enable_private_nodes
    assert pool.network_config.enable_private_nodes
    assert made.release_channel.channel.name == "REGULAR"
    assert pool.config.machine_type == "n1-standard-4"
    assert (pool.autoscaling.total_min_node_count, pool.autoscaling.total_max_node_count) == (3, 9)
    assert any("create cluster: nodes done" in line for line in said), said


def test_the_second_run_changes_nothing(ready: Google):
    result = run(update="nodes")
    assert (result["changed"], result["changes"], result["diff"], result["differences"]) == (False, [], [], [])
    assert ready.writes == []


def test_check_mode_creates_nothing_and_shows_all(cloud: Google):
    told = run(check_mode=True)
    assert cloud.writes == []
    assert told["changed"]
    assert told["diff"][0]["before"] == {}
    assert told["diff"][0]["after"]["machine_type"] == "n1-standard-4"
    assert run()["changes"] == told["changes"]


def test_a_zonal_cluster_begins_with_all_its_nodes_in_one_zone(cloud: Google):
    run(location="europe-west1-b")
    made = cloud.clusters.clusters[PATH.replace("europe-west1", "europe-west1-b")]
    assert (made.node_pools[0].initial_node_count, made.current_node_count) == (3, 3)


def test_an_autopilot_cluster_has_no_pools_and_no_differences_for_what_google_decides(cloud: Google):
    run(autopilot=True)
    assert not cloud.cluster.node_pools
    # What Autopilot makes for itself.
    cloud.cluster.node_pools = [{"name": "default-pool", "config": {"machine_type": "e2-standard-4"}}]
    result = run(autopilot=True, update="nodes")
    assert (result["changed"], result["differences"]) == (False, [])


def test_a_run_that_was_interrupted_is_waited_for_by_the_next(cloud: Google):
    cloud.clusters.seconds = 5.0  # longer than a busy machine takes to ask again
    with pytest.raises(ServingError, match=r"not done after gke_cluster_timeout \(0\.2 s\): create cluster.*run this"):
        run(timeout=0.2)
    said: list[str] = []
    result = run(said=said)
    assert cloud.writes == ["CreateCluster"]
    assert (result["changed"], result["differences"]) == (False, [])
    assert any("create cluster" in line for line in said), said


def test_a_creation_that_fails_is_told_in_googles_words_and_names_the_way_out(cloud: Google):
    cloud.clusters.fails = "Google Compute Engine: Not all instances running in IGM: GCE_STOCKOUT"
    with pytest.raises(ServingError, match=r"GKE could not create cluster eu-1: .*GCE_STOCKOUT"):
        run()
    with pytest.raises(
        ServingError,
        match=r"is in state ERROR: .*GCE_STOCKOUT.*-e gke_cluster_confirm=[a-z0-9-]+/[a-z0-9-]+/eu-1, then run",
    ):
        run()
    assert run(state="absent", confirm=WHOLE)["changed"]
    assert run()["changed"]


# Adopting and changing

DIFFERENT = {
    "release_channel": ("stable", "settings"),
    "labels": ({"team": "models"}, "settings"),
    "gateway_api": (True, "settings"),
    "dns_endpoint": (True, "settings"),
    "authorized_networks": (("10.0.0.0/8",), "settings"),
    "max_nodes": (12, "settings"),
    "machine_type": ("n1-standard-8", "nodes"),
    "disk_gb": (200, "nodes"),
    "zones": (("europe-west1-b", "europe-west1-c"), "nodes"),
    "private_nodes": (False, "nodes"),
    "workload_identity": (False, "nodes"),
    "pool": ("other", "nodes"),
    "spot": (True, "a new node pool"),
    "service_account": ("nodes@example-project.iam.gserviceaccount.com", "a new node pool"),
    "dataplane_v2": (False, "a new cluster"),
    "network": ("another", "a new cluster"),
    "subnetwork": ("another", "a new cluster"),
    "autopilot": (True, "a new cluster"),
}


@pytest.mark.parametrize("option", DIFFERENT)
def test_a_difference_is_told_and_left_unasked(ready: Google, option: str):
    value, needs = DIFFERENT[option]
    result = run(**{option: value})
    assert not result["changed"]
    assert ready.writes == []
    assert needs in {one["needs"] for one in result["differences"]}
    assert any(f"gke_cluster_{option}" in line or option in line for line in result["warnings"]), result["warnings"]


@pytest.mark.parametrize("option", [name for name, (_value, needs) in DIFFERENT.items() if needs == "settings"])
def test_settings_change_when_asked_and_leave_the_nodes(ready: Google, option: str):
    value, _needs = DIFFERENT[option]
    told = run(check_mode=True, update="settings", **{option: value})
    result = run(update="settings", **{option: value})
    assert result["changes"] == told["changes"] != []
    assert result["diff"] == told["diff"] != []
    assert result["differences"] == []
    assert ready.clusters.replaced == {}
    assert not run(update="settings", **{option: value})["changed"]


@pytest.mark.parametrize("option", [name for name, (_value, needs) in DIFFERENT.items() if needs == "nodes"])
def test_what_replaces_nodes_needs_a_word_of_its_own(ready: Google, option: str):
    value, _needs = DIFFERENT[option]
    left = run(update="settings", **{option: value})
    assert left["differences"]
    result = run(update="nodes", **{option: value})
    assert result["changed"]
    assert result["differences"] == []
    assert not run(update="nodes", **{option: value})["changed"]


@pytest.mark.parametrize("option", [name for name, (_value, needs) in DIFFERENT.items() if needs.startswith("a new")])
def test_what_needs_a_new_pool_or_cluster_is_never_done(ready: Google, option: str):
    value, _needs = DIFFERENT[option]
    result = run(update="nodes", **{option: value})
    assert not result["changed"]
    assert result["differences"]
    assert ready.writes == []


def test_machine_and_disk_replace_the_nodes_once(ready: Google):
    run(update="nodes", machine_type="n1-standard-8", disk_gb=200)
    assert ready.writes == ["UpdateNodePool"]
    assert ready.clusters.replaced == {"serving": 1}


def test_labels_of_others_are_kept(ready: Google):
    ready.cluster.resource_labels = {"owner": "somebody"}
    run(update="settings", labels={"team": "models"})
    assert dict(ready.cluster.resource_labels) == {"owner": "somebody", "team": "models"}


def test_what_was_not_asked_for_is_not_opened(ready: Google):
    ready.cluster.control_plane_endpoints_config.ip_endpoints_config.enable_public_endpoint = False
    run(update="settings", dns_endpoint=True)
    assert ready.cluster.control_plane_endpoints_config.ip_endpoints_config.enable_public_endpoint is False


def test_an_upgrade_by_google_is_waited_for(ready: Google):
    ready.clusters.seconds = 2
    ready.clusters._begin("UPGRADE_MASTER", PATH, lambda: None)
    said: list[str] = []
    assert run(said=said, update="settings", max_nodes=12)["changed"]
    assert any("upgrade master" in line for line in said), said


def test_what_google_does_not_keep_is_named(ready: Google, monkeypatch):
    monkeypatch.setattr(gke.Clusters, "_update", lambda *_arguments: None)
    with pytest.raises(ServingError, match=r"GKE has not kept .* release_channel regular instead of stable"):
        run(update="settings", release_channel="stable")


# Removing


@pytest.mark.parametrize("confirm", ["", "us-1", NAME])
def test_nothing_is_deleted_that_was_not_named_twice(ready: Google, confirm: str):
    with pytest.raises(
        ServingError,
        match=r"deleted with its 3 nodes .*Confirm it with -e gke_cluster_confirm=[a-z0-9-]+/[a-z0-9-]+/eu-1",
    ):
        run(state="absent", confirm=confirm)
    assert ready.writes == []


def test_it_is_deleted_and_then_not_there(ready: Google):
    assert run(check_mode=True, state="absent", confirm=WHOLE)["changed"]
    assert ready.writes == []
    assert run(state="absent", confirm=WHOLE)["changed"]
    assert ready.clusters.clusters == {}
    assert not run(state="absent")["changed"]


# Refusals


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"machine_type": "n9-giant"}, "Machine type with name 'n9-giant' does not exist"),
        ({"location": "europe-west99"}, 'Location "europe-west99" does not exist'),
        ({"project": "another-project"}, r"permission\(s\).*roles/container.admin in another-project"),
        ({"min_nodes": 10}, r"gke_cluster_max_nodes \(9\) is below gke_cluster_min_nodes \(10\)"),
        ({"zones": ("us-central1-a",)}, "gke_cluster_zones has us-central1-a, which is not in europe-west1"),
        ({"name": ""}, "Set gke_cluster_name to the cluster's name"),
    ],
)
def test_a_refusal_names_the_variable_or_says_googles_words(cloud: Google, options: dict, said: str):
    with pytest.raises(ServingError, match=said):
        run(**options)
    assert cloud.clusters.clusters == {}


def test_credentials_that_google_does_not_know_are_named(cloud: Google):
    cloud.tokens.key = google.Tokens(1).key
    with pytest.raises(ServingError, match="Application Default Credentials"):
        run()


# Credentials for the other modules


def test_the_name_of_a_cluster_is_a_connection(ready: Google, monkeypatch):
    made = connect({"host": HOST})
    assert made.host == f"https://{ready.control_plane.address}"
    assert made.ca_data == certificates.AUTHORITY.decode()
    assert ready.tokens.live(made.headers["authorization"])


def test_workload_identity_gives_the_token_by_the_metadata_server(ready: Google, monkeypatch, tmp_path: Path):
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "no-gcloud"))
    for name in ("GCE_METADATA_HOST", "GCE_METADATA_ROOT", "GCE_METADATA_IP"):
        monkeypatch.setenv(name, ready.tokens.address)
    assert ready.tokens.live(connect({"host": HOST}).headers["authorization"])


def test_a_dns_endpoint_is_taken_where_it_may_be_used(ready: Google):
    config = ready.cluster.control_plane_endpoints_config.dns_endpoint_config
    config.endpoint = "gke-0123.europe-west1.gke.goog"
    assert connect({"host": HOST}).host == f"https://{ready.control_plane.address}"
    config.allow_external_traffic = True
    made = connect({"host": HOST})
    assert (made.host, made.ca_data) == ("https://gke-0123.europe-west1.gke.goog", None)


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("gke://example-project/europe-west1", "must be gke://PROJECT/LOCATION/NAME"),
        (HOST.replace("eu-1", "eu-2"), "Not found: .*Create the cluster with playbooks/cluster.yml"),
        (HOST.replace("example-", "another-"), "roles/container.developer"),
    ],
)
def test_a_cluster_that_google_does_not_tell_is_named(ready: Google, host: str, said: str):
    with pytest.raises((AuthError, GoogleError), match=said):
        connect({"host": host})


# The playbooks


def variables(**given) -> dict:
    # No name of the inventory leads here, and the local cluster has no load balancers.
    return {
        "model_serving_namespace": NAMESPACE,
        "model_serving_verify_url": "",
        "model_serving_load_balancer_enabled": False,
        **ONE_SMALL_POD,
        **given,
    }


@pytest.fixture
def namespace() -> Iterator[Cluster]:
    own = Cluster(NAMESPACE)
    yield own
    own.remove_namespace()


@pytest.mark.timeout(600)
def test_from_nothing_to_a_prediction_with_tokens_that_expire_and_away(cloud: Google, namespace: Cluster):
    shown = cloud.playbook("cluster", "--check", "--diff")
    assert shown.status == 0, shown.output
    assert "machine_type" in shown.output
    assert cloud.writes == []

    made = cloud.playbook("cluster")
    assert made.status == 0, made.output
    assert "create cluster: nodes done" in made.output, made.output
    assert f"host: {HOST}" in made.output, made.output

    again = cloud.playbook("cluster")
    assert again.status == 0, again.output
    assert "changed=0" in again.output, again.output
    assert cloud.writes == ["CreateCluster"]

    cloud.tokens.seconds = 2.0
    issued = len(cloud.tokens.given)
    deployed = cloud.playbook("deploy", **variables(model_serving_image=serving_image()))
    assert deployed.status == 0, deployed.output
    assert "prediction" in deployed.output, deployed.output
    assert cloud.control_plane.refused > 0, "no token has expired: this proves nothing"
    assert len(cloud.tokens.given) - issued > cloud.control_plane.refused / 2
    assert not os.path.exists(cloud.environment["KUBECONFIG"])

    cloud.tokens.seconds = 3600
    refused = cloud.playbook("cluster", gke_cluster_state="absent")
    assert refused.status != 0
    assert f"Confirm it with -e gke_cluster_confirm={WHOLE}." in " ".join(refused.output.split()), refused.output
    gone = cloud.playbook("cluster", gke_cluster_state="absent", gke_cluster_confirm=WHOLE)
    assert gone.status == 0, gone.output
    assert cloud.writes == ["CreateCluster", "DeleteCluster"]


def test_what_differs_is_a_warning_of_the_playbook(ready: Google):
    # As a survey sends a list.
    differs = ready.playbook(
        "cluster", gke_cluster_machine_type="n1-standard-8", gke_cluster_zones="europe-west1-b, europe-west1-c"
    )
    assert differs.status == 0, differs.output
    said = " ".join(differs.output.split())
    assert "gke_cluster_machine_type is n1-standard-8, the cluster has n1-standard-4" in said, differs.output
    assert "gke_cluster_zones is europe-west1-b, europe-west1-c" in said, differs.output
    assert "gke_cluster_update=nodes" in said, differs.output
    assert ready.writes == []


def test_labels_are_texts_as_those_of_kubernetes():
    given = dataclasses.asdict(WANTED) | {"state": "present", "confirm": "", "update": "none", "timeout": 30}
    assert gke_cluster.wanted_of(given | {"labels": {"team": 7, "live": True}}).labels == {"team": "7", "live": "true"}
    with pytest.raises(ServingError, match=r"gke_cluster_labels\.team must be a text"):
        gke_cluster.wanted_of(given | {"labels": {"team": ["a"]}})
