# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role passes on of a release."""

from __future__ import annotations

from notify.results import failed, result

from ansible_collections.modelops.serving.plugins.filter.without_credentials import FilterModule

hide = FilterModule().filters()["without_credentials"]


def test_a_result_without_credentials_is_passed_on_as_it_is():
    assert hide(result()) == result() and hide(failed()) == failed()


def test_a_credential_in_any_text_is_hidden():
    spilled = failed(message="kubelogin --client-secret hunter2", addresses=[{"url": "https://u:hunter2@h"}])
    assert "hunter2" not in str(hide(spilled))
