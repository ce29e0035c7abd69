"""What is checked of an audit chain with each link that comes."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.audit_chain import CHANGED, DOES_NOT_FOLLOW, REWRITTEN, Chain, Verified

AT = datetime(2026, 1, 15, tzinfo=UTC)


def hash_of(number: int) -> str:
    return f"{number:064x}"


def grown(chain: Chain, number: int, *, previous: str | None = None, sound: bool = True) -> Chain:
    return chain.with_link(
        number=number,
        at=AT,
        previous=hash_of(number - 1) if previous is None else previous,
        hash=hash_of(number),
        sound=sound,
        verified=None,
    )


def of_links(count: int) -> Chain:
    chain = Chain()
    for number in range(1, count + 1):
        chain = grown(chain, number)
    return chain


def verified(chain: Chain, good_up_to: int, **more: object) -> Chain:
    found = Verified(at=AT, good_up_to=good_up_to, hash=hash_of(good_up_to), **more)
    return chain.with_link(
        number=chain.number + 1,
        at=AT,
        previous=chain.hash,
        hash=hash_of(chain.number + 1),
        sound=True,
        verified=found,
    )


class TestChain:
    """The first thing that is wrong is named, and stays named."""

    def test_nothing_is_whole_before_its_service_said_so(self):
        assert of_links(3).judged(None) == ("unverified", [])
        assert verified(of_links(3), 3).judged(hash_of(3)) == ("intact", [])

    @given(broken=st.integers(1, 8), how=st.sampled_from(["content", "link"]))
    def test_the_first_broken_link_is_named(self, broken: int, how: str):
        before, wrong = of_links(broken - 1), {"content": {"sound": False}, "link": {"previous": "f" * 64}}
        chain = grown(before, broken, **wrong[how])
        for number in range(broken + 1, 10):
            chain = grown(chain, number, sound=number % 2 == 0)
        state, (fault,) = verified(chain, 9).judged(hash_of(9))
        assert state == "broken"
        assert (fault.number, fault.why) == (broken, CHANGED if how == "content" else DOES_NOT_FOLLOW)

    def test_what_is_missing_is_counted_and_the_chain_goes_on_behind_it(self):
        chain = of_links(2).without_link(3).without_link(4)
        chain = grown(chain, 5)
        state, faults = verified(chain, 2).judged(hash_of(2))
        assert (state, faults) == ("missing", [])
        assert (chain.missing, chain.missing_count) == ((3, 4), 2)

    def test_what_the_service_found_broken_is_told(self):
        state, (fault,) = verified(of_links(5), 2, broken_at=3, why="nội dung đã bị sửa").judged(hash_of(2))
        assert (state, fault.number, fault.why) == ("broken", 3, "nội dung đã bị sửa")

    def test_a_past_written_anew_and_made_consistent_differs_from_the_copy(self):
        state, (fault,) = verified(of_links(5), 4).judged("e" * 64)
        assert (state, fault.number, fault.why) == ("broken", 4, REWRITTEN)
