# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The OpenAPI document describes what is served: requests made from it, right and wrong ones."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
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


def test_openapi_document_is_what_is_served(iris: Server) -> None:
    """Requests made from the document, right and wrong ones."""
    schema = schemathesis.openapi.from_dict(iris.get("/openapi.json").json)
    schema.config.base_url = f"http://127.0.0.1:{iris.port}"

    for operation in schema.get_all_operations():
        run_operation(operation.ok())


def run_operation(operation) -> None:
    from hypothesis import given

    @given(case=operation.as_strategy())
    @hypothesis_settings(
        max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
    )
    def ask(case) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()
