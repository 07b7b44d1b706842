# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as the data says them and as AWX has them, in one form, so that they can be compared and shown. Pure.

References are names in both. Where AWX refers to another object of the same name, its id is added.
"""

from __future__ import annotations

import json

from ansible_collections.modelops.serving.plugins.module_utils.awx import surveys
from ansible_collections.modelops.serving.plugins.module_utils.awx.kinds import EDGES, ENCRYPTED, MARK, Kind

APPROVAL = "workflow_approval"


def wanted(kind: Kind, item: dict, secrets: dict) -> dict:
    """``secrets``: the inputs of credentials that are never shown, by the credential's name."""
    found = {name: item[name] for name in ("description", *kind.fields, *kind.texts) if name in item}
    # A reference that the data does not have is none: one that was made by hand is taken back.
    found |= {name: item.get(name, "") for name in kind.references}
    found |= {name: sorted(item.get(name, ())) for name in kind.links}
    if kind.data == "controller_credentials":
        hidden = secrets.get(item["name"], {})
        found["inputs"] = {name: ENCRYPTED if name in hidden else value for name, value in item["inputs"].items()}
    if kind.survey:
        found["survey"] = surveys.same_form(item.get("survey_spec"))
    if kind.nodes:
        found["nodes"] = {node["identifier"]: _wanted_node(node) for node in item.get("simplified_workflow_nodes", ())}
    return found


def existing(kind: Kind, record: dict, names: tuple[str, ...], known: dict[tuple[str, str], int]) -> dict:
    """``names``: what the data says of such an object. ``known``: the ids of the objects that the data means."""
    found = {name: record.get(name) for name in ("description", *kind.fields) if name in names}
    found |= {name: _mapping(record.get(name)) for name in kind.texts if name in names}
    summary = record.get("summary_fields", {})
    for name, endpoint in kind.references.items():
        found[name] = _reference(endpoint, record.get(name), summary.get(name) or {}, known)
    for name, endpoint in kind.links.items():
        found[name] = sorted(_reference(endpoint, each["id"], each, known) for each in record["links"][name])
    if kind.survey:
        found["survey"] = surveys.same_form(record.get("survey"))
    if kind.nodes:
        found["nodes"] = existing_nodes(record["nodes"], known)
    return found


def _reference(endpoint: str, ident: int | None, summary: dict, known: dict) -> str:
    if ident is None:
        return ""
    name = summary.get("name", "")
    return name if known.get((endpoint, name)) == ident else f"{name} (id {ident})"


def _mapping(text: str | dict | None) -> object:
    """A mapping that AWX keeps as text. What is no JSON was written by hand and is shown as it is."""
    if isinstance(text, dict):
        return text
    stripped = (text or "").strip()
    if stripped in ("", "---"):
        return {}
    try:
        return json.loads(stripped)
    except ValueError:
        return stripped


def _wanted_node(node: dict) -> dict:
    approval = node.get("approval_node")
    runs = {"approval": dict(approval)} if approval else {"template": node["unified_job_template"]}
    ways = {edge: sorted(node[edge]) for edge in EDGES if node.get(edge)}
    limit = {"limit": node["limit"]} if node.get("limit") else {}
    return {**runs, **limit, **ways}


def existing_nodes(nodes: list[dict], known: dict) -> dict[str, dict]:
    identifiers = {node["id"]: node["identifier"] for node in nodes}
    return {node["identifier"]: _existing_node(node, identifiers, known) for node in nodes}


def _existing_node(node: dict, identifiers: dict[int, str], known: dict) -> dict:
    template = node["summary_fields"].get("unified_job_template") or {}
    if template.get("unified_job_type") == APPROVAL:
        runs: dict = {"approval": {name: template.get(name) for name in ("name", "description", "timeout")}}
    else:
        runs = {"template": _reference("job_templates", node.get("unified_job_template"), template, known)}
    ways = {
        edge: sorted(identifiers.get(ident, f"id {ident}") for ident in node[edge]) for edge in EDGES if node.get(edge)
    }
    prompts = {name: node[name] for name in ("limit", "extra_data") if node.get(name)}
    return {**runs, **prompts, **ways}


def is_ours(record: dict) -> bool:
    return (record.get("description") or "").rstrip().endswith(MARK)
