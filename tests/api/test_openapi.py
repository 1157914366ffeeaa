"""The OpenAPI description is complete and true: generated requests get described answers only."""

from __future__ import annotations

from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import SerializationContext
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.campaign import scale
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.chain, pytest.mark.slow]

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


@schemathesis.serializer("application/jose")
def _as_it_stands(_: SerializationContext, value: Any) -> bytes:
    """A compact JWS is text, and so is what is generated in its place."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@pytest.fixture(scope="module")
def description(server: RunningApp) -> dict[str, Any]:
    answer = server.visitor.get("/openapi.json").raise_for_status().json()
    assert isinstance(answer, dict)
    return answer


def test_every_operation_declares_problems_of_its_own(description: dict[str, Any]) -> None:
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            responses = operation["responses"]
            assert "HTTPValidationError" not in str(responses), where
            assert any(status[0] == "2" for status in responses), where
            assert "500" in responses, where
            for status, response in responses.items():
                if status[0] in "45" and "application/json" not in response["content"]:
                    (media,) = response["content"]
                    assert media == "application/problem+json", where
            if operation.get("security") and {} not in operation["security"]:
                assert {"401", "403", "429"} <= responses.keys(), where


def test_generated_requests_get_described_answers_only(
    server: RunningApp, description: dict[str, Any]
) -> None:
    schema = schemathesis.openapi.from_dict(description)
    operations = [cast(Any, found).ok() for found in schema.get_all_operations()]
    assert len(operations) > 20
    faults: list[str] = []
    for operation in operations:
        for key in (server.operator_key, server.producer_key):
            try:
                _run_campaign(operation, server.url, key)
            except* Failure as found:
                faults += [f"{operation.label}: {_spell(fault)}" for fault in found.exceptions]
    assert not faults, "\n\n".join(faults)


def _spell(fault: Failure | ExceptionGroup[Failure]) -> str:
    return f"{fault.title} {fault.message}" if isinstance(fault, Failure) else str(fault)


def _run_campaign(operation: Any, url: str, key: str) -> None:
    """Generated requests to one operation, valid ones and mangled ones."""

    @given(case=operation.as_strategy())
    @settings(
        max_examples=scale(25, 300),
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    def campaign(case: Any) -> None:
        case.headers["Authorization"] = f"Bearer {key}"
        case.call_and_validate(base_url=url, checks=CHECKS)

    campaign()
