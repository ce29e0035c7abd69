"""How to ask each operation of the four services so that only the access table can refuse it.

An operation that is not here fails the matrix: whoever adds an address says how it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from services.reporting.published import ARTICLE_OF_2023_10_12, document

DOCUMENT = {"number": "03-KL/ĐU", "issued_on": "2021-05-01", "issuer": "Đảng ủy cơ sở"}
COUNT = {
    "issued": 12,
    "returned": 12,
    "valid": 12,
    "in_favour": 10,
    "against": 2,
    "roll_confirmed": 12,
    "minutes": "Biên bản kiểm phiếu.",
}
ON = {"on": "2021-07-01"}
NEW_MEMBER = {"full_name": "Phạm Văn Mới", "admitted_on": "2015-02-03"}
MINUTES = {**ON, "minutes": "Biên bản."}


@dataclass(frozen=True, kw_only=True)
class Question:
    """One operation. ``about`` says where the record lies that the table is asked about.

    ``member``: in the cell and about the member. ``cell``: in the cell. ``root``: at the root. ``everything``: the
    whole deployment. ``own view``: a list that holds what each one sees. ``own inbox``: a message of the member.
    """

    about: Literal["member", "cell", "root", "everything", "own view", "own inbox"]
    query: Mapping[str, Any] | None = None
    body: Mapping[str, Any] | None = None
    file: bytes | None = None
    form: Mapping[str, str] | None = None
    """Fields sent beside the file."""
    action: str | None = None
    """The row that decides, where the body and not the address says which."""
    directly_above: bool = False
    """Whether, of those granted, only the committee directly above the cell is let in (02-HD/BTCTW, Bước 1)."""


def _of(about: Any, body: Mapping[str, Any] | None = None, **more: Any) -> Question:
    return Question(about=about, body=body, **more)


_KERNEL = {
    "GET /api/{service}/progress": _of("own view"),
    "GET /api/{service}/progress/{source}/{subject}": _of("own view"),
    "GET /api/{service}/audit": _of("everything"),
    "GET /api/{service}/held/{member_id}": _of("member", query={"reason": "theo đơn"}),
}
_PERIOD = {"period": "2022"}
_CASE = "/api/reviews/cases/{case_id}"
_MEMBER = "/api/members/members/{member_id}"
_ORGANIZATION = "/api/members/organizations/{organization_id}"
_TRANSFER = "/api/members/transfers/{transfer_id}"
_GROUP = "/api/members/working-groups/{group_id}"


def _everywhere(service: str) -> dict[str, Question]:
    return {operation.replace("{service}", service): question for operation, question in _KERNEL.items()}


def questions(service: str, cell: Sequence[str], member_id: str) -> Mapping[str, Question]:
    """Return the question of each ``METHOD /path`` of *service*, about the member in *cell*."""
    return {**_everywhere(service), **_OF_SERVICE[service](cell[-1], cell[1], member_id)}


def _members(cell: str, inside: str, member_id: str) -> dict[str, Question]:
    organization = {
        "name": "Chi bộ mới",
        "level": "cell",
        "is_cell": True,
        "parent_id": cell,
        "on": "2020-01-01",
    }
    return {
        "GET /api/members/organizations": _of("own view"),
        "POST /api/members/organizations": _of("cell", organization),
        f"GET {_ORGANIZATION}": _of("cell"),
        f"PATCH {_ORGANIZATION}": _of("cell", {"name": "Tên mới", **ON}),
        f"POST {_ORGANIZATION}/dissolve": _of("cell", ON),
        f"POST {_ORGANIZATION}/merge": _of("cell", {"into_id": cell, "decision": DOCUMENT, **ON}),
        f"POST {_ORGANIZATION}/classifications": _of(
            "cell", {"year": 2020, **ON, "results": [{"member_id": member_id, "level": "good"}]}
        ),
        "GET /api/members/working-groups": _of("own view"),
        "POST /api/members/working-groups": _of(
            "cell", {**_group(cell, member_id), "decision": DOCUMENT, **ON}
        ),
        f"GET {_GROUP}": _of("cell"),
        f"PATCH {_GROUP}": _of("cell", {"name": "Đoàn số 2", "decision": DOCUMENT, **ON}),
        f"POST {_GROUP}/end": _of("cell", {"decision": DOCUMENT, **ON}),
        "GET /api/members/revocations": _of("everything"),
        "POST /api/members/revocations": _of(
            "everything", {"subject": "ai-do", "reason": "thôi giữ chức vụ"}
        ),
        "GET /api/members/members": _of("own view"),
        "POST /api/members/members": _of("cell", {**NEW_MEMBER, "cell_id": cell, "since": "2020-01-01"}),
        f"GET {_MEMBER}": _of("member"),
        f"POST {_MEMBER}/ending": _of("cell", {"mode": "death", **ON}),
        f"POST {_MEMBER}/restoration": _of("cell", {"decision": DOCUMENT, "reason": "ghi nhầm", **ON}),
        f"GET {_MEMBER}/optional-fields": _of("member"),
        f"PATCH {_MEMBER}/optional-fields": _of("cell", {"ethnicity": "Kinh"}),
        f"PATCH {_MEMBER}": _of("cell", {"full_name": "Tên Khác", **ON}),
        f"POST {_MEMBER}/classifications": _of("cell", {"year": 2020, "level": "good", **ON}),
        f"POST {_MEMBER}/participation": _of(
            "cell", {"year": 2020, "months_absent": 0, "months_unpaid": 0, **ON}
        ),
        f"POST {_MEMBER}/transfers": _of("cell", {"place": "Nơi khác", "decided_on": "2021-06-01", **ON}),
        f"POST {_MEMBER}/standing": _of("cell", {"year": 2020, "violated": True, "decision": DOCUMENT, **ON}),
        f"POST {_MEMBER}/transfer-decisions": _of("cell", {"place": "Nơi khác", "decided_on": "2021-06-01"}),
        "GET /api/members/transfers": _of("own view"),
        "GET /api/members/deadlines": _of("own view"),
        f"GET {_TRANSFER}": _of("member"),
        "POST /api/members/transfers/in": _of(
            "cell", {**NEW_MEMBER, "cell_id": cell, "place": "Nơi khác", "letter": DOCUMENT, **ON}
        ),
        f"POST {_TRANSFER}/start": _of("cell", ON),
        f"POST {_TRANSFER}/introduction": _of("cell", {"letter": DOCUMENT, **ON}),
        f"POST {_TRANSFER}/withdrawal": _of("cell", {"reason": "Thôi chuyển", **ON}),
        f"POST {_TRANSFER}/departure": _of("cell", ON),
        # This transfer leads out of the deployment: nobody here stands on its other side.
        f"POST {_TRANSFER}/acceptance": _of("everything", ON),
        f"POST {_TRANSFER}/return": _of("everything", {"reason": "Không nhận", **ON}),
        f"POST {_TRANSFER}/end-of-stay": _of("everything", ON),
        "POST /api/members/imports": _of("own view", file=b"no workbook"),
        "GET /api/members/reconciliations": _of("cell", query={"organization": cell}),
        "POST /api/members/reconciliations": _of(
            "cell", file=b"no workbook", form={"organization": cell, "counterpart": "above"}
        ),
        "GET /api/members/reconciliations/overdue": _of("own view"),
        "GET /api/members/reconciliations/{reconciliation_id}": _of("cell"),
        "GET /api/members/reconciliations/{reconciliation_id}/differences": _of("cell"),
        # This import was made for the whole deployment.
        "GET /api/members/imports/{import_id}": _of("everything"),
        "GET /api/members/imports/{import_id}/rows": _of("everything"),
        "POST /api/members/imports/{import_id}/execute": _of("everything"),
        "GET /api/members/roster/file": _of(
            "cell", query={"organization": cell, "form": "7-hsdv", "reason": "theo yêu cầu"}
        ),
        "GET /api/members/imports/rules": _of("own view"),
        "GET /api/members/imports/{import_id}/undecided": _of("everything"),
        "POST /api/members/imports/{import_id}/decisions": _of(
            "everything", {"decisions": [{"row": 1, "decision": "new"}]}
        ),
    }


def _group(cell: str, member_id: str) -> dict[str, Any]:
    return {"name": "Đoàn công tác số 1", "organization_ids": [cell], "member_ids": [member_id]}


def _reviews(cell: str, inside: str, member_id: str) -> dict[str, Question]:
    evidence = [{"kind": "committee_conclusion", "document": DOCUMENT}]
    opinion = {"organization": "Công đoàn", "minutes": "Biên bản.", **ON}
    removal = {"mode": "name_removal", "ground": "X3", "evidence": [], **ON}
    vote = {**COUNT, "level": "cell", "method": "secret", "held_on": "2021-07-01"}
    decision = {"decision": DOCUMENT, "signer_office": "Bí thư", **ON}
    return {
        "GET /api/reviews/history-imports/template": _of("own view"),
        "POST /api/reviews/history-imports": _of("own view", file=b"no workbook"),
        "GET /api/reviews/history-imports/{import_id}": _of("everything"),
        "GET /api/reviews/history-imports/{import_id}/rows": _of("everything"),
        "POST /api/reviews/history-imports/{import_id}/execute": _of("everything"),
        "GET /api/reviews/rounds": _of("own view"),
        "POST /api/reviews/rounds": _of(
            "root", {"name": "Đợt", "organization_id": "khoi", "due_on": "2021-09-30", **ON}
        ),
        "GET /api/reviews/rounds/{round_id}": _of("own view"),
        "POST /api/reviews/rounds/{round_id}/reports": _of(
            "cell", {"organization_id": cell, "reviewed": 12, "proposed": 0, **ON}
        ),
        "GET /api/reviews/rounds/{round_id}/summary": _of("own view"),
        "GET /api/reviews/rounds/{round_id}/overdue": _of("own view"),
        "GET /api/reviews/rounds/{round_id}/not-reported": _of("own view"),
        "GET /api/reviews/rounds/{round_id}/reports/{organization_id}": _of("cell"),
        "POST /api/reviews/rounds/{round_id}/reports/{organization_id}/corrections": _of(
            "cell", {"reviewed": 11, "proposed": 0, "reason": "Đếm nhầm.", **ON}
        ),
        "GET /api/reviews/rounds/{round_id}/closing-record": _of("root"),
        "POST /api/reviews/rounds/{round_id}/papers": _of(
            "root", {"place": "Sơn Vân", "office": "Bí thư", "recipients": []}
        ),
        "GET /api/reviews/rounds/{round_id}/papers/{paper_id}": _of("root"),
        "POST /api/reviews/rounds/{round_id}/close": _of("root", ON),
        "GET /api/reviews/working-groups": _of("own view"),
        "GET /api/reviews/working-groups/{group_id}/rounds": _of("member"),
        "GET /api/reviews/working-groups/{group_id}/rounds/{round_id}": _of("member"),
        "GET /api/reviews/deadlines": _of("own view"),
        "GET /api/reviews/profiles": _of("own view"),
        "GET /api/reviews/profiles/{profile_id}": _of("own view"),
        "GET /api/reviews/profiles/{profile_id}/differences/{other_id}": _of("own view"),
        "GET /api/reviews/roll": _of("cell", query={"organization": cell, **ON}),
        "GET /api/reviews/cases": _of("own view"),
        "POST /api/reviews/cases": _of(
            "cell", {"member_id": "m2", "criterion": "C3", "evidence": evidence, "opinions": [opinion], **ON}
        ),
        "GET /api/reviews/members/{member_id}/cases": _of("member"),
        "POST /api/reviews/removals": _of("cell", {"member_id": "m3", **removal}),
        f"GET {_CASE}": _of("member"),
        f"GET {_CASE}/timeline": _of("member"),
        f"GET {_CASE}/notifications": _of("member"),
        f"POST {_CASE}/opinions": _of("cell", opinion),
        f"POST {_CASE}/send-up": _of("cell", ON),
        f"POST {_CASE}/guidance": _of("cell", {"agrees": True, **ON}, directly_above=True),
        f"POST {_CASE}/ballots": _of("cell", {**COUNT, "held_on": "2021-07-01"}),
        f"POST {_CASE}/ballot-correction": _of("cell", {**COUNT, "reason": "Đếm nhầm.", **ON}),
        f"POST {_CASE}/notices": _of("cell", {"channel": "trao tay", "receipt": "acknowledged", **ON}),
        f"POST {_CASE}/helpers": _of("cell", {"members": ["m4"], **ON}),
        "GET /api/reviews/me": _of("own view"),
        f"POST {_CASE}/helper-conflicts": _of("cell", {"member_id": "m5", "reason": "Người thân", **ON}),
        f"POST {_CASE}/assessments": _of("cell", {"progressed": True, **MINUTES}),
        f"POST {_CASE}/notice-acknowledgements": _of("member", {"number": 1, **ON}),
        f"POST {_CASE}/statements": _of("member", {"text": "Tôi sẽ phấn đấu.", **ON}),
        f"POST {_CASE}/plans": _of("member", {"text": "Kế hoạch của tôi.", **ON}),
        f"POST {_CASE}/self-reviews": _of("member", {"text": "Tôi đã phấn đấu.", **ON}),
        f"POST {_CASE}/follow-ups": _of("cell", MINUTES),
        f"POST {_CASE}/extension": _of("cell", {"until": "2022-12-01", "reason": "Cần thêm.", **ON}),
        f"POST {_CASE}/recognition": _of("cell", {"decision": DOCUMENT, "assessment": "Tiến bộ.", **ON}),
        f"POST {_CASE}/transfer": _of("cell", {"to_outside": True, "assessment": "Tiến bộ.", **ON}),
        f"POST {_CASE}/exit": _of("cell", {"kind": "death", **ON}),
        f"POST {_CASE}/removal-proposal": _of("cell", removal),
        f"POST {_CASE}/self-criticism-requests": _of(
            "cell", {"channel": "văn bản", "outcome": "unanswered", **ON}
        ),
        f"POST {_CASE}/hearings": _of("cell", {"outcome": "heard", **MINUTES}),
        f"POST {_CASE}/appraisals": _of("cell", {"supports": True, **MINUTES}),
        f"POST {_CASE}/removal-votes": _of("cell", vote, action="cases.vote_cell"),
        f"POST {_CASE}/removal-vote-correction": _of(
            "cell",
            {**COUNT, "level": "cell", "method": "secret", "reason": "Đếm nhầm.", **ON},
            action="cases.vote_cell",
        ),
        f"POST {_CASE}/removal-decision": _of("cell", decision),
        f"POST {_CASE}/delivery": _of("cell", {"receipt": "acknowledged", **ON}),
        f"POST {_CASE}/complaints": _of("member", {"text": "Tôi khiếu nại.", **ON}),
        f"POST {_CASE}/complaint-resolution": _of("cell", {"outcome": "upheld", "decision": DOCUMENT, **ON}),
        f"POST {_CASE}/past-correction": _of(
            "cell", {"reason": "Đọc nhầm.", "past": {"status": "official", "outcome": "on_list"}, **ON}
        ),
        f"POST {_CASE}/past-withdrawal": _of("cell", {"reason": "Nhầm người.", **ON}),
        f"GET {_CASE}/attachments": _of("member"),
        f"POST {_CASE}/attachments": _of("cell", file=b"no scan"),
        f"GET {_CASE}/attachments/{{attachment_id}}": _of("member"),
        f"POST {_CASE}/attachments/{{attachment_id}}/removal": _of("cell", {"reason": "Nhầm người."}),
        f"GET {_CASE}/papers": _of("member"),
        f"POST {_CASE}/papers": _of(
            "cell",
            {
                "kind": "notice",
                "member_name": "Lê Văn Thử",
                "place": "Sơn Vân",
                "office": "Bí thư",
                "recipients": [],
            },
        ),
        f"GET {_CASE}/papers/{{paper_id}}": _of("member"),
        f"POST {_CASE}/close": _of("cell", ON),
    }


def _notifications(cell: str, inside: str, member_id: str) -> dict[str, Question]:
    inbox = "/api/notifications/inbox"
    return {
        f"GET {inbox}/messages": _of("own view"),
        f"GET {inbox}/unread": _of("own view"),
        f"GET {inbox}/stream": _of("own view", query={"hold": 0}),
        f"GET {inbox}/messages/{{message_id}}": _of("own inbox"),
        f"POST {inbox}/messages/{{message_id}}/read": _of("own inbox"),
        "GET /api/notifications/texts": _of("own view"),
        "GET /api/notifications/contact": _of("own view"),
        "PATCH /api/notifications/contact": _of("own view", {"email_on": True}),
        "GET /api/notifications/webhooks": _of("everything"),
        "POST /api/notifications/webhooks": _of(
            "everything", {"url": "https://nowhere.invalid/", "description": "Giao diện"}
        ),
        "POST /api/notifications/webhooks/{webhook_id}/secret": _of("everything"),
        "POST /api/notifications/webhooks/{webhook_id}/removal": _of("everything"),
        "GET /api/notifications/deliveries": _of("everything"),
        "POST /api/notifications/deliveries/{delivery_id}/retry": _of("everything"),
    }


def _reporting(cell: str, inside: str, member_id: str) -> dict[str, Question]:
    report, frozen = "/api/reporting/screening-report", "/api/reporting/frozen-reports"
    exports = "/api/reporting/exports"
    file = {"format": "json", "reason": "theo yêu cầu"}
    here = {"organization": cell, **_PERIOD}
    published = {**orjson.loads(document(ARTICLE_OF_2023_10_12)), "organization_id": cell}
    return {
        f"GET {report}": _of("cell", query=here),
        f"GET {report}/organizations": _of("cell", query={**here, "figure": "continuing"}),
        f"GET {report}/cases": _of("cell", query={**here, "figure": "continuing"}),
        f"GET {report}/file": _of(
            "cell", query={"organizations": cell, "format": "json", "reason": "theo yêu cầu", **_PERIOD}
        ),
        "GET /api/reporting/generations": _of("everything"),
        "GET /api/reporting/pipeline": _of("cell", query=here),
        "GET /api/reporting/pipeline/file": _of("cell", query={**here, **file}),
        f"POST {exports}": _of("cell", {"what": "pipeline", "organizations": [cell], **file, **_PERIOD}),
        f"GET {exports}": _of("own view"),
        f"GET {exports}/{{export_id}}": _of("own view"),
        f"GET {exports}/{{export_id}}/file": _of("own view"),
        f"POST {exports}/{{export_id}}/cancel": _of("own view"),
        "GET /api/reporting/pipeline/cases": _of(
            "cell", query={"organization": cell, "figure": "stages.education"}
        ),
        "GET /api/reporting/organizations": _of("own view"),
        "GET /api/reporting/organizations/figures": _of("cell", query=here),
        "GET /api/reporting/trend": _of("cell", query={"organization": cell}),
        "GET /api/reporting/funnel": _of("cell", query=here),
        "GET /api/reporting/funnel/cases": _of("cell", query={**here, "figure": "listed"}),
        f"GET {frozen}": _of("cell", query={"organization": cell}),
        f"POST {frozen}": _of("cell", here),
        f"GET {frozen}/{{report_id}}": _of("cell"),
        f"POST {frozen}/{{report_id}}/signature": _of("cell", {"paper": DOCUMENT}),
        f"POST {frozen}/{{report_id}}/correction": _of("cell", {"reason": "Ghi thiếu"}),
        f"GET {frozen}/{{report_id}}/file": _of("cell", query=file),
        f"GET {frozen}/{{report_id}}/package": _of("cell", query={"reason": "gửi cấp trên"}),
        "POST /api/reporting/received-reports": _of("everything", {"format": "none"}),
        "GET /api/reporting/received-reports": _of("everything"),
        "GET /api/reporting/consolidated-report": _of("everything", query=_PERIOD),
        "GET /api/reporting/consolidated-report/file": _of("everything", query={**file, **_PERIOD}),
        "GET /api/reporting/cases/{case_id}": _of("member"),
        "GET /api/reporting/rounds": _of("cell", query={"organization": cell}),
        "GET /api/reporting/consolidated-audit": _of("everything"),
        "GET /api/reporting/consolidated-audit/chains": _of("everything"),
        "GET /api/reporting/consolidated-audit/file": _of("everything", query=file),
        "GET /api/reporting/published-figures": _of("cell", query={"organization": cell}),
        "POST /api/reporting/published-figures": _of("cell", published),
        "GET /api/reporting/published-figures/template": _of("own view"),
        "POST /api/reporting/published-figures/preview": _of("cell", file=orjson.dumps(published)),
        "POST /api/reporting/published-figures/file": _of(
            "cell", file=orjson.dumps(published), form={"reason": "nhập lại số báo"}
        ),
    }


_OF_SERVICE = {
    "members": _members,
    "reviews": _reviews,
    "notifications": _notifications,
    "reporting": _reporting,
}
