"""Published keys over a running server: what the chain's registry says decides, not the server."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from sqlalchemy import update

from ledger import canonical
from ledger.client.encryption_keys import EncryptionKeys
from ledger.envelope.encryption_key import DecryptionKey
from ledger.envelope.key_statement import KeyStatement
from ledger.errors import Forbidden, InvalidInput, NotFound, VerificationFailed
from ledger.identity.organization import OrgId, Purpose
from ledger.identity.private_key import PrivateKey
from ledger.identity.signer import DigestSigner, KeySigner
from ledger.offline import registry_domain
from ledger.storage.content_tables import EncryptionKeys as Table
from ledger.storage.tables import core
from tests.support.agencies import register_key
from tests.support.own_key import OwnKeyed, admit
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

YEAR = 365 * 86_400


@dataclass(frozen=True)
class Agency:
    """An organization, its leader's key, and its client of published keys."""

    keyed: OwnKeyed
    leader: KeySigner
    keys: EncryptionKeys

    @property
    def org(self) -> OrgId:
        return self.keyed.org

    def state(
        self, signer: DigestSigner | None = None, *, begins: int = 0, years: int = 1
    ) -> tuple[KeyStatement, DecryptionKey]:
        """A fresh key, stated from `begins` seconds after now, and its secret half."""
        key = DecryptionKey.generate()
        start = int(time.time()) - 60 + begins
        domain = registry_domain(self.keyed.server.app.deployment)
        given = self.org, key.public, start, start + years * YEAR, signer or self.leader, domain
        return KeyStatement.sign(*given), key


@pytest.fixture(scope="module")
def agency(server: RunningApp) -> Agency:
    return _admit(server)


def test_key_is_found_by_others_and_the_one_before_stays_listed(agency: Agency) -> None:
    first, _ = agency.state()
    second, _ = agency.state(begins=30)
    later, _ = agency.state(begins=3600)
    for said in (first, second, later, first):
        agency.keys.publish(said)
    assert agency.keys.find(agency.org) == second.key
    listed = agency.keys.list(agency.org)
    assert [said for said in listed if said in (first, second, later)] == [later, second, first]
    anyone = agency.keyed.server.producer.get(
        f"/exchange/organizations/{agency.org.text}/encryption-keys"
    )
    assert anyone.json()["keys"] == [said.to_json() for said in listed]
    path = anyone.url.path
    assert agency.keyed.server.visitor.get(path).status_code == 401


def test_key_that_no_leader_stands_for_is_refused(agency: Agency) -> None:
    stranger = KeySigner(PrivateKey.generate())
    for signer in (stranger, agency.keyed.signer):
        with pytest.raises(Forbidden) as refused:
            agency.keys.publish(agency.state(signer)[0])
        assert refused.value.code == "encryption-key-unauthorized"
    said, _ = agency.state()
    bent = KeyStatement.from_json(said.to_json() | {"validUntil": said.valid_until - 1})
    with pytest.raises(VerificationFailed):
        agency.keys.publish(bent)
    ended, _ = agency.state(begins=-2 * YEAR)
    with pytest.raises(InvalidInput) as old:
        agency.keys.publish(ended)
    assert (old.value.code, old.value.pointer) == ("encryption-key-malformed", "/validUntil")


def test_who_may_publish(agency: Agency, server: RunningApp) -> None:
    said = agency.state()[0].to_json()
    path = f"/exchange/organizations/{agency.org.text}/encryption-keys"
    assert server.rival.put(path, json=said).json()["code"] == "foreign-organization"
    assert server.producer.put(path, json=said).json()["code"] == "scope-missing"
    other = f"/exchange/organizations/{OrgId.random().text}/encryption-keys"
    assert server.operator.put(other, json=said).json()["pointer"] == "/org"
    assert server.producer.get(other).json()["code"] == "organization-unknown"
    assert server.producer.get(path.replace("0x", "0X")).json()["code"] == "org-id-malformed"
    unspelled = agency.keyed.http.put(path, json=said | {"publicKey": "00" * 31})
    assert unspelled.status_code == 400


def test_operator_who_puts_its_own_key_in_place_deceives_nobody(server: RunningApp) -> None:
    """The database is the operator's to write; the registry is not."""
    agency = _admit(server)
    genuine, _ = agency.state()
    agency.keys.publish(genuine)
    assert agency.keys.find(agency.org) == genuine.key
    own = DecryptionKey.generate().public
    swapped = {**genuine.to_json(), "publicKey": own.public.hex(), "keyId": own.id.hex()}
    signed, _ = agency.state(KeySigner(PrivateKey.generate()))
    table = core(Table)
    for said in (swapped, signed.to_json()):
        with server.app.db.write() as tx:
            tx.connection.execute(
                update(table)
                .where(table.c.org == bytes(agency.org))
                .values(statement=canonical.encode(said).decode())
            )
        assert [one.to_json() for one in agency.keys.list(agency.org)] == [said]
        with pytest.raises((Forbidden, VerificationFailed)):
            agency.keys.find(agency.org)


def test_nothing_is_encrypted_to_whom_has_no_key_or_is_no_member(
    agency: Agency, server: RunningApp
) -> None:
    with pytest.raises(NotFound) as missing:
        agency.keys.find(OrgId.parse(server.producer_org))
    assert missing.value.code == "encryption-key-unknown"
    with pytest.raises(Forbidden) as unknown:
        agency.keys.find(OrgId.random())
    assert unknown.value.code == "encryption-key-unauthorized"


def _admit(server: RunningApp) -> Agency:
    keyed = admit(server, "Sở Nông nghiệp và Môi trường")
    leader = register_key(server, keyed.org, Purpose.LEADER)
    connection = server.ledger_client(keyed.api_key).connection
    domain = registry_domain(server.app.deployment)
    return Agency(keyed, leader, EncryptionKeys(connection, server.app.reader, domain))
