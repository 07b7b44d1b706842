# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of each of several targets, whether the run goes on, and what of a failed wave is put back. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.release import expected

RELEASED, REMOVED, UNCHANGED = "released", "removed", "unchanged"
RESTORED, ROLLED_BACK, FAILED, NOT_TRIED = "restored", "rolled back", "failed", "not tried"
# By somebody else, so that it was not rolled back.
RELEASED_SINCE = "released since"
STATES = (RELEASED, REMOVED, UNCHANGED, RESTORED, ROLLED_BACK, RELEASED_SINCE, FAILED, NOT_TRIED)
NO_RESULT = "failed before the cluster was asked: see the task above"


@dataclass(frozen=True)
class Target:
    """What the run knows of one target. ``checked``: the result of the last check of the variables, None where the run
    did not come to it. ``result``: that of the release, ``put_back`` that of what was put back after it; {} without
    one."""

    checked: dict | None = None
    result: dict = field(default_factory=dict)
    put_back: dict = field(default_factory=dict)

    @property
    def state(self) -> str:
        if self.checked is None:
            return NOT_TRIED
        if self.checked.get("failed") or not self.result:
            return FAILED
        if self.put_back:
            return self._put_back_state
        if self.result.get("failed"):
            return RESTORED if self.result.get("restored_revision") is not None else FAILED
        if not self.result.get("changed"):
            return UNCHANGED
        return REMOVED if self._removes else RELEASED

    @property
    def _put_back_state(self) -> str:
        if "msg" not in self.put_back:
            return ROLLED_BACK
        reasons = [finding["reason"] for finding in self.put_back.get("findings") or []]
        return RELEASED_SINCE if expected.REASON in reasons else FAILED

    @property
    def _removes(self) -> bool:
        """A check of a first release has no revision either, and creates."""
        actions = {change["action"] for change in self.result.get("changes") or []}
        return self.result.get("revision") is None and actions <= {"remove"}

    @property
    def message(self) -> str:
        """The first line of what was said of it."""
        if self.checked is None:
            return ""
        if self.checked.get("failed"):
            return _first_line(self.checked)
        if not self.result:
            return NO_RESULT
        if self.put_back:
            before = f"r{self.result['previous_revision']}"
            if self.state == RELEASED_SINCE:
                return self.put_back["findings"][0]["message"]
            if "msg" in self.put_back:
                return f"released, and {before} could not be put back: {_first_line(self.put_back)}"
            return f"{before} again: {_first_line(self.put_back)}"
        return _first_line(self.result)

    @property
    def was_judged_bad(self) -> bool:
        """Whether it failed with what was released. One that cannot be reached says nothing of that."""
        return self.state in (RESTORED, FAILED) and self.result.get("revision") is not None

    @property
    def can_go_back(self) -> bool:
        """Whether this run has released it, and something served before."""
        return self.state == RELEASED and self.result.get("previous_revision") is not None


def _first_line(result: dict) -> str:
    said = result.get("summary") or [result.get("msg", "")]
    return str(said[0]).partition("\n")[0]


def wave_sizes(total: int, at_once: list[str]) -> list[int]:
    """How many targets each wave has, as Ansible's serial: the last entry is repeated."""
    sizes: list[int] = []
    while sum(sizes) < total:
        given = at_once[min(len(sizes), len(at_once) - 1)]
        size = int(int(given[:-1]) / 100 * total) or 1 if given.endswith("%") else int(given)
        sizes.append(min(size, total - sum(sizes)))
    return sizes


def first_wave(names: list[str], at_once: list[str]) -> list[str]:
    return names[: wave_sizes(len(names), at_once)[0]] if names else []


def tried(names: list[str], here: str, at_once: list[str]) -> list[str]:
    """The names of this one's wave and of those before it."""
    end = 0
    for size in wave_sizes(len(names), at_once):
        end += size
        if here in names[:end]:
            break
    return names[:end]


def last_wave(states: list[str], at_once: list[str]) -> slice:
    """Where in the list the wave stands that was tried last."""
    tried = len(states) - states.count(NOT_TRIED)
    start = end = 0
    for size in wave_sizes(len(states), at_once):
        start, end = end, end + size
        if tried <= end:
            break
    return slice(start, end)


def too_many_failed(states: list[str], may_fail: int) -> bool:
    """Whether more targets of a wave failed than may, or all. ``may_fail``: the percentage of it."""
    failed = sum(states.count(name) for name in (FAILED, RESTORED))
    return failed == len(states) or failed * 100 > may_fail * len(states)


def ends(states: list[str], at_once: list[str], may_fail: int) -> bool:
    """Whether the run ends with the wave that was tried last: none is left, or too many of its targets failed."""
    return NOT_TRIED not in states or too_many_failed(states[last_wave(states, at_once)], may_fail)


def to_put_back(targets: dict[str, Target], at_once: list[str], may_fail: int) -> list[str]:
    """Of a wave that failed, the targets that were released, where it was the release that failed."""
    states = [target.state for target in targets.values()]
    place = last_wave(states, at_once)
    wave = list(targets.items())[place]
    if not too_many_failed(states[place], may_fail) or not any(target.was_judged_bad for _name, target in wave):
        return []
    return [name for name, target in wave if target.can_go_back]


def lines(targets: dict[str, Target]) -> list[str]:
    """The counts, and a line for each target in the order of the inventory."""
    states = {name: target.state for name, target in targets.items()}
    counts = Counter(states.values())
    head = ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])
    wide, width = max(9, *map(len, counts)), max(map(len, targets))
    found = [f"{len(targets)} targets: {head}"]
    return found + [f"  {states[name]:{wide}}  {name:{width}}  {targets[name].message}".rstrip() for name in targets]


def outcome(targets: dict[str, Target], at_once: list[str], may_fail: int, on_failed_wave: str) -> dict:
    """Whether the run ``ends`` here, the targets to ``put_back``, and the ``lines`` that say what became of each, []
    while it goes on."""
    over = ends([target.state for target in targets.values()], at_once, may_fail)
    back = to_put_back(targets, at_once, may_fail) if on_failed_wave == "restore" else []
    return {"ends": over, "put_back": back, "lines": lines(targets) if over else []}
