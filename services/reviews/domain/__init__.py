"""The rules of the procedure as pure functions and data: no web, no database, no broker, no clock.

README.md beside this file lists every command with its keyword parameters and the facts it returns.
"""

from services.reviews.domain.ballot import BaseRule, Exclusion, Roll, RosterEntry, Share, Totals, build_roll
from services.reviews.domain.case import Actor, Case, Deadline, Document, Opinion, Step, Unit
from services.reviews.domain.citation import Citation, Problem, Refusal
from services.reviews.domain.complaint import close_case, lodge_complaint, resolve_complaint
from services.reviews.domain.correction import correct_ballot
from services.reviews.domain.criteria import CRITERIA, Criterion, Evidence
from services.reviews.domain.education import (
    acknowledge_notice,
    assign_helpers,
    close_other_exit,
    declare_helper_conflict,
    extend_education,
    notify_member,
    recognize_progress,
    record_follow_up,
    record_plan,
    record_statement,
    transfer_case,
)
from services.reviews.domain.end_of_education import assess_progress, record_self_review
from services.reviews.domain.grounds import GROUNDS, Ground
from services.reviews.domain.listing import (
    give_guidance,
    propose,
    record_ballot,
    record_opinion,
    request_guidance,
)
from services.reviews.domain.procedure import STATE_VI, TRANSITIONS, State, Transition
from services.reviews.domain.profile import (
    Profile,
    add_months,
    load_profiles,
    parse_profiles,
    profile_by_id,
    profile_on,
)
from services.reviews.domain.removal import (
    appraisal_due,
    decide_removal,
    deliver_decision,
    next_level,
    probation_review_due,
    propose_direct_removal,
    propose_removal,
    record_appraisal,
    record_hearing,
    record_removal_vote,
    removal_evidence_problems,
    request_self_criticism,
)
from services.reviews.domain.vote_correction import correct_removal_vote

__all__ = [
    "CRITERIA",
    "GROUNDS",
    "STATE_VI",
    "TRANSITIONS",
    "Actor",
    "BaseRule",
    "Case",
    "Citation",
    "Criterion",
    "Deadline",
    "Document",
    "Evidence",
    "Exclusion",
    "Ground",
    "Opinion",
    "Problem",
    "Profile",
    "Refusal",
    "Roll",
    "RosterEntry",
    "Share",
    "State",
    "Step",
    "Totals",
    "Transition",
    "Unit",
    "acknowledge_notice",
    "add_months",
    "appraisal_due",
    "assess_progress",
    "assign_helpers",
    "build_roll",
    "close_case",
    "close_other_exit",
    "correct_ballot",
    "correct_removal_vote",
    "decide_removal",
    "declare_helper_conflict",
    "deliver_decision",
    "extend_education",
    "give_guidance",
    "load_profiles",
    "lodge_complaint",
    "next_level",
    "notify_member",
    "parse_profiles",
    "probation_review_due",
    "profile_by_id",
    "profile_on",
    "propose",
    "propose_direct_removal",
    "propose_removal",
    "recognize_progress",
    "record_appraisal",
    "record_ballot",
    "record_follow_up",
    "record_hearing",
    "record_opinion",
    "record_plan",
    "record_removal_vote",
    "record_self_review",
    "record_statement",
    "removal_evidence_problems",
    "request_guidance",
    "request_self_criticism",
    "resolve_complaint",
    "transfer_case",
]
