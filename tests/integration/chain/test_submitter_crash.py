"""The submitter dies at each of its durable steps; the next process goes on from the journal."""

from __future__ import annotations

import pytest

from ledger.chain.contracts import OrganizationRegistry
from ledger.digest import sha256
from ledger.identity.organization import OrgId, Role
from tests.support.chain_lab import Lab, wait_for
from tests.support.memory_journal import CrashError

pytestmark = pytest.mark.chain


@pytest.mark.parametrize("lose", [False, True], ids=["written", "lost"])
@pytest.mark.parametrize("step", range(1, 13))  # 4 signed, 4 sent, 4 confirmed
def test_submitter_killed_at_a_write_goes_on(anvil_lab: Lab, step: int, lose: bool) -> None:
    registry = OrganizationRegistry(anvil_lab.deployment.organization_registry, anvil_lab.client)
    orgs = [OrgId.random() for _ in range(4)]
    anvil_lab.journal.lose = lose
    anvil_lab.journal.crash_at = anvil_lab.journal.writes + step
    submitter = anvil_lab.submitter(anvil_lab.admin_key)

    def work() -> bool:
        nonlocal submitter
        try:
            for number, org in enumerate(orgs):
                act = registry.register_organization(org, sha256(org), Role.PRODUCER)
                submitter.submit(f"org/{number}", *act, simulate=False)
            submitter.advance()
        except CrashError:
            submitter = anvil_lab.submitter(anvil_lab.admin_key)
            return False
        return anvil_lab.is_settled

    wait_for(work, 30, anvil_lab.journal)
    assert anvil_lab.journal.crash_at is None, "the crash never came"
    assert all(anvil_lab.reader.find_organization(org) is not None for org in orgs)
    purposes = [e.purpose for e in anvil_lab.journal.entries if e.purpose.startswith("org/")]
    assert sorted(purposes) == [f"org/{number}" for number in range(4)]
    anvil_lab.check_anchored()


@pytest.mark.parametrize("step", range(1, 17, 3))
def test_deployment_killed_goes_on_where_it_stopped(anvil_lab: Lab, step: int) -> None:
    journal = anvil_lab.journal
    journal.entries.clear()
    anvil_lab.admin_key = type(anvil_lab.admin_key).generate()
    anvil_lab.admin = anvil_lab.submitter(anvil_lab.admin_key)
    journal.crash_at = journal.writes + step
    with pytest.raises(CrashError):
        anvil_lab.deploy()
    anvil_lab.admin = anvil_lab.submitter(anvil_lab.admin_key)
    anvil_lab.deploy()
    purposes = [entry.purpose for entry in journal.entries]
    assert len(purposes) == len(set(purposes))
    anvil_lab.anchor()
    anvil_lab.settle()
    anvil_lab.check_anchored()
