# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads from AWX what the data names, each object with its survey, its nodes and what it is linked with."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.awx import differences
from ansible_collections.modelops.serving.plugins.module_utils.awx.client import Client
from ansible_collections.modelops.serving.plugins.module_utils.awx.differences import Observed
from ansible_collections.modelops.serving.plugins.module_utils.awx.kinds import ORGANIZATIONS, Kind
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError


def observe(client: Client, data: dict, organization: str) -> Observed:
    """Fails for a reference to an object that is neither in AWX nor in the data."""
    observed = Observed()
    observed.known[ORGANIZATIONS, organization] = _organization(client, organization)
    _outside(client, data, observed, organization)
    for kind, item in differences.items(data):
        record = _record(client, kind, item, observed, organization)
        observed.records[kind.data, item["name"]] = record
        if record:
            observed.known[kind.endpoint, item["name"]] = record["id"]
    return observed


def _organization(client: Client, name: str) -> int:
    found = client.all(ORGANIZATIONS, name=name)
    if not found:
        raise ServingError(
            f"The organization '{name}' is not in AWX, or the user of awx_setup_token may not see it: correct"
            " awx_setup_organization."
        )
    return found[0]["id"]


def _outside(client: Client, data: dict, observed: Observed, organization: str) -> None:
    ours = observed.known[ORGANIZATIONS, organization]
    for endpoint, name, where in differences.referenced(data):
        if (endpoint, name) in observed.known:
            continue
        found = client.all(endpoint, name=name)
        near = [each for each in found if each.get("organization") == ours] or found
        title = differences.title_of(endpoint)
        if not near:
            raise ServingError(
                f"The {title} '{name}', which the {where} needs, is not in AWX, or the user of awx_setup_token may not"
                " use it: create it, or correct its name."
            )
        if len(near) > 1:
            raise ServingError(
                f"AWX has {len(near)} objects of the kind {title} with the name '{name}', which the {where} needs:"
                " rename all but one."
            )
        observed.known[endpoint, name] = near[0]["id"]


def _record(client: Client, kind: Kind, item: dict, observed: Observed, organization: str) -> dict | None:
    query: dict[str, object] = {"name": item["name"]}
    if kind.within:
        endpoint = kind.references.get(kind.within, ORGANIZATIONS)
        name = item.get(kind.within, organization)
        if (endpoint, name) not in observed.known:
            # What it belongs to is not there yet, so neither is it.
            return None
        query[kind.within] = observed.known[endpoint, name]
    found = client.all(kind.endpoint, **query)
    return _whole(client, kind, found[0]) if found else None


def _whole(client: Client, kind: Kind, record: dict) -> dict:
    path = f"{kind.endpoint}/{record['id']}"
    found = {**record, "links": {name: client.all(f"{path}/{name}") for name in kind.links}}
    if kind.survey:
        found["survey"] = client.get(f"{path}/survey_spec/")
    if kind.nodes:
        found["nodes"] = client.all(f"{path}/workflow_nodes")
    return found
