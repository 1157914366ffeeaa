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
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId, Purpose
from ledger.identity.private_key import PrivateKey
from ledger.identity.signer import KeySigner
from ledger.storage.content_tables import EncryptionKeys as Table
from ledger.storage.tables import core
from tests.api.test_exchange import join
from tests.support.agency import Agency
from tests.support.own_key import issue
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

YEAR = 365 * 86_400


@dataclass(frozen=True)
class Publisher:
    """An agency and its client of published keys."""

    agency: Agency
    domain: Domain
    keys: EncryptionKeys

    @property
    def org(self) -> OrgId:
        return self.agency.org

    def state(
        self, signer: KeySigner | None = None, *, begins: int = 0, years: int = 1
    ) -> tuple[KeyStatement, DecryptionKey]:
        """A fresh key, stated from `begins` seconds after now, and its secret half."""
        key = DecryptionKey.generate()
        start = int(time.time()) - 60 + begins
        signer = signer or self.agency.keys[Purpose.LEADER]
        given = self.org, key.public, start, start + years * YEAR, signer, self.domain
        return KeyStatement.sign(*given), key


@pytest.fixture(scope="module")
def publisher(server: RunningApp) -> Publisher:
    return _publisher(server)


def test_key_is_found_by_others_and_the_one_before_stays_listed(
    publisher: Publisher, server: RunningApp
) -> None:
    first, _ = publisher.state()
    second, _ = publisher.state(begins=30)
    later, _ = publisher.state(begins=3600)
    for said in (first, second, later, first):
        publisher.keys.publish(said)
    assert publisher.keys.find(publisher.org) == second.key
    listed = publisher.keys.list(publisher.org)
    assert [said for said in listed if said in (first, second, later)] == [later, second, first]
    anyone = server.producer.get(f"/exchange/organizations/{publisher.org.text}/encryption-keys")
    assert anyone.json()["keys"] == [said.to_json() for said in listed]
    path = anyone.url.path
    assert server.visitor.get(path).status_code == 401


def test_key_that_no_leader_stands_for_is_refused(publisher: Publisher) -> None:
    stranger = KeySigner(PrivateKey.generate())
    for signer in (stranger, publisher.agency.keys[Purpose.CLERK]):
        with pytest.raises(Forbidden) as refused:
            publisher.keys.publish(publisher.state(signer)[0])
        assert refused.value.code == "encryption-key-unauthorized"
    said, _ = publisher.state()
    bent = KeyStatement.from_json(said.to_json() | {"validUntil": said.valid_until - 1})
    with pytest.raises(VerificationFailed):
        publisher.keys.publish(bent)
    ended, _ = publisher.state(begins=-2 * YEAR)
    with pytest.raises(InvalidInput) as old:
        publisher.keys.publish(ended)
    assert (old.value.code, old.value.pointer) == ("encryption-key-malformed", "/validUntil")


def test_who_may_publish(publisher: Publisher, server: RunningApp) -> None:
    said = publisher.state()[0].to_json()
    path = f"/exchange/organizations/{publisher.org.text}/encryption-keys"
    assert server.rival.put(path, json=said).json()["code"] == "foreign-organization"
    assert server.producer.put(path, json=said).json()["code"] == "scope-missing"
    other = f"/exchange/organizations/{OrgId.random().text}/encryption-keys"
    assert server.operator.put(other, json=said).json()["pointer"] == "/org"
    assert server.producer.get(other).json()["code"] == "organization-unknown"
    assert server.producer.get(path.replace("0x", "0X")).json()["code"] == "org-id-malformed"
    unspelled = publisher.agency.http.put(path, json=said | {"publicKey": "00" * 31})
    assert unspelled.status_code == 400


def test_operator_who_puts_its_own_key_in_place_deceives_nobody(server: RunningApp) -> None:
    """The database is the operator's to write; the registry is not."""
    publisher = _publisher(server)
    genuine, _ = publisher.state()
    publisher.keys.publish(genuine)
    assert publisher.keys.find(publisher.org) == genuine.key
    own = DecryptionKey.generate().public
    swapped = {**genuine.to_json(), "publicKey": own.public.hex(), "keyId": own.id.hex()}
    signed, _ = publisher.state(KeySigner(PrivateKey.generate()))
    table = core(Table)
    for said in (swapped, signed.to_json()):
        with server.app.db.write() as tx:
            tx.connection.execute(
                update(table)
                .where(table.c.org == bytes(publisher.org))
                .values(statement=canonical.encode(said).decode())
            )
        assert [one.to_json() for one in publisher.keys.list(publisher.org)] == [said]
        with pytest.raises((Forbidden, VerificationFailed)):
            publisher.keys.find(publisher.org)


def test_nothing_is_encrypted_to_whom_has_no_key_or_is_no_member(
    publisher: Publisher, server: RunningApp
) -> None:
    with pytest.raises(NotFound) as missing:
        publisher.keys.find(OrgId.parse(server.producer_org))
    assert missing.value.code == "encryption-key-unknown"
    with pytest.raises(Forbidden) as unknown:
        publisher.keys.find(OrgId.random())
    assert unknown.value.code == "encryption-key-unauthorized"


def _publisher(server: RunningApp) -> Publisher:
    agency = join(server, "keys")
    connection = server.ledger_client(issue(server, agency.org.text)).connection
    domain = server.app.deployment.registry_domain
    return Publisher(agency, domain, EncryptionKeys(connection, server.app.reader, domain))
