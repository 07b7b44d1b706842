# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The configuration that serves, whoever deployed it."""

from __future__ import annotations

from cluster import Cluster


def level(cluster: Cluster) -> str:
    """The log level that the Deployment's pods have, by the ConfigMap that they name."""
    pod = cluster.get("Deployment", "model-api")["spec"]["template"]["spec"]
    config = cluster.get("ConfigMap", pod["containers"][0]["envFrom"][0]["configMapRef"]["name"])
    return config["data"]["LOG_LEVEL"]
