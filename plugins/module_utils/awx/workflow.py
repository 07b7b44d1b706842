# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of the workflow that releases in waves. Pure.

In each wave: deploy, verify, load test. A wave that was verified asks for approval before the next one begins. What
fails after it was deployed is rolled back; a deployment that fails has restored what served before by itself.
"""

from __future__ import annotations


def nodes(waves: list[dict], templates: dict[str, str], approval_timeout: int) -> list[dict]:
    """``waves``: each with a name and a limit. ``templates``: the job templates' names, by playbook."""
    found: list[dict] = []
    for number, wave in enumerate(waves):
        following = waves[number + 1]["name"] if number + 1 < len(waves) else None
        found += _wave(wave["name"], wave.get("limit", ""), templates, following)
        if following:
            found.append(_approval(following, approval_timeout))
    return found


def _wave(name: str, limit: str, templates: dict[str, str], following: str | None) -> list[dict]:
    undo = [f"{name}: roll back"]

    def job(step: str, playbook: str, **ways: list[str]) -> dict:
        where = {"limit": limit} if limit else {}
        return {"identifier": f"{name}: {step}", "unified_job_template": templates[playbook], **where, **ways}

    approve = {"success_nodes": [f"{following}: approve"]} if following else {}
    return [
        job("deploy", "deploy", success_nodes=[f"{name}: verify"]),
        job("verify", "verify", success_nodes=[f"{name}: load test"], failure_nodes=undo),
        job("load test", "load_test", failure_nodes=undo, **approve),
        job("roll back", "undo"),
    ]


def _approval(following: str, timeout: int) -> dict:
    return {
        "identifier": f"{following}: approve",
        "approval_node": {
            "name": f"Deploy to {following}",
            "description": "What was deployed so far is verified. Approve to go on.",
            "timeout": timeout,
        },
        "success_nodes": [f"{following}: deploy"],
    }
