# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a build context, which several targets of one run may write at once."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.image import build_context

FILES: dict[str, str | bytes] = {"Dockerfile": b"FROM scratch\n", "server/app.py": b"pass\n"}


def test_several_targets_write_one_context_and_all_go_on(tmp_path: Path):
    path = tmp_path / "images" / "c65dd0599ee3"
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(build_context.write, FILES, str(path)) for _target in range(8)]:
            done.result()
    assert (path / "server/app.py").read_bytes() == b"pass\n"
    assert os.listdir(path.parent) == [path.name]


def test_what_stands_in_the_way_is_an_error(tmp_path: Path):
    (tmp_path / "context").write_text("a file")
    with pytest.raises(OSError, match="Not a directory"):
        build_context.write(FILES, str(tmp_path / "context"))
    assert os.listdir(tmp_path) == ["context"]
