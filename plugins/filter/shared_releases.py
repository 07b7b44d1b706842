# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which targets of an inventory are one release."""

from __future__ import annotations

import json

from ansible import context

from ansible_collections.modelops.serving.plugins.plugin_utils import clusters, given

DOCUMENTATION = r"""
name: shared_releases
short_description: Find targets that are one release
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Targets of one name, namespace and cluster are one release. A later one would replace what an earlier one released,
    and a rollback would go back twice.
  - The cluster is the one that the variable C(model_serving_kubernetes) means, however it is written and whoever asks,
    so one cluster under two addresses is taken for two. Where the modules do not run on the controller, each host may
    mean another cluster, unless C(host) is given.
  - A target whose variables cannot be read is left out.
options:
  _input:
    description: The names of the targets.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variable C(hostvars).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Tell the targets apart
  modelops.serving.refuse:
    msg: "{{ _shared | join('\n') }}"
  when: _shared | length > 0
  run_once: true
  vars:
    _shared: "{{ ansible_play_hosts_all | modelops.serving.shared_releases(hostvars) }}"
"""

RETURN = r"""
_value:
  description: One sentence for each release that several targets are. It says what to do.
  type: list
  elements: str
"""

ROLE = "model_serving.main"
NAME = "model_serving_name"
NAMESPACE = "model_serving_namespace"
CLUSTER = "model_serving_kubernetes"


def shared_releases(names, hostvars):
    """A sentence for each release that several of these targets are."""
    if len(names) < 2:
        return []
    defaults = {name: option.get("default") for name, option in given.specifications()[ROLE].items()}
    releases: dict[str, list[str]] = {}
    keys = given.of_targets(names, hostvars, lambda target, variables: _identity(target, variables, defaults), _key)
    for target, key in keys.items():
        releases.setdefault(key, []).append(target)
    return [_sentence(targets, json.loads(key)) for key, targets in releases.items() if len(targets) > 1]


def _identity(target, variables, defaults):
    """What makes two targets one release."""

    def value(name, default):
        found = given.plain(variables.get(name, default))
        return default if found in (None, "") else found

    connection = value(CLUSTER, {})
    here = value("ansible_connection", context.CLIARGS.get("connection")) == "local"
    cluster = connection
    if isinstance(connection, dict):
        cluster = (clusters.seen_from_here if here else clusters.seen_from_elsewhere)(connection)
    return {
        # Elsewhere, a path is another file on each host.
        "of": "" if here or "host" in cluster else target,
        "cluster": cluster,
        NAMESPACE: str(value(NAMESPACE, defaults[NAMESPACE])),
        NAME: str(value(NAME, defaults[NAME])),
    }


def _key(identity):
    return json.dumps(identity, sort_keys=True, default=str)


def _sentence(targets, identity):
    return (
        f"{', '.join(targets)} are one release: the cluster, {NAMESPACE} ({identity[NAMESPACE]}) and {NAME} "
        f"({identity[NAME]}) are the same, so each would replace what the one before it released. Give each target a "
        f"{NAMESPACE}, a {NAME} or a cluster ({CLUSTER}) of its own, or name one of them with --limit."
    )


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"shared_releases": shared_releases}
