# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module of this collection and shows its progress while it works."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.plugin_utils.live import LiveActionModule


class ActionModule(LiveActionModule):
    """The module judges; this shows."""
