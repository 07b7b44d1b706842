#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: awx_setup
short_description: Set up AWX as data says, and read back whether it is so
version_added: 0.1.0
description:
  - Reads objects from AWX, changes those that differ from the data, reads them back, and fails for each that is not as
    the data says. The data has the format of the collection C(infra.aap_configuration).
  - Everything that can be found out is found out before the first change, such as a name that somebody else uses.
  - Removes only schedules that the data calls absent, and the nodes, credentials and questions that somebody added to
    its own objects.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  host:
    description: Address of AWX, such as V(https://awx.example.org).
    type: str
    required: true
  token:
    description: An OAuth 2 token.
    type: str
    default: ""
  username:
    description: A user, where there is no token.
    type: str
    default: ""
  password:
    description: Its password.
    type: str
    default: ""
  api:
    description: Path of the API. In Ansible Automation Platform 2.5 and later it is V(/api/controller/v2).
    type: str
    default: /api/v2
  validate_certs:
    description: Check AWX's certificate.
    type: bool
    default: true
  ca_cert:
    description: Path of the CA certificate of AWX.
    type: path
  organization:
    description: Organization that the objects belong to. It must exist.
    type: str
    default: Default
  data:
    description:
      - Lists of objects by the names of the variables of C(infra.aap_configuration), such as C(controller_projects),
        C(controller_templates), C(controller_schedules) and C(controller_workflows) with C(simplified_workflow_nodes).
    type: dict
    required: true
  secrets:
    description: Secret inputs of credentials, by the credential's name. They replace those of the data.
    type: dict
    default: {}
  renew_secrets:
    description: Write the secrets of credentials that exist again. AWX does not tell whether they are the same.
    type: bool
    default: false
  adopt:
    description: Take over objects of these names that somebody else made.
    type: bool
    default: false
  timeout:
    description: Seconds in which AWX must fetch the project.
    type: int
    default: 300
extends_documentation_fragment:
  - action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    support: full
    platforms: posix
"""

EXAMPLES = r"""
- name: Set up a project
  modelops.serving.awx_setup:
    host: https://awx.example.org
    token: "{{ awx_token }}"
    data:
      controller_projects:
        - name: model-api
          description: The playbooks. Kept by modelops.serving.
          organization: Default
          scm_type: git
          scm_url: https://git.example.org/models.git
"""

RETURN = r"""
changes:
  description: What was (in check mode, would be) created, updated or removed.
  type: list
  elements: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.awx import apply, client, differences, observe
from ansible_collections.modelops.serving.plugins.module_utils.awx.kinds import ORGANIZATIONS
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact

DONE = {differences.CREATE: "created", differences.UPDATE: "updated", differences.REMOVE: "removed"}


def words(difference: differences.Difference) -> str:
    fields = f" ({', '.join(difference.fields())})" if difference.action == differences.UPDATE else ""
    return f"{DONE[difference.action]} {difference.title}{fields}"


def shown(found: list[differences.Difference]) -> list[dict]:
    return [
        {
            "before_header": difference.title,
            "after_header": difference.title,
            "before": without_credentials(difference.before),
            "after": without_credentials(difference.after),
        }
        for difference in found
    ]


def without_credentials(view: dict) -> dict:
    """Where somebody wrote a password into the repository's address, it is not shown."""
    return {**view, "scm_url": redact(view["scm_url"])} if view.get("scm_url") else view


def renewed(params: dict, found: list[differences.Difference], observed: differences.Observed) -> list[tuple]:
    """The credentials whose secrets are written again: those that are in AWX and are not written anyway."""
    written = {difference.item["name"] for difference in found if difference.kind.data == "controller_credentials"}
    return [
        (kind, item)
        for kind, item in differences.items(params["data"])
        if params["renew_secrets"]
        and kind.data == "controller_credentials"
        and item["name"] in params["secrets"]
        and item["name"] not in written
        and observed.records[kind.data, item["name"]]
    ]


def set_up(params: dict, check_mode: bool) -> dict:
    """The module's result."""
    data, organization = params["data"], params["organization"]
    access = client.Access(
        host=params["host"],
        token=params["token"],
        username=params["username"],
        password=params["password"],
        api=params["api"],
        validate_certs=params["validate_certs"],
        ca_cert=params["ca_cert"],
    )
    awx = client.Client(access)
    observed = observe.observe(awx, data, organization)
    problems = differences.elsewhere(data, observed, observed.known[ORGANIZATIONS, organization])
    if not params["adopt"]:
        problems += differences.made_by_others(data, observed)
    if problems:
        raise ServingError("\n".join(problems))
    found = differences.differences(data, observed, params["secrets"])
    again = renewed(params, found, observed)
    changes = [words(difference) for difference in found]
    changes += [f"renewed the secrets of {kind.title} {item['name']}" for kind, item in again]
    result = {"changed": bool(changes), "changes": changes, "diff": shown(found)}
    if check_mode or not changes:
        return result
    applier = apply.Applier(awx, observed, params["secrets"], params["timeout"])
    done: list[str] = []
    try:
        for difference in found:
            applier.apply(difference)
            done.append(words(difference))
        for kind, item in again:
            applier.renew(kind, item)
    except ServingError as error:
        before = f" Before that: {', '.join(done)}. The next run goes on from there." if done else ""
        raise ServingError(f"{error}{before}") from error
    rest = differences.differences(data, observe.observe(awx, data, organization), params["secrets"])
    if rest:
        raise ServingError("\n".join(not_kept(difference) for difference in rest))
    return result


def not_kept(difference: differences.Difference) -> str:
    """A sentence on an object that AWX took and has otherwise."""
    if "survey" in difference.fields():
        there = difference.before.get("survey") or []
        lost = [question for question in difference.after["survey"] if question not in there]
        names = ", ".join(f"'{question['question_name']}' ({question['variable']})" for question in lost)
        return (
            f"AWX has not kept the survey of the {difference.title} as it was sent: {names or 'it has more questions'}."
        )
    return (
        f"AWX has not kept {', '.join(difference.fields()) or 'the removal'} of the {difference.title} as it was sent:"
        " does something else write it too?"
    )


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "host": {"type": "str", "required": True},
            "token": {"type": "str", "default": "", "no_log": True},
            "username": {"type": "str", "default": ""},
            "password": {"type": "str", "default": "", "no_log": True},
            "api": {"type": "str", "default": "/api/v2"},
            "validate_certs": {"type": "bool", "default": True},
            "ca_cert": {"type": "path"},
            "organization": {"type": "str", "default": "Default"},
            "data": {"type": "dict", "required": True},
            "secrets": {"type": "dict", "default": {}, "no_log": True},
            "renew_secrets": {"type": "bool", "default": False, "no_log": False},
            "adopt": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    try:
        result = set_up(module.params, module.check_mode)
    except ServingError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
