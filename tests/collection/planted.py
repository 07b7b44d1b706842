# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables with a secret in every place of a release that takes one."""

from __future__ import annotations

import base64
import json

MARK = "pl4nted"


def secret(place: str) -> str:
    return f"{MARK}-{place}-s3cret"


PULL = {"auths": {"registry.example.org": {"username": "ci", "password": secret("pull-secret")}}}
KEY = f"-----BEGIN PRIVATE KEY-----\n{secret('tls-key')}\n-----END PRIVATE KEY-----\n"
HEADERS = {"Authorization": f"Bearer {secret('header')}"}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def owned(name: str, kind: str, **fields) -> dict:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind, **fields}


OBJECTS = [
    owned("api-keys", "Opaque", stringData={"plain": secret("string-data"), "API_KEYS": secret("api-key")}),
    owned("more", "Opaque", data={"plain": encoded(secret("data"))}),
    owned("pull", "kubernetes.io/dockerconfigjson", stringData={".dockerconfigjson": json.dumps(PULL)}),
    owned("own-tls", "kubernetes.io/tls", stringData={"tls.crt": "not checked", "tls.key": KEY}),
]
# By variable. A model store's credentials in a URL stand in the models' own variable only where a model is fetched.
IN_OBJECTS = {
    "model_serving_extra_env": [
        {"name": "STORE_PASSWORD", "value": secret("env")},
        {"name": "DATABASE", "value": f"postgres://user:{secret('url-in-env')}@db.example/x"},
    ],
    "model_serving_settings": {"UPSTREAM": f"https://user:{secret('url-in-settings')}@upstream.example/"},
    "model_serving_pod_annotations": {"example.org/webhook": f"https://hook.example/?token={secret('webhook')}"},
    "model_serving_patches": {
        "deployment": {"metadata": {"annotations": {"example.org/api-key": secret("patched")}}},
    },
    "model_serving_extra_objects": OBJECTS,
}


def sidecar(image: str, *command: str) -> dict:
    """A container whose arguments hold two, beside what it runs."""
    return {
        "name": "sidecar",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": [*command],
        "args": ["--token", secret("argument"), f"--api-key={secret('argument-with-equals')}"],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }


def found(text: str) -> list[str]:
    """The planted secrets that stand in a text, as they are or encoded."""
    places = {word.partition(f"{MARK}-")[2].partition("-s3cret")[0] for word in text.split() if MARK in word}
    hidden = [secret_text for secret_text in ENCODED if secret_text in text]
    return sorted(places | set(hidden))


ENCODED = [
    encoded(text)
    for text in (
        secret("string-data"),
        secret("api-key"),
        secret("data"),
        KEY,
        json.dumps(PULL),
        HEADERS["Authorization"],
    )
]
