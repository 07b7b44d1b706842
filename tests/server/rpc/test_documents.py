# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The methods besides ModelInfer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from model_server.api.auth import ApiKeys
from model_server.api.errors import RequestError
from model_server.api.messages import Request
from model_server.models.registry import Registry
from model_server.protocols.inference_messages import message
from model_server.rpc.documents import Documents


def ask(method: str, /, ready: bool = True, **fields: str):
    models = [SimpleNamespace(name="a", version=version) for version in ("1", "2")]
    documents = Documents(Registry(models, ""), SimpleNamespace(ready=ready), ApiKeys(""))
    body = message(f"{method}Request")(**fields).SerializeToString()
    answer = documents.answerer(method)(Request("POST", method, "", {}, body, ""))
    return message(f"{method}Response").FromString(answer.body)


def test_a_draining_server_is_live_and_not_ready() -> None:
    assert ask("ServerLive", ready=False).live
    assert not ask("ServerReady", ready=False).ready
    assert not ask("ModelReady", ready=False, name="a").ready
    assert ask("ModelReady", name="a", version="1").ready
    index = ask("RepositoryIndex", ready=False).models
    assert [(m.name, m.version, m.state) for m in index] == [("a", "1", "UNAVAILABLE"), ("a", "2", "UNAVAILABLE")]


@pytest.mark.parametrize("fields", [{"name": "b"}, {"name": "a", "version": "3"}])
def test_a_model_that_is_not_there(fields: dict) -> None:
    for name in ("ModelReady", "ModelMetadata"):
        with pytest.raises(RequestError) as caught:
            ask(name, **fields)
        assert caught.value.status == 404
