# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that the nodes hold, for clusters that load images in place of pulling them."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import container_spec, container_statuses
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import (
    Detection,
    of_pod,
    unready,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.pods import pull_message
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

PULL_REASONS = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull")


def pulling_fails(snapshot: Snapshot) -> Iterator[tuple[dict, dict, str]]:
    """Pods, container statuses and the kubelet's message where an image cannot be pulled."""
    for pod in unready(snapshot):
        for status in container_statuses(pod):
            state = (status.get("state") or {}).get("waiting") or {}
            if state.get("reason") in PULL_REASONS:
                yield pod, status, pull_message(snapshot, pod, state)


def repository(image: str) -> str:
    """An image reference without its tag and digest."""
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def loaded(snapshot: Snapshot) -> set[str]:
    """References of images that were loaded onto a node; a pulled image has the digest of its registry.

    The release's running pods show it at once, by any name that the image has; nodes list their images (the largest
    fifty) a minute late.
    """
    running = {
        name
        for pod in [*snapshot.old_pods, *snapshot.new_pods]
        for status in container_statuses(pod)
        if status.get("imageID") and "@" not in status["imageID"]
        for name in (status["image"], container_spec(pod, status["name"]).get("image", ""))
    }
    unpulled = [names for names in on_nodes(snapshot) if not any("@" in name for name in names)]
    return running | {name for names in unpulled for name in names}


def on_nodes(snapshot: Snapshot) -> list[list[str]]:
    """The names of each image that a node lists."""
    return [
        image.get("names") or []
        for node in snapshot.nodes or []
        for image in (node.get("status") or {}).get("images") or []
    ]


def not_loaded(snapshot: Snapshot) -> Iterator[Detection]:
    """This repository was loaded under other tags: images are loaded here, and this tag was not."""
    images = loaded(snapshot)
    for pod, status, _message in pulling_fails(snapshot):
        image = container_spec(pod, status["name"]).get("image", "")
        tags = sorted(name for name in images if repository(name) == repository(image))
        if tags and image not in images and not any(image in names for names in on_nodes(snapshot)):
            others = ", ".join(name.rpartition(":")[2] for name in tags[:3])
            text = f"{image} is on no node (loaded tags: {others}), and its registry does not answer"
            yield of_pod(pod, text, status["name"])


def kept_from(snapshot: Snapshot) -> Iterator[Detection]:
    """The image is on a node, pulled there under another name, with credentials. From Kubernetes 1.33 on the kubelet
    lets other pods use it only when they can pull it themselves."""
    for pod, status, _message in pulling_fails(snapshot):
        image = container_spec(pod, status["name"]).get("image", "")
        named = [name for names in on_nodes(snapshot) if image in names for name in names if "@" in name]
        if named:
            text = (
                f"{image} is on a node, which pulled it as {repository(named[0])} and keeps it from pods without its "
                "credentials"
            )
            yield of_pod(pod, text, status["name"])
