# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that a run makes for itself, in the place of what an earlier run left."""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube

POLL_SECONDS = 0.5


def create_anew(kube: Kube, objects: list[dict], namespace: str, seconds: float) -> None:
    """Deletes the objects and creates them; what is still terminating is waited for, ``seconds`` for all of them.

    Raises KubeError, with the reason AlreadyExists when one does not go in time.
    """
    for obj in objects:
        kube.delete(obj, namespace)
    until = time.monotonic() + seconds
    for obj in objects:
        _create(kube, obj, namespace, until)


def _create(kube: Kube, obj: dict, namespace: str, until: float) -> None:
    while True:
        try:
            kube.create(obj, namespace)
            return
        except KubeError as error:
            if error.reason != "AlreadyExists" or time.monotonic() > until:
                raise
        time.sleep(POLL_SECONDS)
