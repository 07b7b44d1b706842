#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: notify
short_description: Tell a chat and Grafana of a release or a rollback
version_added: 0.1.0
description:
  - Posts the result of a release to a webhook, as Slack or Teams take it, and as a region to Grafana's annotations.
  - A receiver that does not take it is a warning. The module never fails for it, so that no release does.
  - Nothing is sent for a run that changed nothing, and in check mode.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  result:
    description: The result, as the role passes it on in C(model_serving_result).
    type: dict
    required: true
  done:
    description: What the run did, if it succeeded.
    type: str
    choices: [released, rolled_back]
    default: released
  seconds:
    description: How long it took; the annotation begins that much earlier.
    type: float
    default: 0
  events:
    description: Of what to tell.
    type: list
    elements: str
    choices: [released, rolled_back, failed]
    default: [released, rolled_back, failed]
  webhook_url:
    description: Address of the webhook. It is a secret, and no output shows more of it than its host.
    type: str
    default: ""
  webhook_format:
    description:
      - V(slack) for an incoming webhook of Slack, Mattermost or Rocket.Chat; V(teams) for a workflow of Teams that
        posts to a channel; V(json) for O(result) itself, with the headline as C(text).
    type: str
    choices: [slack, teams, json]
    default: slack
  grafana_url:
    description: Address of Grafana, such as V(https://grafana.example.org).
    type: str
    default: ""
  grafana_token:
    description: Token of a service account that may write annotations.
    type: str
    default: ""
  grafana_tags:
    description: Tags beside V(modelops.serving), the event, the instance's name, its namespace and the target.
    type: list
    elements: str
    default: []
  validate_certs:
    description: Check the receivers' certificates.
    type: bool
    default: true
  ca_cert:
    description: Path of the CA certificate of the receivers.
    type: path
  timeout:
    description: Seconds that one request may take. A receiver that is busy is asked three times.
    type: int
    default: 10
extends_documentation_fragment:
  - action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  platform:
    support: full
    platforms: posix
"""

EXAMPLES = r"""
- name: Tell the team
  modelops.serving.notify:
    result: "{{ model_serving_result }}"
    webhook_url: "{{ vault_webhook_url }}"

- name: Mark the release in Grafana
  modelops.serving.notify:
    result: "{{ model_serving_result }}"
    grafana_url: https://grafana.example.org
    grafana_token: "{{ vault_grafana_token }}"
"""

RETURN = r"""
told:
  description: The receivers that took it.
  type: list
  elements: str
  returned: always
  sample: [webhook, grafana]
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.notify import messages, send

ANNOTATIONS = "/api/annotations"
# What the role passes on, and the messages name.
NAMED = ("name", "namespace", "target")
REMEDIES = {
    "webhook": "Correct model_serving_notify_webhook_url and model_serving_notify_webhook_format.",
    "grafana": "Correct model_serving_notify_grafana_url and model_serving_notify_grafana_token.",
}


def wanted(params: dict, happened: str, now: float) -> list[tuple[str, str, dict, str]]:
    """The receiver, its address, the body and the token of each request."""
    found, result = [], params["result"]
    if params["webhook_url"]:
        body = messages.FORMATS[params["webhook_format"]](result)
        found.append(("webhook", params["webhook_url"], body, ""))
    if params["grafana_url"]:
        body = messages.annotation(result, happened, params["grafana_tags"], now - params["seconds"], now)
        found.append(("grafana", params["grafana_url"].rstrip("/") + ANNOTATIONS, body, params["grafana_token"]))
    return found


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "result": {"type": "dict", "required": True},
            "done": {"choices": [messages.RELEASED, messages.ROLLED_BACK], "default": messages.RELEASED},
            "seconds": {"type": "float", "default": 0},
            "events": {
                "type": "list",
                "elements": "str",
                "choices": list(messages.EVENTS),
                "default": list(messages.EVENTS),
            },
            "webhook_url": {"default": "", "no_log": True},
            "webhook_format": {"choices": list(messages.FORMATS), "default": "slack"},
            "grafana_url": {"default": ""},
            "grafana_token": {"default": "", "no_log": True},
            "grafana_tags": {"type": "list", "elements": "str", "default": []},
            "validate_certs": {"type": "bool", "default": True},
            "ca_cert": {"type": "path"},
            "timeout": {"type": "int", "default": 10},
        },
        supports_check_mode=True,
    )
    params, told = module.params, []
    missing = [name for name in NAMED if not params["result"].get(name)]
    if missing:
        module.fail_json(msg=f"result has no {', '.join(missing)}: give it model_serving_result.")
    happened = messages.event(params["result"], params["done"])
    way = send.Way(params["validate_certs"], params["ca_cert"], params["timeout"])
    if happened in params["events"] and not module.check_mode:
        for receiver, url, body, token in wanted(params, happened, time.time()):
            try:
                send.post(url, body, way, token)
                told.append(receiver)
            except ServingError as error:
                module.warn(f"The {receiver} was not told: {error}. {REMEDIES[receiver]} The release is as it is.")
    module.exit_json(changed=bool(told), told=told)


if __name__ == "__main__":
    main()
