# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What load generators are given to send. Pure; load/go/load-generator/plan.go reads it."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.load_test.profiles import Step

TIMEOUT = 30


def plan(url: str, host: str, body: dict, rows: int, steps: list[Step], headers: dict[str, str] | None = None) -> dict:
    """``host``: of the Host header, "" for the URL's. ``headers``: others, such as an API key. ``body``: its first
    instance is asked for ``rows`` times.

    Raises ServingError when the body has no instances.
    """
    if not isinstance(body.get("instances"), list) or not body["instances"]:
        raise ServingError(
            "body has no list of instances: a load test repeats its first instance and counts predictions."
        )
    return {
        "url": url,
        "headers": {**(headers or {}), **({"Host": host} if host else {})},
        "body": {**body, "instances": body["instances"][:1]},
        "rows": rows,
        "steps": [step.as_dict() for step in steps],
        "timeout": TIMEOUT,
    }


def shares(whole: dict, generators: int) -> list[dict]:
    """A plan for each generator: every request of the whole is sent by one of them, at its time."""
    return [{**whole, "number": number, "of": generators} for number in range(generators)]
