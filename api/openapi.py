"""The OpenAPI description, made to say what is true.

FastAPI documents a 422 with its own body wherever it validates; ours is a 400 problem, so that is
what stands here. The problem schema is added once and referred to by all.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.schemas.problem import Problem, problems

DESCRIPTION = """\
Organizations capture EPCIS 2.0 events; each becomes a signed record whose commitment is ordered in
an append-only log and anchored on a permissioned chain. Whatever is read here can be checked
without trusting this server: `/records/{id}/proof`, `/log/`, `/trust`.

Errors are RFC 9457 problems with a stable `code`. Records are captured with an API key
(`Authorization: Bearer pk_…`); proofs, log and verification are public.
"""


def describe(app: FastAPI) -> dict[str, Any]:
    """The description of this application; built once."""
    if app.openapi_schema is None:
        app.openapi_schema = _build(app)
    return app.openapi_schema


def _build(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    _, problem_schemas = models_json_schema(
        [(Problem, "serialization")], ref_template="#/components/schemas/{model}"
    )
    components.update(problem_schemas["$defs"])
    for name in ("HTTPValidationError", "ValidationError"):
        components.pop(name, None)
    refused = problems(400)[400]
    for operations in schema["paths"].values():
        for operation in operations.values():
            responses = operation["responses"]
            unprocessable = responses.get("422", {}).get("content", {}).get("application/json")
            if unprocessable is not None:
                responses.pop("422")
                responses.setdefault("400", refused)
    return schema
