# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The model server with a certificate of a private CA, asked from outside by everything that asks it: a release,
verify, and both loads. Without the CA each says which variable names it; with it each gets its answers."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import certificates
import pytest
import train
from go_programs import load_generator
from support import Server

from ansible_collections.modelops.serving.plugins.module_utils.checklist import predictions
from ansible_collections.modelops.serving.plugins.module_utils.checklist.checks import Target
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.load.senders import ControllerLoad, load_pod
from ansible_collections.modelops.serving.plugins.module_utils.load.source import certificates as read_certificates
from ansible_collections.modelops.serving.plugins.module_utils.load_test.generator import LocalGenerator
from ansible_collections.modelops.serving.plugins.module_utils.load_test.plan import plan
from ansible_collections.modelops.serving.plugins.module_utils.load_test.profiles import Step
from ansible_collections.modelops.serving.plugins.module_utils.release.verification import Verifier
from ansible_collections.modelops.serving.plugins.plugin_utils import given

VARIABLE = "model_serving_verify_ca_cert"
ROW = [5.1, 3.5, 1.4, 0.2]
BODY = {"instances": [ROW]}
SERVICE = {"kind": "Service", "metadata": {"name": "model-api"}, "spec": {"ports": [{"port": 80}]}}


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    train.write(*train.train(), folder / "iris" / "1")
    return folder


@pytest.fixture(scope="module")
def secret(tmp_path_factory) -> certificates.Secret:
    return certificates.Secret(tmp_path_factory.mktemp("secret"))


@pytest.fixture(scope="module")
def url(store, secret):
    """The address of a server that speaks TLS."""
    with Server(store, **secret.settings) as server:
        yield f"https://127.0.0.1:{server.port}"


@pytest.fixture
def ca(secret) -> str:
    return str(secret.folder / "ca.crt")


class Answering:
    """A cluster whose Service answers as the server does: what is asked from outside is what is tested."""

    requests = 0

    def another(self) -> Answering:
        return self

    def count(self, _requests) -> None:
        """Nobody reads it."""

    def proxy(self, *_request) -> dict:
        return {"status": 200, "content": json.dumps({"predictions": ["setosa"]})}


def released(**verify) -> tuple[list, dict, float]:
    """What a release that serves finds, what was predicted, and the seconds that the question took."""
    options = {"service": "model-api", "body": BODY, "patience": 0, **verify}
    verifier = Verifier(Answering(), "shop", options, Progress(), [])
    began = time.monotonic()
    return verifier.ask({"service": SERVICE}), verifier.prediction, time.monotonic() - began


def verified(root: str, **how) -> predictions.Reply:
    return predictions.predict_at(root, Target(Answering(), "shop", "model-api", **how), BODY)


def loaded(root: str, **how) -> dict:
    """The figures of two seconds of the load with which an autoscaler is proven."""
    load = ControllerLoad(
        {"url": f"{root}/predict", "body": BODY, "host": None, "concurrency": 2, "requests_per_second": 10}
        | {"seconds": 2, "verify": True, "ca": None}
        | how
    )
    load.start()
    until = time.monotonic() + 60
    while not load.figures()["ended"] and time.monotonic() < until:
        time.sleep(0.05)
    return load.figures()


def load_tested(root: str, ca: str):
    program = load_generator()
    generator = LocalGenerator(str(program), plan(f"{root}/predict", "", BODY, 1, [Step(20, 1)]) | {"ca": ca})
    try:
        while not generator.ended():
            time.sleep(0.05)
        return generator.result()[0]
    finally:
        generator.close()


def test_a_release(url, ca):
    found, prediction, _seconds = released(url=url)
    assert [entry.reason for entry in found] == ["PredictionFails"]
    assert "the certificate is not trusted (" in found[0].message
    assert f"set {VARIABLE} to that CA's file" in found[0].message
    assert "url" not in prediction

    found, prediction, _seconds = released(url=url, ca_cert=ca)
    assert found == []
    assert prediction["url"]["predictions"] == ["setosa"]


def test_another_ca_and_another_host(url, ca, tmp_path):
    other = tmp_path / "other.crt"
    other.write_bytes(certificates.another_authority())
    found, _prediction, _seconds = released(url=url, ca_cert=str(other))
    assert f"the certificate is not by the CA in {VARIABLE}" in found[0].message
    found, _prediction, _seconds = released(url=url, ca_cert=ca, host="shop.example.org")
    assert "the certificate is for other names (Hostname mismatch" in found[0].message


def test_a_checklist(url, ca):
    reply = verified(url)
    assert VARIABLE in reply.problem
    assert verified(url, ca_cert=ca).problem == ""
    assert verified(url, validate_certs=False).problem == ""


def test_the_load_of_an_autoscaler_s_proof(url, ca):
    figures = loaded(url)
    assert figures["failed"] == figures["requests"] > 0
    assert "the certificate is not accepted (" in figures["last_error"]
    assert "load.ca_cert" in figures["last_error"]
    figures = loaded(url, ca=read_certificates(ca))
    assert figures["failed"] == 0 < figures["requests"], figures


def test_a_load_test(url, ca):
    with pytest.raises(ServingError, match=f"No load was sent.*certificate.*{VARIABLE}"):
        load_tested(url, "")
    heard = load_tested(url, read_certificates(ca))
    assert (heard.total.requests, heard.total.failures, heard.total.wrong) == (20, 0, 0)


def test_a_bundle_as_large_as_a_system_s(url, ca, tmp_path):
    """With comments in other languages, as some have; too large for an argument of a program."""
    bundle = tmp_path / "bundle.crt"
    other = certificates.another_authority()
    bundle.write_bytes("# Főtanúsítvány\n".encode() + other * 300 + Path(ca).read_bytes())
    held = read_certificates(str(bundle))
    assert len(held) > 128 * 1024
    assert released(url=url, ca_cert=str(bundle))[0] == []
    assert loaded(url, ca=held)["failed"] == 0
    assert load_tested(url, held).total.failures == 0
    with pytest.raises(ServingError, match="give the file of the one CA"):
        load_pod({"ca": held, "body": BODY, "seconds": 1}, "shop", "load", "example:1")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "is not a file on the machine that runs Ansible: correct the path."),
        ("none", "holds no certificate in PEM: name the file of the CA's certificate."),
    ],
)
def test_a_file_that_is_no_certificate_is_refused_before_anything_changes(tmp_path, content, words):
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
        with pytest.raises(ServingError, match="holds no certificate in PEM"):
            read_certificates(str(path))
    assert given.unusable_files({VARIABLE: str(path)}) == [f"{VARIABLE} ({str(path)!r}) {words}"]


def test_a_certificate_that_comes_late(store, tmp_path):
    """After a first deployment an ingress shows a certificate of its own until the right one has been issued."""
    late = certificates.Secret(tmp_path)
    late.write(*certificates.make(host="ingress.local"))
    ca = str(late.folder / "ca.crt")
    with Server(store, **late.settings) as server:
        root = f"https://127.0.0.1:{server.port}"
        found, _prediction, _seconds = released(url=root, ca_cert=ca, patience=1)
        assert "the certificate is for other names" in found[0].message

        issued = threading.Timer(2, lambda: late.write(*certificates.make()))
        issued.start()
        found, prediction, seconds = released(url=root, ca_cert=ca, patience=60)
        issued.join()
    assert found == []
    assert prediction["url"]["predictions"] == ["setosa"]
    assert seconds >= 2
