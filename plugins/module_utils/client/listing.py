# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists what the user may be forbidden to read, or what the cluster may not know."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import KindMissing, Kube, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import Kind


def ignore(_error: KubeError) -> None:
    """For a caller to whom None says enough."""


def items(
    kube: Kube, kind: Kind, namespace: str | None, on_forbidden: Callable[[KubeError], None] = ignore
) -> list | None:
    """The objects of a kind; [] where the cluster does not serve the kind, None where it forbids to list them.

    Only 403 is taken for forbidden. With 401 the credentials are rejected and nothing can be read: that is an error, as
    is a server that fails. Raises KubeError.
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
