# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role's variables as values of the chart helm/model-api. Pure.

The table is the role's vars/helm.yml: the dotted path of a value, and the variable that it is.
"""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints.naming import TEXTS
from ansible_collections.modelops.serving.plugins.module_utils.variables.names import PREFIX
from ansible_collections.modelops.serving.plugins.module_utils.variables.text import as_text

IMAGE = PREFIX + "image"
PULL_SECRETS = PREFIX + "image_pull_secrets"
OF_TEXTS = tuple(PREFIX + name for name in TEXTS)


def values(variables: dict, options: dict, table: dict[str, str]) -> dict:
    """The values that differ from the chart's own. ``variables``: each of its type. ``options``: their specs."""
    found: dict = {}
    for path, name in table.items():
        default = value_of(name, options[name].get("default"))
        value = value_of(name, variables[name])
        if value != default:
            put(found, path, _over(default, value))
    return found


def value_of(name: str, value):
    """A variable's value in the form that the chart takes."""
    if name == IMAGE:
        return image(value)
    if name == PULL_SECRETS:
        return [{"name": secret} for secret in value]
    if name in OF_TEXTS:
        return {str(key): as_text(entry) for key, entry in value.items()}
    return value


def image(reference: str) -> dict[str, str]:
    """Repository, tag and digest. Without a tag and a digest the tag is the one that Kubernetes takes."""
    named, _at, digest = reference.partition("@")
    folder, slash, last = named.rpartition("/")
    last, _colon, tag = last.partition(":")
    if reference and not tag and not digest:
        tag = "latest"
    return {"repository": folder + slash + last, "tag": tag, "digest": digest}


def put(tree: dict, path: str, value) -> None:
    """Sets the value at a dotted path. A dictionary joins what stands there."""
    *above, last = path.split(".")
    for part in above:
        tree = tree.setdefault(part, {})
    if isinstance(value, dict) and isinstance(tree.get(last), dict):
        tree[last] |= value
    else:
        tree[last] = value


def _over(default, value):
    """Helm merges a dictionary into its default: what only the default has is removed by a null."""
    if isinstance(value, dict) and isinstance(default, dict):
        return {**{key: None for key in default if key not in value}, **value}
    return value
