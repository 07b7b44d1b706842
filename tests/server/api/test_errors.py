# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refusals have one shape."""

from __future__ import annotations

import json

from model_server.api import errors


def test_a_refusal_has_a_text_and_a_code() -> None:
    assert json.loads(errors.body(422, "3 values", "r-1")) == {
        "error": "3 values",
        "code": "InvalidInput",
        "status": 422,
        "request_id": "r-1",
    }


def test_half_a_character_in_a_message_is_written_out() -> None:
    """Names of columns may have one, of a file that was read in a wrong encoding; JSON has none."""
    assert json.loads(errors.body(422, "missing caf\udce9", ""))["error"] == "missing caf\\udce9"


def test_a_status_without_a_code_of_its_own_is_an_error() -> None:
    assert json.loads(errors.body(418, "", ""))["code"] == "Error"
