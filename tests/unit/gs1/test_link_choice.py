"""Which link answers: a few laws whatever the links and the wishes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger.gs1.link_choice import Preferences, choose_links, language_quality
from ledger.gs1.links import Link

_TAGS = st.sampled_from(["vi", "en", "en-GB", "zh"])
LINKS = st.lists(
    st.builds(
        Link,
        type=st.just("pip"),
        href=st.sampled_from([f"https://htx.example/{n}" for n in range(6)]),
        title=st.just("Trang"),
        hreflang=st.lists(_TAGS, max_size=2).map(tuple),
        media_type=st.sampled_from([None, "text/html", "application/json"]),
        context=st.lists(st.sampled_from(["VN", "JP"]), max_size=1).map(tuple),
    ),
    min_size=1,
    max_size=6,
)
WISHES = st.builds(
    Preferences,
    languages=st.lists(st.tuples(_TAGS.map(str.lower), st.sampled_from([0.3, 1.0])), max_size=3),
    contexts=st.frozensets(st.sampled_from(["VN", "JP"]), max_size=1),
)


@given(links=LINKS, wishes=WISHES)
def test_choice_is_one_link_or_several_that_cannot_be_told_apart(
    links: list[Link], wishes: Preferences
) -> None:
    chosen = choose_links(links, wishes)
    assert len({link.attributes for link in chosen}) == 1
    twins = [link for link in links if link.attributes == chosen[0].attributes]
    assert list(chosen) == twins


@given(links=LINKS)
def test_without_wishes_a_link_for_everybody_goes_before_one_for_some(links: list[Link]) -> None:
    chosen = choose_links(links, Preferences())
    if any(not link.context for link in links):
        assert not chosen[0].context


@given(links=LINKS, tag=_TAGS.map(str.lower))
def test_wanted_language_is_given_where_there_is_one(links: list[Link], tag: str) -> None:
    plain = [Link("pip", one.href, one.title, one.hreflang) for one in links]
    wishes = Preferences(languages=((tag, 1.0),))
    (chosen, *_) = choose_links(plain, wishes)
    if any(language_quality(link.hreflang, wishes.languages) for link in plain):
        assert language_quality(chosen.hreflang, wishes.languages) > 0


def test_language_lookup_widens_and_narrows() -> None:
    assert language_quality(["vi"], [("vi-vn", 1.0)]) == 0.9
    assert language_quality(["en-GB"], [("en", 0.5), ("en-gb", 0.8)]) == 0.8
    assert language_quality(["en"], [("*", 0.1)]) == 0.1
    assert language_quality(["en"], [("vi", 1.0)]) == 0
