# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What GKE is asked for: the messages of a new cluster and of a new node pool, from the variables. Pure.

Messages are plain dictionaries with the fields of google.container.v1.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import GKE_SCHEME

PRESENT, ABSENT = "present", "absent"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
ZONES_OF_A_REGION = 3


@dataclass(frozen=True)
class Wanted:
    """What was asked for. Empty, zero and None leave it to GKE in a new cluster, and as it is in one that exists.

    ``min_nodes`` and ``max_nodes`` are of the whole pool, ``disk_gb`` of each node.
    """

    project: str
    location: str
    name: str
    autopilot: bool = False
    release_channel: str = "regular"
    network: str = "default"
    subnetwork: str = ""
    pod_range: str = ""
    service_range: str = ""
    private_nodes: bool = True
    public_endpoint: bool | None = None
    dns_endpoint: bool | None = None
    authorized_networks: tuple[str, ...] = ()
    workload_identity: bool = True
    dataplane_v2: bool = True
    gateway_api: bool = False
    labels: dict = field(default_factory=dict)
    zones: tuple[str, ...] = ()
    pool: str = "serving"
    machine_type: str = "n1-standard-4"
    min_nodes: int = 3
    max_nodes: int = 9
    disk_type: str = ""
    disk_gb: int = 0
    spot: bool = False
    service_account: str = ""

    @property
    def title(self) -> str:
        return f"the cluster {self.name} in {self.location} of {self.project}"

    @property
    def path(self) -> str:
        return f"projects/{self.project}/locations/{self.location}/clusters/{self.name}"

    @property
    def host(self) -> str:
        """The option host by which the other modules reach it."""
        return f"{GKE_SCHEME}{self.project}/{self.location}/{self.name}"

    @property
    def identity_pool(self) -> str:
        return f"{self.project}.svc.id.goog"

    @property
    def regional(self) -> bool:
        """A zone is its region and a letter: europe-west1-b."""
        return self.location.count("-") < 2


def problems(wanted: Wanted) -> list[str]:
    """Why the variables do not fit one another, each with what to do."""
    lines = [
        f"Set gke_cluster_{name} to {what}."
        for name, what in (
            ("project", "the id of the Google Cloud project"),
            ("location", "a region such as europe-west1, or a zone"),
            ("name", "the cluster's name"),
        )
        if not getattr(wanted, name)
    ]
    if wanted.max_nodes < wanted.min_nodes:
        lines.append(
            f"gke_cluster_max_nodes ({wanted.max_nodes}) is below gke_cluster_min_nodes ({wanted.min_nodes}): raise it."
        )
    region = wanted.location if wanted.regional else wanted.location.rpartition("-")[0]
    strange = [zone for zone in wanted.zones if zone.rpartition("-")[0] != region]
    if strange:
        lines.append(
            f"gke_cluster_zones has {', '.join(strange)}, which is not in {region}: name zones such as {region}-b."
        )
    return lines


def cluster(wanted: Wanted) -> dict:
    """The message of a new cluster."""
    message = {
        "name": wanted.name,
        "release_channel": {"channel": wanted.release_channel.upper()},
        "network": wanted.network,
        "subnetwork": wanted.subnetwork,
        "ip_allocation_policy": ranges(wanted),
        "network_config": {"default_enable_private_nodes": wanted.private_nodes},
        "control_plane_endpoints_config": endpoints(wanted),
        "resource_labels": dict(wanted.labels),
    }
    if wanted.autopilot:  # it has its own data plane, identities, gateways and nodes
        return {**message, "autopilot": {"enabled": True}}
    message["network_config"] |= {
        "datapath_provider": "ADVANCED_DATAPATH" if wanted.dataplane_v2 else "LEGACY_DATAPATH",
        "gateway_api_config": gateways(wanted),
    }
    message |= {"locations": list(wanted.zones), "node_pools": [node_pool(wanted)]}
    if wanted.workload_identity:
        message["workload_identity_config"] = {"workload_pool": wanted.identity_pool}
    return message


def ranges(wanted: Wanted) -> dict:
    """Of pods and Services: a range in CIDR form, or the name of a secondary range of the subnetwork."""
    found: dict = {"use_ip_aliases": True}
    for value, block, name in (
        (wanted.pod_range, "cluster_ipv4_cidr_block", "cluster_secondary_range_name"),
        (wanted.service_range, "services_ipv4_cidr_block", "services_secondary_range_name"),
    ):
        if value:
            found[block if "/" in value else name] = value
    return found


def gateways(wanted: Wanted) -> dict:
    return {"channel": "CHANNEL_STANDARD" if wanted.gateway_api else "CHANNEL_DISABLED"}


def endpoints(wanted: Wanted) -> dict:
    """How the control plane is reached: what was asked for, and nothing else, which GKE then leaves as it is."""
    by_ip: dict = {}
    if wanted.public_endpoint is not None:
        by_ip = {"enabled": True, "enable_public_endpoint": wanted.public_endpoint}
    if wanted.authorized_networks:
        blocks = [{"cidr_block": block} for block in wanted.authorized_networks]
        by_ip["authorized_networks_config"] = {"enabled": True, "cidr_blocks": blocks}
    found = {"ip_endpoints_config": by_ip} if by_ip else {}
    if wanted.dns_endpoint is not None:
        found["dns_endpoint_config"] = {"allow_external_traffic": wanted.dns_endpoint}
    return found


def node_pool(wanted: Wanted) -> dict:
    """The message of a new node pool. GKE counts its first nodes by zone."""
    zones = len(wanted.zones) or (ZONES_OF_A_REGION if wanted.regional else 1)
    config = {
        "machine_type": wanted.machine_type,
        "disk_type": wanted.disk_type,
        "disk_size_gb": wanted.disk_gb,
        "spot": wanted.spot,
        "service_account": wanted.service_account,
        "oauth_scopes": [SCOPE],
        "metadata": {"disable-legacy-endpoints": "true"},
        "shielded_instance_config": {"enable_secure_boot": True, "enable_integrity_monitoring": True},
        "workload_metadata_config": {"mode": metadata_mode(wanted)},
    }
    return {
        "name": wanted.pool,
        "initial_node_count": max(1, -(-wanted.min_nodes // zones)),
        "config": {name: value for name, value in config.items() if value not in ("", 0, False)},
        "autoscaling": autoscaling(wanted),
        "management": {"auto_upgrade": True, "auto_repair": True},
        "network_config": {"enable_private_nodes": wanted.private_nodes},
    }


def metadata_mode(wanted: Wanted) -> str:
    return "GKE_METADATA" if wanted.workload_identity else "GCE_METADATA"


def autoscaling(wanted: Wanted) -> dict:
    return {
        "enabled": True,
        "total_min_node_count": wanted.min_nodes,
        "total_max_node_count": wanted.max_nodes,
        "location_policy": "ANY" if wanted.spot else "BALANCED",
    }
