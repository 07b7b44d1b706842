# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's settings and ports. Pure."""

from __future__ import annotations

import math
import re

from ansible_collections.modelops.serving.plugins.module_utils.variables import server_settings
from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints.constraint import (
    Constraint,
    Fault,
    Variables,
    entries,
)
from ansible_collections.modelops.serving.plugins.module_utils.variables.names import PREFIX
from ansible_collections.modelops.serving.plugins.module_utils.variables.text import SETTING, as_text

VARIABLE_LENGTH, CONFIGURATION_LENGTH = 2**17 - 1, 2**20 - 2**14
SETTINGS = ("settings", "models_settings")
# Settings that change a port, and the port that every Service, probe and policy expects.
PORTS = {"SERVER_PORT": 5000, "SERVER_OPERATIONS_PORT": 8000}
SECONDS = r"[0-9]+(\.[0-9]*)?"
# Of the letters of two names, the share that they have in common: a name with a prefix of ours is a mistake anyway, any
# other may be what a library reads, such as OTEL_SERVICE_NAME.
LIKE, NEARLY_THE_SAME = 0.6, 0.85
LOOPBACK = re.compile(r"localhost|127\..*|::1")
# Settings that have their own variable too. model_serving_settings overrides it.
VARIABLE_OF = {"SERVER_REQUEST_TIMEOUT_SECONDS": "request_timeout", "SERVER_DRAIN_SECONDS": "drain_seconds"}


def _moved_ports(v: Variables) -> list[Fault]:
    return [
        {"setting": setting, "value": v.settings[setting], "port": port}
        for setting, port in PORTS.items()
        if setting in v.settings and as_text(v.settings[setting]).strip() != str(port)
    ]


def _taken_grpc_port(v: Variables) -> list[Fault]:
    """The pods have two other ports, and the Service one."""
    users = {**dict.fromkeys(PORTS.values(), "the pods' other ports"), v.service_port: f"{PREFIX}service_port"}
    return [{"port": v.service_grpc_port, "user": users[v.service_grpc_port]}] if v.service_grpc_port in users else []


def _setting(v: Variables, setting: str) -> Fault:
    """The server's ``value`` of this setting, and the ``variable`` that sets it."""
    if setting in v.settings:
        return {"variable": f"{PREFIX}settings.{setting}", "value": v.settings[setting]}
    return {"variable": PREFIX + VARIABLE_OF[setting], "value": getattr(v, VARIABLE_OF[setting])}


def _seconds(value: object) -> float:
    """A number of seconds; NaN for anything else."""
    text = as_text(value).strip()
    return float(text) if re.fullmatch(SECONDS, text) else math.nan


def _gives_up_first(v: Variables) -> list[Fault]:
    longest = _setting(v, "SERVER_REQUEST_TIMEOUT_SECONDS")
    return [longest] if v.ingress_enabled and v.ingress_timeout < _seconds(longest["value"]) else []


def _unknown_settings(v: Variables) -> list[Fault]:
    found = []
    for name in (name for name in map(str, v.settings) if name not in server_settings.KNOWN):
        ours = name.upper().startswith(server_settings.PREFIXES)
        meant = server_settings.nearest(name, LIKE if ours else NEARLY_THE_SAME)
        if ours or meant:
            found.append({"setting": name, "meant": f"; is {meant} meant?" if meant else "."})
    return found


def _misfits(v: Variables) -> list[Fault]:
    found = [(name, value, server_settings.misfit(str(name), as_text(value))) for name, value in v.settings.items()]
    return [{"setting": name, "value": value, "must": must} for name, value, must in found if must]


def _endless_drain(v: Variables) -> list[Fault]:
    drain = _setting(v, "SERVER_DRAIN_SECONDS")
    return [] if 0 <= _seconds(drain["value"]) <= 3600 else [drain]


ROWS = (
    Constraint(
        "port-moved",
        _moved_ports,
        "model_serving_settings.{setting} ({value}) changes a port that Services, probes and policies expect to be "
        "{port}: remove it. Clients use model_serving_service_port.",
    ),
    Constraint(
        "grpc-port-taken",
        _taken_grpc_port,
        "model_serving_service_grpc_port ({port}) is that of {user}: take another, such as 8001.",
    ),
    Constraint(
        "grpc-by-settings",
        lambda v: [{}] if "SERVER_GRPC_PORT" in v.settings else [],
        "model_serving_settings.SERVER_GRPC_PORT leaves the image, the Service and the NetworkPolicy without gRPC: set "
        "model_serving_service_grpc_port instead.",
    ),
    Constraint(
        "setting-name",
        lambda v: [entry for entry in entries(v, SETTINGS) if not SETTING.fullmatch(str(entry["key"]))],
        "{variable}: '{key}' cannot be the name of an environment variable: use letters, digits and underscores, "
        "with no digit first.",
    ),
    Constraint(
        "setting-unknown",
        _unknown_settings,
        "model_serving_settings.{setting} is no setting of the server{meant} A variable of your own goes into "
        "model_serving_extra_env.",
    ),
    Constraint(
        "setting-value",
        _misfits,
        "model_serving_settings.{setting} ('{value}') must be {must}.",
    ),
    Constraint(
        "setting-too-long",
        lambda v: [
            entry
            for entry in entries(v, SETTINGS)
            if len(f"{entry['key']}={as_text(entry['value'])}".encode()) > VARIABLE_LENGTH
        ],
        "{variable}.{key} is longer than Linux allows an environment variable to be (128 KiB): mount a file, and name "
        "its path.",
    ),
    Constraint(
        "configuration-too-long",
        lambda v: sum(len(as_text(value).encode()) for value in v.settings.values()) > CONFIGURATION_LENGTH,
        "model_serving_settings is longer than a ConfigMap may be (1 MiB): mount a file, and name its path.",
    ),
    Constraint(
        "host-moved",
        lambda v: bool(LOOPBACK.fullmatch(as_text(v.settings.get("SERVER_HOST")))),
        "model_serving_settings.SERVER_HOST ({v.settings[SERVER_HOST]}) is the pod's loopback address, where probes "
        "and Services cannot reach the server: remove it.",
    ),
    Constraint(
        "drain",
        _endless_drain,
        "{variable} ('{value}') must be a number of seconds from 0 to 3600: the pod's grace period is calculated from "
        "it.",
    ),
    Constraint(
        "ingress-gives-up-first",
        _gives_up_first,
        "model_serving_ingress_timeout ({v.ingress_timeout}) is below {variable} ({value}): the ingress would time "
        "out before the server answers. Raise the first or lower the other.",
    ),
    Constraint(
        "tls-by-settings",
        lambda v: [{"setting": name} for name in v.settings if str(name).startswith("SERVER_TLS_")],
        "model_serving_settings.{setting} leaves probes, Services and the ingress without TLS: set "
        "model_serving_tls_secret instead.",
    ),
)
