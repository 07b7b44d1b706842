# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP request to anything but the API server: the service as its users reach it, a program on this machine.

It is sent once, and no redirect is followed.
"""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.client.transport import error_text, urllib3

# By OpenSSL's number of what is wrong with a certificate. Python 3.13 is strict: a CA that lacks an extension is known,
# and yet not accepted.
CERTIFICATES = {
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    62: "the certificate is for other names",
    64: "the certificate is for other names",
}
UNKNOWN_CA = (2, 18, 19, 20, 21)


def header_texts(given: dict) -> dict[str, str]:
    """Headers of a module's parameter, whose values may be numbers, as they are sent."""
    return {str(name): str(value) for name, value in given.items()}


class NoAnswer(Exception):
    """The server was not reached, or did not answer in time; the message says why. ``elapsed``: seconds until then."""

    def __init__(self, message: str, elapsed: float):
        super().__init__(message)
        self.elapsed = elapsed


@dataclass(frozen=True)
class Response:
    """``elapsed``: seconds until the whole body had arrived."""

    status: int
    text: str
    elapsed: float


def ask(method: str, url: str, headers: dict, body: str | None, timeout: float, ca_cert: str | None = None) -> Response:
    """Verifies the certificate of an https URL, by ``ca_cert`` where that file is given. ``timeout``: seconds to
    connect, and for each part of the answer."""
    trust = {"ca_certs": ca_cert} if ca_cert else {}
    with urllib3.PoolManager(**trust, **_tls_name(url, headers)) as pool:
        try:
            return _ask(pool, method, url, headers, body, timeout)
        except NoAnswer as problem:
            refused = refused_certificate(problem.__cause__, ca_cert)
            if refused:
                raise NoAnswer(refused, problem.elapsed) from problem
            raise


def ask_unverified(method: str, url: str, headers: dict, body: str | None, timeout: float) -> Response:
    """The same without verifying the certificate: for whether the server answers."""
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    with urllib3.PoolManager(cert_reqs="CERT_NONE", assert_hostname=False, **_tls_name(url, headers)) as pool:
        return _ask(pool, method, url, headers, body, timeout)


def refused_certificate(problem: BaseException, ca_cert: str | None) -> str:
    """Which certificate we did not accept and what to do, "" when that is not the problem."""
    error = next((part for part in (problem, *problem.args) if isinstance(part, ssl.SSLCertVerificationError)), None)
    if error is None:
        return ""
    if error.verify_code not in UNKNOWN_CA:
        return f"{CERTIFICATES.get(error.verify_code, 'the certificate is not accepted')} ({error.verify_message})"
    if ca_cert:
        return f"the certificate is not by the CA in model_serving_verify_ca_cert ({error.verify_message})"
    return (
        f"the certificate is not trusted ({error.verify_message}): "
        "if a private CA signed it, set model_serving_verify_ca_cert to that CA's file"
    )


def _tls_name(url: str, headers: dict) -> dict:
    """A Host header is the host that is asked for: TLS says its name (SNI), and the certificate must be for it. The URL
    may then hold any address that leads there, such as that of an Ingress."""
    host = headers.get("Host", "").partition(":")[0]
    return {"server_hostname": host} if host and url.startswith("https:") else {}


def _ask(pool, method: str, url: str, headers: dict, body: str | None, timeout: float) -> Response:
    began = time.monotonic()
    try:
        answer = pool.request(method, url, body=body, headers=headers, timeout=timeout, retries=False, redirect=False)
    except (urllib3.exceptions.HTTPError, OSError) as problem:
        raise NoAnswer(error_text(problem), time.monotonic() - began) from problem
    return Response(answer.status, answer.data.decode("utf-8", "replace"), time.monotonic() - began)
