# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of a set that the cluster does not serve, in words. Pure."""

from __future__ import annotations

# Whose kinds model_serving_ingress_dialect makes.
OF_A_DIALECT = ("gateway.networking.k8s.io", "gateway.envoyproxy.io", "gateway.nginx.org", "route.openshift.io")
# What no definition brings, and who has it.
ONLY_THERE = {"route.openshift.io": "OpenShift"}


def named(api_version: str, kind: str) -> str:
    return f"{kind} ({api_version})"


def message(missing: list[str]) -> str:
    """``missing``: each as named() has it."""
    return f"the cluster does not serve {', '.join(missing)}"


def remedy(missing: list[str]) -> str:
    groups = {text: text.partition(" (")[2].partition("/")[0] for text in missing}
    installable = [text.partition(" ")[0] for text, group in groups.items() if group not in ONLY_THERE]
    told = [
        f"Only {ONLY_THERE[group]} serves {text.partition(' ')[0]}."
        for text, group in groups.items()
        if group in ONLY_THERE
    ]
    ways = [f"install the CRDs of {', '.join(installable)}"] if installable else []
    if any(group in OF_A_DIALECT for group in groups.values()):
        ways += ["set model_serving_ingress_dialect to what this cluster has"]
    ways += ["leave out these objects, if they are your own"]
    choice = ", or ".join(ways)
    return " ".join([*told, f"{choice[0].upper()}{choice[1:]}."])
