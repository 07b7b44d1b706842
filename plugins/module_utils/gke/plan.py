# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was found to what is wanted: the differences, and the calls that remove them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.gke import fields, messages
from ansible_collections.modelops.serving.plugins.module_utils.gke.messages import Wanted

# How much of a cluster that exists may be changed: gke_cluster_update.
NONE = "none"
MAY = {NONE: (), fields.SETTINGS: (fields.SETTINGS,), fields.NODES: (fields.SETTINGS, fields.NODES)}

CREATE, DELETE = "create_cluster", "delete_cluster"
BROKEN = ("ERROR",)


@dataclass(frozen=True)
class Difference:
    """Of a cluster that exists. ``needs``: what a change takes, see fields."""

    option: str
    found: object
    wanted: object
    needs: str


@dataclass(frozen=True)
class Step:
    """A call of the API. ``options``: what it changes."""

    call: str
    body: dict
    options: tuple[str, ...] = ()


def pool_of(cluster: dict, wanted: Wanted) -> dict | None:
    return next((pool for pool in cluster.get("node_pools") or [] if pool.get("name") == wanted.pool), None)


def autopilot(cluster: dict) -> bool:
    return bool(fields.at(cluster, "autopilot", "enabled"))


def differing(cluster: dict, wanted: Wanted) -> list[tuple[fields.Field, Difference]]:
    """The fields in which a cluster is not as it is wanted, in the order of the table."""
    pool = pool_of(cluster, wanted)
    rows = fields.CLUSTER if autopilot(cluster) or wanted.autopilot else fields.CLUSTER + fields.STANDARD
    if pool and not autopilot(cluster) and not wanted.autopilot:
        rows += fields.POOL
    found = []
    for row in rows:
        has, asked = row.read(cluster, pool or {}), row.asked(wanted)
        if asked is None or _same(has, asked):
            continue
        found.append((row, Difference(row.option, has, asked, row.needs)))
    return found


def _same(has: object, asked: object) -> bool:
    """Of labels those that are asked for count: others write there too."""
    if isinstance(asked, dict):
        return all(has.get(name) == value for name, value in asked.items())
    return has == asked


def differences(cluster: dict, wanted: Wanted) -> list[Difference]:
    found = [difference for _row, difference in differing(cluster, wanted)]
    if _pool_missing(cluster, wanted):
        found.append(Difference("pool", "", wanted.pool, fields.NODES))
    return found


def _pool_missing(cluster: dict, wanted: Wanted) -> bool:
    return not autopilot(cluster) and not wanted.autopilot and pool_of(cluster, wanted) is None


def steps(cluster: dict | None, wanted: Wanted, update: str) -> list[Step]:
    """The calls, in their order. ``update``: how much of a cluster that exists may be changed."""
    if cluster is None:
        return [Step(CREATE, {"cluster": messages.cluster(wanted)})]
    found: dict[tuple[str, str], Step] = {}
    for row, difference in differing(cluster, wanted):
        if difference.needs not in MAY[update]:
            continue
        key = (row.call, row.together)
        before = found.get(key, Step(row.call, {}))
        found[key] = Step(row.call, {**before.body, **row.body(wanted, cluster)}, (*before.options, row.option))
    if _pool_missing(cluster, wanted) and fields.NODES in MAY[update]:
        found[fields.CREATE_POOL, ""] = Step(fields.CREATE_POOL, {"node_pool": messages.node_pool(wanted)}, ("pool",))
    return list(found.values())


def left(found: list[Difference], update: str) -> list[Difference]:
    """The differences that such an update leaves."""
    return [difference for difference in found if difference.needs not in MAY[update]]


def broken(cluster: dict, wanted: Wanted) -> str:
    """Why nothing can be deployed to this cluster, "" when it can."""
    if cluster.get("status") not in BROKEN:
        return ""
    why = "; ".join(one.get("message", "") for one in cluster.get("conditions") or []) or cluster.get("status_message")
    return (
        f"{wanted.title} is in state {cluster['status']}: {why or 'GKE gives no reason'}. Remove it with "
        f"-e gke_cluster_state=absent -e gke_cluster_confirm={identity(wanted)}, then run this again."
    )


def identity(wanted: Wanted) -> str:
    """What no two clusters share. An -e is for all targets of a run, and those of two regions may have one name."""
    return f"{wanted.project}/{wanted.location}/{wanted.name}"


def unconfirmed(wanted: Wanted, cluster: dict, confirm: str) -> str:
    """What removal would delete and how it is confirmed, "" when it is confirmed."""
    if confirm == identity(wanted):
        return ""
    nodes = cluster.get("current_node_count") or 0
    other = f" gke_cluster_confirm is {confirm}." if confirm else ""
    return (
        f"gke_cluster_state is absent: {wanted.title} would be deleted with its {nodes} nodes and all that runs on "
        f"them.{other} Confirm it with -e gke_cluster_confirm={identity(wanted)}."
    )


def view(cluster: dict | None, wanted: Wanted) -> dict:
    """A cluster in the words of the variables, for --diff and the result."""
    if cluster is None:
        return {}
    rows = fields.CLUSTER if autopilot(cluster) else fields.CLUSTER + fields.STANDARD
    pool = None if autopilot(cluster) else pool_of(cluster, wanted)
    if pool:
        rows += fields.POOL
    return {row.option: row.read(cluster, pool or {}) for row in rows} | ({"pool": wanted.pool} if pool else {})


def after(cluster: dict | None, wanted: Wanted, done: list[Step]) -> dict:
    """The view once these calls are done."""
    if any(step.call == CREATE for step in done):
        message = messages.cluster(wanted)
        return view(message, wanted)
    shown = view(cluster, wanted)
    changed = {option for step in done for option in step.options}
    for difference in differences(cluster or {}, wanted):
        if difference.option in changed:
            shown[difference.option] = _merged(difference)
    return shown


def _merged(difference: Difference):
    if isinstance(difference.wanted, dict):
        return {**difference.found, **difference.wanted}
    return difference.wanted
