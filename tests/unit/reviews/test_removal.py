import datetime as dt

import pytest

from services.reviews import domain
from services.reviews.domain import Actor, Refusal, State
from tests.unit.reviews import words
from tests.unit.reviews.words import (
    BOARD,
    COMMITTEE,
    PROFILE,
    SECRETARY,
    STANDING,
    START,
    SUBJECT,
    days,
    vote,
)

ARTICLE_8 = "Điều 8, Quy định 24-QĐ/TW ngày 30/07/2021 (Ban Chấp hành Trung ương)"


def propose_from_list(case, on, ground="X4", actor=SECRETARY, **more):
    return domain.propose_removal(
        case, PROFILE, actor=actor, on=on, mode="name_removal", ground=ground, **more
    )


class TestProposal:
    """Xóa tên rests on a ground of Điều 8, Quy định 24-QĐ/TW; khai trừ is recorded from the discipline body."""

    def test_x4_only_when_the_education_period_is_over(self):
        case = words.in_education()
        with pytest.raises(Refusal, match="education_not_over"):
            propose_from_list(case, dt.date(2023, 2, 28))
        step = propose_from_list(case, dt.date(2023, 3, 1))
        assert step.case.state == "removal_proposed"
        assert not [each for each in step.case.deadlines if each.status == "running"]

    def test_x4_only_when_help_was_given(self):
        with pytest.raises(Refusal, match="education_not_given"):
            propose_from_list(words.in_education(followed_up=False), dt.date(2023, 3, 1))

    def test_two_months_of_absence_are_not_three(self):
        with pytest.raises(Refusal) as refused:
            domain.propose_direct_removal(
                case_id="c",
                member_id="m",
                status="official",
                unit=words.UNIT,
                profile=PROFILE,
                actor=SECRETARY,
                on=START,
                mode="name_removal",
                ground="X1",
                evidence=[words.evidence("absence_count", START, count=2, year=START.year)],
            )
        assert refused.value.problems[0].pointer == "/evidence/0/count"
        assert str(refused.value.problems[0].citation) == ARTICLE_8

    def test_the_cell_proposes(self):
        with pytest.raises(Refusal, match="actor_not_allowed"):
            propose_from_list(words.in_education(), dt.date(2023, 3, 1), actor=STANDING)

    def test_a_probationary_member_is_never_expelled(self):
        with pytest.raises(Refusal) as refused:
            words.removal_proposed(status="probationary", mode="expulsion")
        assert refused.value.rule_code == "probationary_expulsion"
        assert "22-QĐ/TW" in str(refused.value.problems[0].citation)

    def test_an_expulsion_needs_the_discipline_bodys_decision(self):
        with pytest.raises(Refusal, match="evidence_missing"):
            domain.propose_removal(
                words.in_education(), PROFILE, actor=BOARD, on=START + days(90), mode="expulsion"
            )


class TestToldAndHeard:
    """Before any vote the member is told, and heard, or asked three times in vain, or deliberately refuses."""

    def asked(self, *outcomes):
        case = words.removal_proposed()
        case = domain.notify_member(
            case,
            PROFILE,
            actor=SECRETARY,
            on=START,
            about="removal",
            channel="thư bảo đảm",
            receipt="refused",
        ).case
        for outcome in outcomes:
            case = domain.request_self_criticism(
                case, PROFILE, actor=SECRETARY, on=START, channel="thư", outcome=outcome
            ).case
        return case

    def test_nothing_recorded_stops_the_vote(self):
        with pytest.raises(Refusal) as refused:
            vote(words.removal_proposed(), START, "cell")
        assert refused.value.codes == {"notice_missing", "not_heard"}
        assert all(str(each.citation) == ARTICLE_8 for each in refused.value.problems)

    @pytest.mark.parametrize("outcomes", [("unanswered",) * 2, ("submitted",) * 3])
    def test_two_requests_or_a_paper_alone_are_not_enough(self, outcomes):
        with pytest.raises(Refusal) as refused:
            vote(self.asked(*outcomes), START, "cell")
        assert refused.value.codes == {"not_heard"}

    @pytest.mark.parametrize("outcomes", [("unanswered",) * 3, ("refused",)])
    def test_three_in_vain_or_one_refusal_are(self, outcomes):
        assert vote(self.asked(*outcomes), START, "cell").case.state == "cell_voted"

    def test_an_applicant_has_spoken_by_the_application(self):
        case = domain.notify_member(
            words.removal_proposed(mode="resignation"),
            PROFILE,
            actor=SECRETARY,
            on=START,
            about="removal",
            channel="trực tiếp",
            receipt="acknowledged",
        ).case
        assert vote(case, START, "cell").case.state == "cell_voted"


class TestLadder:
    """Cell and grassroots committee by two thirds, standing committee by more than half (Điều 8, Quy định 24-QĐ/TW)."""

    def heard(self, **about):
        return words.told_and_heard(words.removal_proposed(**about), START)

    def test_each_level_in_its_turn(self):
        case = self.heard()
        with pytest.raises(Refusal, match="level_not_due"):
            vote(case, START, "grassroots_committee")
        states = []
        for level in ("cell", "grassroots_committee", "standing_committee"):
            case = vote(case, START, level).case
            states.append(case.state)
        assert states == ["cell_voted", "committee_voted", "awaiting_decision"]

    def test_the_standing_committee_needs_more_than_half(self):
        case = vote(vote(self.heard(), START, "cell").case, START, "grassroots_committee").case
        assert (
            not vote(case, START, "standing_committee", 4, 4, members_in_office=8)
            .case.removal.votes[-1]
            .reached
        )
        assert (
            vote(case, START, "standing_committee", 5, 3, members_in_office=8).case.removal.votes[-1].reached
        )

    def test_a_missed_share_is_a_fact_and_not_an_end(self):
        step = vote(self.heard(), START, "cell", 5, 4)
        assert step.case.state == "removal_proposed"
        assert step.facts[0][1]["reached"] is False
        assert vote(step.case, START, "cell").case.state == "cell_voted"

    def test_the_third_failure_is_for_the_level_above(self):
        """điểm 4.2, Quy định 29-QĐ/TW ngày 25/07/2016."""
        assert str(PROFILE.settings.failed_votes.citation).startswith(
            "điểm 4.2, Quy định 29-QĐ/TW ngày 25/07/2016"
        )
        case = self.heard()
        for _ in range(3):
            case = vote(case, START, "cell", 5, 4).case
        assert (case.state, domain.next_level(case, PROFILE)) == (State.REFERRED, "grassroots_committee")
        assert vote(case, START, "grassroots_committee").case.state == "committee_voted"

    def test_a_missed_share_can_be_reported_up_at_once(self):
        assert vote(self.heard(), START, "cell", 5, 4, refer_up=True).case.state == "referred"

    def test_a_grassroots_cell_has_no_grassroots_committee(self):
        case = vote(self.heard(unit=words.CELL_OF_THE_KHOI), START, "cell").case
        assert vote(case, START, "standing_committee").case.state == "awaiting_decision"

    def test_a_part_committee_appraises_in_between(self):
        case = vote(self.heard(unit=words.changed(words.UNIT, part_committee=True)), START, "cell").case
        with pytest.raises(Refusal, match="appraisal_missing"):
            vote(case, START, "grassroots_committee")
        step = domain.record_appraisal(case, PROFILE, actor=COMMITTEE, on=START, supports=False, minutes="BB")
        assert step.facts[0][1]["level"] == "part_committee"
        assert vote(step.case, START, "grassroots_committee").case.state == "committee_voted"

    def test_a_superior_that_the_cell_came_under_later_does_not_hold_up_the_decision(self):
        case = vote(self.heard(unit=words.CELL_OF_THE_KHOI), START, "cell").case
        case = vote(case, START, "standing_committee").case
        moved = words.changed(case, unit=words.changed(words.UNIT, part_committee=True))
        assert domain.next_level(moved, PROFILE) is None
        assert words.decide(moved, START).case.state is State.REMOVED

    def test_a_part_committee_that_came_later_is_not_waited_for(self):
        case = vote(vote(self.heard(), START, "cell").case, START, "grassroots_committee").case
        moved = words.changed(case, unit=words.changed(words.UNIT, part_committee=True))
        assert vote(moved, START, "standing_committee").case.state is State.AWAITING_DECISION

    def test_a_delegated_committee_decides_on_a_probationary_member(self):
        case = self.heard(status="probationary", delegation=words.a_document(START))
        case = vote(case, START, "cell").case
        case = vote(case, START, "delegated_grassroots_committee", 6, 3).case
        assert case.state == "awaiting_decision"
        with pytest.raises(Refusal, match="not_competent"):
            words.decide(case, START)
        assert words.decide(case, START, actor=COMMITTEE).case.state == "removed"

    def test_nobody_delegates_the_removal_of_an_official_member(self):
        with pytest.raises(Refusal, match="delegation_not_possible"):
            words.removal_proposed(delegation=words.a_document(START))

    def test_a_level_records_its_own_vote_with_its_own_base(self):
        with pytest.raises(Refusal) as refused:
            domain.record_removal_vote(
                self.heard(),
                PROFILE,
                actor=COMMITTEE,
                on=START,
                vote_id="v",
                level="cell",
                form="show_of_cards",
                totals=words.votes(9),
                minutes="BB",
            )
        assert refused.value.codes == {"actor_not_allowed", "roll_missing"}

    def test_no_event_carries_a_tally(self):
        _, fields = vote(self.heard(), START, "cell").facts[0]
        assert not {"totals", "votes_for", "base"} & set(fields)


class TestDecision:
    """No removal without notice, hearing, votes, decision document and information on the right to complain."""

    def test_the_whole_evidence_removes(self):
        step = words.decide(words.awaiting_decision(), START)
        assert step.case.state == "removed"
        assert words.names(step) == ["MemberRemoved"]
        fields = step.facts[0][1]
        assert (fields["mode"], fields["ground"], fields["direct"]) == ("name_removal", "X1", True)

    @pytest.mark.parametrize(
        ("missing", "pointer"),
        [
            ({"complaint_rights_informed_on": None}, "/complaint_rights_informed_on"),
            ({"effective_on": None}, "/effective_on"),
            ({"signer_office": ""}, "/signer_office"),
            ({"decision": words.a_document(START, "")}, "/decision/number"),
            ({"decision": words.a_document(START - days(1))}, "/decision/issued_on"),
            (
                {"decision": words.a_document(START + days(1)), "effective_on": START + days(1)},
                "/decision/issued_on",
            ),
        ],
    )
    def test_what_is_missing_is_named(self, missing, pointer):
        with pytest.raises(Refusal) as refused:
            words.decide(words.awaiting_decision(), START, **missing)
        assert [each.pointer for each in refused.value.problems] == [pointer]

    def test_an_expulsion_needs_notice_and_hearing_too(self):
        case = words.removal_proposed(mode="expulsion")
        assert case.state == "awaiting_decision"
        with pytest.raises(Refusal) as refused:
            words.decide(case, START)
        assert refused.value.codes == {"notice_missing", "not_heard"}
        assert words.decide(words.told_and_heard(case, START), START).case.state == "removed"

    def test_who_voted_short_may_decide_against(self):
        case = words.told_and_heard(words.removal_proposed(), START)
        for level in ("cell", "grassroots_committee"):
            case = vote(case, START, level).case
        with pytest.raises(Refusal, match="not_rejected"):
            words.decide(case, START, "rejected")
        case = vote(case, START, "standing_committee", 4, 5).case
        step = words.decide(case, START, "rejected")
        assert (step.case.state, step.case.outcome) == ("removal_rejected", "not_removed")
        assert words.names(step) == ["CaseClosed"]

    def test_a_listed_member_goes_back_to_education_and_is_told_anew(self):
        on = dt.date(2023, 3, 1)
        case = words.told_and_heard(propose_from_list(words.in_education(), on).case, on)
        for level in ("cell", "grassroots_committee"):
            case = vote(case, on, level).case
        case = vote(case, on, "standing_committee", 0, 9).case
        with pytest.raises(Refusal, match="continue_until"):
            words.decide(case, on, "rejected")
        step = words.decide(case, on, "rejected", continue_until=dt.date(2023, 9, 1))
        assert step.case.state == "in_education"
        assert words.names(step) == ["EducationExtended"]
        again = propose_from_list(step.case, dt.date(2023, 9, 1)).case
        with pytest.raises(Refusal) as refused:
            vote(again, dt.date(2023, 9, 1), "cell")
        assert refused.value.codes == {"notice_missing", "not_heard"}

    def test_the_subject_decides_nothing_in_any_role(self):
        own = Actor(id="u", role="standing_committee", member_id=words.MEMBER)
        with pytest.raises(Refusal, match="conflict_of_interest"):
            words.decide(words.awaiting_decision(), START, actor=own)


class TestComplaint:
    """A complaint is filed within 30 working days of delivery, and resolved within 90, or 180 at the Centre."""

    def lodge(self, case, on, level="local", actor=SUBJECT):
        return domain.lodge_complaint(
            case,
            PROFILE,
            actor=actor,
            on=on,
            reference="Đơn khiếu nại",
            level=level,
            add_working_days=words.weekdays,
        )

    def resolve(self, case, on, outcome):
        return domain.resolve_complaint(
            case,
            PROFILE,
            actor=STANDING,
            on=on,
            outcome=outcome,
            decision=words.a_document(on),
            add_working_days=words.weekdays,
        )

    def test_the_window_runs_from_delivery(self):
        case = words.removed()
        assert case.running("complaint_filing").due_on == words.weekdays(START, 30)
        assert str(PROFILE.settings.complaint_filing_working_days.citation).startswith(
            "khiếu nại về xóa tên, Quy định 29-QĐ/TW ngày 25/07/2016"
        )

    @pytest.mark.parametrize(("level", "count"), [("local", 90), ("central", 180)])
    def test_resolving_has_its_term_and_does_not_suspend(self, level, count):
        step = self.lodge(words.removed(), START + days(1), level)
        assert step.case.state == "complaint_pending"
        assert step.case.running("complaint_resolving").due_on == words.weekdays(START + days(1), count)
        assert step.case.outcome == "removed"

    def test_a_late_one_is_recorded_and_not_examined(self):
        last_day = words.weekdays(START, 30)
        assert self.lodge(words.removed(), last_day).case.state == "complaint_pending"
        step = self.lodge(words.removed(), last_day + days(1))
        assert step.case.state == "removed"
        assert words.names(step) == ["ComplaintLodged", "ComplaintResolved"]
        assert step.facts[1][1]["outcome"] == "not_examined"

    def test_reversal_restores(self):
        case = self.lodge(words.removed(), START).case
        step = self.resolve(case, START + days(9), "reversed")
        assert (step.case.state, step.case.outcome) == ("restored", "restored")
        assert words.names(step) == ["ComplaintResolved", "RemovalReversed", "CaseClosed"]

    def test_after_upholding_the_next_level_can_be_asked(self):
        case = self.resolve(self.lodge(words.removed(), START).case, START + days(9), "upheld").case
        assert case.state == "complaint_upheld"
        assert self.lodge(case, START + days(10), "central").case.state == "complaint_pending"

    def test_the_case_is_closed_when_the_time_is_over(self):
        last_day = words.weekdays(START, 30)
        for case, on in ((words.removed(), last_day), (words.removed(delivered=False), last_day + days(1))):
            with pytest.raises(Refusal, match="complaint_window_open"):
                domain.close_case(case, PROFILE, actor=SECRETARY, on=on)
        step = domain.close_case(words.removed(), PROFILE, actor=SECRETARY, on=last_day + days(1))
        assert step.facts[0][1]["outcome"] == "removed"
        assert self.lodge(step.case, last_day + days(2)).case.complaints[0].late

    def test_another_members_complaint_is_none(self):
        with pytest.raises(Refusal, match="conflict_of_interest"):
            self.lodge(words.removed(), START, actor=words.changed(SUBJECT, member_id="m-1"))

    def test_a_decision_is_delivered_once(self):
        with pytest.raises(Refusal, match="delivered_already"):
            domain.deliver_decision(
                words.removed(),
                PROFILE,
                actor=SECRETARY,
                on=START,
                receipt="refused",
                add_working_days=words.weekdays,
            )


class TestProbation:
    """29-QĐ/TW, điểm 4.2: confirmation is considered within 30 working days after the 12 probationary months."""

    def proposed(self, on, due_on):
        return domain.propose_direct_removal(
            case_id="case-3",
            member_id=words.MEMBER,
            status="probationary",
            unit=words.UNIT,
            profile=words.PROFILE,
            actor=words.SECRETARY,
            on=on,
            mode="name_removal",
            ground="P1",
            evidence=[words.evidence("probation_review", on)],
            review_due_on=due_on,
        ).case

    def test_the_last_day_follows_from_the_admission(self):
        due_on = domain.probation_review_due(
            dt.date(2021, 3, 1), words.PROFILE, add_working_days=words.weekdays
        )
        assert due_on == words.weekdays(dt.date(2022, 3, 1), 30)

    def test_a_later_proposal_stands_and_is_recorded_as_late(self):
        in_time = self.proposed(words.START, words.START)
        late = self.proposed(words.START + words.days(1), words.START)
        assert "quá thời hạn" not in in_time.timeline[-1].note
        assert "quá thời hạn xét công nhận chính thức" in late.timeline[-1].note
        assert late.removal.review_due_on == words.START

    def test_who_became_official_while_on_the_list_is_treated_as_official(self):
        case = words.in_education(status="probationary")
        facts = {
            "actor": words.COMMITTEE,
            "on": words.START + words.days(100),
            "mode": "expulsion",
            "evidence": [words.evidence("discipline_decision", words.START + words.days(99))],
        }
        with pytest.raises(domain.Refusal) as refused:
            domain.propose_removal(case, words.PROFILE, **facts)
        assert "probationary_expulsion" in refused.value.codes
        step = domain.propose_removal(case, words.PROFILE, status="official", **facts)
        assert (step.case.status, step.case.state) == ("official", "awaiting_decision")
