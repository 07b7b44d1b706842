# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command of a kubeconfig that gets a credential, such as ``aws eks get-token``: run, and its answer read.

Its arguments and its environment may hold secrets. No message shows them, and its last words are shown without them.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from dataclasses import dataclass
from itertools import pairwise

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import HIDDEN, names_credential, redact

KIND = "ExecCredential"
# Nobody can log in here, so a command that waits for a login would wait for ever.
SECONDS = 60
SHOWN = 300
# Shorter ones would hide parts of words.
SHORTEST_SECRET = 4
# What a command is told of the cluster, if the kubeconfig has it told.
CLUSTER_FIELDS = (
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "certificate-authority-data",
    "proxy-url",
)
CONFIG = "client.authentication.k8s.io/exec"
REMEDY = (
    "Run it by hand, as the user that Ansible runs as and with the arguments of the kubeconfig: it must be on the "
    f"PATH, be logged in, and write an {KIND}."
)


class CommandError(ServingError):
    """The command gave no credential; the message names it, says why, and shows none of its arguments."""


@dataclass(frozen=True)
class Credential:
    """A token, or a certificate and its key as PEM text."""

    token: str | None = None
    certificate: str | None = None
    key: str | None = None


def credential(given: dict, cluster: dict, folder: str | None, source: str, seconds: float = SECONDS) -> Credential:
    """What the command answers. ``given``: the user's entry ``exec``; ``folder``: the kubeconfig's. Raises
    CommandError."""
    command = str(given.get("command") or "")
    try:
        if not command or not given.get("apiVersion"):
            raise _Refused("the kubeconfig says no command, or no apiVersion")
        return read(_output(given, cluster, folder, seconds), given["apiVersion"])
    except _Refused as refused:
        raise CommandError(
            f"{source}: the command {command or 'of the user'} gave nothing to log in with: {refused}. {REMEDY}"
        ) from None


def read(output: str, version: str) -> Credential:
    """The credential in what a command wrote. Raises _Refused, which shows nothing of it."""
    try:
        answer = json.loads(output)
    except ValueError:
        raise _Refused("what it wrote is no JSON") from None
    if not isinstance(answer, dict) or answer.get("kind") != KIND:
        raise _Refused(f"what it wrote is no {KIND}")
    if answer.get("apiVersion") != version:
        raise _Refused(f"it wrote another apiVersion than {version}, which the kubeconfig asks for")
    status = answer.get("status") if isinstance(answer.get("status"), dict) else {}
    token, certificate, key = (status.get(name) for name in ("token", "clientCertificateData", "clientKeyData"))
    if not token and not (certificate and key):
        raise _Refused("it wrote neither a token nor a certificate with its key")
    return Credential(str(token).strip() if token else None, certificate, key)


def last_words(said: str, given: dict) -> str:
    """The last line that a command wrote to its error output, without what only the kubeconfig may know."""
    line = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")
    for secret in sorted(secrets(given), key=len, reverse=True):
        line = line.replace(secret, HIDDEN)
    return redact(line)[:SHOWN].rstrip(".")


def secrets(given: dict) -> set[str]:
    """The values of arguments and variables that are called like credentials."""
    arguments = [str(part) for part in given.get("args") or []]
    found = {value for flag, value in pairwise(arguments) if _is_secret_flag(flag)}
    for part in arguments:
        name, assigned, value = part.partition("=")
        if assigned and names_credential(name):
            found.add(value)
    found |= {str(entry.get("value") or "") for entry in _variables(given) if names_credential(str(entry.get("name")))}
    return {value for value in found if len(value) >= SHORTEST_SECRET}


def _is_secret_flag(text: str) -> bool:
    return text.startswith("-") and "=" not in text and names_credential(text)


class _Refused(Exception):
    """Why there is no credential."""


def _output(given: dict, cluster: dict, folder: str | None, seconds: float) -> str:
    command = [str(given["command"]), *(str(part) for part in given.get("args") or [])]
    try:
        # A session of its own: what it started ends with it.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder or None,
            env=_environment(given, cluster),
            start_new_session=True,
            text=True,
            errors="replace",
        )
    except FileNotFoundError:
        raise _Refused("it was not found") from None
    except (OSError, ValueError) as error:
        raise _Refused(f"it cannot be run ({getattr(error, 'strerror', None) or type(error).__name__})") from None
    try:
        output, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise _Refused(f"it did not end in {seconds:g} s; it may wait for somebody to log in") from None
    finally:
        _end(process)
    if process.returncode != 0:
        raise _Refused(f"it ended with status {process.returncode}, and {_told(last_words(said, given))}")
    return output


def _told(words: str) -> str:
    return f"says: {words}" if words else "says nothing"


def _end(process: subprocess.Popen) -> None:
    """Also when we are ended ourselves meanwhile."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(given: dict, cluster: dict) -> dict:
    spec: dict = {"interactive": False}
    if given.get("provideClusterInfo"):
        spec["cluster"] = {name: cluster[name] for name in CLUSTER_FIELDS if name in cluster}
        for extension in cluster.get("extensions") or []:
            if extension.get("name") == CONFIG:
                spec["cluster"]["config"] = extension.get("extension")
    asked = {"apiVersion": given["apiVersion"], "kind": KIND, "spec": spec}
    own = {str(entry["name"]): str(entry.get("value") or "") for entry in _variables(given) if entry.get("name")}
    return {**os.environ, **own, "KUBERNETES_EXEC_INFO": json.dumps(asked)}


def _variables(given: dict) -> list[dict]:
    return [entry for entry in given.get("env") or [] if isinstance(entry, dict)]
