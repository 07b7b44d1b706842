# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The class and the address of an Ingress. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import name_of

# The predecessor of ingressClassName; controllers still honour it.
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
DEFAULT_ANNOTATION = "ingressclass.kubernetes.io/is-default-class"


@dataclass(frozen=True)
class ClassChoice:
    """``name``: the class that the Ingress names, or else the default, "" when there is neither. ``missing``: whether
    it names a class that does not exist. ``known``: the names of all classes, as text."""

    name: str
    missing: bool
    known: str


def class_of(ingress: dict, classes: list) -> ClassChoice:
    """``classes``: the cluster's IngressClasses."""
    names = [name_of(entry) for entry in classes]
    named = (ingress.get("spec") or {}).get("ingressClassName") or ""
    default = next((name_of(entry) for entry in classes if _annotations(entry).get(DEFAULT_ANNOTATION) == "true"), "")
    name = named or _annotations(ingress).get(CLASS_ANNOTATION) or default
    return ClassChoice(name, bool(named) and named not in names, ", ".join(names) or "none")


def _annotations(obj: dict) -> dict:
    return obj["metadata"].get("annotations") or {}


def address(ingress: dict) -> str:
    """The host for a URL, from the status; "" while no controller handles the Ingress.

    The IP is preferred to the hostname because it needs no DNS. Rules and certificate go by the host of the rule, which
    a request sends anyway (Host, and SNI with TLS).
    """
    points = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    host = next((point.get("ip") or point.get("hostname") or "" for point in points), "")
    return for_url(host)


def for_url(host: str) -> str:
    """A host as written in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host
