"""canonical.js against ledger.canonical: the same bytes or the same refusal, for anything."""

from __future__ import annotations

import base64
import json
import random
import struct
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from ledger import canonical
from ledger.errors import InvalidInput
from tests.support.campaign import scaled
from tests.support.json_values import values

pytestmark = pytest.mark.browser

READ = """async (documents) => {
  const { parse, encode } = await import("/verifier/canonical.js");
  const { Refused } = await import("/verifier/fault.js");
  const { toHex } = await import("/verifier/bytes.js");
  return documents.map((document) => {
    const bytes = Uint8Array.from(atob(document), (char) => char.charCodeAt(0));
    try {
      return toHex(encode(parse(bytes)));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return error.code;
    }
  });
}"""

BATCH = 60


def _spell(value: Any, rng: random.Random) -> bytes:
    """One of the many spellings of a value: decomposed, escaped, indented, members in any order."""
    if rng.random() < 0.3:
        value = _reorder(value, rng)
    text = json.dumps(value, ensure_ascii=rng.random() < 0.4, indent=rng.choice([None, None, 1]))
    if rng.random() < 0.3:
        text = normalize("NFD", text)
    return text.encode("utf-8", "surrogatepass")


def _reorder(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict):
        items = [(name, _reorder(member, rng)) for name, member in value.items()]
        rng.shuffle(items)
        return dict(items)
    return [_reorder(item, rng) for item in value] if isinstance(value, list) else value


def _damage(data: bytes, rng: random.Random) -> bytes:
    """Change, drop or repeat a few bytes."""
    bent = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(bent) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            bent[at:at] = rng.choice([b'"', b"{", b"}", b",", b"0", b"\\u", b"e9", b"-", b"\xff"])
        elif kind == 1:
            del bent[at : at + rng.randint(1, 3)]
        elif kind == 2 and at < len(bent):
            bent[at] = rng.randrange(256)
        else:
            bent[at:at] = bent[at // 2 : at]
    return bytes(bent)


def _expected(data: bytes) -> str:
    try:
        return canonical.encode(canonical.parse(data)).hex()
    except InvalidInput as error:
        return error.code


def _compare(page: Page, documents: list[bytes]) -> None:
    found = page.evaluate(READ, [base64.b64encode(one).decode() for one in documents])
    for document, answer in zip(documents, found, strict=True):
        assert answer == _expected(document), document


@settings(
    max_examples=scaled(25),
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)
@given(batch=st.lists(values, min_size=10, max_size=BATCH), seed=st.integers(0, 2**32))
def test_canonical_module_agrees_on_every_spelling(
    batch: list[Any], seed: int, modules_page: Page
) -> None:
    rng = random.Random(seed)
    spelled = [_spell(value, rng) for value in batch]
    _compare(modules_page, spelled + [_damage(one, rng) for one in spelled])


DOCUMENTS = [
    b"",
    b" ",
    b"nul",
    b"-",
    b"01",
    b"1.",
    b".5",
    b"+1",
    b"1e",
    b"-0",
    b"-0.0",
    b"1E2",
    b"1e400",
    b"-1e400",
    b"1e-400",
    b"NaN",
    b"[Infinity]",
    b"[-Infinity]",
    b"9007199254740991",
    b"9007199254740992",
    b"-9007199254740992",
    b"9007199254740993.0",
    b"1e20",
    b"1e21",
    b"1000000000000000000000",
    b"123456789012345678901234567890",
    b"9" * 5000,
    b"0.1e1",
    b"5e-324",
    b"1.7976931348623157e308",
    b"333333333.33333329",
    b'{"a":1,"a":2}',
    b'{"a":1,"\\u0061":2}',
    '{"é":1,"é":2}'.encode(),
    normalize("NFD", '{"Thanh Hóa":"Mật ong"}').encode(),
    b'{"__proto__":{"a":1},"constructor":2,"10":3,"9":4}',
    b'{"\\ud83d\\udc1d":1,"\\ue000":2}',
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\xed\xa0\x80"',
    b'"\x00"',
    b'"\\x"',
    b'"\\u12g4"',
    b'"\x7f\xe2\x80\xa8"',
    b'"a',
    b'"a\\',
    b'"a\\"',
    b"\xef\xbb\xbf1",
    b"\xff",
    b"1 2",
    b"[1,]",
    b'{"a":1,}',
    b"{1:2}",
    b"\x0b1",
    b"[" * 64 + b"]" * 64,
    b"[" * 65 + b"]" * 65,
    b"[" * 65 + b'{"a":1,"a":1}' + b"]" * 65,
    b'{"a":1,"a":' + b"[" * 65 + b"]" * 65 + b"}",
    b'{"a":1,"a":2',
    b'[1e400,"\\ud800"]',
]


def test_canonical_module_agrees_on_known_traps(modules_page: Page) -> None:
    _compare(modules_page, DOCUMENTS)


def test_canonical_module_agrees_on_random_floats(modules_page: Page) -> None:
    rng = random.Random(8785)
    literals = []
    for _ in range(scaled(4000)):
        (number,) = struct.unpack(">d", rng.randbytes(8))
        literals.append(repr(number).encode())
    _compare(modules_page, [one for one in literals if one not in (b"nan", b"inf", b"-inf")])
