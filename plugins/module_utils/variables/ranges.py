# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The smallest and the largest value of each variable that is a number. Pure.

The bounds are those of Kubernetes where it has some; the others are where a typing mistake begins.
"""

from __future__ import annotations

from collections.abc import Iterator

PORT = (1, 65535)
PODS = (1, 5000)
HOUR, DAY, WEEK = 3600, 86400, 604800
PERCENTAGE = (1, 99.999)

RANGES: dict[str, tuple[float, float]] = {
    "model_serving_max_fail_percentage": (0, 100),
    "model_serving_bake_seconds": (0, 2 * HOUR),
    "model_serving_bake_error_percent": (0, 100),
    "model_serving_max_body_megabytes": (1, 2048),
    "model_serving_max_rows": (1, 100_000_000),
    "model_serving_processes": (0, 256),
    "model_serving_request_timeout": (1, HOUR),
    "model_serving_service_grpc_port": (0, 65535),
    "model_serving_replicas": PODS,
    "model_serving_run_as_user": (1, 2**31 - 1),
    "model_serving_min_ready_seconds": (0, HOUR),
    "model_serving_progress_deadline": (1, DAY),
    "model_serving_pre_stop_seconds": (0, HOUR),
    "model_serving_revision_history_limit": (0, 1000),
    "model_serving_startup_seconds": (1, DAY),
    "model_serving_liveness_delay": (0, DAY),
    "model_serving_liveness_period": (1, HOUR),
    "model_serving_liveness_timeout": (1, HOUR),
    "model_serving_readiness_delay": (0, DAY),
    "model_serving_readiness_period": (1, HOUR),
    "model_serving_readiness_timeout": (1, HOUR),
    "model_serving_autoscaling_min_replicas": PODS,
    "model_serving_autoscaling_max_replicas": PODS,
    "model_serving_autoscaling_cpu_percent": (0, 1000),
    "model_serving_autoscaling_memory_percent": (0, 1000),
    "model_serving_autoscaling_in_flight": (0, 1_000_000),
    "model_serving_autoscaling_up_percent": (1, 10_000),
    "model_serving_autoscaling_up_pods": PODS,
    "model_serving_autoscaling_up_period": (1, 1800),
    "model_serving_autoscaling_up_stabilization": (0, HOUR),
    "model_serving_autoscaling_down_percent": (1, 10_000),
    "model_serving_autoscaling_down_period": (1, 1800),
    "model_serving_autoscaling_down_stabilization": (0, HOUR),
    "model_serving_network_policy_model_store_port": PORT,
    "model_serving_service_port": PORT,
    "model_serving_load_balancer_port": PORT,
    "model_serving_ingress_requests_per_second": (0, 1_000_000),
    "model_serving_ingress_timeout": (1, HOUR),
    "model_serving_monitoring_interval": (1, HOUR),
    "model_serving_slo_availability": PERCENTAGE,
    "model_serving_slo_latency": PERCENTAGE,
    "model_serving_timeout": (1, DAY),
    "model_serving_total_timeout": (0, WEEK),
    "model_serving_history_limit": (0, 1000),
    "model_serving_verify_patience": (0, HOUR),
    "model_serving_address_patience": (0, HOUR),
    "model_verify_timeout": (1, HOUR),
    "model_resilience_rate": (1, 100_000),
    "model_resilience_pause": (1, HOUR),
    "model_resilience_timeout": (1, HOUR),
    "load_test_generators": (1, 100),
    "load_test_rate": (1, 1_000_000),
    "load_test_duration": (1, DAY),
    "load_test_rows": (0, 10_000_000),
    "load_test_max_rate": (0, 1_000_000),
    "load_test_most_rate": (0, 1_000_000),
    "load_test_p95": (0.1, HOUR * 1000),
    "load_test_replicas": (0, 5000),
    "load_test_fall_timeout": (0, DAY),
    "since": (1, 31_536_000),
    "model_logs_since": (1, 31_536_000),
    "limit": (1, 1_000_000),
    "model_logs_limit": (1, 1_000_000),
    "local_cluster_nodes": (1, 9),
    "local_cluster_minimum_memory_gib": (0, 10_000),
    "local_cluster_minimum_disk_gib": (0, 100_000),
    "local_cluster_timeout": (1, DAY),
    "minikube_cluster_cpus": (2, 1024),
    "minikube_cluster_memory": (1800, 10_000_000),
    "minikube_cluster_timeout": (1, DAY),
    "gke_cluster_min_nodes": (0, 15_000),
    "gke_cluster_max_nodes": (1, 15_000),
    "gke_cluster_disk_gb": (0, 65_536),
    "gke_cluster_timeout": (1, DAY),
    "awx_setup_timeout": (1, DAY),
    "awx_setup_approval_timeout": (0, 2**31 - 1),
}


def outside(values: dict) -> Iterator[tuple[str, str]]:
    """The name of each variable that is out of its range, and a sentence."""
    for name, value in values.items():
        low, high = RANGES.get(name, (value, value))
        if isinstance(value, (int, float)) and not low <= value <= high:
            yield name, f"{name} ({value}) is out of range: use {low} to {high}."
