"""Problem documents of this service: refusals of the procedure, and what the local roster does not know."""

from __future__ import annotations

from typing import cast

from services.reviews.answers import problem_answer
from services.reviews.commands.steps import not_yet_known
from services.reviews.domain.citation import Problem as Reason
from services.reviews.domain.citation import Refusal
from services.reviews.domain.papers import TITLE_VI, NothingToPrintError, PaperKind
from services.reviews.effects import citation_answer
from services.reviews.roster import NoOrganizationError, NotOnRosterError
from services.reviews.typesetting import FIELDS, TemplateError
from shared.web.problems import FieldProblem, Problem


def refused(refusal: Refusal) -> Problem:
    """Return the problem document of a refused step: every reason with its place, and the rule behind it.

    A reason that rests on a value nobody has verified says so.
    """
    conflict = "conflict_of_interest" in refusal.codes
    cited = next((each.citation for each in refusal.problems if each.citation is not None), None)
    return Problem(
        "conflict-of-interest" if conflict else "rule-refused",
        " ".join(_vi(each) for each in refusal.problems),
        " ".join(_en(each) for each in refusal.problems),
        errors=[
            FieldProblem(pointer=each.pointer or "/", code=each.code, detail=_vi(each), detail_en=_en(each))
            for each in refusal.problems
        ],
        extra={
            "code": refusal.rule_code,
            "citation": citation_answer(cited),
            "rules": [problem_answer(each) for each in refusal.problems],
        },
    )


def _vi(each: Reason) -> str:
    mark = "" if each.citation is None else each.citation.unverified
    return f"{each.detail_vi} ({mark})" if mark else each.detail_vi


def _en(each: Reason) -> str:
    unverified = each.citation is not None and each.citation.unverified
    return f"{each.detail_en} (not verified)" if unverified else each.detail_en


def nothing_to_print(error: NothingToPrintError) -> Problem:
    """Return the problem of a paper that the case has not come to."""
    kind = str(error)
    return Problem(
        "rule-refused",
        f"Vụ việc chưa có nội dung để lập văn bản «{TITLE_VI[cast('PaperKind', kind)]}».",
        f"The case has not come to what {kind} is about.",
        extra={"code": "nothing_to_print"},
    )


def bad_template(error: TemplateError) -> Problem:
    """Return the problem of a deployment's template that cannot be filled: which, and what is wrong in it."""
    return Problem(
        "conflict",
        f"Mẫu {error.kind}.docx của đơn vị không điền được: {error.why}. Các tên dùng được: {', '.join(FIELDS)}.",
        f"The template {error.kind}.docx cannot be filled: {error.why}.",
        extra={"code": "bad_template"},
    )


def member_unknown(error: NotOnRosterError) -> Problem:
    """Return the problem of a member in no cell of the local roster on that day."""
    return not_yet_known("đảng viên", error.member_id)


def organization_unknown(error: NoOrganizationError) -> Problem:
    """Return the problem of an organisation that the local tree does not know on that day."""
    return not_yet_known("tổ chức đảng", error.organization_id)
