"""`/organizations`: who takes part, and the API keys of each."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.auth import Admin, KnownCaller, Reader
from api.deps import Ledger
from api.json_route import JsonRoute
from api.schemas.organizations import (
    CallerAnswer,
    KeyAnswer,
    KeyRequest,
    NewKeyAnswer,
    OrganizationAnswer,
    OrganizationRequest,
    SigningKeyAnswer,
    SigningKeyRequest,
    caller_answer,
    key_answer,
    new_key_answer,
    organization_answer,
    signing_key_answer,
)
from api.schemas.problem import problems
from ledger.identity.organization import OrgId
from ledger.services.membership import NewOrganization

router = APIRouter(route_class=JsonRoute, tags=["organizations"])

OrgPath = Annotated[str, Path(description="Organization id: 0x and 64 lower-case hex digits.")]


@router.get(
    "/caller",
    summary="Whom this API key speaks for",
    responses=problems(401, 403, 429, 503),
)
def get_caller(caller: KnownCaller, ledger: Ledger) -> CallerAnswer:
    """The organization behind the key and what the key may do."""
    return caller_answer(caller, ledger.membership.get_organization(caller.org))


@router.post(
    "/organizations",
    status_code=201,
    summary="Admit an organization (operator)",
    responses=problems(400, 401, 403, 413, 429, 503),
)
def create_organization(
    wanted: OrganizationRequest, caller: Admin, ledger: Ledger, response: Response
) -> OrganizationAnswer:
    """Recorded now, registered on chain within seconds; `state` tells."""
    row = ledger.membership.create_organization(
        caller,
        NewOrganization(
            name=wanted.name,
            name_en=wanted.name_en,
            kind=wanted.kind,
            roles=wanted.role_bits(),
            key_address=wanted.key_address,
            more_key_addresses=tuple(wanted.more_key_addresses),
            events_per_day=wanted.events_per_day,
        ),
    )
    response.headers["Location"] = f"/organizations/{row.org.text}"
    return organization_answer(row)


@router.get(
    "/organizations",
    summary="The organizations you may see",
    responses=problems(401, 403, 429, 503),
)
def list_organizations(caller: KnownCaller, ledger: Ledger) -> list[OrganizationAnswer]:
    """All of them for the operator's administrators, your own for anyone else."""
    return [organization_answer(row) for row in ledger.membership.list_organizations(caller)]


@router.get(
    "/organizations/{org}",
    summary="One organization",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def get_organization(org: OrgPath, caller: KnownCaller, ledger: Ledger) -> OrganizationAnswer:
    """Your own; any for the operator's administrators."""
    wanted = OrgId.parse(org)
    caller.require_org(wanted)
    return organization_answer(ledger.membership.get_organization(wanted))


@router.post(
    "/organizations/{org}/keys",
    status_code=201,
    summary="Issue an API key",
    responses=problems(400, 401, 403, 404, 413, 429, 503),
)
def issue_key(
    org: OrgPath, wanted: KeyRequest, caller: Admin, ledger: Ledger, response: Response
) -> NewKeyAnswer:
    """The secret is in this answer and nowhere else."""
    row, secret = ledger.membership.issue_key(
        caller, OrgId.parse(org), wanted.scopes, label=wanted.label, expires_at=wanted.expiry()
    )
    response.headers["Location"] = f"/organizations/{row.org.text}/keys/{row.id}"
    response.headers["Cache-Control"] = "no-store"
    return new_key_answer(row, secret)


@router.get(
    "/organizations/{org}/keys",
    summary="The API keys of an organization",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def list_keys(org: OrgPath, caller: Admin, ledger: Ledger) -> list[KeyAnswer]:
    """Revoked and expired ones included; never a secret."""
    return [key_answer(row) for row in ledger.membership.list_keys(caller, OrgId.parse(org))]


@router.delete(
    "/organizations/{org}/keys/{key_id}",
    status_code=204,
    summary="Revoke an API key",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def revoke_key(org: OrgPath, key_id: str, caller: Admin, ledger: Ledger) -> Response:
    """Ends it for good: at once here, within two seconds in other processes."""
    ledger.membership.revoke_key(caller, OrgId.parse(org), key_id)
    return Response(status_code=204)


@router.post(
    "/organizations/{org}/signing-keys",
    status_code=202,
    summary="Enter a signing key (operator)",
    responses=problems(400, 401, 403, 404, 409, 413, 429, 503),
)
def add_signing_key(
    org: OrgPath, wanted: SigningKeyRequest, caller: Admin, ledger: Ledger
) -> SigningKeyAnswer:
    """One that the organization holds itself. On chain within seconds, and of no use before."""
    row = ledger.key_adding.add(
        caller, OrgId.parse(org), wanted.address, wanted.purposes, wanted.expiry()
    )
    return signing_key_answer(row, registered=False)


@router.get(
    "/organizations/{org}/signing-keys",
    summary="The signing keys of an organization",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def list_signing_keys(org: OrgPath, caller: Reader, ledger: Ledger) -> list[SigningKeyAnswer]:
    """Those that the chain has, and those on their way there."""
    return [
        signing_key_answer(row, registered=registered)
        for row, registered in ledger.key_adding.list(caller, OrgId.parse(org))
    ]
