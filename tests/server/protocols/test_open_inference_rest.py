# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Open Inference Protocol's own REST description, driven against the server.

open_inference/rest.openapi is specification/protocol/open_inference_rest.yaml of kserve/open-inference-protocol on
GitHub at commit d49cc23f, as it is there (Apache-2.0, see the LICENSE beside it).
"""

from __future__ import annotations

from pathlib import Path

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from support import Server

CHECKS = [
    *(not_a_server_error, status_code_conformance, content_type_conformance),
    *(response_schema_conformance, negative_data_rejection),
]
MODELS = "/v2/models/{MODEL_NAME}/versions/{MODEL_VERSION}"
NUMBERS = st.floats(-100, 100)


def description() -> dict:
    """The description, with what has to be said otherwise for any server."""
    text = (Path(__file__).parent / "open_inference" / "rest.openapi").read_text("utf-8")
    # OpenAPI writes {MODEL_NAME}; with the dollar sign, requests would ask for a model called $iris.
    read = yaml.safe_load(text.replace("${", "{"))
    for path, operations in read["paths"].items():
        for parameter in operations.get("parameters", []):
            # The description knows no answer for a model that is not served.
            parameter["schema"]["enum"] = [{"MODEL_NAME": "iris", "MODEL_VERSION": "1"}[parameter["name"]]]
        if path.endswith("/infer"):
            # inference_rest.md has an error be any HTTP error status, "typically 400"; its object is the same. 422 is
            # for what the model does not take, 404 for a model that is not served.
            responses = operations["post"]["responses"]
            responses["404"] = responses["422"] = responses["400"]
    return read


@pytest.fixture(scope="module")
def schema(iris: Server):
    loaded = schemathesis.openapi.from_dict(description())
    loaded.config.base_url = f"http://127.0.0.1:{iris.port}"
    return loaded


def limits(examples: int):
    return hypothesis_settings(
        max_examples=examples,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )


PATHS = ["/v2/", "/v2/health/live", "/v2/health/ready", MODELS, f"{MODELS}/ready"]


def test_all_operations_are_asked(schema) -> None:
    found = {(operation.ok().path, operation.ok().method.upper()) for operation in schema.get_all_operations()}
    assert found == {*((path, "GET") for path in PATHS), (f"{MODELS}/infer", "POST")}


@pytest.mark.parametrize("path", PATHS)
def test_what_is_read(schema, path: str) -> None:
    @given(case=schema[path]["GET"].as_strategy())
    @limits(3)
    def ask(case) -> None:
        assert case.call_and_validate(checks=CHECKS).status_code == 200

    ask()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_inference_with_any_body(schema, mode: GenerationMode) -> None:
    @given(case=schema[f"{MODELS}/infer"]["POST"].as_strategy(generation_mode=mode))
    @limits(40)
    def ask(case) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()


@st.composite
def tensors(draw) -> dict:
    """One that fits the model."""
    rows = draw(st.integers(1, 20))
    datatype = draw(st.sampled_from(["FP64", "FP32", "FP16", "INT64", "UINT8"]))
    number = {"I": st.integers(-9, 9), "U": st.integers(0, 9)}.get(datatype[0], NUMBERS)
    data = draw(st.lists(st.lists(number, min_size=4, max_size=4), min_size=rows, max_size=rows))
    if draw(st.booleans()):
        data = [value for row in data for value in row]
    return {"name": draw(st.text(min_size=1)), "shape": [rows, 4], "datatype": datatype, "data": data}


@st.composite
def outputs(draw) -> list[dict]:
    names = draw(st.lists(st.sampled_from(["predict", "predict_proba"]), unique=True))
    return [{"name": name, **draw(st.sampled_from([{}, {"parameters": {}}]))} for name in names]


def test_inference_that_fits_the_model(schema) -> None:
    @given(
        case=schema[f"{MODELS}/infer"]["POST"].as_strategy(),
        tensor=tensors(),
        wanted=outputs(),
        name=st.text(min_size=1),
    )
    @limits(40)
    def ask(case, tensor: dict, wanted: list[dict], name: str) -> None:
        case.body = {"id": name, "inputs": [tensor], "outputs": wanted}
        response = case.call_and_validate(checks=CHECKS)
        assert response.status_code == 200
        answer = response.json()
        assert (answer["model_name"], answer["id"]) == ("iris", name)
        assert [output["name"] for output in answer["outputs"]] == (
            [output["name"] for output in wanted] or ["predict"]
        )
        assert all(output["shape"][0] == tensor["shape"][0] for output in answer["outputs"])

    ask()
