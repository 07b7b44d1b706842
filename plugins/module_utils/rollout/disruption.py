# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many pods a Deployment may have more, or be without, while it is rolled out. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable


def surge(deployment: dict, desired: int) -> int:
    """Pods above ``desired``; a percentage is rounded up."""
    return _amount(deployment, "maxSurge", desired, math.ceil)


def unavailable(deployment: dict, desired: int) -> int:
    """Pods below ``desired``; a percentage is rounded down. 1 where both figures come to 0, as for the controller."""
    if (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
        return desired
    amount = _amount(deployment, "maxUnavailable", desired, math.floor)
    return amount if amount or surge(deployment, desired) else 1


def waves(deployment: dict, desired: int) -> int:
    """How many times new pods have to become ready, one after another, until all are."""
    at_once = max(surge(deployment, desired) + unavailable(deployment, desired), 1)
    return max(math.ceil(desired / at_once), 1)


def _amount(deployment: dict, name: str, desired: int, rounded: Callable[[float], int]) -> int:
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    value = rolling.get(name, "25%")
    if isinstance(value, str) and value.endswith("%"):
        return rounded(desired * float(value[:-1]) / 100)
    return int(value)
