# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One plain request: what comes back, what does not, and whose certificate matters."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import certificates
import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client.http import NoAnswer, ask, ask_unverified


class Echo(BaseHTTPRequestHandler):
    """Answers a POST with the Host and the body that it got, and a GET with a redirect to nowhere."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, self.headers["Host"].encode() + b" " + body)

    def do_GET(self):
        self.answer(302, "wörter".encode(), Location="http://192.0.2.1/")

    def answer(self, status, body, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@contextmanager
def served(context: ssl.SSLContext | None = None):
    """The address of such a server, HOST:PORT."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_was_answered():
    with served() as address:
        answer = ask("POST", f"http://{address}/predict", {"Host": "model.example.org"}, "ask", 5.0)
    assert (answer.status, answer.text) == (200, "model.example.org ask")
    assert 0 < answer.elapsed < 5


def test_a_redirect_is_an_answer():
    with served() as address:
        answer = ask("GET", f"http://{address}/", {}, None, 5.0)
    assert (answer.status, answer.text) == (302, "wörter")


def test_a_closed_port_says_so():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NoAnswer, match="Connection refused") as raised:
            ask("GET", f"http://127.0.0.1:{taken.getsockname()[1]}/", {}, None, 5.0)
    assert 0 < raised.value.elapsed < 5


def test_silence_is_given_up_after_the_timeout():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(NoAnswer, match="timed out") as raised:
            ask("GET", f"http://127.0.0.1:{silent.getsockname()[1]}/", {}, None, 0.2)
    assert 0.2 <= raised.value.elapsed < 5


def speaking_for(folder: Path, host: str) -> ssl.SSLContext:
    certificate, key = certificates.make(host=host)
    (folder / "tls.crt").write_bytes(certificate)
    (folder / "tls.key").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    return context


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    """Every client trusts the authority of the tests."""
    (tmp_path / "ca.crt").write_bytes(certificates.AUTHORITY)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.crt"))


def test_the_host_that_is_asked_for_is_the_one_that_the_certificate_must_name(tmp_path, trusted):
    """As behind an Ingress: no certificate names its address, and it picks one by the name in TLS (SNI)."""
    context, asked = speaking_for(tmp_path, "shop.example"), []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with served(context) as address:
        assert ask("GET", f"https://{address}/", {"Host": "shop.example"}, None, 5.0).status == 302
        assert ask("GET", f"https://{address}/", {"Host": "shop.example:443"}, None, 5.0).status == 302
        assert ask_unverified("GET", f"https://{address}/", {"Host": "other.example"}, None, 5.0).status == 302
        with pytest.raises(NoAnswer, match="Hostname mismatch"):
            ask("GET", f"https://{address}/", {"Host": "other.example"}, None, 5.0)
        with pytest.raises(NoAnswer, match=r"not valid for '127\.0\.0\.1'"):
            ask("GET", f"https://{address}/", {}, None, 5.0)
    assert asked == ["shop.example", "shop.example", "other.example", "other.example", None]


def test_a_certificate_matters_where_it_is_checked(tmp_path):
    with served(speaking_for(tmp_path, "")) as address:
        with pytest.raises(NoAnswer, match="the certificate is not trusted"):
            ask("GET", f"https://{address}/", {}, None, 5.0)
        assert ask_unverified("GET", f"https://{address}/", {}, None, 5.0).status == 302
