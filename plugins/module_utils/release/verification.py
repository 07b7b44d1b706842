# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a release for a prediction before it is promoted: through its Service, and from outside where a URL is given."""

from __future__ import annotations

import json
import time

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.http import (
    NoAnswer,
    Response,
    ask,
    ask_unverified,
    header_texts,
)
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import bounds, entrances, reencryption
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding, short
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.release import answers
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.routing import scheme

# For endpoints to reach the API server's proxy, and the cluster's own nodes.
PATIENCE = 15.0
PAUSE = 1.0
# Until a changed entrance is taken up by who serves it: OpenShift's router reloads every five seconds. Before that it
# leads as it did, and nothing in an Ingress or a Route says so.
TAKEN_UP = 6.0
REQUEST_TIMEOUT = 10.0
OK = 200

OPTIONS = {
    "service": {"type": "str"},
    "path": {"type": "str", "default": "/predict"},
    "body": {"type": "dict", "default": {}},
    "model": {"type": "str", "default": ""},
    "headers": {"type": "dict", "default": {}},
    "url": {"type": "str", "default": ""},
    "host": {"type": "str", "default": ""},
    "ca_cert": {"type": "path"},
    "validate_certs": {"type": "bool", "default": True},
    "patience": {"type": "int", "default": 60},
}
BOUNDS = {"patience": (0, None)}


def given(params: dict) -> dict:
    """A module's option ``verify`` without what was not set; {} where the option itself was not. Raises ServingError
    for what cannot be meant."""
    if params["verify"] is None:
        return {}
    bounds.refuse_impossible(params["verify"], BOUNDS, "verify")
    path = params["verify"].get("path") or "/"
    if not path.startswith("/"):
        raise ServingError(f"verify.path is {path!r}: it has to begin with /.")
    return {"service": params["name"]} | {name: value for name, value in params["verify"].items() if value is not None}


# What is asked belongs to the set; how it is reached, and by whom, to the run.
OF_THE_SET = ("service", "path", "body", "model")


def recorded(verify: dict) -> dict:
    """What of the options is recorded with a revision: no address, and no credentials."""
    return {name: verify[name] for name in OF_THE_SET if name in verify}


def of_revision(recorded: dict, verify: dict) -> dict:
    """How a revision is verified after a rollback: the question that it was asked, by the way of today. {} where
    verification is off."""
    return {**verify, **recorded} if verify else {}


def refuse_unknown_service(verify: dict, name: str, objects: list) -> None:
    """Raises ServingError where verify names a Service that the set does not have. The release's own ``name`` is what
    is asked where nothing was chosen, and a set need not have it."""
    services = [obj["metadata"]["name"] for obj in objects if obj["kind"] == "Service"]
    asked = verify.get("service", name)
    if asked not in (name, *services):
        raise ServingError(
            f"verify.service is {asked!r}: the set has no such Service, it has {', '.join(services) or 'none'}. "
            "Nothing was changed."
        )


class Verifier:
    """``verify``: see OPTIONS. ``changes``: what the run changed, as diff.compare gives it. ``prediction``: what was
    answered, by "service" and "url". ``unknown``: sentences about what could not be asked."""

    def __init__(self, kube: Kube, namespace: str, verify: dict, progress: Progress, changes: list):
        self.kube, self.namespace, self.progress = kube.another(), namespace, progress
        self.verify = {name: option.get("default") for name, option in OPTIONS.items()} | verify
        self.counted = kube
        self.prediction: dict = {}
        self.unknown: list[str] = []
        self.objects: list[dict] = []
        changed = any(one["kind"] in entrances.KINDS and one["action"] == "update" for one in changes)
        self.taken_up = TAKEN_UP if changed else 0.0

    def ask(self, after: dict) -> list[Finding]:
        """``after``: the release's objects as they stand, by key. Findings are what fails the release."""
        self.objects = list(after.values())
        services = [at for at in self.objects if at["kind"] == "Service"]
        service = next((at for at in services if at["metadata"]["name"] == self.verify["service"]), None)
        if service is None or not service["spec"].get("ports"):
            self.unknown.append(
                f"no prediction was asked for: the set has no Service {self.verify['service']} with a port"
            )
            return []
        try:
            if self.verify["body"]:
                return self._ask_everywhere(service, self.verify["body"], None)
            return self._ask_example(service)
        finally:
            self.counted.count(self.kube.requests)

    def _ask_everywhere(self, service: dict, body: dict, expected: list | None) -> list[Finding]:
        found = self._ask_service(service, body, expected)
        return _listed(found) or self._ask_outside(body, expected)

    def _ask_example(self, service: dict) -> list[Finding]:
        """Asks for the model's own example, whose answer it recorded; and where the server names none, whether anything
        predicts at all."""
        where = f"Service/{service['metadata']['name']}/"
        try:
            answer = self._through_service(service, "GET", "/", None, PATIENCE)
        except KubeError as error:
            return _listed(self._unanswered(where, error))
        if self._refuses_us(where, answer["status"]):
            return self._ask_example_outside()
        model = answers.described(answer["content"], self.verify["model"]) if answer["status"] == 200 else {}
        if model.get("example"):
            return self._ask_everywhere(service, {"instances": model["example"]}, model.get("expected"))
        if model:
            return self._without_example(where, answer["status"])
        return self._ask_whether_it_predicts(service, answer["status"])

    def _ask_example_outside(self) -> list[Finding]:
        """The same where the Service wants credentials that do not pass the API server."""
        if not self.verify["url"]:
            return []
        where = self.verify["url"].rstrip("/") + "/"
        answer = self._from_outside("GET", where, None, self._headers_outside())
        model = answers.described(answer.text, self.verify["model"]) if answer.status == 200 else {}
        if model.get("example"):
            return self._ask_outside({"instances": model["example"]}, model.get("expected"))
        if answer.status >= answers.SERVER_FAILS:
            return self._without_example(where, answer.status)
        # Without any answer it is asked until there is one, or the patience ends.
        return [] if answer.status else self._ask_outside({"instances": []}, None)

    def _ask_whether_it_predicts(self, service: dict, status: int) -> list[Finding]:
        """``status``: what / answered, which says nothing of a model. A server of the user's own may do so; a port that
        is not the API's does not know the path of predictions either."""
        path = self.verify["path"]
        where = f"Service/{service['metadata']['name']}{path}"
        try:
            answer = self._through_service(service, "POST", path, "{}", PATIENCE)
        except KubeError as error:
            return _listed(self._unanswered(where, error))
        if answer["status"] in answers.NOTHING_THERE:
            said = f"answered {status} on / and {answer['status']} on {path}: {short(answer['content'], 200)}"
            message = f"the port {answers.port_text(service['spec']['ports'][0])} {said}".rstrip(": ")
            return [Finding("PredictionFails", where, message, answers.PORT_REMEDY)]
        if self._refuses_us(where, answer["status"]):
            return []
        return self._without_example(f"Service/{service['metadata']['name']}/", status)

    def _without_example(self, where: str, status: int) -> list[Finding]:
        """``where``: what was asked for what its model takes. ``status``: what it answered."""
        why = "the server does not say what its model takes" if status == OK else f"{where} answered {status}"
        log = "see its log (playbooks/logs.yml), or " if status >= answers.SERVER_FAILS else ""
        self.unknown.append(f"no prediction was asked for: {why}; {log}set model_serving_verify_body")
        return []

    def _unanswered(self, where: str, error: KubeError) -> Finding | None:
        if error.status in answers.ASKS_FOR_CREDENTIALS:
            self.unknown.append(f"{where} was not asked: {error}. Grant get and create on services/proxy.")
            return None
        return answers.judge(where, 0, str(error), {}, None)

    def _ask_service(self, service: dict, body: dict, expected: list | None) -> Finding | None:
        name = service["metadata"]["name"]
        where = f"Service/{name}{self.verify['path']}"
        try:
            answer = self._through_service(service, "POST", self.verify["path"], json.dumps(body), PATIENCE)
        except KubeError as error:
            return self._unanswered(where, error)
        if self._refuses_us(where, answer["status"]):
            return None
        found = answers.judge(where, answer["status"], answer["content"], body, expected)
        if found is None:
            self.prediction["service"] = json.loads(answer["content"])
        return found

    def _through_service(self, service: dict, method: str, path: str, body: str | None, patience: float) -> dict:
        port = service["spec"]["ports"][0]
        self.kube.deadline = time.monotonic() + patience
        headers = {"Content-Type": "application/json", **self._headers()}
        name, number = service["metadata"]["name"], str(port["port"])
        return self.kube.proxy(self.namespace, name, number, method, path, headers, body, scheme(port))

    def _ask_outside(self, body: dict, expected: list | None) -> list[Finding]:
        """A load balancer, a name in the DNS or a certificate may come some time after the first release."""
        if not self.verify["url"]:
            return []
        where = self.verify["url"].rstrip("/") + self.verify["path"]
        headers = self._headers_outside()
        taken_up = time.monotonic() + self.taken_up
        until = max(time.monotonic() + self.verify["patience"], taken_up)
        while True:
            answer = self._from_outside("POST", where, json.dumps(body), headers)
            if self._refuses_us(where, answer.status):
                return []
            found = answers.judge(where, answer.status, answer.text, body, expected)
            if found is None and "service" in self.prediction:
                found = answers.of_another(where, json.loads(answer.text), self.prediction["service"])
            rest = taken_up - time.monotonic()
            if found is None and rest > 0:
                self.progress.say(f"{where} answers; its entrance was changed: asked again in {rest:.0f} s")
                time.sleep(rest)
                continue
            if found is None:
                self.prediction["url"] = json.loads(answer.text)
                return []
            if answer.status in answers.REDIRECTS:
                found.remedy = (
                    "The entrance sends clients elsewhere, as model_serving_ingress_tls_redirect does it to https: ask "
                    "where they end (model_serving_verify_url)."
                )
                return [found]
            if time.monotonic() + PAUSE > until:
                if found.reason != answers.ANOTHER:
                    found.remedy = reencryption.remedy(answer.status, self.objects) or (
                        "The Service itself answers: see the Ingress or route, its host, certificate and controller "
                        "(playbooks/diagnose.yml); model_serving_verify_url='' asks through the Service alone."
                    )
                return [found]
            self.progress.say(f"{where}: {found.message}")
            time.sleep(PAUSE)

    def _from_outside(self, method: str, url: str, body: str | None, headers: dict) -> Response:
        """Status 0 where no answer came; the text says why then."""
        sent = {"Content-Type": "application/json", "Connection": "close", **headers}
        try:
            if not self.verify["validate_certs"]:
                return ask_unverified(method, url, sent, body, REQUEST_TIMEOUT)
            return ask(method, url, sent, body, REQUEST_TIMEOUT, self.verify["ca_cert"])
        except NoAnswer as problem:
            return Response(0, str(problem), problem.elapsed)

    def _headers(self) -> dict:
        return header_texts(self.verify["headers"])

    def _headers_outside(self) -> dict:
        return self._headers() | ({"Host": self.verify["host"]} if self.verify["host"] else {})

    def _refuses_us(self, where: str, status: int) -> bool:
        if status not in answers.ASKS_FOR_CREDENTIALS:
            return False
        remedy = (
            "the pods may have an earlier key for a minute after it was changed: run verify then, or correct "
            "model_serving_verify_headers"
            if self.verify["headers"]
            else "set model_serving_verify_headers"
        )
        self.unknown.append(
            f"{where} answered {status} and asks for credentials, so that its prediction is not known: {remedy}"
        )
        return True


def _listed(found: Finding | None) -> list[Finding]:
    return [found] if found else []
