"""An invitation to the portal, as the operator's machine issues it."""

from __future__ import annotations

import httpx
import pytest

from tests.support.installation import Installation

pytestmark = pytest.mark.chain


def test_key_issue_invite_leads_to_the_portal_with_a_key_that_works(
    installation: Installation,
) -> None:
    issued = installation.run("key", "issue", "operator", "--invite", "--json").json
    page, _, secret = issued["invitation"].partition("#key=")
    assert page == f"{installation.url}/portal"
    assert secret == issued["secret"]
    assert httpx.get(page).status_code == 200
    caller = httpx.get(
        f"{installation.url}/caller", headers={"authorization": f"Bearer {secret}"}
    ).json()
    assert caller["scopes"] == issued["scopes"] == ["capture", "read"]


def test_key_issue_invite_prints_the_link_and_its_code(installation: Installation) -> None:
    done = installation.run("key", "issue", "operator", "--invite")
    secret, link = done.out.splitlines()
    assert link == f"{installation.url}/portal#key={secret}"
    assert "█" in done.err
