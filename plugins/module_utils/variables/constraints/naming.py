# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, labels and annotations. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints.constraint import (
    Constraint,
    Fault,
    Variables,
    entries,
)
from ansible_collections.modelops.serving.plugins.module_utils.variables.names import PREFIX
from ansible_collections.modelops.serving.plugins.module_utils.variables.text import (
    LABEL_LENGTH,
    SCALARS,
    SETTING,
    as_text,
)

# Objects' names are the instance's with up to nine more characters, and must fit into a label.
NAME_LENGTH = LABEL_LENGTH - len("-redirect")
INSTANCE = re.compile(rf"[a-z]([a-z0-9-]{{0,{NAME_LENGTH - 2}}}[a-z0-9])?")
NAMESPACE = re.compile(rf"[a-z0-9]([a-z0-9-]{{0,{LABEL_LENGTH - 2}}}[a-z0-9])?")
LABEL_NAME = re.compile(r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
WHOLE_TEMPLATE = re.compile(r"\{\{[^{}]*[^{}\s][^{}]*\}\}")
# The role's own annotations need some of the 256 KiB.
ANNOTATIONS_LENGTH = 2**18 - 2**12
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


def _label_names(v: Variables) -> Iterator[Fault]:
    """The entries whose key cannot be a label's or an annotation's; an annotation's prefix may have capitals."""
    for entry in entries(v, LABELS):
        if not LABEL_NAME.fullmatch(str(entry["key"])):
            yield entry
    for entry in entries(v, ANNOTATIONS):
        if not LABEL_NAME.fullmatch(str(entry["key"]).lower()):
            yield entry


def _labels(v: Variables) -> Iterator[Fault]:
    """The labels whose value has a text, with their ``text``."""
    for entry in entries(v, LABELS):
        if isinstance(entry["value"], SCALARS):
            yield {**entry, "text": as_text(entry["value"])}


def _length(v: Variables, name: str) -> int:
    """Bytes of these annotations together with those of every object."""
    return sum(len(f"{key}{as_text(value)}".encode()) for key, value in {**v.annotations, **getattr(v, name)}.items())


ROWS = (
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
        lambda v: [entry for entry in entries(v, TEXTS) if not isinstance(entry["value"], SCALARS)],
        "{variable}.{key} ({value}) is a list or a mapping: write it as one text, in quotes.",
    ),
    Constraint(
        "annotations-too-long",
        lambda v: [{"variable": PREFIX + name} for name in ANNOTATIONS if _length(v, name) > ANNOTATIONS_LENGTH][:1],
        "{variable} makes more annotations than an object may have (256 KiB): shorten them.",
    ),
    Constraint(
        "alert-label-name",
        lambda v: [entry for entry in entries(v, ("alert_labels",)) if not SETTING.fullmatch(str(entry["key"]))],
        "{variable}: '{key}' cannot be a label in Prometheus: use letters, digits and underscores, with no "
        "digit first.",
    ),
    Constraint(
        "alert-label-template",
        lambda v: [
            entry
            for entry in entries(v, ("alert_labels",))
            if re.search(r"\{\{|\}\}", WHOLE_TEMPLATE.sub("", as_text(entry["value"])))
        ],
        "{variable}.{key} ({value}) is no whole template of Prometheus, which would not load the rules: close what "
        "{{{{ opens, as in {{{{ $labels.pod }}}}.",
    ),
)
