# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of objects in AWX that are set up, in the order in which they need each other. Pure.

``data`` is the variable that infra.aap_configuration reads them from. Fields that are not named here are left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ORGANIZATIONS = "organizations"
# The last words of each description: by these an object is known to be ours.
MARK = "Kept by modelops.serving."
ENCRYPTED = "$encrypted$"

PROMPTS = (
    "ask_limit_on_launch",
    "ask_job_type_on_launch",
    "ask_diff_mode_on_launch",
    "ask_verbosity_on_launch",
)


@dataclass(frozen=True)
class Kind:
    """``fields`` are as they are, ``texts`` mappings that AWX keeps as JSON. ``references`` name one object, ``links``
    several; both give the endpoint of those. ``within``: of two objects with one name, what tells them apart."""

    data: str
    title: str
    endpoint: str
    fields: tuple[str, ...]
    texts: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    within: str = ""
    survey: bool = False
    nodes: bool = False
    # AWX fetches it after it was changed, and others need what it fetches.
    fetched: bool = False
    # AWX derives its organization from others, and refuses one that is given.
    organization_is_derived: bool = False


KINDS = (
    Kind("controller_credential_types", "credential type", "credential_types", ("kind", "inputs", "injectors")),
    Kind(
        "controller_credentials",
        "credential",
        "credentials",
        ("inputs",),
        references={"organization": ORGANIZATIONS, "credential_type": "credential_types"},
        within="organization",
    ),
    # Its name is unique in all of AWX.
    Kind(
        "controller_execution_environments",
        "execution environment",
        "execution_environments",
        ("image", "pull"),
        references={"organization": ORGANIZATIONS, "credential": "credentials"},
    ),
    Kind(
        "controller_projects",
        "project",
        "projects",
        ("scm_type", "scm_url", "scm_branch", "scm_clean", "scm_update_on_launch", "allow_override"),
        references={"organization": ORGANIZATIONS, "credential": "credentials"},
        within="organization",
        fetched=True,
    ),
    Kind(
        "controller_inventories",
        "inventory",
        "inventories",
        (),
        texts=("variables",),
        references={"organization": ORGANIZATIONS},
        within="organization",
    ),
    Kind(
        "controller_inventory_sources",
        "inventory source",
        "inventory_sources",
        ("source", "source_path", "overwrite", "overwrite_vars", "update_on_launch"),
        references={
            "inventory": "inventories",
            "source_project": "projects",
            "execution_environment": "execution_environments",
        },
        within="inventory",
    ),
    Kind(
        "controller_templates",
        "job template",
        "job_templates",
        ("job_type", "playbook", "survey_enabled", "allow_simultaneous", *PROMPTS),
        texts=("extra_vars",),
        references={
            "project": "projects",
            "inventory": "inventories",
            "execution_environment": "execution_environments",
        },
        links={"credentials": "credentials"},
        within="organization",
        survey=True,
        organization_is_derived=True,
    ),
    Kind(
        "controller_workflows",
        "workflow",
        "workflow_job_templates",
        ("survey_enabled", "allow_simultaneous"),
        references={"organization": ORGANIZATIONS, "inventory": "inventories"},
        within="organization",
        survey=True,
        nodes=True,
    ),
    Kind(
        "controller_schedules",
        "schedule",
        "schedules",
        ("rrule", "enabled"),
        references={"unified_job_template": "job_templates"},
        within="unified_job_template",
    ),
)
BY_ENDPOINT = {kind.endpoint: kind for kind in KINDS}
# The ways from one node of a workflow to the next.
EDGES = ("success_nodes", "failure_nodes", "always_nodes")
