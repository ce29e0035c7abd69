"""The end of the period (hết thời hạn giáo dục, giúp đỡ): the member's self-review and the cell's assessment.

Steps of their own, recorded before a committee recognises progress or the cell proposes removal on ground X4.
Whether they must be there is a setting of the profile, for no text that could be read says so.
"""

from __future__ import annotations

import datetime as dt

from services.reviews.domain.case import (
    Actor,
    Assessment,
    Case,
    SelfReview,
    Step,
    blank_problems,
    enter,
    order_problems,
    problem,
    take,
)
from services.reviews.domain.citation import Citation, Problem, refuse_if
from services.reviews.domain.profile import Profile


def record_self_review(case: Case, profile: Profile, *, actor: Actor, on: dt.date, text: str) -> Step:
    """Ghi bản tự kiểm điểm: the member looks back; by the member, or by the secretary who received it."""
    row = enter("record_self_review", case, profile, actor=actor, on=on)
    refuse_if(blank_problems(row.citation, text=text))
    review = SelfReview(on=on, text=text)
    return take(row, case, actor=actor, on=on, self_reviews=(*case.self_reviews, review))


def assess_progress(
    case: Case, profile: Profile, *, actor: Actor, on: dt.date, progressed: bool, minutes: str
) -> Step:
    """Ghi nhận xét, đánh giá của chi bộ: what the cell concluded at its meeting; a later one replaces it."""
    row = enter("assess_progress", case, profile, actor=actor, on=on)
    found = blank_problems(row.citation, minutes=minutes)
    found.extend(follow_up_problems(case, profile))
    earlier = [*(each.on for each in case.follow_ups), *(each.on for each in case.assessments)]
    found.extend(order_problems(on=on, earliest=max(earlier, default=case.opened_on)))
    setting = profile.settings.end_of_education
    if setting.value.self_review and not case.self_reviews:
        found.append(_self_review_missing(setting.citation))
    refuse_if(found)
    assessment = Assessment(on=on, progressed=progressed, minutes=minutes)
    note = "có tiến bộ" if progressed else "chưa tiến bộ"
    return take(row, case, actor=actor, on=on, note=note, assessments=(*case.assessments, assessment))


def follow_up_problems(case: Case, profile: Profile) -> list[Problem]:
    """Return a problem when the member was followed up less often than the profile says."""
    minimum = profile.settings.min_follow_ups
    if len(case.follow_ups) >= minimum.value:
        return []
    vi = f"Cần ít nhất {minimum.value} lần theo dõi, giúp đỡ trước khi nhận xét, công nhận tiến bộ."
    en = f"Needs at least {minimum.value} follow-up(s) before progress can be assessed or recognised."
    return [problem("follow_ups_too_few", "", vi, en, minimum.citation)]


def end_of_education_problems(case: Case, profile: Profile) -> list[Problem]:
    """Return which steps of the end of the period are missing that the profile demands."""
    setting, found = profile.settings.end_of_education, []
    if setting.value.self_review and not case.self_reviews:
        found.append(_self_review_missing(setting.citation))
    if setting.value.assessment and not case.assessments:
        vi = "Chưa có nhận xét, đánh giá của chi bộ khi hết thời hạn giáo dục, giúp đỡ."
        en = "The cell's assessment at the end of the period is missing."
        found.append(problem("assessment_missing", "/assessments", vi, en, setting.citation))
    return found


def _self_review_missing(citation: Citation) -> Problem:
    vi = "Chưa có bản tự kiểm điểm của đảng viên khi hết thời hạn giáo dục, giúp đỡ."
    en = "The member's self-review at the end of the period is missing."
    return problem("self_review_missing", "/self_reviews", vi, en, citation)
