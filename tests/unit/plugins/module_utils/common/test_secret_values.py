# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of a release's Secrets are hidden wherever a program has logged them."""

from __future__ import annotations

import base64

from ansible_collections.modelops.serving.plugins.module_utils.common import secret_values
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress

KEY = "-----BEGIN EC-----\nMHcCAQEEIBkg4LVWM9nuwNSk3yByxZpYRTBnVJk2s0EG\n-----END EC-----"


def secret(**values: str) -> dict:
    encoded = {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}
    return {"kind": "Secret", "metadata": {"name": "shop-keys"}, "data": encoded}


def deployment(image: str) -> dict:
    return {"kind": "Deployment", "metadata": {"name": "model-api"}, "spec": {"image": image}}


def test_a_value_is_hidden_plain_and_encoded():
    values = secret_values.of([secret(pw="hunter2-long")])
    encoded = base64.b64encode(b"hunter2-long").decode()
    found = secret_values.hide({"log": [f"bad token hunter2-long ({encoded})"], "count": 3}, values)
    assert found == {"log": ["bad token ******** (********)"], "count": 3}


def test_what_the_set_shows_anyway_and_short_words_are_no_secrets():
    values = secret_values.of([secret(user="model-api", on="true"), deployment("model-api:3")])
    assert secret_values.hide("model-api r1: true", values) == "model-api r1: true"


def test_each_line_of_a_key_file_is_hidden():
    values = secret_values.of([secret(key=KEY)])
    assert "MHcC" not in secret_values.hide("cannot use MHcCAQEEIBkg4LVWM9nuwNSk3yByxZpYRTBnVJk2s0EG", values)


def test_what_is_no_text_is_hidden_as_it_is_written():
    values = secret_values.of([{"kind": "Secret", "metadata": {"name": "k"}, "data": {"store": "/u3+7Q=="}}])
    assert values == {"/u3+7Q==", "/u3%2B7Q%3D%3D", "%2Fu3%2B7Q%3D%3D"}


def test_it_is_hidden_in_the_ways_in_which_programs_write_it():
    values = secret_values.of(
        [{"kind": "Secret", "metadata": {"name": "k"}, "stringData": {"password": 'hun"ter & 2/ä'}}]
    )
    logged = (
        '{"password": "hun\\"ter & 2/ä"}',
        '{"password": "hun\\"ter & 2/\\u00e4"}',
        "GET /?password=hun%22ter%20%26%202/%C3%A4",
        "password=hun%22ter+%26+2%2F%C3%A4",
    )
    assert not [text for text in logged if "hun" in secret_values.hide(text, values)]


def test_progress_does_not_show_it():
    progress = Progress(path="")
    progress.hidden = {"hunter2-long"}
    progress.say("from its log: cannot log in with hunter2-long")
    progress.note("  hunter2-long")
    assert not [line for line in progress.lines if "hunter2" in line]
