# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster is made of, by the variables of gke_cluster: how each is read, and how GKE changes it. Pure.

Clusters and pools are plain dictionaries, as the API names their fields.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.gke import messages
from ansible_collections.modelops.serving.plugins.module_utils.gke.messages import Wanted

# What a change does to the nodes.
SETTINGS = "settings"  # nothing
NODES = "nodes"  # GKE replaces them, one after another, or adds or removes some
NEW_POOL = "a new node pool"
NEW_CLUSTER = "a new cluster"

# The calls that change something.
UPDATE = "update_cluster"
LABELS = "set_labels"
AUTOSCALING = "set_node_pool_autoscaling"
UPDATE_POOL = "update_node_pool"
CREATE_POOL = "create_node_pool"


@dataclass(frozen=True)
class Field:
    """A variable of gke_cluster. ``read``: its value in a cluster and its pool. ``asked``: the value that is wanted,
    None where it is left as it is. ``body``: of the call that changes it. Fields with the same ``call`` and
    ``together`` are changed by one."""

    option: str
    read: Callable[[dict, dict], object]
    asked: Callable[[Wanted], object]
    needs: str
    call: str = ""
    together: str = ""
    body: Callable[[Wanted, dict], dict] | None = None


def at(message: dict, *path: str):
    """A field in a message, None where a part of the way to it is not set."""
    for name in path:
        message = (message or {}).get(name)
    return message


def last(path: str | None) -> str:
    """The name at the end of a resource's path."""
    return (path or "").rpartition("/")[2]


def _private(cluster: dict, _pool: dict) -> bool:
    older = at(cluster, "private_cluster_config", "enable_private_nodes")
    return bool(at(cluster, "network_config", "default_enable_private_nodes") or older)


def _public(cluster: dict, _pool: dict) -> bool:
    given = at(cluster, "control_plane_endpoints_config", "ip_endpoints_config", "enable_public_endpoint")
    return not at(cluster, "private_cluster_config", "enable_private_endpoint") if given is None else given


def _authorized(cluster: dict, _pool: dict) -> list[str]:
    by_ip = at(cluster, "control_plane_endpoints_config", "ip_endpoints_config", "authorized_networks_config")
    config = by_ip or cluster.get("master_authorized_networks_config") or {}
    return sorted(block.get("cidr_block", "") for block in config.get("cidr_blocks") or []) if config else []


def _nodes(_cluster: dict, pool: dict) -> str:
    found = pool.get("autoscaling") or {}
    if not found.get("enabled"):
        return "not autoscaled"
    if found.get("total_max_node_count"):
        return _span(found.get("total_min_node_count") or 0, found["total_max_node_count"])
    return f"{_span(found.get('min_node_count') or 0, found.get('max_node_count') or 0)} in each zone"


def _span(low: int, high: int) -> str:
    return f"{low} to {high}"


def _update(name: str, value: Callable[[Wanted], object]) -> Callable[[Wanted, dict], dict]:
    return lambda wanted, _cluster: {name: value(wanted)}


CLUSTER = (
    Field("autopilot", lambda c, p: bool(at(c, "autopilot", "enabled")), lambda w: w.autopilot, NEW_CLUSTER),
    Field("network", lambda c, p: last(c.get("network")), lambda w: last(w.network) or None, NEW_CLUSTER),
    Field("subnetwork", lambda c, p: last(c.get("subnetwork")), lambda w: last(w.subnetwork) or None, NEW_CLUSTER),
    Field(
        "release_channel",
        lambda c, p: (at(c, "release_channel", "channel") or "none").lower().replace("unspecified", "none"),
        lambda w: w.release_channel,
        SETTINGS,
        UPDATE,
        "release_channel",
        _update("desired_release_channel", lambda w: {"channel": w.release_channel.upper()}),
    ),
    Field(
        "private_nodes",
        _private,
        lambda w: w.private_nodes,
        SETTINGS,
        UPDATE,
        "private_nodes",
        _update("desired_default_enable_private_nodes", lambda w: w.private_nodes),
    ),
    *(
        Field(
            option,
            read,
            asked,
            SETTINGS,
            UPDATE,
            "endpoints",
            _update("desired_control_plane_endpoints_config", messages.endpoints),
        )
        for option, read, asked in (
            ("public_endpoint", _public, lambda w: w.public_endpoint),
            (
                "dns_endpoint",
                lambda c, p: bool(
                    at(c, "control_plane_endpoints_config", "dns_endpoint_config", "allow_external_traffic")
                ),
                lambda w: w.dns_endpoint,
            ),
            ("authorized_networks", _authorized, lambda w: sorted(w.authorized_networks) or None),
        )
    ),
    Field(
        "gateway_api",
        lambda c, p: at(c, "network_config", "gateway_api_config", "channel") == "CHANNEL_STANDARD",
        # Autopilot has it from the start.
        lambda w: None if w.autopilot else w.gateway_api,
        SETTINGS,
        UPDATE,
        "gateway_api",
        _update("desired_gateway_api_config", messages.gateways),
    ),
    Field(
        "labels",
        lambda c, p: dict(c.get("resource_labels") or {}),
        lambda w: w.labels or None,
        SETTINGS,
        LABELS,
        "labels",
        lambda w, c: {
            "resource_labels": {**(c.get("resource_labels") or {}), **w.labels},
            "label_fingerprint": c.get("label_fingerprint") or "",
        },
    ),
)

# Autopilot decides these itself.
STANDARD = (
    Field(
        "dataplane_v2",
        lambda c, p: at(c, "network_config", "datapath_provider") == "ADVANCED_DATAPATH",
        lambda w: w.dataplane_v2,
        NEW_CLUSTER,
    ),
    Field(
        "workload_identity",
        lambda c, p: bool(at(c, "workload_identity_config", "workload_pool")),
        lambda w: w.workload_identity,
        SETTINGS,
        UPDATE,
        "workload_identity",
        _update(
            "desired_workload_identity_config",
            lambda w: {"workload_pool": w.identity_pool if w.workload_identity else ""},
        ),
    ),
    Field(
        "zones",
        lambda c, p: sorted(c.get("locations") or []),
        lambda w: sorted(w.zones) or None,
        NODES,
        UPDATE,
        "zones",
        _update("desired_locations", lambda w: list(w.zones)),
    ),
)

# Of the node pool, where it is there.
POOL = (
    Field(
        "min_nodes and max_nodes",
        _nodes,
        lambda w: _span(w.min_nodes, w.max_nodes),
        SETTINGS,
        AUTOSCALING,
        "autoscaling",
        lambda w, c: {"autoscaling": messages.autoscaling(w)},
    ),
    *(
        Field(
            option,
            lambda c, p, name=name: at(p, "config", name) or (0 if name == "disk_size_gb" else ""),
            lambda w, option=option: getattr(w, option) or None,
            NODES,
            UPDATE_POOL,
            "machine",
            lambda w, c, name=name, option=option: {name: getattr(w, option)},
        )
        for option, name in (("machine_type", "machine_type"), ("disk_type", "disk_type"), ("disk_gb", "disk_size_gb"))
    ),
    Field(
        "workload_identity of the nodes",
        lambda c, p: at(p, "config", "workload_metadata_config", "mode") == "GKE_METADATA",
        lambda w: w.workload_identity,
        NODES,
        UPDATE_POOL,
        "identity",
        lambda w, c: {"workload_metadata_config": {"mode": messages.metadata_mode(w)}},
    ),
    Field(
        "private_nodes of the nodes",
        lambda c, p: bool(at(p, "network_config", "enable_private_nodes")),
        lambda w: w.private_nodes,
        NODES,
        UPDATE_POOL,
        "network",
        lambda w, c: {"node_network_config": {"enable_private_nodes": w.private_nodes}},
    ),
    Field("spot", lambda c, p: bool(at(p, "config", "spot")), lambda w: w.spot, NEW_POOL),
    Field(
        "service_account",
        lambda c, p: at(p, "config", "service_account") or "",
        lambda w: w.service_account or None,
        NEW_POOL,
    ),
)
