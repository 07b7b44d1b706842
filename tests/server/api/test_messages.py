# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bodies of requests."""

from __future__ import annotations

import pytest

from model_server.api.errors import RequestError
from model_server.api.messages import json_object


def test_an_object_is_read() -> None:
    assert json_object(b'{"instances": [[1]]}') == {"instances": [[1]]}


@pytest.mark.parametrize(
    ("body", "message"), [(b"{", "not JSON"), (b"[1]", "must be a JSON object"), (b"", "not JSON")]
)
def test_anything_else_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(RequestError, match=message) as refused:
        json_object(body)
    assert refused.value.status == 400
