# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that pods wait for and that an object of the release makes, such as an ExternalSecret. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import Detection, Detector
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

_NAMED = re.compile(r'secrets? "(?:[^"/]+/)?([^"]+)" not found', re.IGNORECASE)


def to_be_made(missing: Detector) -> Detector:
    """Of the missing Secrets those that another object of the release makes, with that object's name."""

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        for detection in missing(snapshot):
            named = _NAMED.search(detection.message)
            maker = snapshot.secret_makers.get(named[1]) if named else None
            if maker:
                yield replace(detection, message=f"{detection.message}: {maker} has not made it yet")

    return find
