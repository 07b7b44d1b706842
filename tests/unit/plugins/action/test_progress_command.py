# Copyright (c) 2026 modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a program that failed."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.action.progress_command import failure


def test_the_end_of_its_error_output_is_said_without_credentials():
    said = failure("image.sh ended", ["Looking in indexes: https://ci:hunter2@pypi.example/simple", "no such package"])
    assert "hunter2" not in said and "https://ci:********@pypi.example/simple" in said
    assert said.endswith("no such package")


def test_silence_is_said_too():
    assert failure("minikube ended", []) == "minikube ended. It wrote no error output."
