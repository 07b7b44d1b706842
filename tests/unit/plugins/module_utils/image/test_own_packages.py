# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages of a user's own are lines that pip reads, and none of them moves what the server's lock has."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.image import own_packages

LOCK = "numpy==2.3.1 \\\n    --hash=sha256:ab\nscikit-learn==1.7.2 \\\n    --hash=sha256:cd\n"
LINES = [
    "feature-engine==1.8.3",
    "imbalanced-learn>=0.13,<1",
    "numpy",
    "Scikit_Learn==1.7.2",
    'a[b]>1; os_name=="nt"',
]


def test_lines_are_installed_as_they_are():
    assert own_packages.selected(LINES, LOCK).decode().splitlines() == LINES
    assert own_packages.selected([], LOCK) == b""


def test_a_file_gives_its_lines(tmp_path):
    file = tmp_path / "own.txt"
    file.write_text("# mine\nfeature-engine==1.8.3 \\\n    --hash=sha256:12\n\ncategory-encoders  # the newest\n")
    lines = own_packages.selected([str(file)], LOCK).decode().splitlines()
    assert [line.split()[0] for line in lines] == ["feature-engine==1.8.3", "category-encoders"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("numpy==1.26.4", "the server's lock has 2.3.1"),
        ("scikit.learn == 1.9.1", "the server's lock has 1.7.2"),
        ("--index-url https://example.org", "model_image_pip_conf"),
        ("./shop", "model_image_modules"),
    ],
)
def test_what_the_build_could_not_install_is_refused(line, words):
    with pytest.raises(ServingError, match=words):
        own_packages.selected([line], LOCK)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ServingError, match=r"gone.txt cannot be read .*model_image_packages"):
        own_packages.selected([str(tmp_path / "gone.txt")], LOCK)
