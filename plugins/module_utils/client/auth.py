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

from ansible_collections.modelops.serving.plugins.module_utils.client import google
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import GKE_SCHEME
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError

DEFAULT_KUBECONFIG = "~/.kube/config"
IN_CLUSTER_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"
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
    """From a kubeconfig with a simple user; None leaves it to the library."""
    given = chosen.get("kubeconfig")
    if isinstance(given, dict):
        return _from_document(given, chosen.get("context"), "kubeconfig given as a dictionary", None)
    path = given or os.environ.get("KUBECONFIG") or DEFAULT_KUBECONFIG
    if os.pathsep in path:
        return None
    full = os.path.expanduser(path)
    if not os.path.exists(full):
        if given:
            raise AuthError(
                f"kubeconfig {path} does not exist. Set kubeconfig (in model_serving_kubernetes) to a file that does."
            )
        return None
    if not given and not chosen.get("context") and os.path.exists(IN_CLUSTER_TOKEN):
        # Like kubernetes.core: in a pod, without any option, the pod's own account comes first.
        return None
    return _from_document(_read_yaml(full), chosen.get("context"), f"kubeconfig {path}", os.path.dirname(full))


def _read_yaml(path: str) -> dict:
    import yaml

    try:
        with open(path, encoding="utf-8") as stream:
            document = yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, yaml.YAMLError) as error:
        raise AuthError(f"kubeconfig {path} cannot be read: {error}") from error
    if not isinstance(document, dict) or not document.get("clusters"):
        raise AuthError(f"{path} is not a kubeconfig: it has no clusters. Set the option kubeconfig to one.")
    return document


def _named(document: dict, section: str, name: str, source: str) -> dict:
    for entry in document.get(section) or []:
        if entry.get("name") == name:
            return entry.get(section.rstrip("s")) or {}
    known = ", ".join(sorted(str(entry.get("name")) for entry in document.get(section) or [])) or "none"
    raise AuthError(f"{source} has no {section.rstrip('s')} {name!r}. It has: {known}.")


def _from_document(document: dict, context_name: str | None, source: str, folder: str | None) -> Connection | None:
    context_name = context_name or document.get("current-context")
    if not context_name:
        raise AuthError(f"{source} has no current-context. Set the option context.")
    context = _named(document, "contexts", context_name, source)
    cluster = _named(document, "clusters", context.get("cluster"), source)
    user = _named(document, "users", context.get("user"), source) if context.get("user") else {}
    if set(user) - SIMPLE_USER_KEYS:
        return None

    def path(value: str | None) -> str | None:
        return os.path.join(folder, value) if value and folder else value

    headers = {}
    token = (user.get("token") or "").strip() or _read_token(path(user.get("tokenFile")), source)
    if token:
        headers["authorization"] = f"Bearer {token}"
    elif user.get("username"):
        headers["authorization"] = _basic(user["username"], user.get("password", ""))
    headers |= _impersonation(user)
    return Connection(
        host=cluster.get("server") or "",
        source=f"{source}, context {context_name}",
        headers=headers,
        verify=not cluster.get("insecure-skip-tls-verify", False),
        ca_data=_decoded(cluster.get("certificate-authority-data")),
        ca_file=path(cluster.get("certificate-authority")),
        cert_data=_decoded(user.get("client-certificate-data")),
        key_data=_decoded(user.get("client-key-data")),
        cert_file=path(user.get("client-certificate")),
        key_file=path(user.get("client-key")),
        server_name=cluster.get("tls-server-name"),
        proxy=cluster.get("proxy-url"),
    )


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


def _user_of(paths: str, context_name: str | None) -> dict:
    """The user of a context in one or several kubeconfig files, of which the first that has a name counts; {} for
    none."""
    documents = [_read_yaml(path) for path in map(os.path.expanduser, paths.split(os.pathsep)) if os.path.exists(path)]
    wanted = context_name or next((one["current-context"] for one in documents if one.get("current-context")), None)

    def first(section: str, name: str | None) -> dict:
        entries = [entry for document in documents for entry in document.get(section) or []]
        return next((entry for entry in entries if entry.get("name") == name), {}).get(section.rstrip("s")) or {}

    return first("users", first("contexts", wanted).get("user"))


def _read_token(path: str | None, source: str) -> str | None:
    if not path:
        return None
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read().strip()
    except OSError as error:
        raise AuthError(f"{source}: the token file {path} cannot be read: {error.strerror}") from error


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
    in_cluster = False
    try:
        if chosen.get("kubeconfig") or chosen.get("context") or not os.path.exists(IN_CLUSTER_TOKEN):
            source = "kubeconfig"
            given = chosen.get("kubeconfig")
            load = config.load_kube_config_from_dict if isinstance(given, dict) else config.load_kube_config
            load(given, context=chosen.get("context"), client_configuration=settings)
        else:
            source, in_cluster = "the pod's own ServiceAccount", True
            config.load_incluster_config(client_configuration=settings)
    except Exception as error:  # the library raises whatever an exec plugin or a provider raises
        raise AuthError(
            f"no usable credentials: {error}. Set kubeconfig, or host and api_key (or K8S_AUTH_*)."
        ) from error
    headers = {}
    for value in (settings.auth_settings() or {}).values():
        if value.get("value"):
            headers[value["key"].lower()] = value["value"]
    if not in_cluster:
        user = _chosen_user(chosen)
        # The library only logs that a command failed, and would go on without credentials.
        if user.get("exec") and not headers and not settings.cert_file:
            raise AuthError(_failed_command(user["exec"]))
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


def _failed_command(given: dict) -> str:
    command = " ".join(str(part) for part in [given.get("command", ""), *(given.get("args") or [])])
    return (
        f"no usable credentials: the command of the kubeconfig gave none ({command}). Run it by hand as the user that "
        "Ansible runs as: it must be on the PATH, be logged in, and write an ExecCredential."
    )


def _chosen_user(chosen: dict) -> dict:
    given = chosen.get("kubeconfig") or os.environ.get("KUBECONFIG") or DEFAULT_KUBECONFIG
    if not isinstance(given, dict):
        return _user_of(given, chosen.get("context"))
    context = _named(given, "contexts", chosen.get("context") or given.get("current-context"), "kubeconfig")
    return _named(given, "users", context["user"], "kubeconfig") if context.get("user") else {}


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
