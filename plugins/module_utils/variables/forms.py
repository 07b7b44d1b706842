# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form that the text of a variable must have, such as a host name or an address range. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from ansible_collections.modelops.serving.plugins.module_utils.variables.names import PREFIX
from ansible_collections.modelops.serving.plugins.module_utils.variables.text import LABEL_LENGTH, shown

LABEL = rf"[a-z0-9]([a-z0-9-]{{0,{LABEL_LENGTH - 2}}}[a-z0-9])?"
REPOSITORY = r"[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*"
BYTE = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
# Groups of an IPv6 address, of which :: leaves some out.
GROUP = r"[0-9a-fA-F]{1,4}"
GROUPS = "|".join(
    (
        f"({GROUP}:){{7}}{GROUP}",
        f"({GROUP}:){{1,7}}:",
        *(f"({GROUP}:){{1,{7 - after}}}(:{GROUP}){{1,{after}}}" for after in range(1, 7)),
        f":((:{GROUP}){{1,7}}|:)",
    )
)
# A part of a path that is neither . nor ..
PART = r"([A-Za-z0-9_~-][A-Za-z0-9._~-]*|\.[A-Za-z0-9_~-][A-Za-z0-9._~-]*|\.\.[A-Za-z0-9._~-]+)"
# What templates and command lines make of no value.
NOTHING = ("none", "null", "nil", "~", "undefined")
# Minikube has a driver of this name.
MAY_BE_NONE = ("minikube_cluster_driver",)
# Bytes of one part of a path, and of all, that Linux takes.
PART_LENGTH, PATH_LENGTH = 255, 4000


@dataclass(frozen=True)
class Form:
    """What a text must be.

    ``pattern``: what all of it matches; ``but``: and what it does not. The chart has both, so they are in the part of
    the syntax that Python and Go share. ``must``: what the text must be then. ``also``: what no pattern can say.
    """

    pattern: str
    must: str
    length: int = 4000
    but: str = ""
    also: Callable[[str], object] = bool

    def fits(self, text: str) -> bool:
        if len(text) > self.length or not re.fullmatch(self.pattern, text):
            return False
        return not (self.but and re.fullmatch(self.but, text)) and bool(self.also(text))


def can_be_split(address: str) -> bool:
    """Whether an address has a host and a port that can be told apart. Brackets stand around an IPv6 address alone."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _has_no_bits_beyond(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _is_file(text: str) -> bool:
    parts = [len(part.encode("utf-8", "surrogatepass")) for part in text.split("/")]
    return text.isprintable() and max(parts) <= PART_LENGTH and sum(parts) <= PATH_LENGTH


OBJECT = Form(
    rf"{LABEL}(\.{LABEL})*",
    "the name of an object: lower-case letters, digits, dashes and dots, with a letter or a digit at both ends",
    253,
)
NAMESPACE = Form(LABEL, "the name of a namespace: lower-case letters, digits and dashes, at most 63", LABEL_LENGTH)
# Neither an Ingress nor an HTTPRoute takes an address for a host name.
HOST = Form(
    rf"(\*\.)?{LABEL}(\.{LABEL})*",
    "a host name in lower-case letters, without a scheme, a port or a path, and not the address of a host",
    length=253,
    but=r"[0-9]+(\.[0-9]+){3}",
)
RANGE = Form(
    rf"{BYTE}(\.{BYTE}){{3}}/(3[0-2]|[12]?[0-9])|({GROUPS})/(12[0-8]|1[01][0-9]|[1-9]?[0-9])",
    "an address range such as 192.0.2.0/24, with no bits beyond the prefix; 192.0.2.7/32 is one address",
    also=_has_no_bits_beyond,
)
# An image's name, its tag and its digest.
NAMED = rf"(([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]+)?/)?{REPOSITORY}(/{REPOSITORY})*"
TAGGED = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
DIGEST = r"sha256:[0-9a-f]{64}"
IMAGE = Form(
    f"{NAMED}(:{TAGGED})?(@{DIGEST})?",
    "the name of an image, such as registry.example.org/model-api:1.4",
)
ADDRESS = Form(
    r"https?://[A-Za-z0-9.:\[\]_-]+(/[!-~]*)?",
    "an address such as https://models.example.org, without credentials",
    also=can_be_split,
)
ROUTE = Form(
    rf"/({PART}(/{PART})*/?)?",
    "a path of letters, digits and ._~- that begins with / and has no empty part",
    length=1000,
)
REQUEST_PATH = Form(r"/[!-~]*", "a path that begins with / and has no spaces")
DURATION = Form(
    r"([0-9]{1,9}y)?([0-9]{1,9}w)?([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?",
    "a duration such as 90s, 5m or 1h30m",
)
MODEL = Form(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
    "the name of a model: at most 63 letters, digits, dots, dashes and underscores, with a letter or a digit first",
)
PYTHON_TYPE = Form(
    r"[^\s,\x00-\x1f\x7f]+",
    "the name of a Python type, such as sklearn.tree._tree.Tree",
    length=1000,
    also=str.isprintable,
)
MANAGER = Form(r"[ -~]{1,128}", "the name of a field manager: at most 128 plain characters")
TAG = Form(r"[!-~]{1,100}", "a tag: at most 100 plain characters without spaces")
SHARE = Form(r"[0-9]{1,9}(\.[0-9]{1,9})?|[0-9]{1,9}m", "a share such as 0.05")
REVISION = Form(r"\s*r?[0-9]{1,9}(\.0)?\s*", "the number of a revision, such as 6 or r6")
FILE = Form(
    r"[^\x00]+",
    "a path of this machine, without control characters, each part at most 255 bytes long",
    also=_is_file,
)

REQUIREMENT = Form(
    r"[^\x00-\x1f\x7f]{1,1000}",
    "a line of a requirements file, such as feature-engine==1.8.3, or the path of such a file that ends with .txt",
    also=str.isprintable,
)
# Of paths that scripts get, in a list or in a configuration file.
PLAIN_FILE = Form(r"""[^\s"'`$;|&<>(){}*?\\!#]+""", "a path without spaces, quotes and characters of shells")
REGISTRY = Form(rf"[A-Za-z0-9.-]+(:[0-9]+)?(/{REPOSITORY})*", "a registry, such as registry.example.org/models")
WORD = Form(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", "one word of letters, digits, dots, dashes and underscores, at most 63")
REPOSITORIES = Form(
    rf"{REPOSITORY}(/{REPOSITORY})*", "the name of an image without registry and tag, such as model-api", 200
)

# A suffix of ours has to fit behind it: AWX takes 512 characters.
AWX_NAME = Form(r"[^\x00-\x1f]{1,480}", "a name in AWX: one line of at most 480 characters")
GIT = Form(r"[!-~]{1,1024}", "the address of a git repository, without spaces")
BRANCH = Form(r"[!-~]{1,256}", "a branch, a tag or a commit")
SCHEDULE = Form(
    r"DTSTART(;[^:\s]+)?:[0-9]{8}T[0-9]{6}Z?(\s+RRULE:[A-Z0-9=;,+-]*INTERVAL=[A-Z0-9=;,+-]*)+",
    "a rule such as DTSTART:20260101T050000Z RRULE:FREQ=DAILY;INTERVAL=1; AWX needs the INTERVAL",
)

PROJECT = Form(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]", "a project's id, such as example-project")
GKE_IDENTITY = Form(
    r"[a-z][a-z0-9:.-]{4,61}/[a-z0-9-]{1,40}/[a-z][a-z0-9-]{0,38}[a-z0-9]",
    "PROJECT/LOCATION/NAME of the cluster, as the refusal of its removal has it",
)
GKE_NAME = Form(
    r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?",
    "a name of at most 40 lower-case letters, digits and dashes, with a letter first",
)
RESOURCE = Form(r"[a-z0-9]([a-z0-9./:_-]*[a-z0-9])?", "the name of a resource of Google Cloud, or its path")
POD_RANGE = Form(
    r"[0-9.]*/[0-9]{1,2}|[a-z]([a-z0-9-]{0,61}[a-z0-9])?", "a range such as 10.96.0.0/14, or a secondary range's name"
)
ACCOUNT = Form(r"default|[a-z0-9.-]+@[a-z0-9.-]+", "the address of a service account")

# Variables of the role model_serving without their prefix. Those that may be empty stand below.
_SERVING = {
    "image": IMAGE,
    "image_pull_secrets": OBJECT,
    "model_name": MODEL,
    "trusted_types": PYTHON_TYPE,
    "settings_secrets": OBJECT,
    "tls_secret": OBJECT,
    "models_secrets": OBJECT,
    "models_ca": OBJECT,
    "priority_class": OBJECT,
    "autoscaling_tolerance": SHARE,
    "network_policy_ingress_namespace": NAMESPACE,
    "network_policy_monitoring_namespace": NAMESPACE,
    "network_policy_dns_namespace": NAMESPACE,
    "network_policy_ingress_cidrs": RANGE,
    "network_policy_api_server_cidrs": RANGE,
    "network_policy_model_store_cidrs": RANGE,
    "load_balancer_source_ranges": RANGE,
    "ingress_class": OBJECT,
    "ingress_host": HOST,
    "ingress_paths": ROUTE,
    "ingress_prefix": ROUTE,
    "ingress_tls_secret": OBJECT,
    "gateway_name": OBJECT,
    "gateway_namespace": NAMESPACE,
    "gateway_http_listener": OBJECT,
    "gateway_https_listener": OBJECT,
    "gateway_backend_host": HOST,
    "gateway_backend_ca": OBJECT,
    "alert_for": DURATION,
    "tolerated_managers": MANAGER,
    "report": FILE,
    "rollback_revision": REVISION,
    "render_directory": FILE,
    "verify_path": REQUEST_PATH,
    "verify_url": ADDRESS,
    "verify_ca_cert": FILE,
    "notify_grafana_url": ADDRESS,
    "notify_grafana_tags": TAG,
    "notify_ca_cert": FILE,
}
FORMS = {
    **{PREFIX + name: form for name, form in _SERVING.items()},
    "model_image_name": REPOSITORIES,
    "model_image_registry": REGISTRY,
    "model_image_source": FILE,
    "model_image_cache_dir": FILE,
    "model_image_model": FILE,
    "model_image_model_name": MODEL,
    "model_image_model_version": WORD,
    "model_image_model_sklearn_version": WORD,
    "model_image_modules": FILE,
    "model_image_packages": REQUIREMENT,
    "model_image_base": IMAGE,
    "model_image_base_suite": WORD,
    "model_image_ca_bundle": FILE,
    "model_image_pip_conf": FILE,
    "model_image_containerd_sockets": PLAIN_FILE,
    "model_image_containerd_ctr": PLAIN_FILE,
    "model_image_alias": IMAGE,
    "model_image_minikube_profile": WORD,
    "model_image_minikube_program": PLAIN_FILE,
    "model_verify_report": FILE,
    "model_resilience_report": FILE,
    "load_test_image": IMAGE,
    "load_test_namespace": NAMESPACE,
    "load_test_url": ADDRESS,
    "load_test_program": FILE,
    "load_test_k6": FILE,
    "load_test_report": FILE,
    "local_cluster_name": WORD,
    "local_cluster_node": WORD,
    "local_cluster_node_network": RANGE,
    "local_cluster_pod_network": RANGE,
    "local_cluster_service_network": RANGE,
    "local_cluster_kubeconfig": PLAIN_FILE,
    "local_cluster_state_dir": PLAIN_FILE,
    "local_cluster_cache_dir": PLAIN_FILE,
    "minikube_cluster_profile": WORD,
    "minikube_cluster_driver": WORD,
    "minikube_cluster_kubernetes_version": WORD,
    "minikube_cluster_addons": WORD,
    "minikube_cluster_program": FILE,
    "gke_cluster_confirm": GKE_IDENTITY,
    "gke_cluster_project": PROJECT,
    "gke_cluster_location": WORD,
    "gke_cluster_name": GKE_NAME,
    "gke_cluster_network": RESOURCE,
    "gke_cluster_subnetwork": RESOURCE,
    "gke_cluster_pod_range": POD_RANGE,
    "gke_cluster_service_range": POD_RANGE,
    "gke_cluster_authorized_networks": RANGE,
    "gke_cluster_zones": WORD,
    "gke_cluster_pool": GKE_NAME,
    "gke_cluster_machine_type": WORD,
    "gke_cluster_disk_type": WORD,
    "gke_cluster_service_account": ACCOUNT,
    "awx_setup_host": ADDRESS,
    "awx_setup_username": AWX_NAME,
    "awx_setup_api": ROUTE,
    "awx_setup_ca_cert": FILE,
    "awx_setup_directory": FILE,
    "awx_setup_organization": AWX_NAME,
    "awx_setup_name": AWX_NAME,
    "awx_setup_project_url": GIT,
    "awx_setup_project_branch": BRANCH,
    "awx_setup_project_credential": AWX_NAME,
    "awx_setup_playbooks": FILE,
    "awx_setup_inventory": FILE,
    "awx_setup_execution_environment": IMAGE,
    "awx_setup_execution_environment_credential": AWX_NAME,
    "awx_setup_credential": AWX_NAME,
    "awx_setup_verify_schedule": SCHEDULE,
    "awx_setup_diagnose_schedule": SCHEDULE,
}
# An empty image is named by a constraint of its own, which says what to do.
MAY_BE_EMPTY = {
    *(
        PREFIX + name
        for name in (
            "image",
            "model_name",
            "tls_secret",
            "models_ca",
            "priority_class",
            "autoscaling_tolerance",
            "ingress_class",
            "ingress_host",
            "ingress_prefix",
            "ingress_tls_secret",
            "gateway_namespace",
            "gateway_backend_host",
            "gateway_backend_ca",
            "report",
            "rollback_revision",
            "verify_url",
            "verify_ca_cert",
            "notify_grafana_url",
            "notify_ca_cert",
        )
    ),
    "local_cluster_node",
    "model_image_registry",
    "model_image_alias",
    "model_image_model",
    "model_image_model_name",
    "model_image_model_sklearn_version",
    "model_image_ca_bundle",
    "model_image_pip_conf",
    "model_verify_report",
    "model_resilience_report",
    "load_test_image",
    "load_test_namespace",
    "load_test_program",
    "load_test_report",
    "minikube_cluster_driver",
    "minikube_cluster_kubernetes_version",
    *(
        f"gke_cluster_{name}"
        for name in (
            "confirm",
            # The module asks for these by name.
            "project",
            "location",
            "name",
            "subnetwork",
            "pod_range",
            "service_range",
            "disk_type",
            "service_account",
        )
    ),
    *(
        f"awx_setup_{name}"
        for name in (
            "host",
            "username",
            "ca_cert",
            "directory",
            "project_url",
            "project_branch",
            "project_credential",
            "execution_environment",
            "execution_environment_credential",
            "credential",
            "verify_schedule",
            "diagnose_schedule",
        )
    ),
}


def misshapen(values: dict) -> Iterator[tuple[str, str]]:
    """The name of each variable whose text has another form, and a sentence."""
    for variable, form in FORMS.items():
        for where, text in _texts(variable, values.get(variable)):
            if variable in MAY_BE_EMPTY and variable not in MAY_BE_NONE and text.lower() in NOTHING:
                yield variable, f"{where} ({shown(text)}) is a word for nothing: leave it empty, as in {variable}=''."
            elif not form.fits(text) and (text or variable not in MAY_BE_EMPTY):
                yield variable, f"{where} ({shown(text)}) must be {form.must}{_without_its_edges(form, text)}."


def _without_its_edges(form: Form, text: str) -> str:
    """What to do with a text that was copied with a space or a line end."""
    return ": remove the space around it" if text != text.strip() and form.fits(text.strip()) else ""


def _texts(where: str, value: object) -> Iterator[tuple[str, str]]:
    """Every text of a value, and where it stands."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(f"{where}[{number}]", item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(f"{where}.{name}", item)
