"""An organization with a key of its own, by the client, over a running server."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from ledger.client.drafting import Draft, draft_version, sign_drafts
from ledger.errors import Conflict, Forbidden, InvalidInput
from ledger.identity.eip712 import Domain
from ledger.masterdata.code import Code
from ledger.masterdata.item import ItemVersion, read_item
from ledger.masterdata.kind import Kind
from ledger.proof.bundle import MEDIA_TYPE
from tests.support.epcis_events import bare_event, event
from tests.support.flaky_http import Flaky, Trouble, flaky
from tests.support.masterdata import party, product
from tests.support.own_key import EthAccountSigner, OwnKeyed, admit
from tests.support.running_app import RunningApp
from tests.unit.masterdata.test_photo import taken

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def cooperative(server: RunningApp) -> OwnKeyed:
    return admit(server)


@pytest.fixture
def proxy(server: RunningApp) -> Iterator[Flaky]:
    with flaky(server.url) as running:
        yield running


def verdict(server: RunningApp, record_id: str) -> dict[str, Any]:
    server.wait_until_anchored(f"/records/{record_id}")
    bundle = server.visitor.get(f"/records/{record_id}/proof")
    assert bundle.json()["submission"]["custody"] == "organization"
    report = server.visitor.post(
        "/verify", content=bundle.content, headers={"content-type": MEDIA_TYPE}
    )
    found: dict[str, Any] = report.json()
    return found


def fresh(kind: Kind = Kind.PRODUCT) -> str:
    return f"{kind.value}-{uuid.uuid4().hex[:8]}"


def test_item_of_every_kind_is_recorded_under_the_own_key(cooperative: OwnKeyed) -> None:
    own = cooperative.own_key()
    for kind in Kind:
        code = fresh(kind)
        first = own.put_item(kind, code, {"name": "Bà Mây"})
        second = own.put_item(kind, code, {"name": "Bà Bùi Thị Mây"})
        assert (first.version, second.version, second.changed) == (1, 2, True)
        told = cooperative.http.get(f"/masterdata/{_collection(kind)}/{code}/history").json()
        assert [one["recordID"] for one in told["items"]] == [second.record_id, first.record_id]
        assert told["items"][0]["item"]["previous"] == first.record_id
        assert verdict(cooperative.server, second.record_id)["verdict"] == "intact"


def _collection(kind: Kind) -> str:
    return {Kind.PARTY: "parties", Kind.PLACE: "places", Kind.PRODUCT: "products"}[kind]


def test_item_said_again_writes_no_record(cooperative: OwnKeyed) -> None:
    own, code = cooperative.own_key(), fresh()
    first = own.put_item(Kind.PRODUCT, code, {"name": " Gạo "})
    again = own.put_item(Kind.PRODUCT, code, {"name": "Gạo"})
    assert again == first._replace(changed=False, warnings=())


def test_answer_lost_is_recorded_once(cooperative: OwnKeyed, proxy: Flaky) -> None:
    own, code = cooperative.own_key(proxy.url), fresh()
    proxy.troubles = [Trouble.LOST_ANSWER, Trouble.LOST_ANSWER, Trouble.LOST_REQUEST]
    first = own.put_item(Kind.PRODUCT, code, {"name": "Gạo"})
    proxy.troubles = [Trouble.LOST_ANSWER]
    stored = own.capture_event(event())
    assert (first.version, first.changed) == (1, True)
    history = cooperative.http.get(f"/masterdata/products/{code}/history").json()["items"]
    assert [one["recordID"] for one in history] == [first.record_id]
    assert own.capture_event(event(event_id=stored.event_id)) == stored


def test_events_handed_in_again_beside_new_ones_keep_their_records(cooperative: OwnKeyed) -> None:
    own = cooperative.own_key()
    anonymous = {k: v for k, v in event(lot=fresh()).items() if k != "eventID"}
    first = own.capture_events([anonymous, event(lot=fresh())])
    again = own.capture_events([event(lot=fresh()), anonymous])
    assert again[1] == first[0]
    assert again[0].record_id not in {one.record_id for one in first}
    with pytest.raises(Conflict) as caught:
        own.capture_event({**event(event_id=first[1].event_id), "bizStep": "packing"})
    assert caught.value.code == "event-id-taken"


def test_event_of_another_organization_under_the_same_id_is_not_taken_for_ours(
    cooperative: OwnKeyed,
) -> None:
    theirs = bare_event(lot=fresh())
    assert cooperative.server.producer.post("/epcis/events", json=theirs).status_code == 201
    own = cooperative.own_key()
    ours = event(lot=fresh())
    own.capture_event(ours)
    stored = own.capture_events([ours, theirs])
    told = cooperative.server.visitor.get(f"/records/{stored[1].record_id}").json()
    assert told["org"] == cooperative.org.text


def test_error_declaration_is_signed_like_the_event(cooperative: OwnKeyed) -> None:
    own = cooperative.own_key()
    wrong, right = event(lot=fresh()), event(lot=fresh())
    own.capture_events([wrong, right])
    declared = own.declare_error(wrong, "incorrect_data", [right["eventID"]])
    body = cooperative.server.visitor.get(f"/records/{declared.record_id}").json()["body"]
    assert body["errorDeclaration"]["correctiveEventIDs"] == [right["eventID"]]
    assert verdict(cooperative.server, declared.record_id)["verdict"] == "intact"


def test_invalid_event_is_found_before_it_is_signed(cooperative: OwnKeyed) -> None:
    with pytest.raises(InvalidInput) as caught:
        cooperative.own_key().capture_events([event(), event(action="PAINT")])
    assert caught.value.pointer == "/1/action"


def test_key_of_another_organization_is_refused(cooperative: OwnKeyed) -> None:
    stranger = cooperative.own_key(signer=EthAccountSigner())
    code = fresh()
    with pytest.raises(Forbidden) as caught:
        stranger.put_item(Kind.PRODUCT, code, {"name": "Gạo"})
    assert caught.value.code == "signer-not-registered"
    assert cooperative.http.get(f"/masterdata/products/{code}").status_code == 404


def test_signature_for_another_chain_is_refused(cooperative: OwnKeyed) -> None:
    handed_in = signed(cooperative, [version(fresh())], chain_id=1)
    assert refusal(cooperative, handed_in) == (422, "signature-invalid", None)


def version(code: str, number: int = 1, previous: str | None = None, **said: Any) -> ItemVersion:
    item = read_item(Code.parse(Kind.PRODUCT, code), {"name": "Gạo", **said})
    return ItemVersion(item, number, previous)


def signed(
    cooperative: OwnKeyed,
    said: list[ItemVersion],
    *,
    chain_id: int | None = None,
    edit: Callable[[dict[str, Any]], Any] = lambda body: None,
) -> dict[str, Any]:
    """A submission of these versions as the organization would sign it; `edit` before that."""
    trust, now = cooperative.trust(), cooperative.server.app.clock.now()
    drafts = [draft_version(cooperative.org, one, now) for one in said]
    for draft in drafts:
        edit(draft.record.body)
    domain = Domain(chain_id or trust.chain_id, trust.organization_registry)
    found: dict[str, Any] = orjson.loads(
        sign_drafts(cooperative.org, drafts, cooperative.signer, domain, now)
    )
    return found


def refusal(cooperative: OwnKeyed, handed_in: dict[str, Any]) -> tuple[int, str, str | None]:
    """What the server says of it; and it must have stored nothing."""
    answer = cooperative.http.post("/submissions", json=handed_in)
    for record in handed_in["records"]:
        path = f"/records/{record['envelope']['id']}"
        assert cooperative.server.visitor.get(path).status_code == 404, "stored"
    problem = answer.json()
    return answer.status_code, problem["code"], problem.get("pointer")


@pytest.mark.parametrize(
    ("edit", "code", "pointer"),
    [
        (lambda body: body.update(name=" Gạo"), "masterdata-malformed", "/name"),
        (lambda body: body.update(nmae="Gạo"), "masterdata-malformed", "/nmae"),
        (lambda body: body.update(brand=None), "masterdata-malformed", "/brand"),
        (lambda body: body.update(version=0), "masterdata-malformed", "/version"),
        (lambda body: body.update(version=True), "masterdata-malformed", "/version"),
        (lambda body: body.update(previous="x"), "masterdata-malformed", "/previous"),
        (lambda body: body.pop("code"), "masterdata-malformed", "/code"),
        (lambda body: body.update(code="9521234543213"), "masterdata-malformed", "/code"),
        (lambda body: body.update(code="9521234543214"), "gs1-check-digit-wrong", "/code"),
        (lambda body: body.update(ocopStars=9), "masterdata-malformed", "/ocopStars"),
    ],
)
def test_body_that_the_platform_would_not_have_written_is_refused(
    cooperative: OwnKeyed, edit: Callable[[dict[str, Any]], Any], code: str, pointer: str
) -> None:
    handed_in = signed(cooperative, [version(fresh())], edit=edit)
    assert refusal(cooperative, handed_in) == (400, code, f"/records/0/envelope/body{pointer}")


def test_version_out_of_turn_is_refused_whole(cooperative: OwnKeyed) -> None:
    code = fresh()
    first = cooperative.own_key().put_item(Kind.PRODUCT, code, {"name": "Gạo"})
    at = "/records/1/envelope/body"
    for said, status, name, pointer in (
        (version(code, brand="A"), 412, "masterdata-superseded", f"{at}/version"),
        (version(code, 3, first.record_id), 412, "masterdata-superseded", f"{at}/version"),
        (version(code, 2, "urn:uuid:0"), 412, "masterdata-superseded", f"{at}/previous"),
        (version(code, 2, first.record_id), 409, "masterdata-unchanged", at),
    ):
        handed_in = signed(cooperative, [version(fresh()), said])
        assert refusal(cooperative, handed_in) == (status, name, pointer)


def test_submission_may_state_two_versions_and_events_together(cooperative: OwnKeyed) -> None:
    trust, now = cooperative.trust(), cooperative.server.app.clock.now()
    code = fresh()
    one = draft_version(cooperative.org, version(code), now)
    two = draft_version(cooperative.org, version(code, 2, one.record.id.text, brand="Ba"), now)
    told = Draft.new(cooperative.org, "epcis.event", bare_event(), now)
    domain = Domain(trust.chain_id, trust.organization_registry)
    body = sign_drafts(cooperative.org, [one, told, two], cooperative.signer, domain, now)
    for _ in range(2):
        answer = cooperative.http.post("/submissions", content=body, headers=_JSON)
        assert answer.status_code == 201, answer.text
        assert [(r["kind"], r.get("version")) for r in answer.json()["records"]] == [
            ("masterdata.product", 1),
            ("epcis.event", None),
            ("masterdata.product", 2),
        ]
    newest = cooperative.http.get(f"/masterdata/products/{code}").json()
    assert (newest["version"], newest["item"]["brand"]) == (2, "Ba")
    assert verdict(cooperative.server, told.record.id.text)["verdict"] == "intact"


_JSON = {"content-type": "application/json"}


def test_record_signed_into_a_second_submission_is_refused(cooperative: OwnKeyed) -> None:
    now = cooperative.server.app.clock.now()
    trust = cooperative.trust()
    domain = Domain(trust.chain_id, trust.organization_registry)
    draft = draft_version(cooperative.org, version(fresh()), now)
    other = Draft(draft.record, draft.salt)
    other.record.body["code"] = fresh()
    for number, (one, status) in enumerate(((draft, 201), (other, 409))):
        body = sign_drafts(cooperative.org, [one], cooperative.signer, domain, now)
        answer = cooperative.http.post("/submissions", content=body, headers=_JSON)
        assert answer.status_code == status, (number, answer.text)


def test_gtin_of_another_item_is_refused(cooperative: OwnKeyed) -> None:
    own = cooperative.own_key()
    own.put_item(Kind.PRODUCT, fresh(), {"name": "Gạo", "gtin": "08938500000096"})
    with pytest.raises(Conflict) as caught:
        own.put_item(Kind.PRODUCT, fresh(), {"name": "Gạo", "gtin": "08938500000096"})
    assert caught.value.code == "masterdata-key-taken"


def test_changed_nonce_is_another_signature(cooperative: OwnKeyed) -> None:
    handed_in = signed(cooperative, [version(fresh())])
    handed_in["submission"]["nonce"] = "00" * 32
    assert refusal(cooperative, handed_in) == (422, "signature-invalid", None)


def test_whole_items_pass_as_they_are_said(cooperative: OwnKeyed) -> None:
    own = cooperative.own_key()
    own.put_item(Kind.PARTY, fresh(), party(gln=None))
    told = own.put_item(Kind.PRODUCT, fresh(), product())
    assert len(told.warnings) == 2, "a photo and a paper that nobody has handed in"
    photo = own.ledger.keep_file(taken("JPEG", size=(40, 30)))
    shown = {"sha256": photo.sha256.hex(), "mediaType": photo.media_type}
    said = {"name": "Gạo", "images": [shown]}
    assert own.put_item(Kind.PRODUCT, fresh(), said).warnings == ()
