# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server has chosen for a Service whose set leaves it open. Pure."""

from __future__ import annotations

import copy

WITH_NODE_PORTS = ("NodePort", "LoadBalancer")


def as_it_was(obj: dict, stood: dict | None) -> dict:
    """A Service of a set with the node ports that it stood with (``stood``), where it names none: clients know them.
    Any other object as it is."""
    if obj["kind"] != "Service" or stood is None or obj["spec"].get("type") not in WITH_NODE_PORTS:
        return obj
    before = {_identity(port): port.get("nodePort") for port in stood["spec"].get("ports") or []}
    found = copy.deepcopy(obj)
    for port in found["spec"].get("ports") or []:
        if before.get(_identity(port)):
            port.setdefault("nodePort", before[_identity(port)])
    return found


def _identity(port: dict) -> tuple:
    return port["port"], port.get("protocol", "TCP")
