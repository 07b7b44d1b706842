# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What releases have taken over of others, by their records: whose it is by now. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import (
    SERVING,
    SUPERSEDED,
    Revision,
    newest,
)


def undone_by(revision: Revision, history: list[Revision]) -> list[Revision]:
    """The revisions that a rollback goes back past, newest first. What they had adopted is their owners' again."""
    if revision.goal is None:
        return []
    place = next((entry.place for entry in history if entry.number == revision.goal), revision.goal)
    found = [entry for entry in history if place < entry.number < revision.number]
    return sorted(found, key=lambda entry: -entry.number)


def adopted(entries: list[Revision]) -> list:
    """The objects of others that these revisions took over, each as the newest of them recorded it: what an earlier one
    gave back, its owners may have changed since."""
    return [obj for _entry, obj in _newest_by_key(entries).values()]


def adopted_still(entries: list[Revision], history: list[Revision]) -> list:
    """The same, without what a later revision has served with: that is the release's. Of revisions that served, and are
    gone back past together, the first one's adoption counts."""
    found = _newest_by_key(entries).items()
    return [obj for key, (entry, obj) in found if not _served_since(key, entry, entries, history)]


def _newest_by_key(entries: list[Revision]) -> dict[tuple, tuple[Revision, dict]]:
    oldest_first = sorted(entries, key=lambda entry: entry.number)
    return {object_set.key(obj): (entry, obj) for entry in oldest_first for obj in entry.adopted}


def _served_since(key: tuple, entry: Revision, entries: list[Revision], history: list[Revision]) -> bool:
    served = [one for one in history if one.status in (SERVING, SUPERSEDED) and one.number > entry.number]
    if entry.status in (SERVING, SUPERSEDED):
        served = [one for one in served if one not in entries]
    return any(object_set.key(obj) == key for one in served for obj in one.objects)


def adopted_since_serving(history: list[Revision]) -> list:
    """The objects of others that runs have adopted since a revision was last seen to serve, as they stood: those runs
    may be forgotten before the one that serves next."""
    served = newest(history, (SERVING,))
    return adopted([entry for entry in history if served is None or entry.number > served.place])
