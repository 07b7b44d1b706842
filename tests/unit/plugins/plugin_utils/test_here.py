# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A relative path begins in the working directory, whatever the environment says of it."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.plugin_utils import here


@pytest.fixture
def work(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    (tmp_path / "link").symlink_to("work")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.delenv("AWX_ISOLATED_DATA_DIR", raising=False)
    return tmp_path


@pytest.mark.parametrize("stale", [None, "", "/", "/nonexistent", ".", "relative"])
def test_an_environment_of_another_process_says_nothing(work, monkeypatch, stale):
    monkeypatch.delenv("PWD", raising=False)
    if stale is not None:
        monkeypatch.setenv("PWD", stale)
    assert here.absolute("reports/a") == str(work / "work" / "reports" / "a")
    assert here.absolute("") == here.folder() == str(work / "work")


def test_the_name_that_the_shell_has_is_kept(work, monkeypatch):
    monkeypatch.setenv("PWD", str(work / "link"))
    assert here.absolute("a") == str(work / "link" / "a")


def test_an_absolute_path_and_a_home_are_as_they_are(work, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert here.absolute("/a/b") == "/a/b"
    assert here.absolute("~/a") == "/home/me/a"


def test_a_job_of_ansible_runner_stands_in_its_own_folder(work, monkeypatch):
    """It starts Ansible in the project, which may be read-only, with the PWD of whoever started it."""
    monkeypatch.setenv("PWD", str(work / "link"))
    monkeypatch.setenv("AWX_ISOLATED_DATA_DIR", "/runner/artifacts/7/")
    assert here.absolute("reports/a") == "/runner/reports/a"
