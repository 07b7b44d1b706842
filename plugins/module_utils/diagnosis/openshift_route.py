# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a request through a Route of OpenShift fails: what the routers say of it. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import condition, label


def explain(obj: dict) -> list[Finding]:
    """What is wrong with one Route."""
    routers = (obj.get("status") or {}).get("ingress") or []
    if not routers:
        text = "no router has admitted it: its status names none"
        remedy = "Check that a router runs whose selectors match this namespace and the Route's labels."
        return [Finding("IngressNotAccepted", label(obj), text, remedy)]
    # One router that serves it is enough: others may be for other domains.
    found = [(entry, condition({"status": entry}, "Admitted")) for entry in routers]
    if any(said.get("status") != "False" for _entry, said in found):
        return []
    return [_refused(obj, entry, said) for entry, said in found]


def _refused(obj: dict, entry: dict, said: dict) -> Finding:
    text = f"router {entry.get('routerName', '')} refuses it: {said.get('reason', '')}: {said.get('message', '')}"
    remedy = {
        "HostAlreadyClaimed": "Another Route has this host: choose another model_serving_ingress_host, or remove that "
        "one.",
        "ExternalCertificateValidationFailed": "Let the router's ServiceAccount get, list and watch the Secret of "
        "model_serving_ingress_tls_secret, and check its certificate.",
    }.get(said.get("reason", ""), "Correct what the router's message names.")
    return Finding("RouteNotAdmitted", label(obj), text, remedy)
