# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS, proxies and byte streams between a client and its server."""

from __future__ import annotations

import json
import os
import ssl
import tempfile

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.modelops.serving.plugins.module_utils.client.auth import Connection
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact, said

try:
    import urllib3
except ImportError:
    urllib3 = None  # pool() raises for it


class TransportError(ServingError):
    """The connection cannot be tried; the message names the certificate, key or package that is at fault."""


def lines(response):
    """JSON documents, one a line, as soon as a line is whole."""
    rest = b""
    for piece in response.stream(65536, decode_content=True):
        rest += piece
        while b"\n" in rest:
            line, _newline, rest = rest.partition(b"\n")
            if line.strip():
                yield json.loads(line)


def pool(connection: Connection):
    """The connections to one server: a urllib3 pool manager."""
    if urllib3 is None:
        raise TransportError(missing_required_lib("kubernetes"))
    context = tls(connection) if connection.host.startswith("https") else None
    settings = {"num_pools": 2, "maxsize": 16, "ssl_context": context}
    if connection.server_name:
        settings["server_hostname"] = settings["assert_hostname"] = connection.server_name
    if connection.proxy and connection.proxy.startswith("socks"):
        return _socks(connection.proxy, settings)
    if connection.proxy:
        extra = urllib3.util.make_headers(**connection.proxy_headers) if connection.proxy_headers else None
        return urllib3.ProxyManager(connection.proxy, proxy_headers=extra, **settings)
    return urllib3.PoolManager(**settings)


def _socks(proxy: str, settings: dict):
    """Names are resolved by the proxy, as kubectl has it."""
    try:
        from urllib3.contrib.socks import SOCKSProxyManager
    except ImportError as error:
        raise TransportError(
            f"the proxy {redact(proxy)} needs the Python package PySocks: pip install pysocks"
        ) from error
    return SOCKSProxyManager(proxy.replace("socks5://", "socks5h://", 1), **settings)


def tls(connection: Connection) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=connection.ca_file, cadata=connection.ca_data)
        # Python 3.13 refuses authorities without key identifiers, as older clusters have made them.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if not connection.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if connection.cert_data and connection.key_data:
            load_pair(context, connection.cert_data, connection.key_data)
        elif connection.cert_file:
            context.load_cert_chain(connection.cert_file, connection.key_file)
    except (OSError, ValueError) as error:
        raise TransportError(f"{connection.source}: a certificate or key cannot be used: {said(error)}") from error
    return context


def load_pair(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Loads a pair through a private file that is deleted at once; Python reads certificates from files only."""
    handle, path = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(certificate + "\n" + key)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)


def error_text(problem: Exception) -> str:
    """The innermost message of urllib3's nested errors, without object addresses and the password of a proxy."""
    text = said(getattr(problem, "reason", None) or problem)
    return text.rpartition(">: ")[2] or text
