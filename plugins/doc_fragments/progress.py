# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of modules that take a while: plugins/action/release.py shows their progress.

    A module names action_common_attributes after it: of an attribute that two fragments describe, the first counts.
    """

    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    support: partial
    details: The module does all of the work. On the controller an action plugin of its own shows its progress lines.
  async:
    support: full
    details: Without progress lines.
  become:
    description: Is usable alongside become keywords.
    support: full
  bypass_host_loop:
    description: Forces a global task that does not execute per host.
    support: none
  connection:
    description: Uses the target's configured connection information to execute code on it.
    support: full
  delegation:
    description: Can be used in conjunction with delegate_to and related keywords.
    support: full
"""
