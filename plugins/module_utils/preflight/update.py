# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many pods an update of a Deployment needs at once, before it begins. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import quantity


def fewest_pods(wanted: dict, standing: dict, fewest: int) -> int:
    """The smallest number of pods that must fit for the rollout to end; 0 where it makes none.

    ``standing``: the live Deployment, {} for none. ``fewest``: replicas without load.
    """
    if not standing:
        return fewest
    if same(wanted["spec"]["template"], standing["spec"]["template"]):
        return 0
    # An autoscaler may have more by now, and fewer before the update ends.
    replicas = wanted["spec"].get("replicas", fewest)
    strategy = wanted["spec"].get("strategy") or {}
    none_goes_first = strategy.get("type", "RollingUpdate") == "RollingUpdate" and is_none(
        (strategy.get("rollingUpdate") or {}).get("maxUnavailable", "25%")
    )
    # Where fewer are wanted than stand, old ones go first, whatever the strategy.
    grows = none_goes_first and replicas >= standing["spec"].get("replicas", 1) > 0
    return replicas + 1 if grows else replicas


def is_none(unavailable: int | str) -> bool:
    """Whether no pod may be unavailable; a small percentage may be rounded to none, and is not known here."""
    return str(unavailable).removesuffix("%") == "0"


def same(wanted: object, live: object) -> bool:
    """Whether applying the one would leave the other as it is: it may have more fields, but no other values."""
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(name in live and same(item, live[name]) for name, item in wanted.items())
    if isinstance(wanted, list):
        return isinstance(live, list) and len(wanted) == len(live) and all(map(same, wanted, live))
    return wanted == live or _as_quantity(wanted) == _as_quantity(live)


def _as_quantity(value: object) -> float | str:
    """The API server writes 1000m as 1."""
    try:
        return quantity(value)
    except (ValueError, TypeError, AttributeError):
        return f"no quantity: {value!r}"
