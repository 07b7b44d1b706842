# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two states of an object without the credentials in them, wherever these stand. Pure.

Hidden are the values of a Secret, whatever its fields are called, and its annotations; a value under a key, or beside a
name, that is a credential's; what follows a credential's flag in a command; and in any other text what looks like a
credential, such as a password in a URL. Of a value that differs only that fact is shown.
"""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.redact import (
    HIDDEN,
    names_credential,
    redact,
)

# All else of a Secret may be its data under a mistyped name.
SHOWN_OF_A_SECRET = ("apiVersion", "kind", "metadata", "type", "immutable")
SHOWN_OF_METADATA = ("name", "namespace", "labels", "ownerReferences", "finalizers", "deletionTimestamp")
BEFORE, AFTER = " (before)", " (after)"
_ABSENT = object()
# kubectl's copy of the whole object, as text.
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def hide(before: dict, after: dict) -> tuple[dict, dict]:
    is_secret = (after or before).get("kind") == "Secret"
    old, new = {}, {}
    for name in [*before, *(name for name in after if name not in before)]:
        values = before.get(name, _ABSENT), after.get(name, _ABSENT)
        if is_secret and name == "metadata" and all(value is _ABSENT or isinstance(value, dict) for value in values):
            _put_metadata(old, new, *values)
            continue
        hidden = is_secret and name not in SHOWN_OF_A_SECRET
        _put(old, new, name, *values, hidden or (names_credential(name) and _is_plain(*values)))
    return old, new


def _put_metadata(old: dict, new: dict, before, after) -> None:
    """A Secret's: its annotations may be secret, too."""
    one, other = ({} if value is _ABSENT else value for value in (before, after))
    shown_before, shown_after = {}, {}
    for name in [*one, *(name for name in other if name not in one)]:
        values = one.get(name, _ABSENT), other.get(name, _ABSENT)
        _put(shown_before, shown_after, name, *values, name not in SHOWN_OF_METADATA)
    if before is not _ABSENT:
        old["metadata"] = shown_before
    if after is not _ABSENT:
        new["metadata"] = shown_after


def without_credentials(arguments: dict) -> dict:
    """A module's arguments as they may be shown; objects among them are hidden as hide() does it."""
    shown = hide({}, {name: value for name, value in arguments.items() if name != "objects"})[1]
    if arguments.get("objects") is not None:
        shown["objects"] = [hide({}, obj)[1] if isinstance(obj, dict) else obj for obj in arguments["objects"]]
    return shown


def hide_text(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """The same of two texts."""
    return _texts(before, after)


def _put(old: dict, new: dict, name: str, before, after, secret: bool) -> None:
    shown_before, shown_after = _pair(before, after, secret)
    if before is not _ABSENT:
        old[name] = shown_before
    if after is not _ABSENT:
        new[name] = shown_after


def _pair(before, after, secret: bool):
    if isinstance(before, dict) or isinstance(after, dict):
        return _dicts(before, after, secret)
    if isinstance(before, list) or isinstance(after, list):
        return _lists(before, after, secret)
    if secret:
        return _marked(before, after)
    return _texts(before, after)


def _marked(before, after):
    """Two hidden values; empty ones, and those that are not there, hide nothing."""
    empty = (_ABSENT, None, "")
    changed = before not in empty and after not in empty and before != after
    marks = (BEFORE, AFTER) if changed else ("", "")
    return tuple(value if value in empty else HIDDEN + mark for value, mark in zip((before, after), marks, strict=True))


def _texts(before, after):
    shown = [redact(value) if isinstance(value, str) else value for value in (before, after)]
    both = isinstance(before, str) and isinstance(after, str)
    if both and before != after and shown[0] == shown[1]:
        return shown[0] + BEFORE, shown[1] + AFTER
    return tuple(shown)


def _dicts(before, after, secret: bool):
    one, other = (value if isinstance(value, dict) else {} for value in (before, after))
    named = other.get("name", one.get("name"))
    beside = isinstance(named, str) and names_credential(named)
    old, new = {}, {}
    for name in [*one, *(name for name in other if name not in one)]:
        values = one.get(name, _ABSENT), other.get(name, _ABSENT)
        hidden = (
            secret
            or name == LAST_APPLIED
            or (name == "value" and beside)
            or (names_credential(str(name)) and _is_plain(*values))
        )
        _put(old, new, name, *values, hidden)
    return _as_given(before, old), _as_given(after, new)


def _lists(before, after, secret: bool):
    one, other = (value if isinstance(value, list) else [] for value in (before, after))
    old = [
        _pair(item, partner, secret or _follows_flag(one, place))[0]
        for place, (item, partner) in enumerate(_partners(one, other))
    ]
    new = [
        _pair(partner, item, secret or _follows_flag(other, place))[1]
        for place, (item, partner) in enumerate(_partners(other, one))
    ]
    return _as_given(before, old), _as_given(after, new)


def _partners(items: list, others: list) -> list[tuple]:
    """Each item with the one of the other list that has its name, or its place."""
    by_name = {item["name"]: item for item in others if isinstance(item, dict) and "name" in item}
    found = []
    for place, item in enumerate(items):
        if isinstance(item, dict) and "name" in item:
            found.append((item, by_name.get(item["name"], _ABSENT)))
        else:
            found.append((item, others[place] if place < len(others) else _ABSENT))
    return found


def _follows_flag(items: list, place: int) -> bool:
    flag = items[place - 1] if place else None
    return isinstance(flag, str) and flag.startswith("-") and "=" not in flag and names_credential(flag)


def _is_plain(*values) -> bool:
    """Of a key such as automountServiceAccountToken the value is no credential; an unquoted number may be one."""
    return any(isinstance(value, (str, int, float)) and not isinstance(value, bool) for value in values)


def _as_given(value, shown):
    return shown if isinstance(value, (dict, list)) else value
