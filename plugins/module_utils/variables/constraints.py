# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What values the variables of the role model_serving may have: a table with one row for each constraint. Pure.

A new constraint is a row here, and one in constraints.yml next to this module's test. Names and types have been checked
already.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import quantity
from ansible_collections.modelops.serving.plugins.module_utils.variables import extras
from ansible_collections.modelops.serving.plugins.module_utils.variables.names import PREFIX
from ansible_collections.modelops.serving.plugins.module_utils.variables.text import (
    LABEL_LENGTH,
    SCALARS,
    as_text,
    brief,
)

# Objects' names are the instance's with up to nine more characters, and must fit into a label.
NAME_LENGTH = LABEL_LENGTH - len("-redirect")
INSTANCE = re.compile(rf"[a-z]([a-z0-9-]{{0,{NAME_LENGTH - 2}}}[a-z0-9])?")
NAMESPACE = re.compile(rf"[a-z0-9]([a-z0-9-]{{0,{LABEL_LENGTH - 2}}}[a-z0-9])?")
LABEL_NAME = re.compile(r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
QUANTITY = re.compile(r"([0-9]{1,18}\.?[0-9]{0,18}|\.[0-9]{1,18})([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?")
MILLI = re.compile(r"[0-9.]+m")
WAVE = re.compile(r"[1-9][0-9]{0,8}%?")
NUMBER_OR_PERCENTAGE = re.compile(r"[0-9]{1,9}%?")
# As the server requires: it names folders after name and version, and separates its models by commas and spaces.
MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
MODEL_URI = re.compile(r"(https?|s3|gs|az|file)://\S+\.(skops|joblib)")
SHA256 = re.compile(r"[0-9a-fA-F]{64}")

# Names of environment variables, and of labels in Prometheus.
SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,252}")
WHOLE_TEMPLATE = re.compile(r"\{\{[^{}]*[^{}\s][^{}]*\}\}")
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}")
HEADER_VALUE = re.compile(r"[ -~\xa0-\xff\t]{0,8192}")
VARIABLE_LENGTH, CONFIGURATION_LENGTH = 2**17 - 1, 2**20 - 2**14
# The role's own annotations need some of the 256 KiB.
ANNOTATIONS_LENGTH = 2**18 - 2**12
# What the server has below /, by the first part of the path.
SERVED = ("/", "/predict", "/health", "/v1", "/v2", "/openapi.json")
# In the names of annotations by which controllers change a path.
REWRITES = ("rewrite", "strip", "middleware", "transform")

LABELS = (
    "labels",
    "pod_labels",
    "monitoring_labels",
    "dashboard_labels",
    "node_selector",
    "network_policy_ingress_labels",
)
ANNOTATIONS = (
    "annotations",
    "pod_annotations",
    "service_account_annotations",
    "load_balancer_annotations",
    "ingress_annotations",
)
TEXTS = (*LABELS, *ANNOTATIONS, "alert_labels", "settings", "models_settings")
SETTINGS = ("settings", "models_settings")
BYTES = ("memory_request", "memory_limit", "models_size_limit")
AMOUNTS = ("cpu_request", "cpu_limit", *BYTES)
DISK = ("ephemeral_storage_request", "ephemeral_storage_limit")
# Settings that change a port, and the port that every Service, probe and policy expects.
PORTS = {"SERVER_PORT": 5000, "SERVER_OPERATIONS_PORT": 8000}
LOOPBACK = re.compile(r"localhost|127\..*|::1")
# The dialect of a router that takes a Route in place of an Ingress.
ROUTE = "openshift"
# Settings that have their own variable too. model_serving_settings overrides it.
VARIABLE_OF = {"SERVER_REQUEST_TIMEOUT_SECONDS": "request_timeout", "SERVER_DRAIN_SECONDS": "drain_seconds"}

Fault = dict[str, object]


class Variables(SimpleNamespace):
    """The role's variables without their prefix, each of its type, and three derived ones.

    ``image``: the image that would be deployed. ``fewest_pods``: the number of pods without load. ``manifests``: those
    that are in the release.
    """

    @classmethod
    def of(cls, values: dict, image: str, manifests: list[str]) -> Variables:
        found = cls(**{name.removeprefix(PREFIX): value for name, value in values.items()})
        found.image, found.manifests = image, manifests
        found.fewest_pods = found.autoscaling_min_replicas if found.autoscaling_enabled else found.replicas
        return found


@dataclass(frozen=True)
class Constraint:
    """One row of the table.

    ``faults``: whether the variables are wrong, or one mapping for each fault with the values for the sentence.
    ``sentence``: what is wrong, where, and what to do. ``{v.x}`` is the variable model_serving_x.
    """

    name: str
    faults: Callable[[Variables], bool | Iterable[Fault]]
    sentence: str

    def sentences(self, variables: Variables) -> list[str]:
        faults = self.faults(variables)
        if isinstance(faults, bool):
            faults = [{}] if faults else []
        faults = list(faults)
        if not faults:
            return []
        shown = SimpleNamespace(**{name: _briefly(value) for name, value in vars(variables).items()})
        return [
            self.sentence.format(v=shown, **{name: _briefly(value) for name, value in fault.items()})
            for fault in faults
        ]


def _briefly(value: object) -> object:
    """A value for a sentence, with its texts short enough to be read."""
    if isinstance(value, dict):
        return {name: _briefly(item) for name, item in value.items()}
    if isinstance(value, str):
        return brief(value)
    return brief(str(value)) if isinstance(value, list) else value


def problems(variables: Variables) -> list[str]:
    """One sentence for each thing that is wrong, in the order of the table."""
    return [sentence for constraint in CONSTRAINTS for sentence in constraint.sentences(variables)]


def _entries(v: Variables, names: Iterable[str]) -> Iterator[Fault]:
    """The entries of these dictionaries, as ``variable``, ``key`` and ``value``."""
    for name in names:
        for key, value in getattr(v, name).items():
            yield {"variable": PREFIX + name, "key": str(key), "value": value}


def _label_names(v: Variables) -> Iterator[Fault]:
    """The entries whose key cannot be a label's or an annotation's; an annotation's prefix may have capitals."""
    for entry in _entries(v, LABELS):
        if not LABEL_NAME.fullmatch(str(entry["key"])):
            yield entry
    for entry in _entries(v, ANNOTATIONS):
        if not LABEL_NAME.fullmatch(str(entry["key"]).lower()):
            yield entry


def _labels(v: Variables) -> Iterator[Fault]:
    """The labels whose value has a text, with their ``text``."""
    for entry in _entries(v, LABELS):
        if isinstance(entry["value"], SCALARS):
            yield {**entry, "text": as_text(entry["value"])}


def _given(v: Variables, names: Iterable[str]) -> list[Fault]:
    """These variables, as ``variable`` and ``value``."""
    return [{"variable": PREFIX + name, "value": getattr(v, name)} for name in names]


def _amounts(v: Variables) -> list[Fault]:
    """The amounts, as ``variable`` and ``value``. Disk space may be left out."""
    others = [
        {**entry, "variable": f"{entry['variable']}.{entry['key']}"} for entry in _entries(v, ["extra_resources"])
    ]
    return _given(v, AMOUNTS) + [entry for entry in _given(v, DISK) if entry["value"]] + others


def _models(v: Variables) -> list[Fault]:
    """The models, with their ``number`` and their ``target``."""
    return [
        {**model, "number": number, "target": f"{model['name']}/{model['version']}"}
        for number, model in enumerate(v.models)
    ]


def _twice(v: Variables) -> list[Fault]:
    targets = [model["target"] for model in _models(v)]
    return [model for model in _models(v) if model["target"] in targets[: model["number"]]]


def _host(uri: str) -> str:
    return uri.partition("://")[2].partition("/")[0]


def _moved_ports(v: Variables) -> list[Fault]:
    return [
        {"setting": setting, "value": v.settings[setting], "port": port}
        for setting, port in PORTS.items()
        if setting in v.settings and as_text(v.settings[setting]).strip() != str(port)
    ]


def _taken_grpc_port(v: Variables) -> list[Fault]:
    """The pods have two other ports, and the Service one."""
    users = {**dict.fromkeys(PORTS.values(), "the pods' other ports"), v.service_port: f"{PREFIX}service_port"}
    return [{"port": v.service_grpc_port, "user": users[v.service_grpc_port]}] if v.service_grpc_port in users else []


def _setting(v: Variables, setting: str) -> Fault:
    """The server's ``value`` of this setting, and the ``variable`` that sets it."""
    if setting in v.settings:
        return {"variable": f"{PREFIX}settings.{setting}", "value": v.settings[setting]}
    return {"variable": PREFIX + VARIABLE_OF[setting], "value": getattr(v, VARIABLE_OF[setting])}


def _seconds(value: object) -> float:
    """A number of seconds; NaN for anything else."""
    try:
        return float(as_text(value))
    except ValueError:
        return math.nan


def _gives_up_first(v: Variables) -> list[Fault]:
    longest = _setting(v, "SERVER_REQUEST_TIMEOUT_SECONDS")
    return [longest] if v.ingress_enabled and v.ingress_timeout < _seconds(longest["value"]) else []


def _endless_drain(v: Variables) -> list[Fault]:
    drain = _setting(v, "SERVER_DRAIN_SECONDS")
    return [] if 0 <= _seconds(drain["value"]) <= 3600 else [drain]


def _above_limit(v: Variables) -> Iterator[Fault]:
    """Resources with a request above the limit. Amounts that other rows reject are skipped."""
    for resource in ("cpu", "memory", "ephemeral_storage"):
        request, limit = (str(getattr(v, f"{resource}_{bound}")) for bound in ("request", "limit"))
        readable = QUANTITY.fullmatch(request) and QUANTITY.fullmatch(limit)
        in_milli = resource != "cpu" and (MILLI.fullmatch(request) or MILLI.fullmatch(limit))
        if readable and not in_milli and quantity(request) > quantity(limit):
            yield {"resource": resource, "request": request, "limit": limit}


def _length(v: Variables, name: str) -> int:
    """Bytes of these annotations together with those of every object."""
    return sum(len(f"{key}{as_text(value)}".encode()) for key, value in {**v.annotations, **getattr(v, name)}.items())


def _unknown_paths(v: Variables) -> Iterator[Fault]:
    """The paths that the server does not have. One that a prediction is asked for at is known to be one."""
    rewritten = any(word in name.lower() for name in v.ingress_annotations for word in REWRITES)
    patched = any(v.patches.get(manifest) for manifest in ("ingress", "route", "http_route"))
    known = (*SERVED, "/" + v.verify_path.split("/")[1])
    if not v.ingress_enabled or rewritten or patched:
        return
    for number, path in enumerate(v.ingress_paths):
        if "/" + path.split("/")[1] not in known:
            yield {"number": number, "path": path, "known": ", ".join(SERVED)}


def _paths_of_a_route(v: Variables) -> list[Fault]:
    """The paths, where a Route cannot have them all."""
    if v.ingress_enabled and v.ingress_dialect == ROUTE and len(v.ingress_paths) > 1:
        return [{"paths": ", ".join(v.ingress_paths)}]
    return []


def _unseen_path(v: Variables) -> list[Fault]:
    """The path of a Route that leaves TLS to the pods alone."""
    passes_through = v.ingress_enabled and v.ingress_dialect == ROUTE and v.tls_secret and not v.ingress_tls_secret
    if passes_through and len(v.ingress_paths) == 1 and v.ingress_paths != ["/"]:
        return [{"path": v.ingress_paths[0]}]
    return []


def _pods_left(v: Variables) -> int:
    """Pods that an eviction must leave when there is no load. Kubernetes rounds a percentage up."""
    text = v.pdb_min_available
    if not NUMBER_OR_PERCENTAGE.fullmatch(text):
        return 0
    return math.ceil(int(text[:-1]) * v.fewest_pods / 100) if text.endswith("%") else int(text)


# Each row: name, faults (True, or one mapping for each), and the sentence for a fault.
CONSTRAINTS = (
    Constraint(
        "instance-name",
        lambda v: not INSTANCE.fullmatch(v.name),
        "model_serving_name ('{v.name}') cannot name a Service: begin with a lower-case letter, then use lower-case "
        f"letters, digits and dashes, at most {NAME_LENGTH}, without a dash at the end.",
    ),
    Constraint(
        "namespace-name",
        lambda v: not NAMESPACE.fullmatch(v.namespace),
        "model_serving_namespace ('{v.namespace}') cannot name a namespace: use lower-case letters, digits and "
        f"dashes, at most {LABEL_LENGTH}, without a dash at either end.",
    ),
    Constraint(
        "label-name",
        _label_names,
        "{variable}: '{key}' cannot be the name of a label or an annotation: use at most 63 letters, digits, dots, "
        "dashes and underscores, with a prefix such as example.org/ if you like.",
    ),
    Constraint(
        "label-value",
        lambda v: [entry for entry in _labels(v) if not LABEL_VALUE.fullmatch(str(entry["text"]))],
        "{variable}.{key} ('{text}') cannot be a label's value: use at most 63 letters, digits, dots, dashes and "
        "underscores, with a letter or a digit at both ends. An annotation may have any text.",
    ),
    Constraint(
        "text",
        lambda v: [entry for entry in _entries(v, TEXTS) if not isinstance(entry["value"], SCALARS)],
        "{variable}.{key} ({value}) is a list or a mapping: write it as one text, in quotes.",
    ),
    Constraint(
        "model-name",
        lambda v: [
            {**model, "part": part}
            for model in _models(v)
            for part in ("name", "version")
            if not MODEL_NAME.fullmatch(str(model[part]))
        ],
        "model_serving_models[{number}] ({target}): its {part} may have only letters, digits, dots, dashes and "
        "underscores, at most 63, and must begin with a letter or a digit.",
    ),
    Constraint(
        "model-uri-credentials",
        lambda v: [model for model in _models(v) if "@" in _host(str(model["uri"]))],
        "model_serving_models[{number}] ({target}): its uri has credentials, which anybody could read in the "
        "ConfigMap: put them into a Secret and name it in model_serving_models_secrets.",
    ),
    Constraint(
        "model-uri-comma",
        lambda v: [model for model in _models(v) if "," in str(model["uri"])],
        "model_serving_models[{number}] ({target}): its uri has a comma, which separates models in the server's "
        "settings: rename the file.",
    ),
    Constraint(
        "model-uri",
        lambda v: [model for model in _models(v) if not MODEL_URI.fullmatch(str(model["uri"]))],
        "model_serving_models[{number}] ({target}): its uri must begin with http, https, s3, gs, az or file and ://, "
        "and end in .skops or .joblib.",
    ),
    Constraint(
        "model-sha256",
        lambda v: [model for model in _models(v) if not SHA256.fullmatch(str(model["sha256"]))],
        "model_serving_models[{number}] ({target}): its sha256 is not 64 hexadecimal digits: use the output of "
        "sha256sum for the file.",
    ),
    Constraint(
        "model-twice",
        _twice,
        "model_serving_models[{number}] ({target}) is in the list twice: remove one, or give it another version.",
    ),
    Constraint(
        "models-from-one-place",
        lambda v: bool(v.models and v.models_volume),
        "model_serving_models and model_serving_models_volume are both set: leave one of them out.",
    ),
    Constraint(
        "model-store-reachable",
        lambda v: (
            [model for model in _models(v) if not str(model["uri"]).startswith("file:")][:1]
            if v.network_policy_enabled and not v.network_policy_model_store_cidrs
            else []
        ),
        "model_serving_network_policy_model_store_cidrs is empty, so the pods cannot fetch {target}: "
        "list the address ranges of the model store.",
    ),
    Constraint(
        "image",
        lambda v: not v.image,
        "model_serving_image is empty: name an image, or let playbooks/deploy.yml build one.",
    ),
    Constraint(
        "autoscaling-bounds",
        lambda v: v.autoscaling_enabled and v.autoscaling_min_replicas > v.autoscaling_max_replicas,
        "model_serving_autoscaling_min_replicas ({v.autoscaling_min_replicas}) is above "
        "model_serving_autoscaling_max_replicas ({v.autoscaling_max_replicas}): lower one or raise the other.",
    ),
    Constraint(
        "autoscaling-without-a-metric",
        lambda v: (
            v.autoscaling_enabled
            and not v.autoscaling_metrics
            and max(v.autoscaling_cpu_percent, v.autoscaling_memory_percent, v.autoscaling_in_flight) <= 0
        ),
        "model_serving_autoscaling_metrics is empty, and model_serving_autoscaling_cpu_percent, "
        "model_serving_autoscaling_memory_percent and model_serving_autoscaling_in_flight are 0: set one of them, or "
        "the autoscaler has no metric.",
    ),
    Constraint(
        "deadline",
        lambda v: v.progress_deadline <= v.min_ready_seconds,
        "model_serving_progress_deadline ({v.progress_deadline}) is not above model_serving_min_ready_seconds "
        "({v.min_ready_seconds}), so every update would fail: raise the first or lower the other.",
    ),
    Constraint(
        "targets-at-once",
        lambda v: [{"value": wave} for wave in v.targets_at_once if not WAVE.fullmatch(wave)],
        "model_serving_targets_at_once has '{value}', which is neither a number of targets nor a percentage: write 4, "
        "25%, or a list such as 1, 25%, 100%.",
    ),
    Constraint(
        "number-or-percentage",
        lambda v: [
            entry
            for entry in _given(v, ("pdb_min_available", "max_surge", "max_unavailable"))
            if not NUMBER_OR_PERCENTAGE.fullmatch(str(entry["value"]))
        ],
        "{variable} ('{value}') is neither a number of pods nor a percentage: write 2 or 50%.",
    ),
    Constraint(
        "pdb-leaves-none",
        lambda v: v.pdb_enabled and _pods_left(v) >= v.fewest_pods,
        "model_serving_pdb_min_available ({v.pdb_min_available}) leaves none of {v.fewest_pods} pods to evict, so no "
        "node could be drained: lower it, or add pods.",
    ),
    Constraint(
        "update-moves-no-pod",
        lambda v: {v.max_surge.rstrip("%"), v.max_unavailable.rstrip("%")} == {"0"},
        "model_serving_max_surge and model_serving_max_unavailable are both 0, so no pod could be replaced: set "
        "model_serving_max_surge to 1.",
    ),
    Constraint(
        "bytes-in-milli",
        lambda v: [
            {**entry, "meant": f"{entry['value']}".replace("m", "Mi")}
            for entry in _given(v, (*BYTES, *DISK))
            if MILLI.fullmatch(str(entry["value"]))
        ],
        "{variable} ({value}) means thousandths of a byte, because m is milli: write {meant} for mebibytes.",
    ),
    Constraint(
        "amount",
        lambda v: [entry for entry in _amounts(v) if not QUANTITY.fullmatch(str(entry["value"]))],
        "{variable} ('{value}') is not a Kubernetes quantity: write 500m or 2 for CPU, 512Mi or 2Gi for memory.",
    ),
    Constraint(
        "request-above-limit",
        _above_limit,
        "model_serving_{resource}_request ({request}) is above model_serving_{resource}_limit ({limit}): lower one or "
        "raise the other.",
    ),
    Constraint(
        "port-moved",
        _moved_ports,
        "model_serving_settings.{setting} ({value}) changes a port that Services, probes and policies expect to be "
        "{port}: remove it. Clients use model_serving_service_port.",
    ),
    Constraint(
        "grpc-port-taken",
        _taken_grpc_port,
        "model_serving_service_grpc_port ({port}) is that of {user}: take another, such as 8001.",
    ),
    Constraint(
        "grpc-by-settings",
        lambda v: [{}] if "SERVER_GRPC_PORT" in v.settings else [],
        "model_serving_settings.SERVER_GRPC_PORT leaves the image, the Service and the NetworkPolicy without gRPC: set "
        "model_serving_service_grpc_port instead.",
    ),
    Constraint(
        "setting-name",
        lambda v: [entry for entry in _entries(v, SETTINGS) if not SETTING.fullmatch(str(entry["key"]))],
        "{variable}: '{key}' cannot be the name of an environment variable: use letters, digits and underscores, "
        "with no digit first.",
    ),
    Constraint(
        "setting-too-long",
        lambda v: [
            entry
            for entry in _entries(v, SETTINGS)
            if len(f"{entry['key']}={as_text(entry['value'])}".encode()) > VARIABLE_LENGTH
        ],
        "{variable}.{key} is longer than Linux allows an environment variable to be (128 KiB): mount a file, and name "
        "its path.",
    ),
    Constraint(
        "configuration-too-long",
        lambda v: sum(len(as_text(value).encode()) for value in v.settings.values()) > CONFIGURATION_LENGTH,
        "model_serving_settings is longer than a ConfigMap may be (1 MiB): mount a file, and name its path.",
    ),
    Constraint(
        "annotations-too-long",
        lambda v: [{"variable": PREFIX + name} for name in ANNOTATIONS if _length(v, name) > ANNOTATIONS_LENGTH][:1],
        "{variable} makes more annotations than an object may have (256 KiB): shorten them.",
    ),
    Constraint(
        "host-moved",
        lambda v: bool(LOOPBACK.fullmatch(as_text(v.settings.get("SERVER_HOST")))),
        "model_serving_settings.SERVER_HOST ({v.settings[SERVER_HOST]}) is the pod's loopback address, where probes "
        "and Services cannot reach the server: remove it.",
    ),
    Constraint(
        "drain",
        _endless_drain,
        "{variable} ('{value}') must be a number of seconds from 0 to 3600: the pod's grace period is calculated from "
        "it.",
    ),
    Constraint(
        "ingress-gives-up-first",
        _gives_up_first,
        "model_serving_ingress_timeout ({v.ingress_timeout}) is below {variable} ({value}): the ingress would time "
        "out before the server answers. Raise the first or lower the other.",
    ),
    Constraint(
        "path-unknown",
        _unknown_paths,
        "model_serving_ingress_paths[{number}] ('{path}'): the server would answer 404, for it knows only {known}, and "
        "the path is not rewritten: use one of these, or rewrite it with model_serving_ingress_annotations or "
        "model_serving_patches.",
    ),
    Constraint(
        "alert-label-name",
        lambda v: [entry for entry in _entries(v, ("alert_labels",)) if not SETTING.fullmatch(str(entry["key"]))],
        "{variable}: '{key}' cannot be a label in Prometheus: use letters, digits and underscores, with no "
        "digit first.",
    ),
    Constraint(
        "alert-label-template",
        lambda v: [
            entry
            for entry in _entries(v, ("alert_labels",))
            if re.search(r"\{\{|\}\}", WHOLE_TEMPLATE.sub("", as_text(entry["value"])))
        ],
        "{variable}.{key} ({value}) is no whole template of Prometheus, which would not load the rules: close what "
        "{{{{ opens, as in {{{{ $labels.pod }}}}.",
    ),
    Constraint(
        "header",
        lambda v: [
            entry
            for entry in _entries(v, ("verify_headers",))
            if not HEADER.fullmatch(str(entry["key"]))
            or not isinstance(entry["value"], SCALARS)
            or not HEADER_VALUE.fullmatch(as_text(entry["value"]))
        ],
        "{variable}: '{key}' cannot be sent as a header: its name may have letters, digits and dashes, and its value "
        "one line of plain characters.",
    ),
    Constraint(
        "route-path",
        _paths_of_a_route,
        "model_serving_ingress_paths ({paths}): a Route has one path: leave one, and add Routes for others with "
        "model_serving_extra_objects.",
    ),
    Constraint(
        "passthrough-path",
        _unseen_path,
        "model_serving_ingress_paths ({path}): where TLS ends in the pods alone (model_serving_tls_secret), the router "
        'sees no path: leave "/", or let TLS end in the router too with model_serving_ingress_tls_secret.',
    ),
    Constraint(
        "tls-by-settings",
        lambda v: [{"setting": name} for name in v.settings if str(name).startswith("SERVER_TLS_")],
        "model_serving_settings.{setting} leaves probes, Services and the ingress without TLS: set "
        "model_serving_tls_secret instead.",
    ),
    Constraint(
        "extra-field",
        extras.without_a_field,
        "{variable}[{number}] has no {field}: write it as one text, as in a manifest.",
    ),
    Constraint(
        "extra-name",
        extras.taken_names,
        "{where}: {field} '{name}' is taken by {holder}: use another, or change what is there with "
        "model_serving_patches.deployment.",
    ),
    Constraint(
        "extra-setting",
        extras.checked_settings,
        "model_serving_extra_env: {setting} is a setting from which others follow: set it in model_serving_settings.",
    ),
    Constraint(
        "extra-mount",
        extras.unknown_volumes,
        "{where}: there is no volume '{name}': add it to model_serving_extra_volumes, or correct the name.",
    ),
    Constraint(
        "selector-label",
        extras.selector_labels,
        "{variable}: '{key}' is a label by which Services find the pods: leave it out.",
    ),
    Constraint(
        "extra-container-unmeasured",
        extras.unmeasured_containers,
        "{variable}[{number}] has no request for {resource}, so the autoscaler cannot compute the pods' use: add "
        "resources.requests.{resource}, or set model_serving_autoscaling_scope to container.",
    ),
    Constraint(
        "extra-object-twice",
        extras.objects_twice,
        "model_serving_extra_objects[{number}] ({kind}/{name}) is in the list twice: remove one, or rename it.",
    ),
    Constraint(
        "extra-object-namespace",
        extras.other_namespaces,
        "model_serving_extra_objects[{number}] is for namespace '{other}', the release for {v.namespace}: leave the "
        "namespace out.",
    ),
    Constraint(
        "extra-object-deployment",
        extras.own_deployments,
        "model_serving_extra_objects[{number}] is a Deployment, and a release has one: add a container with "
        "model_serving_extra_containers, or release it under another name.",
    ),
    Constraint(
        "patch-of-nothing",
        extras.absent_manifests,
        "model_serving_patches.{manifest}: this release has no such object: switch it on, or remove the patch.",
    ),
    Constraint(
        "patch-of-an-identity",
        extras.changed_identities,
        "model_serving_patches.{manifest} changes {field}, by which the release finds the object or its pods: leave it "
        "out. Names follow from model_serving_name and model_serving_namespace.",
    ),
    Constraint(
        "patch-selects-no-pod",
        extras.services_without_pods,
        "model_serving_patches.{manifest}: spec.selector would select no pod of this release, so that nothing would "
        "answer: leave it out. The pods have app={v.name} and app.kubernetes.io/instance={v.name}.",
    ),
    Constraint(
        "patch-without-pods",
        extras.patched_to_no_pod,
        "model_serving_patches.deployment: spec.replicas is {replicas}, so that nothing would answer: set "
        "model_serving_replicas, or with an autoscaler model_serving_autoscaling_min_replicas.",
    ),
    Constraint(
        "patch-directive",
        extras.directives,
        "model_serving_patches.{manifest}: '{field}: {value}' is not supported: use $patch: delete beside a name to "
        "remove an entry of a list, and null to remove a field.",
    ),
)
