# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the router of a Route that re-encrypts wants of the pods' certificate. Pure.

It verifies the certificate, and says nothing of one that it does not accept: clients are answered as if there were no
pods.
"""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label

NO_SERVER = 503


def remedy(status: int, objects: list[dict]) -> str:
    """What to do about an answer with this status through one of the entrances among the ``objects``; "" where none of
    them re-encrypts, or the answer says nothing of it."""
    routes = [obj for obj in objects if obj["kind"] == "Route"]
    found = next((obj for obj in routes if _tls(obj).get("termination") == "reencrypt"), None)
    if status != NO_SERVER or found is None:
        return ""
    return (
        "If pods are ready: the router speaks TLS to them (reencrypt), and answers 503 where it does not accept their "
        f"certificate. That of model_serving_tls_secret has to be {_wanted(found)}."
    )


def _wanted(route: dict) -> str:
    if _tls(route).get("destinationCACertificate"):
        return f"signed by the CA in spec.tls.destinationCACertificate of {label(route)} (model_serving_patches)"
    name = f"{route['spec']['to']['name']}.{route['metadata'].get('namespace', '')}.svc"
    return (
        f"signed by the cluster's service CA for {name}; or name its CA: model_serving_patches: "
        "{route: {spec: {tls: {destinationCACertificate: …}}}}"
    )


def _tls(route: dict) -> dict:
    return route["spec"].get("tls") or {}
