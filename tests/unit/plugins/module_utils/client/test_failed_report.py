# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a run that failed before it did anything."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client import failed_report, module
from ansible_collections.modelops.serving.plugins.module_utils.client.auth import AuthError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube

MSG = "kubeconfig k: the command kubelogin gave nothing to log in with: it says token=abcdef"


class Ended(Exception):
    """The module's end."""


class Module:
    """As much of an AnsibleModule as an error needs."""

    _name = "modelops.serving.release"

    def __init__(self, check_mode: bool = False, **params):
        self.params = {"name": "model-api", "namespace": "ml", **params}
        self.check_mode, self.no_log_values, self.said = check_mode, set(), {}

    def fail_json(self, **said):
        self.said = said
        raise Ended


def run(monkeypatch, error: BaseException, **params) -> dict:
    def refuse(_params):
        raise error

    monkeypatch.setattr(Kube, "from_params", refuse)
    given = Module(**params)
    with pytest.raises(Ended):
        module.run(given, lambda _module, _kube: {})
    return given.said


@pytest.mark.parametrize("error", [AuthError(MSG), KeyboardInterrupt(), ValueError(MSG)])
def test_an_error_before_the_first_request_is_in_the_report(monkeypatch, tmp_path: Path, error):
    said = run(monkeypatch, error, report=str(tmp_path / "reports" / "deploy"))
    assert said["reports"] == [f"{tmp_path}/reports/deploy.{suffix}" for suffix in ("json", "xml")]
    written = json.loads((tmp_path / "reports/deploy.json").read_text())
    assert written["failed"] and written["summary"] == [written["msg"]]
    assert (written["name"], written["namespace"]) == ("model-api", "ml")
    suite = ElementTree.parse(tmp_path / "reports/deploy.xml").getroot()
    assert suite.get("failures") == "1" and suite.find("testcase").get("name") == "release"
    assert suite.find("testcase/failure").get("message") == written["msg"]
    assert "abcdef" not in str(written)


def test_none_is_written_in_check_mode_or_where_none_is_asked_for_or_can_be(monkeypatch, tmp_path: Path):
    assert "reports" not in run(monkeypatch, AuthError(MSG), report=str(tmp_path / "a"), check_mode=True)
    assert "reports" not in run(monkeypatch, AuthError(MSG))
    (tmp_path / "file").write_text("")
    said = run(monkeypatch, AuthError(MSG), report=str(tmp_path / "file" / "a"))
    assert "reports" not in said and said["msg"].startswith("kubeconfig k")
    assert failed_report.write("release", {"report": ""}, MSG) == []
