# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults that a service can be tried with on any cluster, and what each may cost. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError

# Who is told to go answers what it has accepted: nothing may be lost.
GRACEFUL = 0.0
# Who goes without a word takes along what it was answering.
ABRUPT = 0.01


@dataclass(frozen=True)
class Fault:
    """``loss``: the share of the requests meanwhile that may be lost. ``safe``: a cluster does it to its pods on any
    day, so it runs unless others are named."""

    name: str
    words: str
    loss: float
    safe: bool


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("pod_deleted", "a pod is deleted", GRACEFUL, True),
        Fault("pod_evicted", "a pod is evicted, as its disruption budget allows", GRACEFUL, True),
        Fault("rolling_update", "the serving set is released with new pods, and rolled back", GRACEFUL, True),
        Fault("configuration", "a release changes the configuration, and is rolled back", GRACEFUL, False),
        Fault("scaling", "one replica more, and back", GRACEFUL, False),
        Fault("failed_release", "a release fails, and is taken back", GRACEFUL, False),
        Fault("node_drained", "the node with most pods is drained, and let in again", GRACEFUL, False),
        Fault("pod_killed", "a pod is removed without grace", ABRUPT, False),
        Fault("dns_restarted", "the pods of the cluster's DNS are deleted", GRACEFUL, False),
        # All requests pass it: those that it was answering are lost if it does not drain, and without a second one all
        # until it is back.
        Fault("ingress_restarted", "the pods of the ingress controller are deleted", 0.25, False),
    )
}
SAFE = [fault.name for fault in FAULTS.values() if fault.safe]


def chosen(asked: list[str]) -> list[Fault]:
    """Those that are asked for, in the order of asking; the safe ones where nothing is. Raises ServingError."""
    unknown = [name for name in asked if name not in FAULTS]
    if unknown:
        raise ServingError(
            f"faults (model_resilience_faults) names {', '.join(unknown)}: there are {', '.join(FAULTS)}."
        )
    return [FAULTS[name] for name in asked or SAFE]
