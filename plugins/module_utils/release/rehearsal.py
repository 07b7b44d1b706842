# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server says of a set before it is applied: its dry run, each object whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import (
    KubeError,
    is_denied,
    is_invalid,
    misfits_schema,
)
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release import filled_in, owners
from ansible_collections.modelops.serving.plugins.module_utils.release.apply import apply_one
from ansible_collections.modelops.serving.plugins.module_utils.release.refusals import (
    IMMUTABLE,
    Busy,
    Irremovable,
    Refused,
)


@dataclass
class Rehearsal:
    """What a dry run said. ``after``: the objects as they would be, by key. ``refused``: of those that the API server
    would not take, why. ``unknown``: of those that it cannot say so, why."""

    after: dict = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def dry_run(
    kube: Kube, namespace: str, objects: list, live: dict, adopt: Callable[[dict], bool], tolerated: frozenset[str]
) -> Rehearsal:
    """Applies the set by the API server's dry run, each object whatever becomes of the others.

    What it cannot say so is not known, and shows when the set is applied: a webhook that has no dry run, or an object
    with fields of others that take_over() takes away first (a second port of the same name, say). That a field is
    immutable holds of those, too.
    """
    found = Rehearsal()
    for obj in objects:
        current = live.get(object_set.key(obj))
        try:
            found.after[object_set.key(obj)] = apply_one(kube, namespace, obj, objects, current, "All", adopt)
        except Refused as error:
            takes_fields = current is not None and owners.fields_of_others(current, obj, adopt, tolerated) is not None
            known = _lasts(error) or (not takes_fields and _is_final(error))
            if known and current is not None and _is_about_content(error) and filled_in.fields(current, obj):
                known = _is_invalid_alone(kube, namespace, current, obj)
            (found.refused if known else found.unknown).append(str(error))
        except KubeError as error:
            if error.status == 0:
                raise
            found.unknown.append(f"{label(obj)}: {error}")
    return found


def _lasts(error: Refused) -> bool:
    """Whether the object would be refused whatever fields of others are taken away first."""
    cause = error.__cause__
    misfit = isinstance(cause, KubeError) and misfits_schema(cause)
    return misfit or IMMUTABLE in str(error) or isinstance(error, Irremovable)


def _is_final(error: Refused) -> bool:
    """Whether the object would be refused for real, too: it is invalid or forbidden, or another tool applies its
    fields."""
    cause = error.__cause__
    if isinstance(cause, KubeError):
        return (cause.status == 403 or is_invalid(cause)) and "dry run" not in str(cause)
    return not isinstance(error, Busy)


def _is_about_content(error: Refused) -> bool:
    """Whether the object is invalid by what it says, not by its schema, nor forbidden: beside other fields it may be
    valid."""
    cause = error.__cause__
    return isinstance(cause, KubeError) and is_invalid(cause) and not is_denied(cause) and not misfits_schema(cause)


def _is_invalid_alone(kube: Kube, namespace: str, current: dict, obj: dict) -> bool:
    """Whether the API server refuses the object as invalid without the fields that filled_in.fields() takes away, too:
    with the spec of the set alone. Raises KubeError where the server cannot be reached."""
    try:
        kube.replace({**current, "spec": obj["spec"]}, namespace, "All")
    except KubeError as error:
        if error.status == 0:
            raise
        return is_invalid(error) and not is_denied(error)
    return False
