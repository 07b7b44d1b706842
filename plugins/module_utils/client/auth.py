# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From kubernetes.core's authentication options to a connection: the API server's address and our credentials.

Importing the ``kubernetes`` package takes most of a second, and a whole no-change deploy less than three. So the
simple cases (a token, a certificate or a password, from options or a kubeconfig) are handled here. That package handles
the others: exec plugins, OIDC, several kubeconfig files, a pod's own ServiceAccount.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment

from ansible_collections.kubernetes.core.plugins.module_utils.args_common import (
    AUTH_ARG_MAP,
    AUTH_ARG_SPEC,
)

from ansible_collections.modelops.serving.plugins.module_utils.client import exec_plugin, google
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import GKE_SCHEME
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import said

DEFAULT_KUBECONFIG = "~/.kube/config"
IN_CLUSTER_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"
COMMAND = "exec"
SIMPLE_USER_KEYS = {
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "token",
    "tokenFile",
    "username",
    "password",
    "as",
    "as-groups",
    "as-uid",
    "as-user-extra",
}


class AuthError(ServingError):
    """The credentials cannot be used; the message names the option, file or variable that is at fault."""


@dataclass
class Connection:
    """What a client needs: ``host`` is a URL, certificates are PEM text or paths, ``source`` is their origin."""

    host: str
    source: str
    headers: dict = field(default_factory=dict)
    verify: bool = True
    ca_data: str | None = None
    ca_file: str | None = None
    cert_data: str | None = None
    key_data: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None
    proxy: str | None = None
    proxy_headers: dict | None = None
    in_cluster: bool = False


def options(params: dict, environ: dict) -> dict:
    """The authentication options that were set, from the task first and then from ``K8S_AUTH_*``."""
    found = {}
    for long_name, name in AUTH_ARG_MAP.items():
        value = params.get(name)
        if value is None and name != "proxy_headers":
            value = environ.get(f"K8S_AUTH_{name.upper()}") or environ.get(f"K8S_AUTH_{long_name.upper()}")
            if value is not None and AUTH_ARG_SPEC[name].get("type") == "bool":
                value = value.lower() not in ("0", "false", "no")
        if value is not None and value != "":
            found[name] = value
    for name in ("impersonate_user", "impersonate_groups"):
        value = params.get(name) or environ.get(f"K8S_AUTH_{name.upper()}")
        if isinstance(value, str) and name == "impersonate_groups":
            value = [group for group in value.split(",") if group]
        if value:
            found[name] = value
    return found


def connect(params: dict, environ: dict | None = None) -> Connection:
    """The connection that the options describe. Raises AuthError."""
    chosen = options(params, os.environ if environ is None else environ)
    if chosen.get("host", "").startswith(GKE_SCHEME):
        return _override(_by_google(chosen.pop("host")), chosen)
    connection = _by_options(chosen) or _by_kubeconfig(chosen) or _by_library(chosen)
    return _override(connection, chosen)


def _by_google(host: str) -> Connection:
    """From the name of a GKE cluster: Google tells its address, and gives a token."""
    found = google.access(host)
    headers = {"authorization": f"Bearer {found.token}"}
    return Connection(host=found.host, source=host, headers=headers, ca_data=found.ca_data)


def _by_options(chosen: dict) -> Connection | None:
    """From the options alone: a host with a token, a certificate or a password."""
    if not chosen.get("host"):
        return None
    by_certificate = chosen.get("client_cert") and chosen.get("client_key")
    by_password = chosen.get("username") and chosen.get("password")
    if not (chosen.get("api_key") or by_certificate or by_password):
        return None
    return Connection(host=chosen["host"], source="options")


def _by_kubeconfig(chosen: dict) -> Connection | None:
    """From a kubeconfig with a simple user, or one with a command; None leaves it to the library."""
    kubeconfig = _kubeconfig(chosen)
    return _from_kubeconfig(kubeconfig, chosen.get("context")) if kubeconfig else None


@dataclass(frozen=True)
class Kubeconfig:
    """One or several files, of which the first that has a name counts. ``parts``: each with its folder, if it has one.
    ``source``: their origin, in a message."""

    source: str
    parts: list[tuple[dict, str | None]]

    def current_context(self) -> str | None:
        return next((part["current-context"] for part, _folder in self.parts if part.get("current-context")), None)

    def named(self, section: str, name: str | None) -> tuple[dict, str | None]:
        """An entry, and the folder that its paths start from. Raises AuthError."""
        known = [(entry, folder) for part, folder in self.parts for entry in part.get(section) or []]
        for entry, folder in known:
            if entry.get("name") == name:
                return entry.get(section.rstrip("s")) or {}, folder
        names = ", ".join(sorted(str(entry.get("name")) for entry, _folder in known)) or "none"
        raise AuthError(f"{self.source} has no {section.rstrip('s')} {name!r}. It has: {names}.")

    def user(self, context: dict) -> tuple[dict, str | None]:
        return self.named("users", context["user"]) if context.get("user") else ({}, None)


def _kubeconfig(chosen: dict) -> Kubeconfig | None:
    """What is to be read; None where there is none, or where a pod's own account comes first."""
    given = chosen.get("kubeconfig")
    if isinstance(given, dict):
        return Kubeconfig("kubeconfig given as a dictionary", [(given, None)])
    # Like kubernetes.core: in a pod, without any option, the pod's own account comes first.
    if not given and not chosen.get("context") and os.path.exists(IN_CLUSTER_TOKEN):
        return None
    names = given or os.environ.get("KUBECONFIG") or DEFAULT_KUBECONFIG
    paths = [os.path.expanduser(path) for path in names.split(os.pathsep) if path]
    found = [path for path in paths if os.path.exists(path)]
    if not found and given:
        raise AuthError(
            f"kubeconfig {names} does not exist. Set kubeconfig (in model_serving_kubernetes) to a file that does."
        )
    if not found:
        return None
    parts: list[tuple[dict, str | None]] = [(_read_yaml(path), os.path.dirname(path)) for path in found]
    if not any(part.get("clusters") for part, _folder in parts):
        raise AuthError(f"{names} is not a kubeconfig: it has no clusters. Set the option kubeconfig to one.")
    return Kubeconfig(f"kubeconfig {names}", parts)


def _read_yaml(path: str) -> dict:
    import yaml

    try:
        with open(path, encoding="utf-8") as stream:
            document = yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as error:
        raise AuthError(f"kubeconfig {path} cannot be read: {error.strerror}") from error
    except (ValueError, yaml.YAMLError) as error:
        # Its own words may have a part of what stands there.
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise AuthError(f"kubeconfig {path} is no YAML: it has a mistake{where}. Correct it.") from None
    return document if isinstance(document, dict) else {}


def _from_kubeconfig(kubeconfig: Kubeconfig, context_name: str | None) -> Connection | None:
    context_name = context_name or kubeconfig.current_context()
    if not context_name:
        raise AuthError(f"{kubeconfig.source} has no current-context. Set the option context.")
    context, _folder = kubeconfig.named("contexts", context_name)
    cluster, of_cluster = kubeconfig.named("clusters", context.get("cluster"))
    user, of_user = kubeconfig.user(context)
    if set(user) - SIMPLE_USER_KEYS - {COMMAND}:
        return None
    made = Connection(
        host=cluster.get("server") or "",
        source=f"{kubeconfig.source}, context {context_name}",
        verify=not cluster.get("insecure-skip-tls-verify", False),
        ca_data=_decoded(cluster.get("certificate-authority-data")),
        ca_file=_path(cluster.get("certificate-authority"), of_cluster),
        cert_data=_decoded(user.get("client-certificate-data")),
        key_data=_decoded(user.get("client-key-data")),
        cert_file=_path(user.get("client-certificate"), of_user),
        key_file=_path(user.get("client-key"), of_user),
        server_name=cluster.get("tls-server-name"),
        proxy=cluster.get("proxy-url"),
    )
    token = _token(user, of_user, kubeconfig.source)
    if user.get(COMMAND) and not token:
        answered = exec_plugin.credential(user[COMMAND], cluster, of_user, kubeconfig.source)
        token = answered.token
        if answered.certificate and answered.key:
            made.cert_data, made.key_data = answered.certificate, answered.key
    if token:
        made.headers["authorization"] = f"Bearer {token}"
    elif user.get("username"):
        made.headers["authorization"] = _basic(user["username"], user.get("password", ""))
    made.headers |= _impersonation(user)
    return made


def _path(value: str | None, folder: str | None) -> str | None:
    return os.path.join(folder, value) if value and folder else value


def _token(user: dict, folder: str | None, source: str) -> str | None:
    """As kubectl has it: the file's token is the newer one, and the other is for when it cannot be read."""
    written = (user.get("token") or "").strip()
    path = _path(user.get("tokenFile"), folder)
    if not path:
        return written
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read().strip() or written
    except OSError as error:
        if written:
            return written
        raise AuthError(f"{source}: the token file {path} cannot be read: {error.strerror}") from error


def _impersonation(user: dict) -> dict:
    """The headers by which a kubeconfig's user acts as somebody else. Without them its full rights would be used."""
    headers: dict = {}
    if user.get("as"):
        headers["impersonate-user"] = user["as"]
    if user.get("as-uid"):
        headers["impersonate-uid"] = user["as-uid"]
    if user.get("as-groups"):
        headers["impersonate-group"] = list(user["as-groups"])
    for name, values in (user.get("as-user-extra") or {}).items():
        headers[f"impersonate-extra-{quote(name.lower(), safe='')}"] = list(values)
    return headers


def _decoded(value: str | None) -> str | None:
    return base64.b64decode(value).decode() if value else None


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def _by_library(chosen: dict) -> Connection:
    """All other cases, through the kubernetes package."""
    try:
        from kubernetes import client, config
    except ImportError as error:
        raise AuthError(
            "these credentials need the Python package kubernetes where the module runs: pip install kubernetes"
        ) from error
    settings = client.Configuration()
    kubeconfig = _kubeconfig(chosen)
    user = _chosen_user(kubeconfig, chosen.get("context")) if kubeconfig else {}
    in_cluster = not kubeconfig and not chosen.get("context") and os.path.exists(IN_CLUSTER_TOKEN)
    try:
        if in_cluster:
            source = "the pod's own ServiceAccount"
            config.load_incluster_config(client_configuration=settings)
        else:
            source, given = "kubeconfig", chosen.get("kubeconfig")
            load = config.load_kube_config_from_dict if isinstance(given, dict) else config.load_kube_config
            load(given, context=chosen.get("context"), client_configuration=settings)
    except Exception as error:  # the library raises whatever a provider raises
        # Of a user's entry it shows all that stands there.
        if kubeconfig and user:
            raise AuthError(_unusable(kubeconfig.source, user, error)) from None
        raise AuthError(
            f"nothing to log in with was found ({said(error).rstrip('.')}). Set kubeconfig, or host and api_key (or "
            "K8S_AUTH_*)."
        ) from error
    headers = {}
    for value in (settings.auth_settings() or {}).values():
        if value.get("value"):
            headers[value["key"].lower()] = value["value"]
    headers |= _impersonation(user)
    return Connection(
        host=settings.host,
        source=source,
        headers=headers,
        verify=settings.verify_ssl,
        ca_file=settings.ssl_ca_cert,
        cert_file=settings.cert_file,
        key_file=settings.key_file,
        server_name=getattr(settings, "tls_server_name", None),
        proxy=settings.proxy,
        in_cluster=in_cluster,
    )


def _unusable(source: str, user: dict, error: Exception) -> str:
    """By the names of what the user's entry has, never by its values."""
    provider = user.get("auth-provider") if isinstance(user.get("auth-provider"), dict) else {}
    fields = ", ".join(sorted(map(str, provider.get("config") or {}))) or "nothing"
    what = f"its auth-provider {provider.get('name')}, which has {fields}," if provider else "it"
    return (
        f"{source}: the user cannot be used: {what} is not what the Python package kubernetes takes "
        f"({type(error).__name__}). Log in anew, or use a user with a command (exec) or a token."
    )


def _chosen_user(kubeconfig: Kubeconfig, context_name: str | None) -> dict:
    context, _folder = kubeconfig.named("contexts", context_name or kubeconfig.current_context())
    return kubeconfig.user(context)[0]


def _override(connection: Connection, chosen: dict) -> Connection:
    """Single options override the kubeconfig, as in kubernetes.core."""
    if chosen.get("host"):
        connection.host = chosen["host"]
    if chosen.get("api_key"):
        connection.headers["authorization"] = f"Bearer {chosen['api_key'].strip()}"
    elif chosen.get("username") and chosen.get("password"):
        connection.headers["authorization"] = _basic(chosen["username"], chosen["password"])
    if chosen.get("validate_certs") is not None:
        connection.verify = chosen["validate_certs"]
    if chosen.get("ca_cert"):
        connection.ca_file, connection.ca_data = chosen["ca_cert"], None
    if chosen.get("client_cert") and chosen.get("client_key"):
        connection.cert_file, connection.key_file = chosen["client_cert"], chosen["client_key"]
        connection.cert_data = connection.key_data = None
    connection.proxy = chosen.get("proxy") or connection.proxy
    connection.proxy_headers = chosen.get("proxy_headers")
    if chosen.get("impersonate_user"):
        connection.headers["impersonate-user"] = chosen["impersonate_user"]
    if chosen.get("impersonate_groups"):
        connection.headers["impersonate-group"] = chosen["impersonate_groups"]
    for name, value in connection.headers.items():
        # The HTTP library would show the whole header in its error.
        if any(character in "\r\n" for item in (value if isinstance(value, list) else [value]) for character in item):
            raise AuthError(f"{connection.source}: the credentials for the header {name} hold a line break.")
    connection.host = connection.host.rstrip("/")
    if not connection.host:
        raise AuthError(f"{connection.source} has no server address. Set the option host.")
    connection.proxy = _proxy(connection, chosen.get("no_proxy"))
    return connection


def _proxy(connection: Connection, no_proxy: str | None) -> str | None:
    """The proxy for this server: the chosen one or the environment's (HTTPS_PROXY), unless no_proxy or NO_PROXY names
    the server. A server on this machine needs none."""
    server = urlsplit(connection.host)
    found = connection.proxy or getproxies_environment().get(server.scheme)
    if not found or _is_loopback(server.hostname or ""):
        return connection.proxy
    exceptions = {"no": no_proxy} if no_proxy else getproxies_environment()
    return None if proxy_bypass_environment(server.netloc, exceptions) else found


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
