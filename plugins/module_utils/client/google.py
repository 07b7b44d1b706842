# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the name of a GKE cluster to its address, its CA and a token, with the Application Default Credentials.

The name is a host of its own scheme, gke://PROJECT/LOCATION/NAME. Every call asks Google anew, so a token is fresh.
Google's package for GKE takes seconds to import; the one question that is needed is asked without it.
"""

from __future__ import annotations

import base64
import os
import re
import time
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import GKE_ADDRESS, GKE_SCHEME
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact, said

NAME = re.compile(rf"{GKE_SCHEME}([a-z0-9.:-]+)/([a-z0-9-]+)/([a-z0-9-]+)/?")
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
DEFAULT_ADDRESS = "https://container.googleapis.com/"
TIMEOUT, TRIES, PAUSE = 20, 3, 1.0
PASSING = (429, 500, 502, 503, 504)
INSTALL = "a host gke:// needs Google's Python package where the module runs: pip install google-auth requests"


class GoogleError(ServingError):
    """Google does not tell how the cluster is reached; the message says why, and what to do."""


@dataclass(frozen=True)
class Access:
    """``host``: a URL. ``ca_data``: PEM text, None where the certificate is one that every machine trusts."""

    host: str
    ca_data: str | None
    token: str


def access(host: str) -> Access:
    """How a cluster is reached. Raises GoogleError."""
    known = NAME.fullmatch(host)
    if not known:
        raise GoogleError(
            f"host {host} must be gke://PROJECT/LOCATION/NAME, such as gke://example-project/europe-west1/eu-1"
        )
    project, location, name = known.groups()
    try:
        import google.auth
        from google.auth.transport.requests import AuthorizedSession
    except ImportError as error:
        raise GoogleError(f"{INSTALL} ({said(error)})") from error
    address = (os.environ.get(GKE_ADDRESS) or DEFAULT_ADDRESS).rstrip("/")
    url = f"{address}/v1/projects/{project}/locations/{location}/clusters/{name}"
    try:
        credentials, _project = google.auth.default(scopes=[SCOPE])
        with AuthorizedSession(credentials) as session:
            status, answer = _asked(session, url)
    except google.auth.exceptions.TransportError as error:
        raise GoogleError(f"Google cannot be reached for {host}: {said(error)}") from error
    except google.auth.exceptions.GoogleAuthError as error:
        raise GoogleError(
            f"there are no Application Default Credentials for {host}: {said(error)} Run gcloud auth "
            "application-default login, or set GOOGLE_APPLICATION_CREDENTIALS."
        ) from error
    if status != 200:
        raise GoogleError(refusal(host, status, answer))
    return reached(host, answer, credentials.token)


def _asked(session, url: str) -> tuple[int, dict]:
    """Status and answer. What is no answer is asked for again."""
    for attempt in range(1, TRIES + 1):
        last = attempt == TRIES
        try:
            response = session.get(url, timeout=TIMEOUT, allow_redirects=False)
        except OSError as error:  # requests' own errors are of this kind
            if last:
                raise GoogleError(f"{url} cannot be reached: {said(error)}") from error
        else:
            if response.status_code not in PASSING or last:
                return response.status_code, _read(response)
        time.sleep(PAUSE * attempt)
    raise AssertionError("unreachable")


def _read(response) -> dict:
    try:
        found = response.json()
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def refusal(host: str, status: int, answer: dict) -> str:
    """Why GKE does not answer with the cluster, and what to do."""
    error = answer.get("error")
    said = redact(str(error.get("message") or "") if isinstance(error, dict) else "") or f"HTTP {status}"
    if status == 404:
        remedy = "Create the cluster with playbooks/cluster.yml, or correct the option host."
    elif status == 403:
        remedy = "Give the account of the Application Default Credentials roles/container.developer in the project."
    elif status == 401:
        remedy = "Renew the Application Default Credentials: gcloud auth application-default login."
    else:
        remedy = "Run it again in a while."
    return f"GKE does not tell how {host} is reached: {said.rstrip('.')}. {remedy}"


def reached(host: str, cluster: dict, token: str) -> Access:
    """From GKE's answer. A cluster's DNS name is taken where it may be used from outside: it needs no way into the
    network, and Google's own certificate is trusted everywhere."""
    by_name = (cluster.get("controlPlaneEndpointsConfig") or {}).get("dnsEndpointConfig") or {}
    if by_name.get("allowExternalTraffic") and by_name.get("endpoint"):
        return Access(f"https://{by_name['endpoint']}", None, token)
    address = cluster.get("endpoint")
    certificate = (cluster.get("masterAuth") or {}).get("clusterCaCertificate")
    if not address or not certificate:
        status = str(cluster.get("status") or "unknown").lower()
        raise GoogleError(f"{host} has no address yet, its state is {status}: wait with playbooks/cluster.yml.")
    return Access(f"https://{address}", base64.b64decode(certificate).decode(), token)
