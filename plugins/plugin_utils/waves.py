# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the waves of the workflow. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from ansible_collections.modelops.serving.plugins.module_utils.variables.names import nearest

# Names alone; whoever writes a pattern of Ansible with more in it is taken at their word.
NAMES = re.compile(r"[\w.-]+(?:[,:][\w.-]+)*")


def problems(waves: list[dict], known: Collection[str]) -> list[str]:
    """A sentence for each name that two waves have, and for each host or group that the inventory has not. ``known``:
    its hosts and groups."""
    names = [wave["name"] for wave in waves]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    found = [
        f"awx_setup_waves has two waves with the name {name}: their nodes would be one. Rename one." for name in twice
    ]
    for number, wave in enumerate(waves):
        for name in re.split("[,:]", wave["limit"]) if NAMES.fullmatch(wave["limit"]) else []:
            if name not in known:
                meant = nearest(name, sorted(known))
                more = f"; is {meant} meant?" if meant else "."
                found.append(f"awx_setup_waves[{number}].limit: the inventory has no host and no group {name}{more}")
    return found


def left_out(waves: list[dict], groups: dict[str, list[str]]) -> list[str]:
    """A sentence where hosts are in no wave; none where a wave has a pattern, which is taken at its word. ``groups``:
    the inventory's, with their hosts; all has every one."""
    limits = [wave["limit"] for wave in waves]
    if not all(NAMES.fullmatch(limit) for limit in limits) or not limits:
        return []
    named = [name for limit in limits for name in re.split("[,:]", limit)]
    reached = {host for name in named for host in groups.get(name, [name])}
    left = [host for host in groups.get("all", []) if host not in reached]
    if not left:
        return []
    return [f"awx_setup_waves leaves out {', '.join(left)}: the workflow never deploys there. Add it if it should."]
