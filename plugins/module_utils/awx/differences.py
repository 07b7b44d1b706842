# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not in AWX as the data says it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.awx import views
from ansible_collections.modelops.serving.plugins.module_utils.awx.kinds import BY_ENDPOINT, KINDS, Kind

CREATE, UPDATE, REMOVE = "create", "update", "remove"


@dataclass(frozen=True)
class Observed:
    """``records``: what AWX has, by the variable of the data and the name; None for what it has not.
    ``known``: the ids of objects that the data names, by endpoint and name."""

    records: dict[tuple[str, str], dict | None] = field(default_factory=dict)
    known: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """``before`` and ``after`` are the whole object as it is shown."""

    action: str
    kind: Kind
    item: dict
    record: dict | None
    before: dict
    after: dict

    @property
    def title(self) -> str:
        return f"{self.kind.title} {self.item['name']}"

    def fields(self) -> list[str]:
        return [name for name, value in self.after.items() if self.before.get(name) != value]


def items(data: dict) -> Iterator[tuple[Kind, dict]]:
    """All objects of the data, in the order in which they need each other."""
    for kind in KINDS:
        for item in data.get(kind.data) or ():
            yield kind, item


def differences(data: dict, observed: Observed, secrets: dict) -> list[Difference]:
    found = (_difference(kind, item, observed, secrets) for kind, item in items(data))
    return [difference for difference in found if difference]


def _difference(kind: Kind, item: dict, observed: Observed, secrets: dict) -> Difference | None:
    record = observed.records[kind.data, item["name"]]
    if item.get("state") == "absent":
        before = {"name": item["name"]}
        return Difference(REMOVE, kind, item, record, before, {}) if record else None
    after = views.wanted(kind, item, secrets)
    if record is None:
        return Difference(CREATE, kind, item, None, {}, after)
    before = views.existing(kind, record, tuple(item), observed.known)
    return Difference(UPDATE, kind, item, record, before, after) if before != after else None


def made_by_others(data: dict, observed: Observed) -> list[str]:
    """A sentence for each object that has a name of ours and was made by somebody else."""
    found = []
    for kind, item in items(data):
        record = observed.records[kind.data, item["name"]]
        if record and not views.is_ours(record):
            found.append(
                f"The {kind.title} '{item['name']}' is in AWX already and was not made by this playbook. Set"
                " awx_setup_adopt to take it over, or choose another awx_setup_name."
            )
    return found


def elsewhere(data: dict, observed: Observed, organization: int) -> list[str]:
    """A sentence for each object whose name is taken by another organization, where names are unique in all of AWX."""
    found = []
    for kind, item in items(data):
        record = observed.records[kind.data, item["name"]]
        if not record or kind.within or "organization" not in kind.references:
            continue
        if record.get("organization") != organization:
            owner = (record.get("summary_fields", {}).get("organization") or {}).get("name", "no organization")
            found.append(
                f"The {kind.title} '{item['name']}' belongs to {owner}, and AWX has each such name only once: choose"
                " another awx_setup_name."
            )
    return found


def named_in(data: dict) -> set[tuple[str, str]]:
    """The objects that the data brings, by endpoint and name: a reference to one of these means no other."""
    return {(kind.endpoint, item["name"]) for kind, item in items(data)}


def referenced(data: dict) -> Iterator[tuple[str, str, str]]:
    """Endpoint, name, and who needs it, of each reference to an object that the data does not bring."""
    inside = named_in(data)
    seen = set()
    for kind, item in items(data):
        if item.get("state") == "absent":
            continue
        for field_name, endpoint in kind.references.items():
            names = [item[field_name]] if item.get(field_name) else []
            yield from _new(endpoint, names, f"{kind.title} {item['name']}", inside, seen)
        for field_name, endpoint in kind.links.items():
            yield from _new(endpoint, item.get(field_name, ()), f"{kind.title} {item['name']}", inside, seen)


def _new(endpoint, names, where, inside, seen) -> Iterator[tuple[str, str, str]]:
    for name in names:
        if (endpoint, name) not in inside and (endpoint, name) not in seen:
            seen.add((endpoint, name))
            yield endpoint, name, where


def title_of(endpoint: str) -> str:
    return BY_ENDPOINT[endpoint].title if endpoint in BY_ENDPOINT else "organization"
