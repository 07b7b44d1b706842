# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do where a server asks for an API key. Pure."""

from __future__ import annotations

MISSING = "give it in model_serving_verify_headers"
WRONG = (
    "what stands in model_serving_verify_headers is not accepted: correct it; after a change of the keys the pods may "
    "have the earlier ones for a minute"
)


def remedy(headers: dict | None) -> str:
    """``headers``: those that were sent; Host is none that a key could stand in."""
    return WRONG if set(headers or {}) - {"Host"} else MISSING
