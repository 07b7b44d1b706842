# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is released: the fault suite's set with pods that end as a release's do, and with secrets to be kept."""

from __future__ import annotations

import base64
import copy
import hashlib
from dataclasses import dataclass

import sets

NAME = "shop"
IN_ENV, IN_SECRET = "s3cr3t-Chaos-in-env-41", "s3cr3t-Chaos-in-a-Secret-42"
GOOD, CRASHES, NEVER_READY = "good", "crashes", "is never ready"
BROKEN, THEIRS = "broken", "theirs"
GREETINGS = ("one", "two", "three", "four")


@dataclass(frozen=True)
class Wanted:
    """``greeting``: what users are answered. ``budget``: whether there is a PodDisruptionBudget in the set."""

    kind: str
    greeting: str
    budget: bool = True

    @property
    def good(self) -> bool:
        return self.kind == GOOD

    def objects(self, host: str) -> list[dict]:
        """``host``: of the Ingress."""
        objects = [obj for obj in base(self.greeting, host) if self.budget or obj["kind"] != "PodDisruptionBudget"]
        if self.kind == CRASHES:
            return sets.changed(objects, command=["sh", "-c", "echo no model; echo API_TOKEN=$API_TOKEN; exit 3"])
        if self.kind == NEVER_READY:
            return sets.changed(objects, readinessProbe=sets.probe("/nothing-there"))
        return objects

    def __str__(self) -> str:
        words = self.greeting if self.good else f"one that {self.kind}"
        return words if self.budget else f"{words}, no budget"


def base(greeting: str, host: str) -> list[dict]:
    objects = copy.deepcopy(sets.healthy(greeting))
    token = secret(greeting)
    pod = sets.pod_of(objects)
    pod["terminationGracePeriodSeconds"] = 10
    container = pod["containers"][0]
    # Old pods serve on until nobody sends them anything.
    container["lifecycle"] = {"preStop": {"exec": {"command": ["sleep", "4"]}}}
    container["env"] = [{"name": "API_TOKEN", "value": IN_ENV}]
    container["envFrom"].append({"secretRef": {"name": token["metadata"]["name"]}})
    rule = sets.find(objects, "Ingress")["spec"]["rules"][0]
    rule["host"] = host
    rule["http"]["paths"][0]["path"] = "/"
    return [token, *objects]


def host_of(namespace: str) -> str:
    """Several namespaces can be in use at once."""
    return f"{namespace}.example"


def secret(greeting: str) -> dict:
    """Immutable and named by its content, as the role does it."""
    value = f"{IN_SECRET}-{greeting}"
    name = f"{NAME}-token-{hashlib.sha256(value.encode()).hexdigest()[:10]}"
    data = {"MODEL_KEY": base64.b64encode(value.encode()).decode()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data, "immutable": True}


def secrets() -> list[str]:
    """What no output may contain: the values, and how a Secret has them."""
    encoded = [secret(greeting)["data"]["MODEL_KEY"] for greeting in (*GREETINGS, BROKEN, THEIRS)]
    return [IN_ENV, IN_SECRET, *encoded]


def set_of(objects: list[dict]) -> Wanted:
    """What was asked for, from the objects that were recorded. What others had made has no ConfigMap of ours."""
    greetings = [obj["data"]["GREETING"] for obj in objects if obj["kind"] == "ConfigMap"]
    if not greetings:
        return THEIR_SET
    return Wanted(GOOD, greetings[0], any(obj["kind"] == "PodDisruptionBudget" for obj in objects))


THEIR_SET = Wanted(GOOD, THEIRS)
