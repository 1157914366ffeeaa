"""Canonical JSON: one spelling per value, and one meaning per document."""

from __future__ import annotations

import json
import math
import struct
import sys
import time
from collections.abc import Callable
from typing import Any
from unicodedata import is_normalized, normalize

import orjson
import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.canonical import (
    MAX_DEPTH,
    MAX_SAFE_INTEGER,
    _parse_slowly,
    check_normalised,
    encode,
    escape_step,
    is_plain,
    normalise,
    parse,
    pointer,
)
from ledger.errors import InvalidInput
from tests.support.campaign import scale
from tests.support.json_values import names, values

many = settings(max_examples=scale(100, 20_000), deadline=None)


@many
@given(values)
@example({"\ue000": 1, "\U0001f41d": 2})
@example({"b": 1, "a": {"d": 1.0, "c": -0.0}})
@example({"a": 1.0, "b": [{"\ue000": 1, "\U0001f41d": 2}]})
@example([1e21, 1e-7, 5e-324, 1.7976931348623157e308, 333333333.3333332, 0.1])
@example(["\u2028", "\x7f", "\x00\x1f\b\t\n\f\r", '"\\/', "€", "\U0001f41d"])
def test_encode_equals_rfc8785_package(value: Any) -> None:
    assert encode(value) == rfc8785.dumps(value)


@many
@given(values)
def test_parse_of_encoded_value_is_the_value(value: Any) -> None:
    data = encode(value)
    assert parse(data) == value
    assert encode(parse(data)) == data


@many
@given(values, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_parse_any_spelling_gives_same_bytes(value: Any, indent: Any, ascii_only: bool) -> None:
    spelled = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    assert encode(parse(spelled)) == encode(value)


@many
@given(values)
def test_is_plain_value_is_written_alike_by_both(value: Any) -> None:
    if is_plain(value):
        assert orjson.dumps(value, option=orjson.OPT_SORT_KEYS) == rfc8785.dumps(value)


@settings(max_examples=scale(2_000, 1_000_000), deadline=None)
@given(
    st.one_of(
        st.floats(1e-8, 1e17),
        st.floats(-1e17, -1e-8),
        st.decimals(-(10**9), 10**9, places=3).map(float),
        st.integers(0, 2**64 - 1)
        .map(lambda bits: struct.unpack("<d", bits.to_bytes(8, "little"))[0])
        .filter(math.isfinite),
    )
)
@example(1e-3)
@example(0.0009999999999999998)
@example(999999999999999.9)
@example(1e15)
@example(5e-324)
@example(-0.0)
def test_encode_any_float_equals_rfc8785_package(number: float) -> None:
    assert encode(number) == rfc8785.dumps(number)
    assert encode([{"x": number}]) == rfc8785.dumps([{"x": number}])


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, True),
        (True, True),
        (1, True),
        ("\U0001f41d", True),
        (1.5, True),
        (-1.5, True),
        (1.0, False),
        (-0.0, False),
        (1e-7, False),
        (1.5e15, False),
        ([1, [1.0]], False),
        ({"é": ["ế"]}, True),
        ({"\ud7ff": 1}, True),
        ({"\ue000": 1}, False),
        ({"a": {"\U0001f41d": 1}}, False),
        ([{"a": {"b": [{"c": 0.5}]}}], True),
        ([{"a": {"b": [{"c": 0.5}, 2.0]}}], False),
    ],
)
def test_is_plain_of_value(value: Any, plain: bool) -> None:
    assert is_plain(value) is plain


def test_encode_sorts_names_by_utf16_units() -> None:
    """RFC 8785 section 3.2.3: the surrogates of U+1F41D sort before U+E000."""
    assert encode({"\ue000": 1, "\U0001f41d": 2}) == '{"\U0001f41d":2,"\ue000":1}'.encode()


def test_encode_of_rfc8785_example() -> None:
    value = parse(
        b'{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],'
        b'"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/",'
        b'"literals":[null,true,false]}'
    )
    assert (
        encode(value)
        == (
            '{"literals":[null,true,false],'
            '"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )


def _code_and_pointer(data: bytes) -> tuple[str, str | None]:
    with pytest.raises(InvalidInput) as refused:
        parse(data)
    return refused.value.code, refused.value.pointer


@pytest.mark.parametrize(
    ("data", "at"),
    [
        (b'{"a":1,"a":1}', "/a"),
        (b'{"a":1,"b":2,"a":3}', "/a"),
        (b'{"a": {"b" :1, "b"\t:1}}', "/a/b"),
        (b'[{"a":1},{"a":{"x":0},"a":{"x":0}}]', "/1/a"),
        (b'{"a":1,"\\u0061":2}', "/a"),
        (b'{"a/b":1,"a~c":2,"a/b":3}', "/a~1b"),
        (b'{"":1,"":2}', "/"),
        (b'{"x":["\\":","\\":"],"x":0}', "/x"),
        ('{"é":1,"e\u0301":2}'.encode(), "/é"),
        ('{"é":1,"\\u0065\\u0301":2}'.encode(), "/é"),
        ('{"k":[{"ế":1,"e\u0302\u0301":2}]}'.encode(), "/k/0/ế"),
    ],
)
def test_parse_duplicate_name_is_refused_with_pointer(data: bytes, at: str) -> None:
    assert _code_and_pointer(data) == ("json-duplicate-key", at)


@many
@given(st.data(), st.dictionaries(names, values, min_size=1, max_size=4), st.booleans())
def test_parse_duplicate_name_anywhere_is_refused(
    data: st.DataObject, members: dict[str, Any], ascii_only: bool
) -> None:
    name = data.draw(st.sampled_from(sorted(members)))
    around = data.draw(st.sampled_from(["%s", "[0,%s]", '{"a":{"b":[%s]}}', ' {"x\\":y" : %s } ']))

    def spell(value: Any) -> str:
        return json.dumps(value, ensure_ascii=ascii_only)

    inner = ",".join(
        [*(f"{spell(key)}:{spell(value)}" for key, value in members.items()), f"{spell(name)} :0"]
    )
    code, _ = _code_and_pointer((around % f"{{{inner}}}").encode())
    assert code == "json-duplicate-key"


def _outcome(read: Callable[[bytes], Any], data: bytes) -> tuple[str, object]:
    try:
        return "read", encode(read(data))
    except InvalidInput as error:
        return "refused", error.code


TRICKS = [
    *(b'"', b"\\", b":", b",", b"{", b"}", b"[", b"]", b" ", b"\t", b"0", b"1", b"-", b".", b"e9"),
    *(b'\\"', b"\\\\", b'":', b'" :', b"\\u0022", b"\\ud800", b"9007199254740993", b"1e21", b"NaN"),
    *("e\u0301".encode(), "\u0301".encode(), b"\xff", b"\xed\xa0\x80", b"null", b'"a":1,', b'"a":'),
]


@settings(max_examples=scale(500, 20_000), deadline=None)
@given(values, st.booleans(), st.data())
def test_parse_quick_reader_agrees_with_thorough_one(
    value: Any, ascii_only: bool, data: st.DataObject
) -> None:
    """The quick way sees duplicates by counting: no text may make it miscount."""
    text = bytearray(json.dumps(value, ensure_ascii=ascii_only).encode())
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 3))
        text[at : at + cut] = data.draw(st.sampled_from(TRICKS))
    assert _outcome(parse, bytes(text)) == _outcome(_parse_slowly, bytes(text))


@pytest.mark.parametrize(
    ("data", "at"),
    [
        (b"9007199254740992", ""),
        (b"-9007199254740992", ""),
        (b'{"a":[0,9007199254740992]}', "/a/1"),
        (b'{"a":18446744073709551616}', "/a"),
        (b'{"a":123456789012345678901234567890}', "/a"),
        (b'[{"b":9007199254740992.0}]', "/0/b"),
        (b"1e16", ""),
        (b"1e20", ""),
        (b'{"a":1e400}', "/a"),
        (b'{"a":-1e400}', "/a"),
        (b'{"a":NaN}', "/a"),
        (b"[Infinity]", "/0"),
        (b"[0,-Infinity]", "/1"),
    ],
)
def test_parse_number_that_cannot_be_kept_is_refused(data: bytes, at: str) -> None:
    assert _code_and_pointer(data) == ("json-number-out-of-range", at)


def test_parse_integer_longer_than_python_reads_is_refused() -> None:
    code, _ = _code_and_pointer(b"[" + b"9" * 5000 + b"]")
    assert code == "json-number-out-of-range"


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"9007199254740991", MAX_SAFE_INTEGER),
        (b"-9007199254740991", -MAX_SAFE_INTEGER),
        (b"9007199254740991.0", float(MAX_SAFE_INTEGER)),
        (b"1e21", 1e21),
        (b"1e300", 1e300),
        (b"-0", 0),
        (b"-0.0", 0),
        (b"1.5", 1.5),
        (b' {"a" : [ ] } \r\n', {"a": []}),
        (b'"\\ud83d\\udc1d"', "\U0001f41d"),
        (b'{"a":"\\u0022:"}', {"a": '":'}),
        (b'"\\/"', "/"),
    ],
)
def test_parse_allowed_value_is_read(data: bytes, value: Any) -> None:
    assert parse(data) == value


@pytest.mark.parametrize(
    ("data", "at"),
    [
        (b'"\\ud800"', ""),
        (b'{"a":["x","\\udc00\\ud800"]}', "/a/1"),
        (b'{"a":{"\\ud83d":1}}', "/a"),
        (b'["\\ud83d\\ud83d\\udc1d"]', "/0"),
    ],
)
def test_parse_unpaired_surrogate_is_refused(data: bytes, at: str) -> None:
    assert _code_and_pointer(data) == ("json-surrogate", at)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b'{"a":1,}',
        b"[1,]",
        b"{'a':1}",
        b'{"a":1}x',
        b"01",
        b"+1",
        b".5",
        b"1.",
        b"tru",
        b'"\t"',
        b'"\\x41"',
        b"\xff",
        b'"\xc3"',
        b'"\xc0\xaf"',
        b'"\xed\xa0\x80"',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16"),
        b'{"a":1} // no comments',
        b'"\\u12"',
        b"{1:2}",
    ],
)
def test_parse_other_than_json_is_refused(data: bytes) -> None:
    assert _code_and_pointer(data) == ("json-malformed", "")


def _nested(depth: int, opening: str, closing: str, core: str) -> bytes:
    return (opening * depth + core + closing * depth).encode()


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("core", ["0", '"\\u0061"'])
def test_parse_depth_64_is_read_and_65_refused(opening: str, closing: str, core: str) -> None:
    value = parse(_nested(MAX_DEPTH, opening, closing, core))
    assert encode(value).count(opening.encode()) == MAX_DEPTH
    code, at = _code_and_pointer(_nested(MAX_DEPTH + 1, opening, closing, core))
    assert code == "json-depth-exceeded"
    assert at is not None
    assert at.count("/") == MAX_DEPTH


@pytest.mark.parametrize("depth", [200, 254, 255, 300, 1_000, 1_023, 1_024, 2_000, 200_000])
@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"\\u0061":', "}]")]
)
@pytest.mark.parametrize("limit", [1_000, 1_000_000])
def test_parse_absurd_depth_is_refused_without_falling(
    depth: int, opening: str, closing: str, limit: int
) -> None:
    """Libraries raise the recursion limit as they please: it must not be what saves us."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, before))
    try:
        for text in (
            _nested(depth, opening, closing, "0"),
            _nested(depth, opening, "", ""),
            b'["a]\\"]",' + _nested(depth, opening, "", "") + b'"',
        ):
            assert _code_and_pointer(text)[0] in {"json-depth-exceeded", "json-malformed"}
        assert _code_and_pointer(_nested(depth, opening, closing, "0"))[0] == "json-depth-exceeded"
    finally:
        sys.setrecursionlimit(before)


def test_parse_brackets_in_broken_text_count_as_text() -> None:
    assert _code_and_pointer(b'["' + b"[" * 500 + b'"')[0] == "json-malformed"
    assert _code_and_pointer(b'["\\"' + b"[" * 500 + b'"')[0] == "json-malformed"
    assert _code_and_pointer(b'["' + b"[" * 500)[0] == "json-malformed"
    assert _code_and_pointer(b"[]," * 500)[0] == "json-malformed"


def test_parse_unfinished_text_of_escapes_takes_linear_time() -> None:
    started = time.perf_counter()
    assert _code_and_pointer(b'["' + b'\\"' * 1_000_000)[0] == "json-malformed"
    assert time.perf_counter() - started < 5


def test_parse_vietnamese_typed_on_two_systems_is_alike() -> None:
    composed = '{"tên":"Mật ong rừng Thanh Hóa"}'
    decomposed = normalize("NFD", composed)
    assert composed != decomposed
    assert parse(composed.encode()) == parse(decomposed.encode())
    assert encode(parse(decomposed.encode())) == composed.encode()
    escaped = json.dumps(json.loads(decomposed)).encode()
    assert encode(parse(escaped)) == composed.encode()


@many
@given(st.recursive(st.text(st.characters(blacklist_categories=["Cs"])), st.lists, max_leaves=5))
def test_parse_strings_are_in_nfc(value: Any) -> None:
    parsed = parse(json.dumps(value, ensure_ascii=False).encode())
    assert is_normalized("NFC", json.dumps(parsed, ensure_ascii=False))
    assert parsed == normalise(value)
    check_normalised(parsed)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("e\u0301", ""),
        ({"a": ["x", {"b": "e\u0301"}]}, "/a/1/b"),
        ({"a": {"e\u0301": 1}}, "/a/e\u0301"),
        ([1, None, "\u212b"], "/2"),
    ],
)
def test_check_normalised_other_text_is_refused(value: Any, at: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_normalised(value)
    assert (refused.value.code, refused.value.pointer) == ("json-not-normalised", at)


def test_check_normalised_composed_text_passes() -> None:
    check_normalised({"é": ["ế", 1, None, True, 1.5, {"a": "b"}]})


def test_normalise_changes_nothing_but_text() -> None:
    assert normalise([1, 1.5, None, True, {"e\u0301": "a"}]) == [1, 1.5, None, True, {"é": "a"}]


@pytest.mark.parametrize(
    ("steps", "text"),
    [((), ""), (("a", 0), "/a/0"), (("a/b", "~"), "/a~1b/~0"), (("",), "/"), (("~1",), "/~01")],
)
def test_pointer_is_rfc6901(steps: tuple[str | int, ...], text: str) -> None:
    assert pointer(*steps) == text


def test_escape_step_tilde_first() -> None:
    assert escape_step("~1/") == "~01~1"
    assert escape_step("plain") == "plain"
