# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be in AWX, as data in the format of infra.aap_configuration. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.awx import workflow
from ansible_collections.modelops.serving.plugins.module_utils.awx.kinds import MARK

CREDENTIAL_TYPE = "Kubeconfig of modelops.serving"
INPUT = "kubeconfig"
# Secrets are variables in the data, so that it can be committed.
SECRET = "{{ awx_setup_kubeconfig }}"
# Exactly what served before the deployment in this workflow: after one that changed nothing, that is what serves.
BEFORE = (
    "r{{ (model_serving_results | default({})).get(inventory_hostname, model_serving_result).previous_revision | int }}"
)


@dataclass(frozen=True)
class Template:
    """A job template: its playbook, what it does, and whether a dry run of it may be asked for."""

    playbook: str
    does: str
    changes: bool = False
    extra: tuple[tuple[str, str], ...] = ()


TEMPLATES = {
    "deploy": Template("deploy", "Deploys the model.", changes=True),
    "rollback": Template("rollback", "Rolls back to an earlier revision.", changes=True),
    "verify": Template("verify", "Verifies the running service line by line."),
    "load_test": Template("load_test", "Sends load and watches the autoscaler."),
    "diagnose": Template("diagnose", "Finds what is wrong with the running service. Changes nothing."),
    "status": Template("status", "Shows the serving revision and its history. Changes nothing."),
    "undo": Template(
        "rollback",
        "Restores what served before the deployment of the same workflow.",
        changes=True,
        extra=(("model_serving_rollback_revision", BEFORE),),
    ),
}
TITLES = {"load_test": "load test", "undo": "roll back a wave"}


@dataclass(frozen=True)
class Settings:
    """The variables of the role awx_setup, without their prefix."""

    name: str
    organization: str
    project_url: str
    project_branch: str
    project_credential: str
    playbooks: str
    inventory: str
    execution_environment: str
    execution_environment_pull: str
    execution_environment_credential: str
    credential: str
    verify_schedule: str
    diagnose_schedule: str
    waves: list
    approval_timeout: int


def data(settings: Settings, surveys: dict[str, dict]) -> dict[str, list[dict]]:
    """The lists of all kinds. ``surveys``: by playbook."""
    return {
        "controller_credential_types": [] if settings.credential else [_credential_type()],
        "controller_credentials": [] if settings.credential else [_credential(settings)],
        "controller_execution_environments": [_execution_environment(settings)],
        "controller_projects": [_project(settings)],
        "controller_inventories": [_inventory(settings)],
        "controller_inventory_sources": [_inventory_source(settings)],
        "controller_templates": [_template(settings, key, surveys.get(key, {})) for key in TEMPLATES],
        "controller_workflows": [_workflow(settings, surveys.get("deploy", {}))],
        "controller_schedules": [
            _schedule(settings, "verify", settings.verify_schedule),
            _schedule(settings, "diagnose", settings.diagnose_schedule),
        ],
    }


def template_name(settings: Settings, key: str) -> str:
    return f"{settings.name}: {TITLES.get(key, key)}"


def _said(text: str) -> str:
    return f"{text} {MARK}"


def _named(**references: str) -> dict:
    """The references that are given."""
    return {field: name for field, name in references.items() if name}


def _credential_type() -> dict:
    field = {"id": INPUT, "type": "string", "label": "Kubeconfig", "secret": True, "multiline": True}
    return {
        "name": CREDENTIAL_TYPE,
        "description": _said("A kubeconfig, as a file that K8S_AUTH_KUBECONFIG names."),
        "kind": "cloud",
        "inputs": {"fields": [field], "required": [INPUT]},
        "injectors": {
            "file": {"template.kubeconfig": "{{ kubeconfig }}"},
            "env": {"K8S_AUTH_KUBECONFIG": "{{ tower.filename.kubeconfig }}"},
        },
    }


def _credential(settings: Settings) -> dict:
    return {
        "name": f"{settings.name}: kubeconfig",
        "description": _said("Reaches the clusters."),
        "organization": settings.organization,
        "credential_type": CREDENTIAL_TYPE,
        "inputs": {INPUT: SECRET},
    }


def _execution_environment(settings: Settings) -> dict:
    return {
        "name": settings.name,
        "description": _said("Runs the playbooks."),
        "organization": settings.organization,
        "image": settings.execution_environment,
        "pull": settings.execution_environment_pull,
        **_named(credential=settings.execution_environment_credential),
    }


def _project(settings: Settings) -> dict:
    return {
        "name": settings.name,
        "description": _said("The playbooks and inventories."),
        "organization": settings.organization,
        "scm_type": "git",
        "scm_url": settings.project_url,
        "scm_branch": settings.project_branch,
        "scm_clean": True,
        "scm_update_on_launch": True,
        "allow_override": False,
        **_named(credential=settings.project_credential),
    }


def _inventory(settings: Settings) -> dict:
    return {
        "name": settings.name,
        "description": _said("The targets, from the project."),
        "organization": settings.organization,
        "variables": {},
    }


def _inventory_source(settings: Settings) -> dict:
    return {
        "name": f"{settings.name}: project",
        "description": _said("The inventory's file in the project."),
        "organization": settings.organization,
        "inventory": settings.name,
        "source": "scm",
        "source_project": settings.name,
        "source_path": settings.inventory,
        "execution_environment": settings.name,
        "overwrite": True,
        "overwrite_vars": True,
        "update_on_launch": True,
    }


def _template(settings: Settings, key: str, survey: dict) -> dict:
    template = TEMPLATES[key]
    found = {
        "name": template_name(settings, key),
        "description": _said(template.does),
        "organization": settings.organization,
        "job_type": "run",
        "project": settings.name,
        "playbook": f"{settings.playbooks}/{template.playbook}.yml",
        "inventory": settings.name,
        "execution_environment": settings.name,
        "credentials": [settings.credential or f"{settings.name}: kubeconfig"],
        # The credential says how the cluster is reached, not the inventory.
        "extra_vars": {"model_serving_kubernetes": {}, **dict(template.extra)},
        "ask_limit_on_launch": True,
        "ask_job_type_on_launch": template.changes,
        "ask_diff_mode_on_launch": template.changes,
        "ask_verbosity_on_launch": True,
        "allow_simultaneous": False,
        "survey_enabled": bool(survey),
    }
    return {**found, "survey_spec": survey} if survey else found


def _workflow(settings: Settings, survey: dict) -> dict:
    waves = settings.waves or [{"name": "all", "limit": ""}]
    templates = {key: template_name(settings, key) for key in TEMPLATES}
    found = {
        "name": f"{settings.name}: release in waves",
        "description": _said("Deploys, verifies and loads wave by wave, with an approval before the next."),
        "organization": settings.organization,
        "inventory": settings.name,
        "allow_simultaneous": False,
        "survey_enabled": bool(survey),
        "simplified_workflow_nodes": workflow.nodes(waves, templates, settings.approval_timeout),
    }
    return {**found, "survey_spec": survey} if survey else found


def _schedule(settings: Settings, playbook: str, rule: str) -> dict:
    found = {
        "name": template_name(settings, playbook),
        "description": _said(f"Runs {playbook} regularly."),
        "unified_job_template": template_name(settings, playbook),
        "organization": settings.organization,
    }
    return {**found, "rrule": rule, "enabled": True} if rule else {**found, "state": "absent"}
