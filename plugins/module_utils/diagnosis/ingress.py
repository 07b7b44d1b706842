# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why no controller serves an Ingress: its class and its address. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.ingress import address, class_of
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label


def explain(obj: dict, classes: list | None) -> list[Finding]:
    """What is wrong with one Ingress, but for its backends."""
    return [*_class(obj, classes), *_address(obj)]


def _class(obj: dict, classes: list | None) -> list[Finding]:
    if classes is None:
        return []
    choice = class_of(obj, classes)
    if choice.missing:
        text = f"its class {choice.name} does not exist; existing: {choice.known}"
        remedy = "Set ingressClassName to an existing class, or install the controller of this one."
        return [Finding("IngressClassMissing", label(obj), text, remedy)]
    if not choice.name:
        text = f"it names no class and there is no default class; existing: {choice.known}"
        return [Finding("IngressClassMissing", label(obj), text, "Set ingressClassName.")]
    return []


def _address(obj: dict) -> list[Finding]:
    if address(obj):
        return []
    text = "no controller has accepted it: its status has no address"
    remedy = "Check that its class's controller runs and watches this namespace. Its log says why it rejects it."
    return [Finding("IngressNotAccepted", label(obj), text, remedy)]
