# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of messages is the protocol, as the generated code of two clients has it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from model_server.protocols.inference_messages import MESSAGES, message

# In a process of its own: the names in the generated code of two clients are the same, and Python takes them once.
PRINT = """
import importlib, json, sys
file = importlib.import_module(sys.argv[1]).DESCRIPTOR
def walk(found, prefix=""):
    for one in found:
        yield prefix + one.name, {f.name: [f.number, f.type, f.is_repeated, f.message_type.full_name if f.message_type
            else ""] for f in one.fields}
        yield from walk(one.nested_types, prefix + one.name + ".")
print(json.dumps(dict(walk(file.message_types_by_name.values()))))
"""


@pytest.fixture(scope="module", params=["tritonclient.grpc.service_pb2", "kserve.protocol.grpc.grpc_predict_v2_pb2"])
def published(request) -> dict:
    command = [sys.executable, "-c", PRINT, request.param]
    return json.loads(subprocess.run(command, capture_output=True, check=True, timeout=300).stdout)


def test_every_message_and_field_is_that_of_the_protocol(published: dict) -> None:
    compared = 0
    for name in MESSAGES:
        if name.startswith("RepositoryIndex") and name not in published:  # Triton's alone
            continue
        ours = {
            f.name: [f.number, f.type, f.is_repeated, f.message_type.full_name if f.message_type else ""]
            for f in message(name).DESCRIPTOR.fields
        }
        theirs = published[name]
        if name == "InferParameter":  # clients know more kinds of parameters
            theirs = {field: theirs[field] for field in ours}
        assert ours == theirs, name
        compared += 1
    assert compared >= 18
