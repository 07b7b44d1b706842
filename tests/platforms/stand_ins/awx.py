# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in of AWX's API, with state, for tests.

It knows the objects that the role awx_setup makes, and checks each request after AWX 24's serializers, models and
views: fields, types, choices, lengths, what is required, names that are taken, references that must exist, rules of a
survey, of a schedule's rule, of credential types, of workflow nodes and their edges, playbooks of a project that was
fetched. In one thing it is stricter: AWX ignores a field that it does not know, this refuses it. It runs no job.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from dateutil.rrule import rrulestr

API = "/api/v2/"
ENCRYPTED = "$encrypted$"
NAME = 512
PAGE = 25
EDGES = ("success_nodes", "failure_nodes", "always_nodes")
SURVEY_TYPES = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": (str, list),
    "integer": int,
    "float": (int, float),
}


class Refused(Exception):
    def __init__(self, status: int, body: dict):
        super().__init__(str(body))
        self.status, self.body = status, body


def bad(**body) -> Refused:
    return Refused(400, body)


@dataclass(frozen=True)
class Field:
    """``to``: the list that a reference is into. ``fixed``: only read after creation."""

    type: type = str
    default: object = ""
    required: bool = False
    choices: tuple = ()
    longest: int | None = None
    to: str = ""
    fixed: bool = False
    read_only: bool = False


def text(**options) -> Field:
    return Field(**options)


def truth(default: bool = False) -> Field:
    return Field(bool, default)


def number(default: int = 0) -> Field:
    return Field(int, default)


def reference(to: str, **options) -> Field:
    return Field(int, None, to=to, **options)


def mapping() -> Field:
    return Field(dict, None)


NAMED = {"name": text(required=True, longest=NAME), "description": text()}
PROMPTS = (
    *("scm_branch", "diff_mode", "variables", "limit", "tags", "skip_tags", "job_type", "verbosity", "inventory"),
    *("credential", "execution_environment", "labels", "forks", "job_slice_count", "timeout", "instance_groups"),
)
LISTS: dict[str, dict[str, Field]] = {
    "organizations": {**NAMED},
    "credential_types": {
        **NAMED,
        "kind": text(required=True, choices=("cloud", "net")),
        "inputs": mapping(),
        "injectors": mapping(),
        "managed": Field(bool, False, read_only=True),
    },
    "credentials": {
        **NAMED,
        "organization": reference("organizations"),
        "credential_type": reference("credential_types", required=True),
        "inputs": mapping(),
    },
    "execution_environments": {
        **NAMED,
        "organization": reference("organizations"),
        "image": text(required=True, longest=1024),
        "credential": reference("credentials"),
        "pull": text(choices=("always", "missing", "never", "")),
        "managed": Field(bool, False, read_only=True),
    },
    "projects": {
        **NAMED,
        "organization": reference("organizations"),
        "scm_type": text(choices=("", "git", "svn", "insights", "archive"), longest=8),
        "scm_url": text(longest=1024),
        "scm_branch": text(longest=256),
        "scm_refspec": text(longest=1024),
        "scm_clean": truth(),
        "scm_track_submodules": truth(),
        "scm_delete_on_update": truth(),
        "scm_update_on_launch": truth(),
        "scm_update_cache_timeout": number(),
        "allow_override": truth(),
        "credential": reference("credentials"),
        "default_environment": reference("execution_environments"),
        "timeout": number(),
    },
    "inventories": {
        **NAMED,
        "organization": reference("organizations", required=True),
        "kind": text(choices=("", "smart", "constructed")),
        "host_filter": text(),
        "variables": text(),
        "prevent_instance_group_fallback": truth(),
    },
    "inventory_sources": {
        **NAMED,
        "inventory": reference("inventories", required=True, fixed=True),
        "source": text(required=True, choices=("scm", "ec2", "gce", "azure_rm", "vmware", "openstack")),
        "source_path": text(longest=1024),
        "source_vars": text(),
        "source_project": reference("projects"),
        "execution_environment": reference("execution_environments"),
        "overwrite": truth(),
        "overwrite_vars": truth(),
        "update_on_launch": truth(),
        "update_cache_timeout": number(),
        "timeout": number(),
        "verbosity": Field(int, 1, choices=(0, 1, 2)),
    },
    "job_templates": {
        **NAMED,
        "job_type": text(default="run", choices=("run", "check")),
        "organization": reference("organizations", read_only=True),
        "inventory": reference("inventories"),
        "project": reference("projects", required=True),
        "playbook": text(longest=1024),
        "execution_environment": reference("execution_environments"),
        "extra_vars": text(),
        "forks": number(),
        "limit": text(),
        "verbosity": Field(int, 0, choices=(0, 1, 2, 3, 4, 5)),
        "job_tags": text(),
        "skip_tags": text(),
        "timeout": number(),
        "survey_enabled": truth(),
        "become_enabled": truth(),
        "diff_mode": truth(),
        "allow_simultaneous": truth(),
        "job_slice_count": number(1),
        **{f"ask_{prompt}_on_launch": truth() for prompt in PROMPTS},
    },
    "workflow_job_templates": {
        **NAMED,
        "organization": reference("organizations"),
        "inventory": reference("inventories"),
        "extra_vars": text(),
        "limit": text(),
        "scm_branch": text(),
        "survey_enabled": truth(),
        "allow_simultaneous": truth(),
        **{
            f"ask_{prompt}_on_launch": truth()
            for prompt in ("variables", "inventory", "scm_branch", "limit", "labels", "tags", "skip_tags")
        },
    },
    "workflow_job_template_nodes": {
        "identifier": text(longest=NAME),
        "workflow_job_template": reference("workflow_job_templates", required=True, fixed=True),
        "unified_job_template": reference("job_templates"),
        "limit": Field(str, None),
        "extra_data": mapping(),
        "all_parents_must_converge": truth(),
    },
    "workflow_approval_templates": {**NAMED, "timeout": number()},
    "schedules": {
        **NAMED,
        "unified_job_template": reference("job_templates", required=True),
        "rrule": text(required=True),
        "enabled": truth(True),
        "extra_data": mapping(),
    },
}
SURVEYED = ("job_templates", "workflow_job_templates")
# Which fields together no two objects may share, and how AWX says so.
UNIQUE = {
    "organizations": ("name",),
    "execution_environments": ("name",),
    "credential_types": ("name", "kind"),
    "credentials": ("organization", "name", "credential_type"),
    "projects": ("name", "organization"),
    "inventories": ("name", "organization"),
    "inventory_sources": ("name", "inventory"),
    "job_templates": ("name", "organization"),
    "workflow_job_templates": ("name", "organization"),
    "workflow_job_template_nodes": ("identifier", "workflow_job_template"),
    "schedules": ("unified_job_template", "name"),
}


@dataclass
class Awx:
    """The state. ``requests``: method, path and body of each, in their order. ``spoil``: changes what is stored."""

    token: str
    playbooks: tuple[str, ...]
    unfetchable: str = "missing"
    read_only_token: str = "reads"
    page: int = PAGE
    requests: list[tuple[str, str, dict]] = field(default_factory=list)
    objects: dict[str, dict[int, dict]] = field(default_factory=lambda: {name: {} for name in LISTS})
    spoil: Callable[[str, dict], None] = lambda endpoint, record: None
    last: int = 0

    def add(self, endpoint: str, **fields) -> dict:
        """An object that was there before, or that a person makes in AWX."""
        return self._create(endpoint, fields)

    def find(self, endpoint: str, name: str) -> dict:
        return next(each for each in self.objects[endpoint].values() if each.get("name") == name)

    def writes(self) -> list[tuple[str, str, dict]]:
        return [request for request in self.requests if request[0] != "GET"]

    # Requests

    def handle(self, method: str, path: str, query: dict[str, str], body: dict) -> tuple[int, dict]:
        parts = path.removeprefix(API).strip("/").split("/")
        # Of the list of all templates, those that can be scheduled here.
        endpoint = "job_templates" if parts == ["unified_job_templates"] and method == "GET" else parts[0]
        if endpoint not in LISTS:
            raise Refused(404, {"detail": "The requested resource could not be found."})
        if len(parts) == 1:
            return self._list(method, endpoint, path, query, body)
        record = self.objects[endpoint].get(int(parts[1]) if parts[1].isdigit() else -1)
        if record is None:
            raise Refused(404, {"detail": f"No {endpoint} matches the given query."})
        if len(parts) == 2:
            return self._detail(method, endpoint, record, body)
        return self._part(method, endpoint, record, parts[2], path, query, body)

    def _list(self, method: str, endpoint: str, path: str, query: dict, body: dict) -> tuple[int, dict]:
        if method == "GET":
            return 200, self._page(endpoint, list(self.objects[endpoint].values()), path, query)
        if method == "POST" and endpoint not in ("organizations", "workflow_approval_templates"):
            return 201, self._shown(endpoint, self._create(endpoint, body))
        raise Refused(405, {"detail": f'Method "{method}" not allowed.'})

    def _detail(self, method: str, endpoint: str, record: dict, body: dict) -> tuple[int, dict]:
        if method == "GET":
            shown = self._shown(endpoint, record)
            if record.get("status") == "pending":
                record["status"] = "failed" if self.unfetchable in record["scm_url"] else "successful"
            return 200, shown
        if method == "PATCH":
            return 200, self._shown(endpoint, self._update(endpoint, record, body))
        if method == "DELETE":
            self._remove(endpoint, record)
            return 204, {}
        raise Refused(405, {"detail": f'Method "{method}" not allowed.'})

    def _part(self, method, endpoint, record, part, path, query, body) -> tuple[int, dict]:
        if part == "survey_spec" and endpoint in SURVEYED:
            return self._survey(method, record, body)
        if part == "credentials" and endpoint == "job_templates":
            return self._links(method, record, body, path, query)
        if part == "workflow_nodes" and endpoint == "workflow_job_templates":
            nodes = self._nodes_of(record["id"])
            if method == "GET":
                return 200, self._page("workflow_job_template_nodes", nodes, path, query)
            made = self._create("workflow_job_template_nodes", {**body, "workflow_job_template": record["id"]})
            return 201, self._shown("workflow_job_template_nodes", made)
        if endpoint == "workflow_job_template_nodes" and part in EDGES:
            if method == "GET":
                nodes = [self.objects[endpoint][ident] for ident in record[part]]
                return 200, self._page(endpoint, nodes, path, query)
            return self._edge(record, part, body)
        if endpoint == "workflow_job_template_nodes" and part == "create_approval_template" and method == "POST":
            made = self._create("workflow_approval_templates", body)
            record["unified_job_template"], record["approval"] = made["id"], True
            return 201, self._shown("workflow_approval_templates", made)
        empty = ("labels", "instance_groups", "notification_templates_started", "notification_templates_success")
        if method == "GET" and part in (*empty, "notification_templates_error", "credentials"):
            return 200, {"count": 0, "next": None, "previous": None, "results": []}
        raise Refused(404, {"detail": "The requested resource could not be found."})

    def _page(self, endpoint: str, records: list[dict], path: str, query: dict) -> dict:
        filters = {name: value for name, value in query.items() if name not in ("page", "page_size", "order_by")}
        for name, value in filters.items():
            if name not in (*LISTS[endpoint], "id"):
                raise bad(detail=f"{endpoint} has no field named '{name}'")
            records = [each for each in records if str(each.get(name)) == value]
        size = min(int(query.get("page_size", PAGE)), self.page)
        page = int(query.get("page", 1))
        shown = records[(page - 1) * size : page * size]
        if page > 1 and not shown:
            raise Refused(404, {"detail": "Invalid page."})
        more = page * size < len(records)
        following = f"{path}?{urlencode({**query, 'page': page + 1})}" if more else None
        results = [self._shown(endpoint, each) for each in shown]
        return {"count": len(records), "next": following, "previous": None, "results": results}

    def _shown(self, endpoint: str, record: dict) -> dict:
        found = {name: value for name, value in record.items() if name not in ("survey", "linked", "approval")}
        url = f"{API}{endpoint}/{record['id']}/"
        summary, related = {}, {}
        for name, spec in LISTS[endpoint].items():
            if spec.to and record.get(name) is not None:
                approval = name == "unified_job_template" and record.get("approval")
                to = "workflow_approval_templates" if approval else spec.to
                target = self.objects[to][record[name]]
                summary[name] = {part: target.get(part) for part in ("id", "name", "description")}
                related[name] = f"{API}{to}/{target['id']}/"
                if name == "unified_job_template":
                    summary[name]["unified_job_type"] = "workflow_approval" if approval else "job"
                if approval:
                    summary[name]["timeout"] = target["timeout"]
        if endpoint in SURVEYED:
            related["survey_spec"] = f"{url}survey_spec/"
        if endpoint == "credentials":
            secret = self._secret_inputs(record)
            found["inputs"] = {k: ENCRYPTED if k in secret else v for k, v in record["inputs"].items()}
        return {**found, "type": endpoint[:-1], "url": url, "related": related, "summary_fields": summary}

    # Objects

    def _create(self, endpoint: str, body: dict) -> dict:
        self._check_fields(endpoint, body, None)
        record = {name: spec.default for name, spec in LISTS[endpoint].items()}
        record |= {name: {} for name, spec in LISTS[endpoint].items() if spec.type is dict}
        record |= {name: value for name, value in body.items() if not LISTS[endpoint][name].read_only}
        self._check(endpoint, record, None, body)
        self.last += 1
        record["id"] = self.last
        if endpoint == "projects":
            record["status"] = "pending"
        if endpoint in SURVEYED:
            record["survey"] = {}
        if endpoint == "job_templates":
            record["linked"] = []
        if endpoint == "workflow_job_template_nodes":
            record |= {edge: [] for edge in EDGES}
        self.spoil(endpoint, record)
        self.objects[endpoint][record["id"]] = record
        return record

    def _update(self, endpoint: str, record: dict, body: dict) -> dict:
        self._check_fields(endpoint, body, record)
        specs = LISTS[endpoint]
        new = {name: value for name, value in body.items() if not (specs[name].read_only or specs[name].fixed)}
        if "inputs" in new and endpoint == "credentials":
            kept = record["inputs"]
            new["inputs"] = {k: kept.get(k) if v == ENCRYPTED else v for k, v in new["inputs"].items()}
        self._check(endpoint, {**record, **new}, record, body)
        record.update(new)
        if endpoint == "projects" and any(name.startswith("scm_") for name in new):
            record["status"] = "pending"
        if endpoint == "workflow_job_template_nodes" and new.get("unified_job_template"):
            record["approval"] = False
        self.spoil(endpoint, record)
        return record

    def _remove(self, endpoint: str, record: dict) -> None:
        del self.objects[endpoint][record["id"]]
        if endpoint == "workflow_job_template_nodes":
            for other in self.objects[endpoint].values():
                for edge in EDGES:
                    other[edge] = [ident for ident in other[edge] if ident != record["id"]]

    def _check_fields(self, endpoint: str, body: dict, record: dict | None) -> None:
        """Each field by itself, as a serializer does."""
        specs, errors = LISTS[endpoint], {}
        if record is None:
            errors |= {
                name: ["This field is required."] for name, spec in specs.items() if spec.required and name not in body
            }
        for name, value in body.items():
            if name not in specs:
                errors[name] = ["This field is not known (the stand-in refuses what AWX ignores)."]
            elif error := self._wrong(specs[name], value):
                errors[name] = [error]
        if errors:
            raise bad(**errors)

    def _wrong(self, spec: Field, value: object) -> str:
        if spec.to:
            if value is None:
                return "This field may not be null." if spec.required else ""
            if isinstance(value, bool) or not isinstance(value, int):
                return f"Incorrect type. Expected pk value, received {type(value).__name__}."
            both = (spec.to, "workflow_approval_templates") if spec.to == "job_templates" else (spec.to,)
            exists = any(value in self.objects[each] for each in both)
            return "" if exists else f'Invalid pk "{value}" - object does not exist.'
        if value is None:
            return "" if spec.default is None else "This field may not be null."
        if spec.type is bool:
            return "" if isinstance(value, bool) else "Must be a valid boolean."
        if spec.type is int:
            right = isinstance(value, int) and not isinstance(value, bool)
            if not right:
                return "A valid integer is required."
        elif not isinstance(value, spec.type):
            return "Not a valid string." if spec.type is str else "Expected a dictionary."
        if spec.choices and value not in spec.choices:
            return f'"{value}" is not a valid choice.'
        if spec.required and value == "":
            return "This field may not be blank."
        if spec.longest and len(value) > spec.longest:
            return f"Ensure this field has no more than {spec.longest} characters."
        return ""

    def _check(self, endpoint: str, new: dict, old: dict | None, body: dict) -> None:
        """The object as a whole."""
        if endpoint == "job_templates":
            # It is the project's.
            new["organization"] = self.objects["projects"][new["project"]]["organization"]
            if old is not None:
                old["organization"] = new["organization"]
        self._check_unique(endpoint, new, old)
        checks = {
            "credential_types": self._check_credential_type,
            "credentials": self._check_credential,
            "execution_environments": self._check_execution_environment,
            "projects": self._check_project,
            "inventories": self._check_inventory,
            "inventory_sources": self._check_inventory_source,
            "job_templates": self._check_job_template,
            "workflow_job_templates": self._check_variables,
            "workflow_job_template_nodes": self._check_node,
            "schedules": self._check_schedule,
        }
        if endpoint in checks:
            checks[endpoint](new, old, body)

    def _check_unique(self, endpoint: str, new: dict, old: dict | None) -> None:
        fields = UNIQUE.get(endpoint, ())
        for other in self.objects[endpoint].values():
            if fields and other is not old and all(other.get(name) == new.get(name) for name in fields):
                kind = endpoint[:-1].replace("_", " ").capitalize()
                if fields == ("name",):
                    raise bad(name=[f"{kind} with this Name already exists."])
                raise bad(__all__=[f"{kind} with this ({', '.join(fields)}) combination already exists."])

    def _check_credential_type(self, new: dict, old: dict | None, body: dict) -> None:
        fields = new["inputs"].get("fields", [])
        if set(new["inputs"]) - {"fields", "required"}:
            raise bad(inputs=["Additional properties are not allowed."])
        for entry in fields:
            if set(entry) - {"id", "type", "label", "secret", "multiline", "format", "choices", "default", "help_text"}:
                raise bad(inputs=[f"Additional properties are not allowed in {entry}."])
            if not {"id", "label"} <= set(entry) or entry.get("type", "string") not in ("string", "boolean"):
                raise bad(inputs=["'id' and 'label' are required properties, and type is string or boolean."])
        known = {entry["id"] for entry in fields}
        if set(new["inputs"].get("required", [])) - known:
            raise bad(inputs=["'required' names a field that is not defined."])
        if set(new["injectors"]) - {"file", "env", "extra_vars"}:
            raise bad(injectors=["Additional properties are not allowed."])
        files = new["injectors"].get("file", {})
        if any(not re.fullmatch(r"template(\.[a-zA-Z_]+[a-zA-Z0-9_]*)?", name) for name in files):
            raise bad(injectors=["Must define unnamed or named file injector, such as template or template.name."])
        known |= {f"tower.filename.{name.partition('.')[2]}" for name in files if "." in name}
        for name in re.findall(r"{{\s*([\w.]+)", json.dumps(new["injectors"])):
            if name not in known:
                raise bad(injectors=[f"{name} uses an undefined field ('{name}' is undefined)"])
        in_use = old and any(each["credential_type"] == old["id"] for each in self.objects["credentials"].values())
        if in_use and new["inputs"] != old["inputs"]:
            raise Refused(
                403, {"detail": "Modifications to inputs are not allowed for credential types that are in use"}
            )

    def _secret_inputs(self, credential: dict) -> set[str]:
        fields = self.objects["credential_types"][credential["credential_type"]]["inputs"].get("fields", [])
        return {entry["id"] for entry in fields if entry.get("secret")}

    def _check_credential(self, new: dict, old: dict | None, body: dict) -> None:
        if old is None and not new["organization"]:
            raise bad(detail="Missing 'user', 'team', or 'organization'.")
        fields = self.objects["credential_types"][new["credential_type"]]["inputs"].get("fields", [])
        unknown = set(new["inputs"]) - {entry["id"] for entry in fields}
        if unknown:
            raise bad(inputs=[f"Additional properties are not allowed ('{sorted(unknown)[0]}' was unexpected)"])

    def _check_execution_environment(self, new: dict, old: dict | None, body: dict) -> None:
        if old and body.get("organization") and body["organization"] != old["organization"]:
            raise bad(organization=["Cannot change the organization of an execution environment"])
        if not re.fullmatch(r"[\w.-]+(:\d+)?(/[\w.-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?", new["image"]):
            raise bad(image=["Must be a valid container image name."])

    def _check_project(self, new: dict, old: dict | None, body: dict) -> None:
        if new["scm_type"] and not new["scm_url"]:
            raise bad(scm_url=["SCM URL is required."])
        if not new["scm_type"] and any(new[name] for name in ("scm_update_on_launch", "scm_clean")):
            raise bad(scm_clean=["Update options must be set to false for manual projects."])

    def _check_inventory(self, new: dict, old: dict | None, body: dict) -> None:
        mapping_or_refused("variables", new["variables"])

    def _check_inventory_source(self, new: dict, old: dict | None, body: dict) -> None:
        if new["source"] == "scm" and new["source_project"] is None:
            raise bad(source_project=["Project required for scm type sources."])
        if new["source"] != "scm" and (new["source_project"] or new["source_path"]):
            raise bad(detail="Cannot set source_project source_path if not SCM type.")

    def _check_job_template(self, new: dict, old: dict | None, body: dict) -> None:
        project = self.objects["projects"][new["project"]]
        if not new["playbook"]:
            raise bad(playbook=["Must select playbook for project."])
        fetched = self.playbooks if project["status"] == "successful" else ()
        if not project["allow_override"] and new["playbook"] not in fetched:
            raise bad(playbook=["Playbook not found for project."])
        if new["ask_scm_branch_on_launch"] and not project["allow_override"]:
            raise bad(ask_scm_branch_on_launch=["Project does not allow overriding branch."])
        if new["inventory"] is None and not new["ask_inventory_on_launch"]:
            raise bad(inventory=["You must either set a default value or ask to prompt on launch."])
        self._check_variables(new, old, body)

    def _check_variables(self, new: dict, old: dict | None, body: dict) -> None:
        mapping_or_refused("extra_vars", new["extra_vars"])

    def _check_node(self, new: dict, old: dict | None, body: dict) -> None:
        template = self.objects["job_templates"].get(new["unified_job_template"])
        if template is None:
            return
        if new["limit"] and not template["ask_limit_on_launch"]:
            raise bad(limit=["Field is not configured to prompt on launch."])
        self._check_answers(template, new["extra_data"] or {})

    def _check_answers(self, template: dict, answers: dict) -> None:
        asked = {question["variable"] for question in template["survey"].get("spec", ())}
        if not template["ask_variables_on_launch"] and set(answers) - asked:
            names = ", ".join(sorted(set(answers) - asked))
            raise bad(extra_data=[f"Variables {names} are not allowed on launch. Check the Prompt on Launch setting."])

    def _check_schedule(self, new: dict, old: dict | None, body: dict) -> None:
        errors = list(wrong_rule(new["rrule"]))
        if errors:
            raise bad(rrule=errors)
        self._check_answers(self.objects["job_templates"][new["unified_job_template"]], new["extra_data"] or {})

    # Parts of objects

    def _survey(self, method: str, record: dict, body: dict) -> tuple[int, dict]:
        if method == "GET":
            return 200, record["survey"]
        if method == "DELETE":
            record["survey"] = {}
            return 200, {}
        error = wrong_survey(body)
        if error:
            raise bad(error=error)
        record["survey"] = body
        self.spoil("survey_spec", record)
        return 200, {}

    def _links(self, method: str, record: dict, body: dict, path: str, query: dict) -> tuple[int, dict]:
        linked = [self.objects["credentials"][ident] for ident in record["linked"]]
        if method == "GET":
            return 200, self._page("credentials", linked, path, query)
        ident = body.get("id")
        if ident not in self.objects["credentials"]:
            raise bad(detail="Object does not exist.")
        if body.get("disassociate"):
            record["linked"] = [each for each in record["linked"] if each != ident]
        elif ident not in record["linked"]:
            kind = self.objects["credentials"][ident]["credential_type"]
            if any(each["credential_type"] == kind for each in linked):
                title = self.objects["credential_types"][kind]["name"]
                raise bad(error=f"Cannot assign multiple {title} credentials.")
            record["linked"].append(ident)
        return 204, {}

    def _nodes_of(self, workflow: int) -> list[dict]:
        nodes = self.objects["workflow_job_template_nodes"].values()
        return [node for node in nodes if node["workflow_job_template"] == workflow]

    def _edge(self, record: dict, edge: str, body: dict) -> tuple[int, dict]:
        other = body.get("id")
        siblings = {node["id"]: node for node in self._nodes_of(record["workflow_job_template"])}
        if other not in siblings:
            raise bad(detail="The node is not one of this workflow.")
        if body.get("disassociate"):
            record[edge] = [ident for ident in record[edge] if ident != other]
            return 204, {}
        if any(other in record[name] for name in EDGES if name != edge):
            raise bad(Error="Relationship not allowed.")
        if other == record["id"] or reaches(siblings, other, record["id"]):
            raise bad(Error="Cycle detected.")
        if other not in record[edge]:
            record[edge].append(other)
        return 204, {}


def reaches(nodes: dict[int, dict], start: int, goal: int) -> bool:
    seen, ahead = set(), [start]
    while ahead:
        ident = ahead.pop()
        if ident == goal:
            return True
        if ident not in seen:
            seen.add(ident)
            ahead += [other for edge in EDGES for other in nodes[ident][edge]]
    return False


def mapping_or_refused(name: str, value: str) -> None:
    try:
        right = not value.strip().strip("-") or isinstance(json.loads(value), dict)
    except ValueError:
        right = False
    if not right:
        raise bad(**{name: ["Cannot parse as JSON (the stand-in reads no YAML), or it is no mapping."]})


def wrong_survey(spec: dict) -> str:
    """What AWX's view of a survey says is wrong, in its words; nothing if it is right."""
    for name, kind, label in (
        ("name", str, "string"),
        ("description", str, "string"),
        ("spec", list, "list of items"),
    ):
        if name not in spec:
            return f"Field '{name}' is missing from survey spec."
        if not isinstance(spec[name], kind):
            return f"Expected {label} for field '{name}', received {type(spec[name]).__name__} type."
    if not spec["spec"]:
        return "'spec' doesn't contain any items."
    variables: set[str] = set()
    for number_, question in enumerate(spec["spec"]):
        error = wrong_question(number_, question, variables)
        if error:
            return error
    return ""


def wrong_question(index: int, question: dict, variables: set[str]) -> str:
    if not isinstance(question, dict):
        return f"Survey question {index} is not a json object."
    for name in ("type", "question_name", "variable", "required"):
        kind, label = (bool, "boolean") if name == "required" else (str, "string")
        if name not in question:
            return f"'{name}' missing from survey question {index}"
        if not isinstance(question[name], kind):
            return f"'{name}' in survey question {index} expected to be {label}."
    if question["variable"] in variables:
        return f"'variable' '{question['variable']}' duplicated in survey question {index}."
    variables.add(question["variable"])
    kind = question["type"]
    if kind not in SURVEY_TYPES:
        allowed = ", ".join(SURVEY_TYPES)
        return f"'{kind}' in survey question {index} is not one of '{allowed}' allowed question types."
    default = question.get("default", "")
    if default != "" and not isinstance(default, SURVEY_TYPES[kind]):
        label = kind if kind in ("integer", "float") else "string"
        return f"Default value {default} in survey question {index} expected to be {label}."
    for name in ("min", "max"):
        if question.get(name) is not None and not isinstance(question[name], int):
            return f"The {name} limit in survey question {index} expected to be integer."
    if kind in ("multiselect", "multiplechoice"):
        if "choices" not in question:
            return f"Survey question {index} of type {kind} must specify choices."
        chosen = default.splitlines() if isinstance(default, str) else default
        if kind == "multiplechoice" and len(chosen) > 1:
            return "Multiple Choice (Single Select) can only have one default value."
        if any(item not in question["choices"] for item in chosen):
            return "Default choice must be answered from the choices listed."
    if isinstance(default, str) and default.startswith(ENCRYPTED) and kind != "password":
        return f"{ENCRYPTED} is a reserved keyword for password question defaults, survey question {index}."
    return ""


def wrong_rule(rule: str) -> Iterator[str]:
    """What AWX's serializer of schedules says is wrong with a rule."""
    starts = re.findall(r".*?(DTSTART(;[^:]+)?\:[0-9]+T[0-9]+Z?)", rule)
    if not starts:
        yield "Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ"
    if re.findall(r".*?(DTSTART:[0-9]+T[0-9]+) ", rule):
        yield "DTSTART cannot be a naive datetime.  Specify ;TZINFO= or YYYYMMDDTHHMMSSZZ."
    if len(starts) > 1:
        yield "Multiple DTSTART is not supported."
    if "rrule:" not in rule.lower():
        yield "One or more rule required in rrule."
    for each in re.findall(r".*?(RULE\:[^\s]*)", rule):
        if "interval" not in each.lower():
            yield f"INTERVAL required in rrule: {each}"
        elif "secondly" in each.lower():
            yield f"SECONDLY is not supported: {each}"
    try:
        rrulestr(rule.replace(" ", "\n"))
    except (ValueError, TypeError) as error:
        yield f"rrule parsing failed validation: {error}"


class Handler(BaseHTTPRequestHandler):
    """AWX over HTTP."""

    protocol_version = "HTTP/1.1"
    awx: Awx
    lock = threading.Lock()

    def log_message(self, *arguments) -> None:
        """Nothing is logged."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        try:
            with self.lock:
                status, body = self._handled(url.path, query, raw)
        except Refused as refused:
            status, body = refused.status, refused.body
        self._send(status, body)

    def _handled(self, path: str, query: dict, raw: bytes) -> tuple[int, dict]:
        given = self.headers.get("Authorization", "")
        basic = "Basic " + base64.b64encode(b"admin:" + self.awx.token.encode()).decode()
        if given not in (f"Bearer {self.awx.token}", f"Bearer {self.awx.read_only_token}", basic):
            said = "Authentication credentials were not provided. To establish a login session, visit /api/login/."
            raise Refused(401, {"detail": said})
        try:
            body = json.loads(raw) if raw and self.command != "GET" else {}
        except ValueError:
            raise bad(detail="JSON parse error") from None
        self.awx.requests.append((self.command, path, body))
        if self.command != "GET" and given == f"Bearer {self.awx.read_only_token}":
            raise Refused(403, {"detail": "You do not have permission to perform this action."})
        if not path.startswith(API):
            raise Refused(404, {"detail": "The requested resource could not be found."})
        return self.awx.handle(self.command, path, query, body)

    def _send(self, status: int, body: dict) -> None:
        data = b"" if status == 204 else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer


def serve(awx: Awx) -> ThreadingHTTPServer:
    """Serves on a free port of this machine until it is shut down."""
    handler = type("Served", (Handler,), {"awx": awx})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
