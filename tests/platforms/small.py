# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release of one pod that asks for little, beside what else the cluster runs."""

from __future__ import annotations

ONE_SMALL_POD = {
    "model_serving_autoscaling_enabled": False,
    "model_serving_replicas": 1,
    "model_serving_pdb_enabled": False,
    "model_serving_cpu_request": "50m",
    "model_serving_memory_request": "128Mi",
}
