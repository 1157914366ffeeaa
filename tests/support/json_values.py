"""Hypothesis strategies for I-JSON values as `canonical.parse` returns them."""

from __future__ import annotations

from unicodedata import normalize

from hypothesis import strategies as st

from ledger.canonical import MAX_SAFE_INTEGER, JsonValue

texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12).map(
    lambda text: normalize("NFC", text)
)
"""Any text in NFC: controls, quotes, characters beyond the BMP and its private part included."""

names = st.one_of(
    st.sampled_from(["a", "b", "a/b", "a~b", "a-b", "a.b", "ab", "", "é", "\ue000", "\U0001f41d"]),
    texts,
)
"""Member names, among them those that sort differently in UTF-8, UTF-16 and as pointers."""

integers = st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)

floats = st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda value: not value.is_integer() or abs(value) <= MAX_SAFE_INTEGER or abs(value) >= 1e21
)
"""Every float that has a canonical spelling which reads back as the same number."""

scalars: st.SearchStrategy[JsonValue] = st.one_of(st.none(), st.booleans(), integers, floats, texts)

values: st.SearchStrategy[JsonValue] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(names, inner, max_size=5),
    max_leaves=20,
)

bodies: st.SearchStrategy[dict[str, JsonValue]] = st.dictionaries(names, values, max_size=8)
"""Bodies of records."""
