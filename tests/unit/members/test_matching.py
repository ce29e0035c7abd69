from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.domain.matching import (
    RULES,
    Match,
    Person,
    match,
    one_letter_apart,
    rule_between,
    swapped_day,
)

LETTERS = st.text("abcdghiklmnopqstuvxy ", min_size=2, max_size=20).filter(
    lambda text: text == " ".join(text.split()) and len(text) > 1
)
RECORD = Person(
    full_name="Trần Thị Đào",
    cell="chi-bo-1",
    admitted_on=date(2010, 2, 3),
    birth_date=date(1980, 4, 7),
    card_number="097000000001",
)


def a_row(**changed):
    return msgspec.structs.replace(RECORD, **changed)


class TestSureMatches:
    """A number with name or birth date, or name with day and cell, makes a row somebody on record."""

    @pytest.mark.parametrize(
        ("changed", "rule"),
        [
            ({"full_name": "TRAN THI DAO", "cell": "chi-bo-2"}, "same_card"),
            ({"full_name": "Trần Thị Hồng", "cell": "chi-bo-2"}, "same_card"),
            ({"card_number": None}, "same_name_birth_cell"),
            ({"card_number": None, "birth_date": None}, "same_name_admission_cell"),
        ],
    )
    def test_by_rule(self, changed, rule):
        assert match(a_row(**changed), [("m1", RECORD)]) == Match(sure="m1", rule=rule)


class TestNearDuplicates:
    """Likeness alone decides nothing: a person does."""

    @pytest.mark.parametrize(
        ("changed", "rule"),
        [
            ({"full_name": "Lê Văn Bưởi", "birth_date": date(1975, 1, 1)}, "number_of_another_name"),
            ({"card_number": "097000000002"}, "card_one_digit"),
            ({"card_number": "079000000001", "cell": "chi-bo-2"}, "card_one_digit"),
            ({"card_number": None, "cell": "chi-bo-2"}, "same_name_birth"),
            ({"card_number": "111111111111"}, "same_name_birth"),
            ({"card_number": None, "full_name": "Trần Thị Đao", "cell": "x"}, "same_name_birth"),
            ({"card_number": None, "full_name": "Trần Thị Đạt"}, "name_one_letter"),
            ({"card_number": None, "birth_date": date(1980, 7, 4)}, "birth_day_month_swapped"),
            ({"card_number": None, "birth_date": None, "cell": "chi-bo-2"}, "same_name_admission"),
        ],
    )
    def test_by_rule(self, changed, rule):
        assert match(a_row(**changed), [("m1", RECORD)]) == Match(unsure=(("m1", rule),))

    def test_two_sure_records_are_left_to_a_person(self):
        twin = a_row(card_number=None)
        found = match(a_row(card_number=None), [("m1", twin), ("m2", twin)])
        assert found.sure is None
        assert [record for record, _ in found.unsure] == ["m1", "m2"]

    def test_a_sure_record_leaves_no_question_about_others(self):
        assert match(a_row(), [("m1", RECORD), ("m2", a_row(cell="chi-bo-2", card_number=None))]).sure == "m1"

    def test_others_of_the_cell_admitted_together_are_nobody(self):
        other = a_row(full_name="Trần Thị Đạt", birth_date=None, card_number="097000000002")
        assert rule_between(other, RECORD) is None


class TestLikeness:
    """One letter put in, left out, exchanged or swapped; a day and month exchanged."""

    @given(LETTERS, st.data())
    def test_one_alteration_is_seen_from_both_sides(self, name, data):
        place = data.draw(st.integers(0, len(name) - 1))
        letter = data.draw(st.sampled_from("abcxyz"))
        altered = data.draw(
            st.sampled_from(
                [
                    name[:place] + letter + name[place:],
                    name[:place] + name[place + 1 :],
                    name[:place] + letter + name[place + 1 :],
                    name[:place] + name[place : place + 2][::-1] + name[place + 2 :],
                ]
            )
        )
        assert one_letter_apart(name, altered) == (name != altered)
        assert one_letter_apart(altered, name) == (name != altered)

    @given(LETTERS, LETTERS)
    def test_far_names_are_not_near(self, left, right):
        if abs(len(left) - len(right)) > 1 or sum(a != b for a, b in zip(left, right, strict=False)) == 0:
            return
        if len(set(left) ^ set(right)) > 2:
            assert not one_letter_apart(left, right)

    @given(st.dates(date(1930, 1, 1), date(2005, 1, 1)))
    def test_swapping_twice_gives_the_day_back(self, day):
        other = swapped_day(day)
        assert other is None or swapped_day(other) == day

    @given(st.builds(lambda day: a_row(birth_date=day), st.dates(date(1930, 1, 1), date(1990, 1, 1))))
    def test_no_rule_takes_likeness_alone_for_sure(self, row):
        for rule in RULES:
            if rule.sure and rule.fits(row, RECORD):
                assert row.card_number == RECORD.card_number or row.name == RECORD.name
