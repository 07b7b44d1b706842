# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists kinds that the user may have no permission to read, or that the cluster may not serve."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KindMissing, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import Kind


def ignore(_error: KubeError) -> None:
    """For a caller that needs no more than None."""


def items(
    kube: Kube, kind: Kind, namespace: str | None, on_forbidden: Callable[[KubeError], None] = ignore
) -> list | None:
    """The objects of a kind; [] when the cluster does not serve the kind, None without permission to list it (403).

    Raises KubeError for everything else, rejected credentials (401) included.
    """
    try:
        return kube.list(kind, namespace)["items"]
    except KindMissing:
        return []
    except KubeError as error:
        if error.status != 403:
            raise
        on_forbidden(error)
        return None
