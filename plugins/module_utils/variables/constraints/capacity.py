# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many pods there are, how they are replaced, and what each may use. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import quantity
from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints.constraint import (
    Constraint,
    Fault,
    Variables,
    entries,
    given,
)

QUANTITY = re.compile(r"([0-9]{1,18}\.?[0-9]{0,18}|\.[0-9]{1,18})([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?")
MILLI = re.compile(r"[0-9.]+m")
# Less than a megabyte, which is meant where the unit was left out.
FEW = re.compile(r"[1-9][0-9]{0,5}(\.[0-9]*)?|[1-9][0-9]{0,2}(\.[0-9]*)?(k|Ki)")
# Amounts as other programs write them: 6GiB, 512MB, 1.5g, 1000mi, 100K.
OTHERWISE = re.compile(r"([0-9.]+)\s*([kmgtpe])(i?)(b?)", re.IGNORECASE)
IN_BYTES = re.compile(r"[0-9.]+([kKMGTPE]|[KMGTPE]i)")
WAVE = re.compile(r"[1-9][0-9]{0,8}%?")
NUMBER_OR_PERCENTAGE = re.compile(r"(0|[1-9][0-9]{0,8})%?")
ABOVE_ALL = re.compile(r"(10[1-9]|1[1-9][0-9]|[2-9][0-9]{2}|[1-9][0-9]{3,8})%")
BYTES = ("memory_request", "memory_limit", "models_size_limit")
CPU = ("model_serving_cpu_request", "model_serving_cpu_limit")
AMOUNTS = ("cpu_request", "cpu_limit", *BYTES)
DISK = ("ephemeral_storage_request", "ephemeral_storage_limit")


def _amounts(v: Variables) -> list[Fault]:
    """The amounts, as ``variable`` and ``value``. Disk space may be left out."""
    others = [{**entry, "variable": f"{entry['variable']}.{entry['key']}"} for entry in entries(v, ["extra_resources"])]
    return given(v, AMOUNTS) + [entry for entry in given(v, DISK) if entry["value"]] + others


def _above_limit(v: Variables) -> Iterator[Fault]:
    """Resources with a request above the limit. Amounts that other rows reject are skipped."""
    for resource in ("cpu", "memory", "ephemeral_storage"):
        request, limit = (str(getattr(v, f"{resource}_{bound}")) for bound in ("request", "limit"))
        readable = QUANTITY.fullmatch(request) and QUANTITY.fullmatch(limit)
        in_milli = resource != "cpu" and (MILLI.fullmatch(request) or MILLI.fullmatch(limit))
        if readable and not in_milli and quantity(request) > quantity(limit):
            yield {"resource": resource, "request": request, "limit": limit}


def _misread(v: Variables) -> Iterator[Fault]:
    """The amounts that are no quantity, with what is ``meant``, as far as it can be told."""
    for entry in _amounts(v):
        text = str(entry["value"])
        if not QUANTITY.fullmatch(text):
            meant = _meant_of_cpu(text.strip()) if entry["variable"] in CPU else _meant(text.strip())
            yield {**entry, "meant": meant or "500m or 2 for CPU, 512Mi or 2Gi for memory"}


def _meant(text: str) -> str:
    """A quantity for an amount as other programs write it; empty for anything else."""
    if QUANTITY.fullmatch(text):
        return text
    known = OTHERWISE.fullmatch(text)
    meant = f"{known[1]}{known[2].upper()}i" if known else ""
    return meant if QUANTITY.fullmatch(meant) else ""


def _meant_of_cpu(text: str) -> str:
    """The same of processors, which have no bytes: 50mb means 50m."""
    known = OTHERWISE.fullmatch(text)
    if known:
        return f"{known[1]}m" if known[2] == "m" else ""
    return _meant(text)


def _names_a_service(where: dict) -> bool:
    port = str(where.get("port", 9090))
    known = {"namespace", "service"} <= set(where) <= {"namespace", "service", "port"}
    return known and all(where[name] for name in ("namespace", "service")) and port.isdecimal()


def _pods_left(v: Variables) -> int:
    """Pods that an eviction must leave when there is no load. Kubernetes rounds a percentage up."""
    text = v.pdb_min_available
    if not NUMBER_OR_PERCENTAGE.fullmatch(text):
        return 0
    return math.ceil(int(text[:-1]) * v.fewest_pods / 100) if text.endswith("%") else int(text)


ROWS = (
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
        "bake-prometheus",
        lambda v: bool(v.bake_prometheus) and not _names_a_service(v.bake_prometheus),
        "model_serving_bake_prometheus must have namespace and service, and may have port (a "
        "number): name the Service of the Prometheus, or leave the variable empty.",
    ),
    Constraint(
        "number-or-percentage",
        lambda v: [
            entry
            for entry in given(v, ("pdb_min_available", "max_surge", "max_unavailable"))
            if not NUMBER_OR_PERCENTAGE.fullmatch(str(entry["value"]))
        ],
        "{variable} ('{value}') is neither a number of pods nor a percentage: write 2 or 50%.",
    ),
    Constraint(
        "above-all-pods",
        lambda v: [
            entry
            for entry in given(v, ("pdb_min_available", "max_unavailable"))
            if ABOVE_ALL.fullmatch(str(entry["value"]))
        ],
        "{variable} ({value}) is more than all pods: write at most 100%.",
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
            for entry in given(v, (*BYTES, *DISK))
            if MILLI.fullmatch(str(entry["value"]))
        ],
        "{variable} ({value}) means thousandths of a byte, because m is milli: write {meant} for mebibytes.",
    ),
    Constraint(
        "bytes-too-few",
        lambda v: [
            {**entry, "meant": f"{re.match('[0-9.]+', str(entry['value']))[0].rstrip('.')}Mi"}
            for entry in given(v, (*BYTES, *DISK))
            if FEW.fullmatch(str(entry["value"]))
        ],
        "{variable} ({value}) is less than a megabyte, because it is bytes: write {meant} for mebibytes.",
    ),
    Constraint(
        "amount",
        _misread,
        "{variable} ('{value}') is not a Kubernetes quantity: write {meant}.",
    ),
    Constraint(
        "cpu-in-bytes",
        lambda v: [
            entry for entry in given(v, ("cpu_request", "cpu_limit")) if IN_BYTES.fullmatch(str(entry["value"]))
        ],
        "{variable} ({value}) is an amount of memory: write 500m or 2.",
    ),
    Constraint(
        "request-above-limit",
        _above_limit,
        "model_serving_{resource}_request ({request}) is above model_serving_{resource}_limit ({limit}): lower one or "
        "raise the other.",
    ),
)
