# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module of this collection and shows its progress while it works.

It serves every module that takes a while: meta/runtime.yml routes them here, and each stays the module that it is, with
its own module_defaults. It has the name of one of them because an action plugin needs a module of its name to be
documented.
"""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.plugin_utils import preloaded
from ansible_collections.modelops.serving.plugins.plugin_utils.live import LiveActionModule

preloaded.load()


class ActionModule(LiveActionModule):
    """The module judges; this shows."""
