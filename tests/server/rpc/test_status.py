# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every refusal has a code in gRPC."""

from __future__ import annotations

import grpc
import pytest

from model_server.api import errors
from model_server.api.messages import Response
from model_server.rpc.status import refusal


@pytest.mark.parametrize("status", [s for s in errors.CODES if s not in (405, 411, 415, 417, 429, 431, 501, 505)])
def test_every_refusal_of_a_call_has_a_code(status: int) -> None:
    code, text = refusal(Response(status, errors.body(status, "so it is", "1")))
    assert code is not grpc.StatusCode.UNKNOWN and text == "so it is"
