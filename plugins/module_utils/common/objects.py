# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small functions on plain Kubernetes objects (dicts as the API returns them)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


def epoch(stamp: str | None) -> float | None:
    """Seconds since 1970 of an RFC 3339 time, None for None."""
    if not stamp:
        return None
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).astimezone(UTC).timestamp()


def name_of(obj: dict) -> str:
    return obj["metadata"]["name"]


def label(obj: dict) -> str:
    """The object's name in messages: Kind/name."""
    return f"{obj['kind']}/{obj['metadata']['name']}"


def last_writer(obj: dict, but: tuple[str, ...]) -> str:
    """The manager that wrote an object last by the API server's record, of those that are not ``but``; "somebody" where
    it names none."""
    others = [entry for entry in obj["metadata"].get("managedFields") or [] if entry.get("manager") not in but]
    last = max(others, key=lambda entry: entry.get("time") or "", default=None)
    return last["manager"] if last else "somebody"


def condition(obj: dict, kind: str) -> dict:
    """The status condition of that type, {} when there is none."""
    for entry in (obj.get("status") or {}).get("conditions") or []:
        if entry.get("type") == kind:
            return entry
    return {}


def is_true(obj: dict, kind: str) -> bool:
    return condition(obj, kind).get("status") == "True"


def owned_by(obj: dict, uid: str) -> bool:
    return any(ref.get("uid") == uid for ref in obj["metadata"].get("ownerReferences") or [])


def revision(obj: dict) -> int:
    """The revision number that the Deployment controller sets on a Deployment and its ReplicaSets, 0 for none."""
    return int((obj["metadata"].get("annotations") or {}).get("deployment.kubernetes.io/revision") or 0)


def matches(selector: dict | None, labels: dict | None) -> bool:
    """Whether a LabelSelector selects these labels; an absent selector selects nothing, as for a Deployment."""
    if not selector:
        return False
    labels = labels or {}
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_expression(entry, labels) for entry in selector.get("matchExpressions") or [])


def _expression(entry: dict, labels: dict) -> bool:
    key, values = entry["key"], entry.get("values") or []
    return {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
        "Gt": _number(labels.get(key)) > _number(values[0] if values else None),
        "Lt": _number(labels.get(key)) < _number(values[0] if values else None),
    }.get(entry["operator"], False)


def _number(value: str | None) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def selector_parameter(selector: dict) -> str:
    """A LabelSelector as the API's labelSelector parameter."""
    parts = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for entry in selector.get("matchExpressions") or []:
        values = ",".join(entry.get("values") or [])
        parts.append(
            {
                "In": f"{entry['key']} in ({values})",
                "NotIn": f"{entry['key']} notin ({values})",
                "Exists": entry["key"],
                "DoesNotExist": f"!{entry['key']}",
            }[entry["operator"]]
        )
    return ",".join(parts)


def selector_text(labels: dict | None) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted((labels or {}).items()))


_UNITS = {"m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_UNITS.update({f"{unit}i": 1024.0**power for power, unit in enumerate("KMGTPE", 1)})
_UNITS.update({"n": 1e-9, "u": 1e-6})


def quantity(value: str | float | None) -> float:
    """A Kubernetes quantity as a number: "500m" is 0.5, "1Gi" is 1073741824."""
    if value is None or value == "":
        return 0.0
    text = str(value)
    for length in (2, 1):
        if text[-length:] in _UNITS:
            return float(text[:-length]) * _UNITS[text[-length:]]
    return float(text)


def requests(pod_spec: dict, resource: str) -> float:
    """What the scheduler reserves for a pod. A container with a limit and no request requests its limit."""

    def asked(container: dict) -> float:
        resources = container.get("resources") or {}
        given = (resources.get("requests") or {}).get(resource)
        return quantity(given if given is not None else (resources.get("limits") or {}).get(resource))

    return _of_containers(pod_spec, asked) + _overhead(pod_spec, resource)


def limits(pod_spec: dict, resource: str) -> float:
    """The most that a pod may use as a quota counts it; 0 when no container has a limit."""

    def allowed(container: dict) -> float:
        return quantity(((container.get("resources") or {}).get("limits") or {}).get(resource))

    total = _of_containers(pod_spec, allowed)
    return total + _overhead(pod_spec, resource) if total else 0.0


def _of_containers(pod_spec: dict, amount: Callable[[dict], float]) -> float:
    """The containers together, or the largest init container if that is more; sidecars run beside both."""
    inits = pod_spec.get("initContainers") or []
    containers = sum(amount(entry) for entry in pod_spec.get("containers") or [])
    sidecars = sum(amount(entry) for entry in inits if entry.get("restartPolicy") == "Always")
    largest = max((amount(entry) for entry in inits if entry.get("restartPolicy") != "Always"), default=0.0)
    return max(containers, largest) + sidecars


def _overhead(pod_spec: dict, resource: str) -> float:
    return quantity((pod_spec.get("overhead") or {}).get(resource))


def container_statuses(pod: dict) -> list:
    """Statuses of the init containers and then of the containers, in the order in which they run."""
    status = pod.get("status") or {}
    return (status.get("initContainerStatuses") or []) + (status.get("containerStatuses") or [])


def container_spec(pod: dict, name: str) -> dict:
    spec = pod.get("spec") or {}
    for entry in (spec.get("initContainers") or []) + (spec.get("containers") or []):
        if entry.get("name") == name:
            return entry
    return {}


def is_init(pod: dict, name: str) -> bool:
    """Whether it is an init container that has to end before the pod starts (a sidecar has not)."""
    for entry in (pod.get("spec") or {}).get("initContainers") or []:
        if entry.get("name") == name:
            return entry.get("restartPolicy") != "Always"
    return False


def is_ready(pod: dict) -> bool:
    return is_true(pod, "Ready") and not pod["metadata"].get("deletionTimestamp")
