# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command of a kubeconfig: its answer, its time, and that nobody reads its arguments."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client import exec_plugin
from ansible_collections.modelops.serving.plugins.module_utils.client.exec_plugin import CommandError, Credential
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact

VERSION = "client.authentication.k8s.io/v1"
ARGUMENTS = ["get-token", "--login", "spn", "--client-secret", "SPNS3CRETVALUE", "--password=P4SSW0RDVALUE"]


def command(folder: Path, script: str) -> str:
    path = folder / "kubelogin"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def ask(given: dict, seconds: float = 10, **cluster) -> Credential:
    return exec_plugin.credential({"apiVersion": VERSION, **given}, cluster, None, "kubeconfig k", seconds)


def answer(**status) -> str:
    return json.dumps({"apiVersion": VERSION, "kind": "ExecCredential", "status": status})


def test_a_token_and_a_certificate_are_read():
    assert exec_plugin.read(answer(token="t\n"), VERSION) == Credential(token="t")
    pair = answer(clientCertificateData="C", clientKeyData="K")
    assert exec_plugin.read(pair, VERSION) == Credential(certificate="C", key="K")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo 'AADSTS7000215: SPNS3CRETVALUE of the app has expired' >&2; exit 3", "AADSTS7000215: ********"),
        ("echo one >&2; echo 'token=abcdef' >&2; echo >&2; exit 1", r"ended with status 1, and says: token=\*"),
        ("exit 1", "ended with status 1, and says nothing"),
        ("echo SPNS3CRETVALUE", "what it wrote is no JSON"),
        ("echo '[]'", "what it wrote is no ExecCredential"),
        ('echo \'{"kind": "ExecCredential", "apiVersion": "v9"}\'', f"another apiVersion than {VERSION}"),
        (f"echo '{answer(clientCertificateData='SPNS3CRETVALUE')}'", "neither a token nor a certificate"),
        ("sleep 60 & sleep 60", "did not end in 0.5 s; it may wait for somebody to log in"),
    ],
)
def test_why_there_is_none_is_said_without_its_arguments(tmp_path, script, expected):
    began = time.monotonic()
    with pytest.raises(CommandError, match=expected.replace("********", r"\*{8}")) as caught:
        ask({"command": command(tmp_path, script), "args": ARGUMENTS}, 0.5 if "sleep" in script else 10)
    assert time.monotonic() - began < 9
    shown = str(caught.value)
    assert f"the command {tmp_path}/kubelogin gave nothing to log in with" in shown and "by hand" in shown
    assert not any(part in shown for part in ("S3CRET", "P4SSW0RD", "--", "abcdef"))


@pytest.mark.parametrize("given", [{"command": "there-is-no-such"}, {"command": ""}, {"command": "a\0b"}])
def test_a_command_that_cannot_be_run_is_no_traceback(given):
    with pytest.raises(CommandError, match="gave nothing to log in with") as caught:
        ask({**given, "args": ARGUMENTS})
    assert "S3CRET" not in str(caught.value)
    # What is shown of it again, such as in a chat, reads the same.
    assert redact(str(caught.value)) == str(caught.value)


def test_what_a_command_is_told(tmp_path):
    script = f'printf "%s" "$KUBERNETES_EXEC_INFO" >{tmp_path}/asked; echo "$ANSWER"'
    given = {"command": command(tmp_path, script), "env": [{"name": "ANSWER", "value": answer(token="t")}]}
    cluster = {
        "server": "https://c",
        "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}}],
    }
    assert ask(given, **cluster) == Credential(token="t")
    assert json.loads((tmp_path / "asked").read_text())["spec"] == {"interactive": False}
    ask({**given, "provideClusterInfo": True}, **cluster)
    told = json.loads((tmp_path / "asked").read_text())
    assert (told["apiVersion"], told["kind"]) == (VERSION, "ExecCredential")
    assert told["spec"]["cluster"] == {"server": "https://c", "config": {"audience": "a"}}
