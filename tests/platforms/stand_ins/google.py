# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in front of the stand-in of GKE, for tests: Google's token endpoint and metadata server, GKE's API by
HTTPS, and a control plane that lets Google's tokens in.

A token lives for some seconds. The control plane is the API server of a kubeconfig: it gets each request with the
kubeconfig's own certificate, once the token was looked at.
"""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import ssl
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

ACCOUNT = "deployer@example-project.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
# The statement is for Google's endpoint, whatever address it is sent to.
AUDIENCE = "https://oauth2.googleapis.com/token"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
HOP = {"connection", "transfer-encoding", "keep-alive", "authorization", "host", "content-length"}


class Server(ThreadingHTTPServer):
    daemon_threads = True

    # A client that stops reading is no error.
    def handle_error(self, request, client_address):
        pass


def serve(handler: type, certificate: tuple[Path, Path] | None = None) -> Server:
    """A server on a free port of 127.0.0.1, with TLS where it has a certificate and a key."""
    server = Server(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments):
        pass

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status: int, text: str, **headers: str) -> None:
        data = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Tokens:
    """Gives tokens that live ``seconds``, to who has the account's key or asks the metadata server."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self.given: dict[str, float] = {}
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

        def grant(request) -> None:
            self._grant(request)

        def metadata(request) -> None:
            self._metadata(request)

        self.server = serve(type("Token", (Handler,), {"do_POST": grant, "do_GET": metadata}))
        self.address = f"127.0.0.1:{self.server.server_address[1]}"

    def live(self, header: str | None) -> bool:
        token = (header or "").removeprefix("Bearer ")
        return self.given.get(token, 0) > time.monotonic()

    def known(self, header: str | None) -> bool:
        """What Google's own APIs take: such a token, or a statement that the account's key has signed."""
        if self.live(header):
            return True
        try:
            claims = jwt.decode((header or "").removeprefix("Bearer "), certs=self.public)
        except ValueError:
            return False
        return claims["iss"] == claims["sub"] == ACCOUNT and SCOPE in claims.get("scope", SCOPE).split()

    def new(self) -> dict:
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self.given[token] = time.monotonic() + self.seconds
        return {"access_token": token, "expires_in": max(1, int(self.seconds)), "token_type": "Bearer"}

    def _grant(self, request: Handler) -> None:
        form = parse_qs(request.body().decode())
        try:
            assert form["grant_type"] == [GRANT], form
            claims = jwt.decode(form["assertion"][0], certs=self.public, audience=AUDIENCE)
            assert claims["iss"] == ACCOUNT, claims
            assert SCOPE in claims["scope"].split(), claims
        except (AssertionError, KeyError, ValueError) as error:
            request.reply(400, json.dumps({"error": "invalid_grant", "error_description": repr(error)}))
            return
        request.reply(200, json.dumps(self.new()))

    def _metadata(self, request: Handler) -> None:
        path = urlsplit(request.path).path
        flavor = {"Metadata_Flavor": "Google"}
        root = "/computeMetadata/v1"
        if request.headers.get("Metadata-Flavor") != "Google":
            request.reply(403, "{}")
        elif path.endswith("/token"):
            request.reply(200, json.dumps(self.new()), **flavor)
        elif path.startswith(f"{root}/instance/service-accounts/"):
            request.reply(200, json.dumps({"email": ACCOUNT, "scopes": [SCOPE]}), **flavor)
        elif path == f"{root}/project/project-id":
            request.reply(200, "example-project", **{**flavor, "Content_Type": "text/plain"})
        else:
            request.reply(200, "{}", **flavor)

    @property
    def token_uri(self) -> str:
        return f"http://{self.address}/token"

    @property
    def public(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form)

    def account(self) -> dict:
        """A service account's key, as Google gives it for GOOGLE_APPLICATION_CREDENTIALS."""
        none = serialization.NoEncryption()
        private = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, none)
        return {
            "type": "service_account",
            "project_id": "example-project",
            "private_key_id": "1",
            "private_key": private.decode(),
            "client_email": ACCOUNT,
            "client_id": "1",
            "token_uri": self.token_uri,
        }


def api(clusters, tokens: Tokens, certificate: tuple[Path, Path]) -> Server:
    """GKE's API: JSON by HTTPS, for who has a token that lives."""

    def answer(request: Handler) -> None:
        body = request.body().decode()
        if not tokens.known(request.headers.get("Authorization")):
            error = {"code": 401, "message": "Request had invalid credentials.", "status": "UNAUTHENTICATED"}
            request.reply(401, json.dumps({"error": error}))
            return
        url = urlsplit(request.path)
        if not url.path.startswith("/v1/"):
            request.reply(404, "no such page")
            return
        status, text = clusters.answer(request.command, url.path.removeprefix("/v1/"), parse_qs(url.query), body)
        request.reply(status, text)

    methods = dict.fromkeys(("do_GET", "do_POST", "do_PUT", "do_DELETE"), answer)
    return serve(type("Api", (Handler,), methods), certificate)


class ControlPlane:
    """The API server of a kubeconfig, for who has a token that lives. ``refused``: requests with another."""

    def __init__(self, tokens: Tokens, kubeconfig: Path, certificate: tuple[Path, Path]):
        self.tokens, self.refused, self.passed = tokens, 0, 0
        document = yaml.safe_load(kubeconfig.read_text())
        cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
        self._server = urlsplit(cluster["server"]).netloc
        self._trust = ssl.create_default_context(cadata=decoded(cluster["certificate-authority-data"]))
        with tempfile.NamedTemporaryFile("w") as pair:
            pair.write(decoded(user["client-certificate-data"]) + decoded(user["client-key-data"]))
            pair.flush()
            self._trust.load_cert_chain(pair.name)

        def answer(request) -> None:
            self._pass(request)

        methods = dict.fromkeys(("do_GET", "do_POST", "do_PUT", "do_PATCH", "do_DELETE"), answer)
        self.server = serve(type("Gate", (Handler,), methods), certificate)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"

    def _pass(self, request: Handler) -> None:
        body = request.body()
        if not self.tokens.live(request.headers.get("Authorization")):
            self.refused += 1
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "Unauthorized", "code": 401}
            request.reply(401, json.dumps({**status, "reason": "Unauthorized"}))
            return
        self.passed += 1
        upstream = http.client.HTTPSConnection(self._server, context=self._trust)
        try:
            headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
            upstream.request(request.command, request.path, body or None, headers)
            answer = upstream.getresponse()
            request.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP:
                    request.send_header(name, value)
            # Until the connection ends: a watch has no length.
            request.send_header("Connection", "close")
            request.close_connection = True
            request.end_headers()
            while piece := answer.read1(65536):
                request.wfile.write(piece)
        finally:
            upstream.close()


def decoded(text: str) -> str:
    return base64.b64decode(text).decode()
