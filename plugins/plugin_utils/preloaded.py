# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every task of every target needs, loaded once.

Ansible starts a process for each task of each target, as a fork of one that has loaded nothing but the action plugins.
What those import, no fork imports again. Modules are forks of another process, for the same reason.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ansible_collections.modelops.serving.plugins import filter as filters
from ansible_collections.modelops.serving.plugins import lookup as lookups
from ansible_collections.modelops.serving.plugins.plugin_utils import direct, given


def load() -> None:
    """For action plugins, when they are imported."""
    for package in (filters, lookups):
        for module in iter_modules(package.__path__):
            import_module(f"{package.__name__}.{module.name}")
    given.specifications()
    direct.start_fork_server()
