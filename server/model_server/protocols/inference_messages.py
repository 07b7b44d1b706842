# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The messages of the Open Inference Protocol V2 over gRPC, from a table in place of generated code.

They are kept in a pool of their own: the names of the protocol are those of every client's generated code too, and one
pool takes a name only once. A test compares the table with the code of two clients.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

PACKAGE = "inference"
# The type of a field is a scalar or a message that is above it. "*" is repeated, "map" one from text to InferParameter.
PARAMETERS = "map"
TENSOR = {"name": (1, "string"), "datatype": (2, "string"), "shape": (3, "*int64")}
VALUES = {**TENSOR, "parameters": (4, PARAMETERS), "contents": (5, "InferTensorContents")}
NAMED = {"name": (1, "string"), "version": (2, "string")}
MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "ServerLiveRequest": {},
    "ServerLiveResponse": {"live": (1, "bool")},
    "ServerReadyRequest": {},
    "ServerReadyResponse": {"ready": (1, "bool")},
    "ModelReadyRequest": NAMED,
    "ModelReadyResponse": {"ready": (1, "bool")},
    "ServerMetadataRequest": {},
    "ServerMetadataResponse": {**NAMED, "extensions": (3, "*string")},
    "ModelMetadataRequest": NAMED,
    "ModelMetadataResponse.TensorMetadata": TENSOR,
    "ModelMetadataResponse": {
        "name": (1, "string"),
        "versions": (2, "*string"),
        "platform": (3, "string"),
        "inputs": (4, "*ModelMetadataResponse.TensorMetadata"),
        "outputs": (5, "*ModelMetadataResponse.TensorMetadata"),
    },
    "RepositoryIndexRequest": {"repository_name": (1, "string"), "ready": (2, "bool")},
    "RepositoryIndexResponse.ModelIndex": {**NAMED, "state": (3, "string"), "reason": (4, "string")},
    "RepositoryIndexResponse": {"models": (1, "*RepositoryIndexResponse.ModelIndex")},
    # A oneof in the protocol's own file. On the wire that is the same, and no parameter is used here.
    "InferParameter": {"bool_param": (1, "bool"), "int64_param": (2, "int64"), "string_param": (3, "string")},
    "InferTensorContents": {
        "bool_contents": (1, "*bool"),
        "int_contents": (2, "*int32"),
        "int64_contents": (3, "*int64"),
        "uint_contents": (4, "*uint32"),
        "uint64_contents": (5, "*uint64"),
        "fp32_contents": (6, "*float"),
        "fp64_contents": (7, "*double"),
        "bytes_contents": (8, "*bytes"),
    },
    "ModelInferRequest.InferInputTensor": VALUES,
    "ModelInferRequest.InferRequestedOutputTensor": {"name": (1, "string"), "parameters": (2, PARAMETERS)},
    "ModelInferRequest": {
        "model_name": (1, "string"),
        "model_version": (2, "string"),
        "id": (3, "string"),
        "parameters": (4, PARAMETERS),
        "inputs": (5, "*ModelInferRequest.InferInputTensor"),
        "outputs": (6, "*ModelInferRequest.InferRequestedOutputTensor"),
        "raw_input_contents": (7, "*bytes"),
    },
    "ModelInferResponse.InferOutputTensor": VALUES,
    "ModelInferResponse": {
        "model_name": (1, "string"),
        "model_version": (2, "string"),
        "id": (3, "string"),
        "parameters": (4, PARAMETERS),
        "outputs": (5, "*ModelInferResponse.InferOutputTensor"),
        "raw_output_contents": (6, "*bytes"),
    },
}


def described() -> FileDescriptorProto:
    """The table as protobuf describes a file."""
    file = FileDescriptorProto(name="open_inference.proto", package=PACKAGE, syntax="proto3")
    found: dict[str, DescriptorProto] = {}
    for name, fields in MESSAGES.items():
        outer, _unused, inner = name.rpartition(".")
        owner = found.get(outer)
        if outer and owner is None:
            owner = found[outer] = file.message_type.add(name=outer)
        if name not in found:
            found[name] = (owner.nested_type if owner else file.message_type).add(name=inner)
        for field, (number, kind) in fields.items():
            add_field(found[name], name, field, number, kind)
    return file


def add_field(message: DescriptorProto, name: str, field: str, number: int, kind: str) -> None:
    if kind == PARAMETERS:
        entry = message.nested_type.add(name="ParametersEntry")
        entry.options.map_entry = True
        add_field(entry, name, "key", 1, "string")
        add_field(entry, name, "value", 2, "InferParameter")
        kind = f"*{name}.ParametersEntry"
    label = FieldDescriptorProto.LABEL_REPEATED if kind.startswith("*") else FieldDescriptorProto.LABEL_OPTIONAL
    added = message.field.add(name=field, number=number, label=label)
    kind = kind.lstrip("*")
    if kind[0].isupper():
        added.type, added.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
    else:
        added.type = getattr(FieldDescriptorProto, f"TYPE_{kind.upper()}")


POOL = DescriptorPool()
POOL.AddSerializedFile(described().SerializeToString())


def message(name: str) -> Any:
    """The class of a message."""
    return GetMessageClass(POOL.FindMessageTypeByName(f"{PACKAGE}.{name}"))
