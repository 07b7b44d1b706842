# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that a play has been given, and what the argument specifications of the roles say of them."""

from __future__ import annotations

import functools
import os
import ssl

import yaml
from ansible.errors import AnsibleError
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

from ansible_collections.modelops.serving.plugins.module_utils.variables.text import SCALARS, brief, shown
from ansible_collections.modelops.serving.plugins.plugin_utils import here

ROLES = os.path.join(os.path.dirname(__file__), "..", "..", "roles")
# Where a name begins like this, it is one of ours, or a mistake.
PREFIXES = (
    "model_serving_",
    "model_image_",
    "model_verify_",
    "model_logs_",
    "model_resilience_",
    "load_test_",
    "local_cluster_",
    "minikube_cluster_",
    "gke_cluster_",
    "awx_setup_",
)
# Their values are never shown.
SECRET = ("model_serving_kubernetes", "model_serving_verify_headers")
# Facts of the collection, and what a workflow of AWX hands to its later nodes as extra variables.
FACTS = ("model_serving_result", "model_serving_results", "model_image_reference", "model_image_models")

# Where Ansible keeps the words of -e that are no NAME=VALUE.
LEFT_OVER = "_raw_params"

# A file that is read only after the installation, when the address is asked.
CA_CERT = "model_serving_verify_ca_cert"


def in_a_checkout() -> bool:
    """Whether the collection is a checkout, and not installed."""
    return os.path.exists(os.path.join(ROLES, "..", "galaxy.yml"))


@functools.cache
def specifications() -> dict[str, dict]:
    """The options of every entry point, by role and entry point: {"model_serving.main": {…}}."""
    found = {}
    for role in sorted(os.listdir(ROLES)):
        with open(os.path.join(ROLES, role, "meta", "argument_specs.yml"), encoding="utf-8") as stream:
            specs = yaml.load(stream, getattr(yaml, "CSafeLoader", yaml.SafeLoader))["argument_specs"]
        for entry_point, spec in specs.items():
            found[f"{role}.{entry_point}"] = {name: _hidden(name, option) for name, option in spec["options"].items()}
    return found


def _hidden(name: str, option: dict) -> dict:
    if name == "model_serving_kubernetes":
        names = [*AUTH_ARG_SPEC, *(alias for option in AUTH_ARG_SPEC.values() for alias in option.get("aliases", ()))]
        # It is read before any task, by module_defaults, which take no text.
        option = {**option, "type": "structure", "options": {name: {"type": "raw"} for name in names}}
    return {**option, "no_log": True} if name in SECRET else option


def templated(templar, variables: dict, names) -> tuple[dict, list[str]]:
    """The values of these variables, where they were given, and a sentence for each that cannot be templated."""
    values, problems = {}, []
    for name in names:
        if name not in variables:
            continue
        try:
            values[name] = plain(templar.template(variables[name]))
        except AnsibleError as error:
            problems.append(f"{name} cannot be read: {brief(str(getattr(error, 'message', error)))}.")
    return values, problems


def of_targets(names, hostvars, read, written) -> dict:
    """What ``read`` finds in each target's variables, as ``written`` puts it. A target of which they cannot be read is
    left out: the check of its variables says so, under its name."""
    found = {}
    for target in names:
        try:
            value = read(target, hostvars[target])
            # Before ansible-core 2.19, hostvars leave an expression as it stands where a variable in it is not defined.
            if "{{" not in str(value):
                found[target] = written(value)
        # Ansible raises many kinds where a variable of a host cannot be read, some only when its value is used.
        except Exception:
            continue
    return found


def plain(value):
    """The same in values of Python: Ansible has its own, which template late, are encrypted, or are dates.

    Text that was decrypted still has its ciphertext with it, and would be written to YAML as that.
    """
    if isinstance(value, dict):
        return {plain(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return str.__str__(value)
    return value if isinstance(value, SCALARS) else str(value)


def is_written_out(value) -> bool:
    """Whether a variable as it was given holds neither a template, which may come from a vault, nor a vaulted value."""
    if isinstance(value, dict):
        return all(is_written_out(item) for pair in value.items() for item in pair)
    if isinstance(value, (list, tuple)):
        return all(map(is_written_out, value))
    if isinstance(value, str):
        return "{{" not in value and "{%" not in value
    return isinstance(value, SCALARS)


def missing_kubeconfig(values: dict, connection: str) -> list[str]:
    """A sentence when there is no such file, where the modules run on this machine: else it is found out only after the
    image was built. A relative path is where the module stands."""
    chosen = values.get("model_serving_kubernetes")
    path = chosen.get("kubeconfig") if isinstance(chosen, dict) else None
    full = os.path.expanduser(path) if isinstance(path, str) else ""
    if connection != "local" or not os.path.isabs(full) or os.path.exists(full):
        return []
    return [f"model_serving_kubernetes.kubeconfig ({shown(path)}) does not exist: correct the path."]


def unusable_files(values: dict) -> list[str]:
    """A sentence when the CA certificate is not there, or is none. A relative path is where the person stands."""
    path = values.get(CA_CERT)
    if not isinstance(path, str) or not path:
        return []
    try:
        ssl.create_default_context(cafile=here.absolute(path))
    except ssl.SSLError:
        return [f"{CA_CERT} ({shown(path)}) holds no certificate in PEM: name the file of the CA's certificate."]
    except (FileNotFoundError, IsADirectoryError):
        return [f"{CA_CERT} ({shown(path)}) is not a file on the machine that runs Ansible: correct the path."]
    except OSError as error:
        return [f"{CA_CERT} ({shown(path)}) cannot be read: {error.strerror}."]
    return []
