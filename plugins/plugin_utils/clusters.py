# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cluster a target's connection means, where its modules run."""

from __future__ import annotations

import os

from ansible_collections.modelops.serving.plugins.module_utils.client import cluster_meant


def seen_from_here(connection: dict) -> dict:
    """As modules on the controller have it, whose environment is this one."""
    return cluster_meant.identity(connection, dict(os.environ))


def seen_from_elsewhere(connection: dict) -> dict:
    """As modules on another machine have it, whose environment nobody knows here."""
    return cluster_meant.identity(connection, {})
