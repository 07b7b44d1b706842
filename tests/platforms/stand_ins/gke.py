# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in of GKE's API (ClusterManager), for tests: clusters, node pools and operations that take time.

Requests come as JSON, and are read into the types that Google generates for its own package, so that a field that the
API does not have, or one of another type, is refused. So are requests that GKE's documentation calls invalid. Its
clusters have one address and one CA, which are given to it. It is no GKE: nothing but its messages is made.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from dataclasses import dataclass, field

from google.api_core import exceptions
from google.cloud import container_v1 as gke
from google.protobuf import json_format

VERSION = "1.35.1-gke.1200000"
PLACE = r"projects/(?P<project>[^/]+)/locations/(?P<location>[^/:]+)"
CLUSTER = rf"{PLACE}/clusters/(?P<name>[^/:]+)"
POOL = rf"{CLUSTER}/nodePools/(?P<pool>[^/:]+)"
# Method, path, the field that the path is, the method of ClusterManager. As the API's annotations have them.
ROUTES = (
    ("POST", rf"(?P<path>{PLACE})/clusters", "parent", "CreateCluster"),
    ("GET", rf"(?P<path>{CLUSTER})", "name", "GetCluster"),
    ("PUT", rf"(?P<path>{CLUSTER})", "name", "UpdateCluster"),
    ("DELETE", rf"(?P<path>{CLUSTER})", "name", "DeleteCluster"),
    ("POST", rf"(?P<path>{CLUSTER}):setResourceLabels", "name", "SetLabels"),
    ("POST", rf"(?P<path>{CLUSTER})/nodePools", "parent", "CreateNodePool"),
    ("PUT", rf"(?P<path>{POOL})", "name", "UpdateNodePool"),
    ("POST", rf"(?P<path>{POOL}):setAutoscaling", "name", "SetNodePoolAutoscaling"),
    ("GET", rf"(?P<path>{PLACE})/operations", "parent", "ListOperations"),
    ("GET", rf"(?P<path>{PLACE}/operations/(?P<operation>[^/:]+))", "name", "GetOperation"),
)
MACHINES = {"n1-standard-4", "n1-standard-8", "e2-standard-4", "n2-standard-4"}
REGIONS = {"europe-west1": "bcd", "us-central1": "abc"}
OUTPUT_ONLY = ("endpoint", "status", "self_link", "create_time", "current_master_version", "etag", "id", "location")
# What UpdateCluster changes: the field of the update, and where the cluster has it.
UPDATES = {
    "desired_release_channel": ("release_channel",),
    "desired_workload_identity_config": ("workload_identity_config",),
    "desired_gateway_api_config": ("network_config", "gateway_api_config"),
    "desired_default_enable_private_nodes": ("network_config", "default_enable_private_nodes"),
}


class Refusal(Exception):
    """An answer that is an error. ``code``: of google.rpc."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def invalid(message: str) -> Refusal:
    return Refusal("INVALID_ARGUMENT", message)


@dataclass
class Clusters:
    """All that one project has. ``seconds``: how long an operation takes."""

    project: str
    endpoint: str
    ca: bytes
    seconds: float = 0.6
    clusters: dict = field(default_factory=dict)
    operations: dict = field(default_factory=dict)
    # The calls that would have changed something, each as (method, request).
    writes: list = field(default_factory=list)
    # How often the nodes of a pool were replaced.
    replaced: dict = field(default_factory=dict)
    # The error with which the next operation ends.
    fails: str = ""

    def __post_init__(self):
        self._lock = threading.RLock()
        self._number = 1000

    def answer(self, method: str, path: str, query: dict, body: str) -> tuple[int, str]:
        """Status and JSON. ``path``: behind /v1/."""
        with self._lock:
            try:
                self._advance()
                return 200, self._routed(method, path, query, body)
            except Refusal as refusal:
                error = {"code": status(refusal.code), "message": str(refusal), "status": refusal.code}
                return error["code"], json.dumps({"error": error})

    def _routed(self, method: str, path: str, query: dict, body: str) -> str:
        matches = ((re.fullmatch(pattern, path), name, call) for of, pattern, name, call in ROUTES if of == method)
        found, name, call = next((match for match in matches if match[0]), (None, "", ""))
        if not found:
            raise Refusal("NOT_FOUND", f"Method not found: {method} {path}")
        if found["project"] != self.project:
            where = f"projects/{found['project']}"
            raise Refusal("PERMISSION_DENIED", f'Required "container.clusters" permission(s) for "{where}".')
        known = REGIONS | {f"{region}-{letter}": letter for region, letters in REGIONS.items() for letter in letters}
        if found["location"] not in known:
            raise invalid(f'Location "{found["location"]}" does not exist.')
        request = self._read(call, body)
        setattr(request, name, found["path"])
        asked = type(request)(request)
        answer = getattr(self, call)(request, found.groupdict())
        if method != "GET":
            self.writes.append((call, asked))
        return json_format.MessageToJson(type(answer).pb(answer))

    def _read(self, call: str, body: str):
        request = getattr(gke, f"{call}Request")()
        try:
            json_format.Parse(body or "{}", type(request).pb(request))
        except json_format.ParseError as error:
            raise invalid(f"Invalid JSON payload received. {error}") from error
        return request

    # Reading

    def GetCluster(self, request, place: dict):
        return self._existing(request.name)

    def GetOperation(self, request, place: dict):
        if request.name not in self.operations:
            raise Refusal("NOT_FOUND", f"Not found: {request.name}.")
        return self.operations[request.name].message

    def ListOperations(self, request, place: dict):
        mine = [one.message for name, one in self.operations.items() if name.startswith(request.parent + "/")]
        return gke.ListOperationsResponse(operations=mine)

    def _existing(self, path: str):
        if path not in self.clusters:
            raise Refusal("NOT_FOUND", f"Not found: {path}.")
        return self.clusters[path]

    def _idle(self, path: str):
        cluster = self._existing(path)
        for one in self.operations.values():
            if one.path == path and one.message.status != gke.Operation.Status.DONE:
                name = one.message.name
                raise Refusal("FAILED_PRECONDITION", f"Cluster is running incompatible operation {name}.")
        return cluster

    # Creating and deleting

    def CreateCluster(self, request, place: dict):
        cluster = request.cluster
        path = f"{request.parent}/clusters/{cluster.name}"
        if path in self.clusters:
            raise Refusal("ALREADY_EXISTS", f"Already exists: {path}.")
        self._check_cluster(cluster)
        self._fill(cluster, path, place["location"])
        cluster.status = gke.Cluster.Status.PROVISIONING
        self.clusters[path] = cluster

        def done():
            cluster.status = gke.Cluster.Status.RUNNING
            cluster.endpoint = self.endpoint
            cluster.master_auth.cluster_ca_certificate = base64.b64encode(self.ca).decode()

        return self._begin("CREATE_CLUSTER", path, done)

    def _check_cluster(self, cluster) -> None:
        if not re.fullmatch(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", cluster.name):
            raise invalid(f'Invalid value for field "cluster.name": "{cluster.name}".')
        set_by_us = [name for name in OUTPUT_ONLY if getattr(cluster, name)]
        if set_by_us:
            raise invalid(f"Output only: cluster.{set_by_us[0]}.")
        if cluster.autopilot.enabled and cluster.node_pools:
            raise invalid("Node pools must not be set for Autopilot clusters.")
        if not cluster.autopilot.enabled and not cluster.node_pools and not cluster.initial_node_count:
            raise invalid("Cluster.initial_node_count must be greater than zero.")
        if not cluster.ip_allocation_policy.use_ip_aliases:
            raise invalid("Private nodes require VPC-native clusters: use_ip_aliases.")
        self._check_identity(cluster.workload_identity_config.workload_pool)
        for pool in cluster.node_pools:
            self._check_pool(pool, cluster)

    def _check_identity(self, pool: str) -> None:
        if pool not in ("", f"{self.project}.svc.id.goog"):
            raise invalid(f"Workload pool {pool} is not {self.project}.svc.id.goog.")

    def _check_pool(self, pool, cluster) -> None:
        if not pool.name:
            raise invalid("node_pool.name is required.")
        if not pool.initial_node_count:
            raise invalid(f"Node pool {pool.name}: initial_node_count must be greater than zero.")
        if pool.config.machine_type not in MACHINES:
            raise invalid(f"Machine type with name '{pool.config.machine_type}' does not exist.")
        self._check_autoscaling(pool.autoscaling)
        self._check_metadata(pool.config.workload_metadata_config, cluster)

    def _check_autoscaling(self, scaling) -> None:
        total = scaling.total_min_node_count or scaling.total_max_node_count
        if total and (scaling.min_node_count or scaling.max_node_count):
            raise invalid("total_*_node_count fields are mutually exclusive with *_node_count fields.")
        if scaling.total_min_node_count > scaling.total_max_node_count:
            raise invalid("total_min_node_count must be at most total_max_node_count.")

    def _check_metadata(self, config, cluster) -> None:
        needs = config.mode == gke.WorkloadMetadataConfig.Mode.GKE_METADATA
        if needs and not cluster.workload_identity_config.workload_pool:
            raise invalid("GKE_METADATA requires Workload Identity on the cluster.")

    def _fill(self, cluster, path: str, location: str) -> None:
        """What GKE adds to a new cluster."""
        zones = [f"{location}-{letter}" for letter in REGIONS.get(location, "")] or [location]
        cluster.locations = list(cluster.locations) or zones
        cluster.location = location
        cluster.self_link = f"https://container.googleapis.com/v1/{path}"
        cluster.current_master_version = VERSION
        cluster.network = cluster.network.rpartition("/")[2] or "default"
        cluster.subnetwork = cluster.subnetwork.rpartition("/")[2] or "default"
        cluster.label_fingerprint = "a0"
        if cluster.autopilot.enabled:
            cluster.network_config.datapath_provider = gke.DatapathProvider.ADVANCED_DATAPATH
        for pool in cluster.node_pools:
            self._fill_pool(pool, cluster)
        nodes = sum(pool.initial_node_count for pool in cluster.node_pools)
        cluster.current_node_count = nodes * len(cluster.locations)

    def _fill_pool(self, pool, cluster) -> None:
        pool.config.disk_type = pool.config.disk_type or "pd-balanced"
        pool.config.disk_size_gb = pool.config.disk_size_gb or 100
        pool.config.service_account = pool.config.service_account or "default"
        pool.status = gke.NodePool.Status.RUNNING
        pool.locations = list(cluster.locations)

    def DeleteCluster(self, request, place: dict):
        cluster = self._idle(request.name)
        cluster.status = gke.Cluster.Status.STOPPING
        return self._begin("DELETE_CLUSTER", request.name, lambda: self.clusters.pop(request.name))

    # Changing

    def UpdateCluster(self, request, place: dict):
        cluster = self._idle(request.name)
        given = [found.name for found, _value in gke.ClusterUpdate.pb(request.update).ListFields()]
        if len(given) != 1:
            raise invalid(f"Exactly one update can be applied to a cluster with each request; got {given}.")
        if given[0] == "desired_workload_identity_config":
            self._check_identity(request.update.desired_workload_identity_config.workload_pool)
        return self._begin("UPDATE_CLUSTER", request.name, lambda: self._update(cluster, request.update, given[0]))

    def _update(self, cluster, update, name: str) -> None:
        if name == "desired_locations":
            cluster.locations = list(update.desired_locations)
        elif name == "desired_control_plane_endpoints_config":
            merged = gke.ControlPlaneEndpointsConfig.pb(cluster.control_plane_endpoints_config)
            merged.MergeFrom(gke.ControlPlaneEndpointsConfig.pb(update.desired_control_plane_endpoints_config))
        else:
            *way, last = UPDATES[name]
            target = cluster
            for part in way:
                target = getattr(target, part)
            setattr(target, last, getattr(update, name))

    def SetLabels(self, request, place: dict):
        cluster = self._idle(request.name)
        if request.label_fingerprint != cluster.label_fingerprint:
            raise Refusal("FAILED_PRECONDITION", "Labels could not be set due to fingerprint mismatch.")

        def done():
            cluster.resource_labels = dict(request.resource_labels)
            cluster.label_fingerprint += "1"

        return self._begin("UPDATE_CLUSTER", request.name, done)

    def CreateNodePool(self, request, place: dict):
        cluster, pool = self._idle(request.parent), request.node_pool
        if cluster.autopilot.enabled:
            raise invalid("Autopilot clusters have no node pools of yours.")
        if any(one.name == pool.name for one in cluster.node_pools):
            raise Refusal("ALREADY_EXISTS", f"Already exists: {request.parent}/nodePools/{pool.name}.")
        self._check_pool(pool, cluster)
        self._fill_pool(pool, cluster)
        return self._begin("CREATE_NODE_POOL", request.parent, lambda: cluster.node_pools.append(pool))

    def _pool(self, path: str):
        parent, _mark, name = path.partition("/nodePools/")
        cluster = self._idle(parent)
        for pool in cluster.node_pools:
            if pool.name == name:
                return cluster, pool, parent
        raise Refusal("NOT_FOUND", f"Not found: {path}.")

    def SetNodePoolAutoscaling(self, request, place: dict):
        _cluster, pool, parent = self._pool(request.name)
        self._check_autoscaling(request.autoscaling)
        return self._begin("SET_NODE_POOL_SIZE", parent, lambda: setattr(pool, "autoscaling", request.autoscaling))

    def UpdateNodePool(self, request, place: dict):
        cluster, pool, parent = self._pool(request.name)
        message = gke.UpdateNodePoolRequest.pb(request)
        given = {found.name for found, _value in message.ListFields()} - {"name"}
        machine = {"machine_type", "disk_type", "disk_size_gb"}
        if not given or (given - machine and len(given) > 1):
            raise invalid(f"UpdateNodePool changes one thing at a time; got {sorted(given)}.")
        if "machine_type" in given and request.machine_type not in MACHINES:
            raise invalid(f"Machine type with name '{request.machine_type}' does not exist.")
        self._check_metadata(request.workload_metadata_config, cluster)

        def done():
            self.replaced[pool.name] = self.replaced.get(pool.name, 0) + 1
            for name in given & {*machine, "workload_metadata_config"}:
                setattr(pool.config, name, getattr(request, name))
            if "node_network_config" in given:
                pool.network_config.enable_private_nodes = request.node_network_config.enable_private_nodes

        return self._begin("UPGRADE_NODES", parent, done)

    # Operations

    def _begin(self, kind: str, path: str, done):
        self._number += 1
        location = path.partition("/clusters/")[0]
        message = gke.Operation(
            name=f"operation-{self._number}",
            operation_type=kind,
            status=gke.Operation.Status.PENDING,
            target_link=f"https://container.googleapis.com/v1/{path}",
            location=location.rpartition("/")[2],
        )
        if kind not in ("CREATE_CLUSTER", "DELETE_CLUSTER"):
            self.clusters[path].status = gke.Cluster.Status.RECONCILING
        found = Operation(message, path, time.monotonic(), done, self.fails)
        self.fails = ""
        self.operations[f"{location}/operations/{message.name}"] = found
        return message

    def _advance(self) -> None:
        for one in self.operations.values():
            if one.message.status != gke.Operation.Status.DONE:
                one.advance(time.monotonic(), self)


@dataclass
class Operation:
    """One that takes time. ``done``: what is so when it has ended well. ``fails``: why it will not."""

    message: object
    path: str
    began: float
    done: object
    fails: str

    def advance(self, now: float, of: Clusters) -> None:
        share = (now - self.began) / of.seconds
        if share < 1:
            self.message.status = gke.Operation.Status.RUNNING
            counts = [("nodes done", int(share * 3)), ("nodes total", 3)]
            self.message.progress.metrics = [{"name": name, "int_value": number} for name, number in counts]
            return
        self.message.status = gke.Operation.Status.DONE
        if self.fails:
            self.message.error.code, self.message.error.message = 8, self.fails
            of.clusters[self.path].status = gke.Cluster.Status.ERROR
            of.clusters[self.path].conditions = [{"message": self.fails}]
            return
        if self.path in of.clusters:
            of.clusters[self.path].status = gke.Cluster.Status.RUNNING
        self.done()


def status(code: str) -> int:
    """The HTTP status of a code of google.rpc."""
    others = {"FAILED_PRECONDITION": 400, "ALREADY_EXISTS": 409, "PERMISSION_DENIED": 403, "UNAUTHENTICATED": 401}
    known = {"INVALID_ARGUMENT": exceptions.InvalidArgument.code, "NOT_FOUND": exceptions.NotFound.code}
    return int({**others, **known}[code])
