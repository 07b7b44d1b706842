# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as the role passes them on."""

from __future__ import annotations


def result(**fields) -> dict:
    return {
        "target": "gke-eu-1",
        "name": "model-api",
        "namespace": "ml-serving",
        "changed": True,
        "failed": False,
        "message": "model-api r6 → r7 on gke-eu-1/ml-serving",
        "revision": 7,
        "previous_revision": 6,
        "restored_revision": 0,
        "image": "registry.example.org/model-api:b71e08",
        "ready": 3,
        "prediction": {},
        "url": "https://models.example.org",
        "findings": [],
        "reports": [],
        **fields,
    }


def finding(**fields) -> dict:
    return {
        "reason": "CrashLoop",
        "object": "Pod/model-api-7d4f-x2x9k",
        "message": "exit 3 after 0.4 s, twice",
        "severity": "fatal",
        "evidence": ["feature names: model expects 4 columns"],
        "remedy": "Set model_serving_schema.",
        **fields,
    }


def failed(**fields) -> dict:
    said = {
        "failed": True,
        "message": "failed: CrashLoop in model-api r7, r6 serves",
        "restored_revision": 6,
        "ready": 0,
    }
    return result(**{**said, "findings": [finding()], **fields})
