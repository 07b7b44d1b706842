# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that more than one package uses.

The first three mark this collection's objects in a cluster. With another value, existing objects would be orphaned.
"""

from __future__ import annotations

# The manager under which fields are applied.
FIELD_MANAGER = "modelops.serving"
MANAGED_BY = "app.kubernetes.io/managed-by"
INSTANCE = "app.kubernetes.io/instance"
# Annotation of objects that belong to no namespace: the namespace of the release that holds them.
OF_NAMESPACE = "modelops.serving/namespace"
# A host of this scheme names a cluster of GKE: gke://PROJECT/LOCATION/NAME.
GKE_SCHEME = "gke://"
# The variable with another address of GKE's API. As gcloud has it, for networks that reach Google by their own.
GKE_ADDRESS = "CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER"
# The API that serves each type of an autoscaler's metrics.
API_OF = {
    "Resource": "metrics.k8s.io",
    "ContainerResource": "metrics.k8s.io",
    "Pods": "custom.metrics.k8s.io",
    "Object": "custom.metrics.k8s.io",
    "External": "external.metrics.k8s.io",
}
