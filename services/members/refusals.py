"""A command refused by a rule of the records, and its problem document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from services.members.domain.violation import Violation
from shared.web.problems import FieldProblem, Problem

_ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "admission_date_missing": "There is an official date but no admission date.",
        "admitted_under_age": "Younger than 18 at admission (Party Statutes 2011, article 1).",
        "assessment_missing": "The member is on the list: hand the case on with its written assessment first.",
        "cycle": "An organisation cannot stand under itself or under one of its own.",
        "date_in_future": "The date lies in the future.",
        "date_order": "The date lies before the step before.",
        "date_too_old": "The date lies too far back.",
        "decided_later": "The decision is dated after the step.",
        "decision_missing": "The decision of the competent committee is needed.",
        "dissolve_with_children": "Organisations still stand under it.",
        "dissolve_with_members": "Members are still on its roll.",
        "exempt_before_admission": "The exemption begins before the admission.",
        "exempt_period": "The period of the exemption is not valid.",
        "decision_open": "A transfer is decided and not begun: begin that one, or withdraw it.",
        "instant_in_future": "The instant lies in the future; to keep somebody out, lock the account at the provider.",
        "in_transit": "The member is in another transfer.",
        "field_not_kept": "This deployment does not keep the field.",
        "citizen_id_length": "A citizen id has twelve digits.",
        "group_ended": "The working group has ended.",
        "joined_later": "Members joined the cell after that day.",
        "leader_not_in_group": "The leader must be one of the group.",
        "later_change_exists": "A change with a later date exists already.",
        "leaving_before_admission": "The ending lies before the admission or the official date.",
        "left_by_case": "A case ended the membership: its complaint restores it.",
        "left_by_transfer": "Who was transferred out comes in with a letter of introduction.",
        "leaves_deployment": "The place lies outside: record the departure.",
        "level_is_cell": "The level and is_cell contradict each other.",
        "level_not_allowed": "This level cannot stand there.",
        "member_left": "The person is no longer on the roll.",
        "member_on_roll": "The person is on the roll.",
        "name_in_force": "The superior organisation already has one of this name at that time.",
        "merge_of_two_sorts": "A cell merges into a cell, a committee's organisation into one of its sort.",
        "nothing_to_revoke": "Every token issued before that instant has run out.",
        "months_too_many": "More months than a year has.",
        "organization_without_code": "The form names organisations by their code; one has none.",
        "not_a_candidate": "Name one of the records shown for the row.",
        "row_not_undecided": "The row waits for no decision.",
        "official_date_missing": "An official member who is new here needs the official date.",
        "not_a_cell": "Members belong to cells only.",
        "not_in_cell": "The member does not belong to this cell.",
        "not_in_force": "The organisation is not in force on that day.",
        "no_stay": "The member is no guest by this transfer.",
        "not_on_the_roll": "Not on the roll of members.",
        "nothing_changed": "Nothing would change.",
        "official_before_admission": "The official date lies before the admission date.",
        "one_destination": "Name either a cell or a place outside.",
        "period": "The last day must come after the first.",
        "reason_missing": "A reason is needed.",
        "same_cell": "The member is in that cell.",
        "since_before_admission": "Nobody belongs to a cell before the admission.",
        "wrong_state": "The transfer is past this step.",
        "year_before_admission": "The year lies before the admission.",
        "year_not_over": "The year has not come yet.",
        "stays_in_deployment": "The receiving cell of the deployment must accept.",
        "temporary_period": "A temporary stay lasts 3 to under 12 months, study up to 24.",
        "temporary_stays": "A temporary stay elsewhere ends nothing here.",
        "transfers_open": "Members are on their way to it or staying there as guests.",
        "unknown_level": "The deployment has no such level.",
    }
)


class RefusedError(Exception):
    """The rules of the records forbid the command; ``violations`` says which and why."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        """Refuse because of *violations* (at least one)."""
        super().__init__("; ".join(violation.code for violation in violations))
        self.violations = tuple(violations)


def refused(code: str, field: str, detail_vi: str) -> RefusedError:
    """Return the refusal of one rule."""
    return RefusedError([Violation(code=code, field=field, detail_vi=detail_vi)])


def as_problem(error: RefusedError) -> Problem:
    """Return the problem document of a refusal."""
    errors = [
        FieldProblem(
            pointer=f"/{violation.field}",
            code=violation.code,
            detail=violation.detail_vi,
            detail_en=_ENGLISH.get(violation.code, violation.code),
        )
        for violation in error.violations
    ]
    return Problem(
        "rule-refused",
        " ".join(error.detail for error in errors),
        " ".join(error.detail_en or error.detail for error in errors),
        errors=errors,
    )
