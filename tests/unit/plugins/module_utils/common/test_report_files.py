# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import stat
from datetime import date

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.report_files import (
    as_json,
    refuse_unwritable,
    write,
)


def test_one_file_for_each_suffix_in_a_folder_that_is_made(tmp_path):
    prefix = str(tmp_path / "deep" / "er" / "report")
    assert write(prefix, {"html": "<p>→", "png": b"\x89PNG"}) == [f"{prefix}.html", f"{prefix}.png"]
    assert (tmp_path / "deep" / "er" / "report.html").read_text(encoding="utf-8") == "<p>→"
    assert (tmp_path / "deep" / "er" / "report.png").read_bytes() == b"\x89PNG"


def test_a_prefix_without_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert write("report", {"xml": b"<a/>"}) == ["report.xml"]
    assert (tmp_path / "report.xml").read_bytes() == b"<a/>"


def test_an_earlier_report_is_replaced(tmp_path):
    prefix = str(tmp_path / "report")
    write(prefix, {"json": "a long one"})
    write(prefix, {"json": "short"})
    assert (tmp_path / "report.json").read_text() == "short"


def test_a_folder_that_is_a_file_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        write(str(tmp_path / "file" / "report"), {"json": ""})


def test_json_of_whatever_a_result_holds(tmp_path):
    data = {"word": "é → \udc80", "day": date(2026, 1, 2), "n": 1}
    (path,) = write(str(tmp_path / "report"), {"json": as_json(data)})
    text = (tmp_path / "report.json").read_text(encoding="utf-8")
    assert "é → " in text
    assert path.endswith(".json")
    assert json.loads(text) == {"word": "é → \udc80", "day": "2026-01-02", "n": 1}


def test_a_report_is_for_its_owner_alone(tmp_path):
    """It holds logs and configuration; an older file of wider access is narrowed."""
    old = tmp_path / "r.json"
    old.write_text("old")
    old.chmod(0o644)
    for path in write(str(tmp_path / "r"), {"json": "{}", "xml": b"<a/>"}):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert old.read_text() == "{}"


def test_a_report_that_cannot_be_written_is_refused_by_the_name_of_its_variable(tmp_path):
    refuse_unwritable(str(tmp_path / "deep" / "report"), "load_test_report")
    assert (tmp_path / "deep").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(ServingError, match=r"the report cannot be written: .*Correct report \(load_test_report\)"):
        refuse_unwritable(str(tmp_path / "file" / "report"), "load_test_report")
