# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes in AWX what differs, one object after the other."""

from __future__ import annotations

import json
import time

from ansible_collections.modelops.serving.plugins.module_utils.awx import surveys
from ansible_collections.modelops.serving.plugins.module_utils.awx.client import Client, Rejected
from ansible_collections.modelops.serving.plugins.module_utils.awx.differences import REMOVE, Difference, Observed
from ansible_collections.modelops.serving.plugins.module_utils.awx.kinds import EDGES, Kind
from ansible_collections.modelops.serving.plugins.module_utils.awx.views import APPROVAL
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact

RUNNING = ("new", "pending", "waiting", "running")
PAUSE = 1.0


class Applier:
    """``secrets``: the inputs of credentials by their name. ``patience``: seconds in which AWX must fetch a project."""

    def __init__(self, client: Client, observed: Observed, secrets: dict, patience: int):
        self._client = client
        self._known = dict(observed.known)
        self._secrets = secrets
        self._patience = patience

    def apply(self, difference: Difference) -> None:
        try:
            self._apply(difference)
        except Rejected as error:
            raise ServingError(f"AWX refused the {difference.title}: {error.reason}") from error

    def _apply(self, difference: Difference) -> None:
        kind, item, record = difference.kind, difference.item, difference.record
        if difference.action == REMOVE:
            self._client.delete(f"{kind.endpoint}/{record['id']}/")
            return
        changed = difference.fields()
        if record is None:
            record = self._client.post(f"{kind.endpoint}/", self._body(kind, item, [*difference.after]))
            record = {**record, "links": {name: [] for name in kind.links}, "nodes": []}
        else:
            body = self._body(kind, item, changed)
            if body:
                self._client.patch(f"{kind.endpoint}/{record['id']}/", body)
        self._known[kind.endpoint, item["name"]] = record["id"]
        path = f"{kind.endpoint}/{record['id']}"
        for name in kind.links:
            if name in changed:
                self._link(f"{path}/{name}/", record["links"][name], kind.links[name], item.get(name, ()))
        if "survey" in changed:
            self._survey(path, item)
        if "nodes" in changed:
            self._nodes(record, item)
        if kind.fetched:
            self._wait(path, difference)

    def renew(self, kind: Kind, item: dict) -> None:
        """Gives a credential its secrets anew; whether they were the same, AWX does not tell."""
        self._client.patch(
            f"{kind.endpoint}/{self._known[kind.endpoint, item['name']]}/", self._body(kind, item, ["inputs"])
        )

    def _body(self, kind: Kind, item: dict, changed: list[str]) -> dict:
        plain = ("description", *kind.fields)
        body = {name: item[name] for name in plain if name in changed and name in item}
        body |= {name: json.dumps(item[name]) for name in kind.texts if name in changed and name in item}
        for name, endpoint in kind.references.items():
            if name in changed:
                body[name] = self._known[endpoint, item[name]] if item.get(name) else None
        if "inputs" in body:
            body["inputs"] = {**body["inputs"], **self._secrets.get(item["name"], {})}
        return {"name": item["name"], **body} if body else {}

    def _link(self, path: str, linked: list[dict], endpoint: str, names) -> None:
        wanted = {self._known[endpoint, name] for name in names}
        there = {each["id"] for each in linked}
        # Of credentials AWX takes one of each type: the old one goes first.
        for ident in sorted(there - wanted):
            self._client.post(path, {"id": ident, "disassociate": True})
        for ident in sorted(wanted - there):
            self._client.post(path, {"id": ident})

    def _survey(self, path: str, item: dict) -> None:
        spec = item.get("survey_spec") or {}
        if not spec:
            self._client.delete(f"{path}/survey_spec/")
            return
        try:
            self._client.post(f"{path}/survey_spec/", spec)
        except Rejected as error:
            which = surveys.refused_question(spec, error.reason)
            raise Rejected(str(error), f"its survey is not accepted: {error.reason}{which}") from error

    def _nodes(self, record: dict, item: dict) -> None:
        """Nodes that are not wanted go, the others are made or changed, and then all are joined."""
        wanted = {node["identifier"]: node for node in item["simplified_workflow_nodes"]}
        there = {}
        for node in record["nodes"]:
            if node["identifier"] in wanted and node["identifier"] not in there:
                there[node["identifier"]] = node
            else:
                self._client.delete(f"workflow_job_template_nodes/{node['id']}/")
        ids = {name: self._node(record["id"], node, there.get(name)) for name, node in wanted.items()}
        for name, node in wanted.items():
            for edge in EDGES:
                joined = set((there.get(name) or {}).get(edge) or ()) & set(ids.values())
                meant = {ids[other] for other in node.get(edge, ())}
                path = f"workflow_job_template_nodes/{ids[name]}/{edge}/"
                for ident in sorted(joined - meant):
                    self._client.post(path, {"id": ident, "disassociate": True})
                for ident in sorted(meant - joined):
                    self._client.post(path, {"id": ident})

    def _node(self, workflow: int, node: dict, existing: dict | None) -> int:
        """Returns the node's id."""
        approval = node.get("approval_node")
        template = None if approval else self._known["job_templates", node["unified_job_template"]]
        body = {"identifier": node["identifier"]}
        if template:
            body |= {"unified_job_template": template, "limit": node.get("limit") or None, "extra_data": {}}
        if existing is None:
            path = f"workflow_job_templates/{workflow}/workflow_nodes/"
            ident = self._client.post(path, body)["id"]
        else:
            ident = existing["id"]
            self._client.patch(f"workflow_job_template_nodes/{ident}/", body)
        if approval and _is_approval(existing):
            self._client.patch(f"workflow_approval_templates/{existing['unified_job_template']}/", dict(approval))
        elif approval:
            self._client.post(f"workflow_job_template_nodes/{ident}/create_approval_template/", dict(approval))
        return ident

    def _wait(self, path: str, difference: Difference) -> None:
        """A job template is refused until AWX has fetched the project with its playbook."""
        until = time.monotonic() + self._patience
        while True:
            record = self._client.get(f"{path}/")
            status = record.get("status")
            if status not in RUNNING:
                break
            if time.monotonic() > until:
                raise ServingError(
                    f"AWX did not fetch the {difference.title} within {self._patience} s: see its last update in AWX,"
                    " or raise awx_setup_timeout."
                )
            time.sleep(PAUSE)
        if status in ("failed", "error", "canceled", "missing"):
            raise ServingError(
                f"AWX cannot fetch the {difference.title} from {redact(difference.item['scm_url'])} (its update is"
                f" {status}): correct awx_setup_project_url, awx_setup_project_branch or awx_setup_project_credential."
            )


def _is_approval(node: dict | None) -> bool:
    template = (node or {}).get("summary_fields", {}).get("unified_job_template") or {}
    return template.get("unified_job_type") == APPROVAL
