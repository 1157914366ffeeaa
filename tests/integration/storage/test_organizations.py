from dataclasses import replace

import pytest

from ledger.errors import Conflict, Forbidden, NotFound, Unavailable
from ledger.identity.organization import OrgId, Profile
from ledger.storage.api_keys import ApiKeyRow
from ledger.storage.database import Database
from ledger.storage.organizations import KeyRow, OrganizationState
from tests.support.stored import NOW, digest, found, later, organization


def test_organization_added_is_found_equal(db: Database) -> None:
    row = organization()
    with db.write() as tx:
        tx.organizations.add(row)
    with db.read() as tx:
        assert tx.organizations.find(row.org) == row
        assert tx.organizations.list() == [row]
        assert tx.organizations.in_state(OrganizationState.ACTIVE) == [row]
        assert tx.organizations.in_state(OrganizationState.SUSPENDED) == []
        assert tx.organizations.find(OrgId.random()) is None


def test_organization_added_twice_is_duplicate(db: Database) -> None:
    row = organization()
    found(db, row)
    with pytest.raises(Conflict) as caught, db.write() as tx:
        tx.organizations.add(row)
    assert caught.value.code == "storage-duplicate"


@pytest.mark.parametrize(
    ("state", "error", "code"),
    [
        (OrganizationState.REGISTERING, Unavailable, "organization-registering"),
        (OrganizationState.SUSPENDED, Forbidden, "organization-suspended"),
        (OrganizationState.REMOVED, Forbidden, "organization-suspended"),
    ],
)
def test_check_active_other_state_raises(
    db: Database, state: OrganizationState, error: type[Exception], code: str
) -> None:
    org = found(db)
    with db.write() as tx:
        tx.organizations.check_active(org)
        tx.organizations.update_state(org, state)
    with pytest.raises(error) as caught, db.read() as tx:
        tx.organizations.check_active(org)
    assert getattr(caught.value, "code", None) == code


def test_update_unknown_organization_raises_not_found(db: Database) -> None:
    with pytest.raises(NotFound), db.write() as tx:
        tx.organizations.update_state(OrgId.random(), OrganizationState.ACTIVE)
    with pytest.raises(NotFound), db.read() as tx:
        tx.organizations.check_active(OrgId.random())


def test_updates_change_only_what_they_name(db: Database) -> None:
    row = organization()
    found(db, row)
    profile = Profile.new(row.org, "Tên mới", "New name", "producer")
    with db.write() as tx:
        tx.organizations.update_roles(row.org, 5)
        tx.organizations.update_quota(row.org, 77)
        tx.organizations.update_profile(profile)
    with db.read() as tx:
        assert tx.organizations.find(row.org) == replace(
            row, roles=5, events_per_day=77, profile=profile
        )


def test_keys_newest_first_and_ended(db: Database) -> None:
    org = found(db)
    old = KeyRow(org, "0x" + "11" * 20, "org/a/0", True, 5, NOW, None)
    new = KeyRow(org, "0x" + "22" * 20, None, False, 1, later(60), None)
    with db.write() as tx:
        tx.organizations.add_key(old)
        tx.organizations.add_key(new)
        tx.organizations.end_key(org, old.address, later(90))
    with db.read() as tx:
        assert tx.organizations.keys(org) == [new, replace(old, valid_until=later(90))]
    with pytest.raises(NotFound), db.write() as tx:
        tx.organizations.end_key(org, "0x00", NOW)


def test_api_key_found_by_hash_until_asked_otherwise(db: Database) -> None:
    org = found(db)
    key = ApiKeyRow(
        "k1", org, digest(), "nhãn", frozenset({"capture", "read"}), NOW, later(60), None
    )
    with db.write() as tx:
        tx.api_keys.add(key)
    with db.write() as tx:
        assert tx.api_keys.find_by_hash(key.secret_hash) == key
        assert tx.api_keys.find_by_hash(digest()) is None
        tx.api_keys.revoke("k1", later(5))
        tx.api_keys.revoke("k1", later(50))
    with db.read() as tx:
        assert tx.api_keys.list(org) == [replace(key, revoked_at=later(5))]
    with pytest.raises(NotFound), db.write() as tx:
        tx.api_keys.revoke("k2", NOW)


def test_usage_charges_add_up_per_day_and_organization(db: Database) -> None:
    producer, carrier = found(db), found(db)
    with db.write() as tx:
        assert tx.usage.charge(producer, 20_513, 10) == 10
        assert tx.usage.charge(producer, 20_513, 5) == 15
        assert tx.usage.charge(producer, 20_514, 1) == 1
        assert tx.usage.charge(carrier, 20_513, 2) == 2
    with db.read() as tx:
        assert tx.usage.total(producer, 20_513) == 15
        assert tx.usage.total(carrier, 20_514) == 0


def test_usage_charge_rolled_back_is_not_counted(db: Database) -> None:
    org = found(db)

    def charge_and_fail() -> None:
        with db.write() as tx:
            tx.usage.charge(org, 1, 10)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        charge_and_fail()
    with db.read() as tx:
        assert tx.usage.total(org, 1) == 0
