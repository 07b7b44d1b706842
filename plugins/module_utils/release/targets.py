# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of each of several targets, for the end of a run. Pure."""

from __future__ import annotations

from collections import Counter

RELEASED, REMOVED, UNCHANGED = "released", "removed", "unchanged"
RESTORED, FAILED, NOT_TRIED = "restored", "failed", "not tried"
STATES = (RELEASED, REMOVED, UNCHANGED, RESTORED, FAILED, NOT_TRIED)
NO_RESULT = "failed before the cluster was asked: see the task above"


def state(checked: dict | None, result: dict) -> str:
    """``checked``: the result of the check of the variables, None where the run did not come to it. ``result``: that of
    the release, {} without one."""
    if checked is None:
        return NOT_TRIED
    if checked.get("failed") or not result:
        return FAILED
    if result.get("failed"):
        return RESTORED if result.get("restored_revision") else FAILED
    if not result.get("changed"):
        return UNCHANGED
    return RELEASED if result.get("revision") else REMOVED


def message(checked: dict | None, result: dict) -> str:
    """The first line of what was said of a target."""
    if checked is None:
        return ""
    if checked.get("failed"):
        return str(checked.get("msg", "")).partition("\n")[0]
    said = result.get("summary") or [result.get("msg", "")]
    return str(said[0]) if result else NO_RESULT


def wave_sizes(total: int, at_once: list[str]) -> list[int]:
    """How many targets each wave has, as Ansible's serial: the last entry is repeated."""
    sizes: list[int] = []
    while sum(sizes) < total:
        given = at_once[min(len(sizes), len(at_once) - 1)]
        size = int(int(given[:-1]) / 100 * total) or 1 if given.endswith("%") else int(given)
        sizes.append(min(size, total - sum(sizes)))
    return sizes


def ends(states: list[str], at_once: list[str], may_fail: int) -> bool:
    """Whether the run ends with the wave that was tried last: none is left, or more of its targets failed than may.

    ``may_fail``: the percentage of a wave. A wave of which all failed ends the run in any case.
    """
    tried = len(states) - states.count(NOT_TRIED)
    end = 0
    for size in wave_sizes(len(states), at_once):
        start, end = end, end + size
        if tried <= end:
            break
    failed = sum(states[start:end].count(name) for name in (FAILED, RESTORED))
    return tried == len(states) or failed == size or failed * 100 > may_fail * size


def lines(states: dict[str, str], messages: dict[str, str]) -> list[str]:
    """The counts, and a line for each target in the order of the inventory."""
    counts = Counter(states.values())
    head = ", ".join(f"{counts[name]} {name}" for name in STATES if counts[name])
    width = max(len(target) for target in states)
    found = [f"{len(states)} targets: {head}"]
    return found + [f"  {name:9}  {target:{width}}  {messages[target]}".rstrip() for target, name in states.items()]


def outcome(checked: dict[str, dict | None], results: dict[str, dict], at_once: list[str], may_fail: int) -> dict:
    """Whether the run ``ends`` here, and the ``lines`` that say what became of each target, [] while it goes on."""
    states = {target: state(checked[target], results[target]) for target in checked}
    messages = {target: message(checked[target], results[target]) for target in checked}
    over = ends(list(states.values()), at_once, may_fail)
    return {"ends": over, "lines": lines(states, messages) if over else []}
