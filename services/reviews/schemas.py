"""Schemas of the API: what a request must look like. The rules of the procedure are checked by the domain."""

from __future__ import annotations

import unicodedata
from typing import Any

from marshmallow import (
    EXCLUDE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from services.reviews.deadlines import KIND_VI as DEADLINE_KIND_VI
from services.reviews.deadlines import STATUS_VI as DEADLINE_STATUS_VI
from services.reviews.domain.criteria import CRITERIA, EVIDENCE_VI
from services.reviews.domain.grounds import GROUNDS, MODE_VI, STATUS_VI
from services.reviews.domain.history import PAST_OUTCOME_VI
from services.reviews.domain.papers import CASE_PAPERS
from services.reviews.domain.procedure import State

_ID = validate.Length(min=1, max=100, error="Mã gồm 1–100 ký tự.")
_COUNT = validate.Range(min=0, max=100_000, error="Số phải từ 0 đến 100000.")
_MAX_TEXT = 20_000
_MAX_LINE = 500


class Text(fields.String):
    """Văn bản: stored in NFC with its ends stripped; lines are kept."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        found = super()._deserialize(value, attr, data, **kwargs)
        return unicodedata.normalize("NFC", found).strip()


def line(*, required: bool = False) -> Text:
    """Return a field for one line of text."""
    validator = validate.Length(min=1, max=_MAX_LINE, error=f"Cần 1–{_MAX_LINE} ký tự.")
    return (
        Text(required=True, validate=validator)
        if required
        else Text(load_default="", validate=validate.Length(max=_MAX_LINE))
    )


def text(*, required: bool = False) -> Text:
    """Return a field for longer text."""
    validator = validate.Length(min=1, max=_MAX_TEXT, error=f"Cần 1–{_MAX_TEXT} ký tự.")
    return (
        Text(required=True, validate=validator)
        if required
        else Text(load_default="", validate=validate.Length(max=_MAX_TEXT))
    )


def identifier(*, required: bool = True) -> fields.String:
    """Return a field for an id."""
    return (
        fields.String(required=True, validate=_ID)
        if required
        else fields.String(load_default=None, allow_none=True, validate=_ID)
    )


def day(*, required: bool = True) -> fields.Date:
    """Return a field for a date (ISO, no time)."""
    return fields.Date(required=True) if required else fields.Date(load_default=None, allow_none=True)


class DocumentIn(Schema):
    """Văn bản: a document as it is cited."""

    number = line(required=True)
    issued_on = day()
    issuer = line(required=True)


class EvidenceIn(Schema):
    """Bằng chứng: named by a document, a reference or a note."""

    kind = fields.String(required=True, validate=validate.OneOf(list(EVIDENCE_VI)))
    document = fields.Nested(DocumentIn, load_default=None, allow_none=True)
    reference = line()
    note = line()
    on = day(required=False)
    year = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1930, max=2200))
    count = fields.Integer(load_default=None, allow_none=True, validate=_COUNT)
    until = day(required=False)


class OpinionIn(Schema):
    """Ý kiến của tổ chức: an organisation's opinion as its minutes."""

    organization = line(required=True)
    minutes = text(required=True)
    on = day()


class OnIn(Schema):
    """A step that only needs its day."""

    on = day()


class PageQuery(Schema):
    """Query of a list."""

    class Meta:
        """Another parameter says nothing and does no harm."""

        unknown = EXCLUDE

    after = fields.String(load_default=None)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))


# -- rounds


class RoundIn(Schema):
    """Mở đợt rà soát."""

    name = line(required=True)
    organization_id = identifier()
    on = day()
    due_on = day()
    document = fields.Nested(DocumentIn, load_default=None, allow_none=True)


class ReportIn(Schema):
    """Báo cáo của chi bộ."""

    organization_id = identifier()
    on = day()
    reviewed = fields.Integer(required=True, validate=_COUNT)
    proposed = fields.Integer(required=True, validate=_COUNT)


# -- listing


class ProposalIn(Schema):
    """Dự kiến đưa vào danh sách. ``send_up`` false keeps it a draft that still collects opinions."""

    member_id = identifier()
    round_id = identifier(required=False)
    criterion = fields.String(required=True, validate=validate.Length(min=1, max=10))
    evidence = fields.List(fields.Nested(EvidenceIn), required=True, validate=validate.Length(max=50))
    opinions = fields.List(fields.Nested(OpinionIn), load_default=list, validate=validate.Length(max=50))
    on = day()
    send_up = fields.Boolean(load_default=True)


class CasesQuery(PageQuery):
    """Query of the list of cases."""

    organization = identifier(required=False)
    state = fields.String(load_default=None, validate=validate.OneOf([str(each) for each in State]))
    round_id = identifier(required=False)


class DeadlinesQuery(PageQuery):
    """Query of the list of deadlines."""

    organization = identifier(required=False)
    kind = fields.String(load_default=None, validate=validate.OneOf(sorted(DEADLINE_KIND_VI)))
    status = fields.String(load_default=None, validate=validate.OneOf(list(DEADLINE_STATUS_VI)))
    due_before = day(required=False)
    as_of = day(required=False)


class GuidanceIn(Schema):
    """Ý kiến chỉ đạo của cấp ủy cấp trên trực tiếp."""

    agrees = fields.Boolean(required=True)
    reason = text()
    on = day()
    document = fields.Nested(DocumentIn, load_default=None, allow_none=True)


class RollQuery(Schema):
    """Query of a roll preview."""

    organization = identifier()
    on = day()
    purpose = fields.String(load_default="listing", validate=validate.OneOf(["listing", "removal"]))
    member_id = identifier(required=False)


class CountIn(Schema):
    """The five totals, the base that the recorder confirmed, and the minutes."""

    issued = fields.Integer(required=True, validate=_COUNT)
    returned = fields.Integer(required=True, validate=_COUNT)
    valid = fields.Integer(required=True, validate=_COUNT)
    in_favour = fields.Integer(required=True, validate=_COUNT)
    against = fields.Integer(required=True, validate=_COUNT)
    roll_confirmed = fields.Integer(required=True, validate=_COUNT)
    minutes = text(required=True)


class BallotIn(CountIn):
    """Kết quả bỏ phiếu kín."""

    held_on = day()


class BallotCorrectionIn(CountIn):
    """Đính chính kết quả bỏ phiếu kín: the ballot anew, and why the record was wrong."""

    on = day()
    reason = text(required=True)


# -- education


class NoticeIn(Schema):
    """Thông báo cho đảng viên."""

    on = day()
    channel = line(required=True)
    receipt = fields.String(required=True, validate=validate.OneOf(["acknowledged", "refused", "pending"]))
    about = fields.String(load_default="listing", validate=validate.OneOf(["listing", "removal"]))


class AcknowledgementIn(Schema):
    """Xác nhận đã nhận thông báo: which one, counted from 1."""

    number = fields.Integer(required=True, validate=validate.Range(min=1, max=1000))
    on = day()


class AssessmentIn(Schema):
    """Nhận xét, đánh giá của chi bộ."""

    on = day()
    progressed = fields.Boolean(required=True)
    minutes = text(required=True)


class HelperConflictIn(Schema):
    """Người không được phân công giúp đỡ."""

    on = day()
    member_id = identifier()
    reason = text(required=True)


class HelpersIn(Schema):
    """Phân công đảng viên giúp đỡ."""

    members = fields.List(identifier(), required=True, validate=validate.Length(max=20))
    on = day()


class StatementIn(Schema):
    """Ý kiến, khiếu nại bằng lời của chính đảng viên."""

    text = text(required=True)
    on = day()


class ComplaintIn(StatementIn):
    """Khiếu nại."""

    level = fields.String(load_default="local", validate=validate.OneOf(["local", "central"]))


class FollowUpIn(Schema):
    """Theo dõi, giúp đỡ."""

    on = day()
    minutes = text(required=True)
    helped_by = identifier(required=False)
    help_given = text()


class ExtensionIn(Schema):
    """Gia hạn: by whole months after the period's present end."""

    on = day()
    until = day()
    reason = text(required=True)


class RecognitionIn(Schema):
    """Công nhận tiến bộ."""

    on = day()
    decision = fields.Nested(DocumentIn, required=True)
    assessment = text(required=True)


class TransferIn(Schema):
    """Chuyển sinh hoạt đảng: to a cell of this deployment, or outside it (true, or the place's name)."""

    on = day()
    to_organization_id = identifier(required=False)
    to_outside = fields.Raw(load_default=None, allow_none=True, metadata={"type": ["boolean", "string"]})
    assessment = text(required=True)

    @validates_schema
    def _one_place(self, data: dict[str, Any], **_: Any) -> None:
        if not isinstance(data["to_outside"], bool | str | None):
            raise ValidationError("Là true, hoặc tên nơi đến.", "to_outside")
        if bool(data["to_organization_id"]) == bool(data["to_outside"]):
            raise ValidationError("Nêu đúng một nơi đến: to_organization_id hoặc to_outside.", "to_outside")


class ExitIn(Schema):
    """Kết thúc vì lý do khác."""

    on = day()
    kind = fields.String(required=True, validate=validate.OneOf(["death", "resignation", "ended_elsewhere"]))
    document = fields.Nested(DocumentIn, load_default=None, allow_none=True)
    note = line()


# -- removal


class RemovalProposalIn(Schema):
    """Đề nghị đưa ra khỏi Đảng. ``document`` stands for the one piece of evidence that the mode demands."""

    mode = fields.String(required=True, validate=validate.OneOf(list(MODE_VI)))
    ground = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=10))
    on = day()
    evidence = fields.List(fields.Nested(EvidenceIn), load_default=list, validate=validate.Length(max=50))
    document = fields.Nested(DocumentIn, load_default=None, allow_none=True)
    delegation = fields.Nested(DocumentIn, load_default=None, allow_none=True)


class DirectRemovalIn(RemovalProposalIn):
    """Đề nghị đưa ra khỏi Đảng không qua danh sách."""

    member_id = identifier()
    round_id = identifier(required=False)


class SelfCriticismIn(Schema):
    """Yêu cầu viết bản tự kiểm điểm: one request with what came of it."""

    on = day()
    channel = line(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(["submitted", "unanswered", "refused"]))


class HearingIn(Schema):
    """Kiểm điểm trước chi bộ: heard, deliberately refused, or absent."""

    on = day()
    outcome = fields.String(required=True, validate=validate.OneOf(["heard", "refused", "absent"]))
    minutes = text(required=True)


class AppraisalIn(Schema):
    """Thẩm định của đảng ủy bộ phận."""

    on = day()
    supports = fields.Boolean(required=True)
    minutes = text(required=True)


class RemovalCountIn(Schema):
    """Kết quả kiểm phiếu hoặc giơ thẻ của một cấp.

    ``roll_confirmed`` is the base: the roll of a cell, the members in office of a committee. A show of cards has no
    papers: there issued, returned and valid follow from the hands counted.
    """

    level = fields.String(
        required=True,
        validate=validate.OneOf(
            ["cell", "grassroots_committee", "delegated_grassroots_committee", "standing_committee"],
            error="Là một trong: {choices}; đảng ủy bộ phận thẩm định (appraisals), không biểu quyết theo tỷ lệ.",
        ),
    )
    method = fields.String(required=True, validate=validate.OneOf(["secret", "show_of_cards"]))
    issued = fields.Integer(load_default=None, allow_none=True, validate=_COUNT)
    returned = fields.Integer(load_default=None, allow_none=True, validate=_COUNT)
    valid = fields.Integer(load_default=None, allow_none=True, validate=_COUNT)
    in_favour = fields.Integer(required=True, validate=_COUNT)
    against = fields.Integer(required=True, validate=_COUNT)
    roll_confirmed = fields.Integer(required=True, validate=_COUNT)
    refer_up = fields.Boolean(load_default=False)
    minutes = text(required=True)

    @validates_schema
    def _papers(self, data: dict[str, Any], **_: Any) -> None:
        missing = [name for name in ("issued", "returned", "valid") if data.get(name) is None]
        if data.get("method") == "secret" and missing:
            raise ValidationError({name: ["Bỏ phiếu kín phải ghi số phiếu này."] for name in missing})

    @post_load
    def _hands(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        hands = data["in_favour"] + data["against"]
        return {**data, **{name: hands for name in ("issued", "returned", "valid") if data[name] is None}}


class RemovalVoteIn(RemovalCountIn):
    """Kết quả biểu quyết của một cấp: the count, and the day of the vote."""

    held_on = day()


class RemovalVoteCorrectionIn(RemovalCountIn):
    """Đính chính kết quả biểu quyết: the last vote anew, and why the record was wrong."""

    on = day()
    reason = text(required=True)


class RemovalDecisionIn(Schema):
    """Quyết định của cấp có thẩm quyền."""

    on = day()
    outcome = fields.String(load_default="removed", validate=validate.OneOf(["removed", "rejected"]))
    effective_on = day(required=False)
    continue_until = day(required=False)
    decision = fields.Nested(DocumentIn, required=True)
    signer_office = line(required=True)
    complaint_rights_informed = fields.Boolean(load_default=False)


class DeliveryIn(Schema):
    """Giao quyết định."""

    on = day()
    receipt = fields.String(required=True, validate=validate.OneOf(["acknowledged", "refused"]))


class ComplaintResolutionIn(Schema):
    """Giải quyết khiếu nại."""

    on = day()
    outcome = fields.String(required=True, validate=validate.OneOf(["upheld", "reversed"]))
    decision = fields.Nested(DocumentIn, required=True)


# -- answers, for the OpenAPI document


class CodeOut(Schema):
    """A code and its Vietnamese label."""

    code = fields.String()
    label = fields.String()


class CaseRowOut(Schema):
    """Vụ việc trong danh sách."""

    id = fields.String()
    version = fields.Integer()
    state = fields.Nested(CodeOut)
    open = fields.Boolean()
    member_id = fields.String()
    cell_id = fields.String()
    organization_path = fields.List(fields.String())
    round_id = fields.String(allow_none=True)
    criterion = fields.Dict(allow_none=True)
    opened_on = fields.Date()
    historical = fields.Boolean(
        metadata={"description": "Vụ việc trước khi có hệ thống, được nhập từ hồ sơ cũ"}
    )


class CaseOut(CaseRowOut):
    """Vụ việc."""

    status = fields.Nested(CodeOut)
    profile = fields.Dict()
    listed_on = fields.Date(allow_none=True)
    education_due_on = fields.Date(allow_none=True)
    outcome = fields.String(allow_none=True)
    closed_on = fields.Date(allow_none=True)
    exit_reason = fields.String(allow_none=True)
    deadlines = fields.List(fields.Dict())
    evidence = fields.Dict()
    assumed = fields.List(fields.Dict())
    opinions = fields.List(fields.Dict())
    guidance = fields.Dict(allow_none=True)
    ballots = fields.List(fields.Dict())
    plans = fields.List(fields.Dict())
    helpers = fields.List(fields.Dict())
    helper_conflicts = fields.List(fields.Dict())
    follow_ups = fields.List(fields.Dict())
    extensions = fields.List(fields.Dict())
    notices = fields.List(fields.Dict())
    statements = fields.List(fields.Dict())
    self_reviews = fields.List(fields.Dict())
    assessments = fields.List(fields.Dict())
    recognition = fields.Dict(allow_none=True)
    transfers = fields.List(fields.Dict())
    removal = fields.Dict(allow_none=True)
    past_removals = fields.List(fields.Dict())
    complaints = fields.List(fields.Dict())
    past = fields.Dict(
        allow_none=True,
        metadata={
            "description": "Những gì hồ sơ cũ ghi về vụ việc trước khi có hệ thống; null là không biết"
        },
    )
    replaced_pasts = fields.List(
        fields.Dict(),
        metadata={"description": "Nội dung hồ sơ cũ trước mỗi lần đính chính, kèm lý do"},
    )
    events = fields.List(fields.Dict())


class CasesOut(Schema):
    """Danh sách vụ việc."""

    items = fields.List(fields.Nested(CaseRowOut))
    next = fields.String(allow_none=True)


class OwnCaseOut(CaseRowOut):
    """Vụ việc của chính mình: where it stands and what oneself can do in it now, until when."""

    listed_on = fields.Date(allow_none=True)
    education_due_on = fields.Date(allow_none=True)
    outcome = fields.String(allow_none=True)
    deadlines = fields.List(fields.Dict())
    assumed = fields.List(fields.Dict())
    notices = fields.List(fields.Dict())
    decision = fields.Dict(allow_none=True)
    complaints = fields.List(fields.Dict())
    past = fields.Dict(allow_none=True)
    replaced_pasts = fields.List(fields.Dict())
    can = fields.List(fields.Dict())


class OwnCasesOut(Schema):
    """Các vụ việc của chính mình."""

    member_id = fields.String()
    as_of = fields.Date()
    items = fields.List(fields.Nested(OwnCaseOut))


class TimelineOut(Schema):
    """Diễn biến vụ việc."""

    id = fields.String()
    items = fields.List(fields.Dict())


class ToldOut(Schema):
    """Các thông báo bắt buộc đã gửi cho đảng viên trong vụ việc, và kết quả gửi."""

    id = fields.String()
    items = fields.List(fields.Dict())


class RoundOut(Schema):
    """Đợt rà soát."""

    id = fields.String()
    version = fields.Integer()
    name = fields.String()
    organization_id = fields.String()
    organization_path = fields.List(fields.String())
    on = fields.Date()
    due_on = fields.Date()
    profile = fields.String()
    document = fields.Dict(allow_none=True)
    state = fields.String()
    closed_on = fields.Date(allow_none=True)
    not_reported = fields.Integer(
        allow_none=True,
        metadata={"description": "Số chi bộ chưa báo cáo khi đợt kết thúc; danh sách ở …/not-reported"},
    )
    assumed = fields.List(fields.Dict())
    cells = fields.List(fields.Dict())
    counts = fields.Dict()
    events = fields.List(fields.Dict())


class RoundsOut(Schema):
    """Các đợt rà soát."""

    items = fields.List(fields.Nested(RoundOut))
    next = fields.String(allow_none=True)


class ReportOut(Schema):
    """Báo cáo của chi bộ."""

    id = fields.String()
    version = fields.Integer()
    round_id = fields.String()
    organization_id = fields.String()
    organization_path = fields.List(fields.String())
    on = fields.Date()
    reviewed = fields.Integer()
    proposed = fields.Integer()
    late = fields.Boolean()
    number = fields.Integer()
    reason = fields.String(allow_none=True)
    after_close = fields.Boolean()
    versions = fields.List(fields.Dict())
    events = fields.List(fields.Dict())


class RollOut(Schema):
    """Danh sách tính cơ số."""

    organization_id = fields.String()
    as_of = fields.Date()
    base = fields.Integer()
    voters = fields.Integer()
    counted = fields.List(fields.String())
    excluded = fields.List(fields.Dict())
    needed = fields.Integer()
    share = fields.String()
    assumed = fields.List(fields.Dict())
    """Values in it that nobody has verified (chưa kiểm chứng)."""


class ItemsOut(Schema):
    """A list of plain records."""

    items = fields.List(fields.Dict())
    next = fields.String(allow_none=True)


class DeadlineOut(Schema):
    """Một thời hạn, as it stands on the day asked about."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    label = fields.String(required=True)
    case_id = fields.String(allow_none=True)
    transfer_id = fields.String(allow_none=True)
    round_id = fields.String(allow_none=True)
    member_id = fields.String(allow_none=True)
    organization_path = fields.List(fields.String(), required=True)
    started_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    days_left = fields.Integer(allow_none=True)
    ended_on = fields.Date(allow_none=True)
    status = fields.Dict(required=True)
    setting = fields.String(required=True, allow_none=True)
    """None for a transfer, whose periods are rules of the members service."""
    assumed = fields.Boolean(required=True)
    """Whether nobody has verified the value of the setting (chưa kiểm chứng)."""
    historical = fields.Boolean(required=True)
    """Whether the case began before the system and was imported."""


class DeadlinesOut(Schema):
    """Một trang thời hạn, the earliest due first."""

    as_of = fields.Date(required=True)
    items = fields.List(fields.Nested(DeadlineOut), required=True)
    next = fields.String(allow_none=True)


class PaperIn(Schema):
    """Lập văn bản: the member's name is given by whoever makes it, for a case holds none."""

    kind = fields.String(required=True, validate=validate.OneOf(list(CASE_PAPERS)))
    member_name = line(required=True)
    number = line()
    place = line(required=True)
    office = line(required=True)
    recipients = fields.List(line(required=True), load_default=list, validate=validate.Length(max=20))


class PaperOut(Schema):
    """Văn bản đã lập."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    template_sha256 = fields.String(required=True)
    case_version = fields.Integer(required=True)
    made_at = fields.DateTime(required=True)
    role = fields.String(allow_none=True)
    events = fields.List(fields.Dict())


class PapersOut(Schema):
    """Văn bản của vụ việc: what can be made now, and what was made."""

    case_id = fields.String(required=True)
    layout = fields.String(required=True)
    available = fields.List(fields.Dict(), required=True)
    made = fields.List(fields.Nested(PaperOut), required=True)


class DifferencesOut(Schema):
    """Hai bộ quy tắc khác nhau ở đâu."""

    before = fields.Dict(required=True)
    after = fields.Dict(required=True)
    items = fields.List(fields.Dict(), required=True)


class ProfileOut(Schema):
    """Bộ quy tắc áp dụng."""

    id = fields.String()
    title = fields.String()
    valid_from = fields.Date()
    fingerprint = fields.String()
    settings = fields.List(fields.Dict())
    assumed = fields.Integer()


SCAN_VI = {
    "ballot_minutes": "biên bản kiểm phiếu",
    "minutes": "biên bản khác",
    "notice": "thông báo cho đảng viên",
    "self_criticism": "bản tự kiểm điểm, ý kiến của đảng viên",
    "assessment": "nhận xét, đánh giá",
    "decision": "quyết định",
    "complaint": "đơn khiếu nại",
    "complaint_reply": "trả lời khiếu nại",
    "evidence": "tài liệu chứng minh",
}
"""Kinds of scans and what people call them."""


class AttachmentFields(Schema):
    """Thông tin kèm bản quét."""

    kind = fields.String(
        required=True, validate=validate.OneOf(list(SCAN_VI), error="Không phải loại tệp đã biết.")
    )
    description = line()
    link = fields.String(
        required=True,
        validate=validate.OneOf(
            ["step", "evidence"], error="Tệp thuộc một bước (step) hoặc tài liệu (evidence)."
        ),
    )
    number = fields.Integer(
        required=True, validate=validate.Range(min=1, max=10_000, error="Số thứ tự từ 1.")
    )


class RemovalReasonIn(Schema):
    """Lý do gỡ tệp."""

    reason = line(required=True)


class AttachmentOut(Schema):
    """Một tệp đính kèm."""

    id = fields.String(required=True)
    case_id = fields.String(required=True)
    kind = fields.Dict(required=True)
    description = fields.String(allow_none=True)
    link = fields.String(required=True)
    number = fields.Integer(required=True)
    file_name = fields.String(required=True)
    media_type = fields.String(required=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)
    attached_at = fields.DateTime(required=True)
    role = fields.String(required=True)
    version = fields.Integer(required=True)
    removed_at = fields.DateTime(allow_none=True)
    removed_because = fields.String(allow_none=True)
    events = fields.List(fields.Dict())


class AttachmentsOut(Schema):
    """Các tệp của một vụ việc."""

    case_id = fields.String(required=True)
    items = fields.List(fields.Nested(AttachmentOut), required=True)


class HistoryRowOut(Schema):
    """Một dòng của lượt nhập vụ việc cũ."""

    sheet = fields.String(required=True)
    row = fields.Integer(required=True)
    column = fields.String(allow_none=True)
    code = fields.String(required=True)
    reason = fields.String(required=True)
    value = fields.String(allow_none=True)
    changes = fields.List(fields.Dict(), allow_none=True)


class HistoryRowsQuery(PageQuery):
    """Which rows of a history import."""

    kind = fields.String(load_default="refused", validate=validate.OneOf(("refused", "note", "ok")))


class HistoryRowsOut(Schema):
    """Các dòng của lượt nhập vụ việc cũ."""

    items = fields.List(fields.Nested(HistoryRowOut), required=True)
    next = fields.String(allow_none=True)


class PastVoteIn(Schema):
    """Kết quả bỏ phiếu, biểu quyết theo hồ sơ cũ: what is known of it."""

    base = fields.Integer(load_default=None, allow_none=True, validate=_COUNT)
    votes_for = fields.Integer(load_default=None, allow_none=True, validate=_COUNT)


def _past_vote() -> fields.Nested:
    return fields.Nested(PastVoteIn, load_default=None, allow_none=True)


def _past_line() -> Text:
    return Text(load_default=None, allow_none=True, validate=validate.Length(min=1, max=_MAX_LINE))


class PastIn(Schema):
    """Nội dung vụ việc cũ, ghi lại toàn bộ; điều không biết thì để trống (null)."""

    status = fields.String(required=True, validate=validate.OneOf(list(STATUS_VI)))
    outcome = fields.String(required=True, validate=validate.OneOf(list(PAST_OUTCOME_VI)))
    listed_on = day(required=False)
    criterion = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([each.code for each in CRITERIA])
    )
    listing_document = _past_line()
    listing_vote = _past_vote()
    education_due_on = day(required=False)
    ended_on = day(required=False)
    decision_number = _past_line()
    decided_by = _past_line()
    mode = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(list(MODE_VI)))
    ground = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([each.code for each in GROUNDS])
    )
    cell_vote = _past_vote()
    committee_vote = _past_vote()
    delivered_on = day(required=False)
    source = _past_line()


class PastCorrectionIn(Schema):
    """Đính chính vụ việc nhập từ hồ sơ cũ."""

    on = day()
    reason = text(required=True)
    past = fields.Nested(PastIn, required=True)


class PastWithdrawalIn(Schema):
    """Rút vụ việc cũ đã nhập nhầm."""

    on = day()
    reason = text(required=True)


class HistoryImportOut(Schema):
    """Lượt nhập vụ việc trước khi có hệ thống."""

    id = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf(("uploaded", "previewing", "previewed", "executing", "done", "failed")),
    )
    file_name = fields.String(allow_none=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)
    reason = fields.String(allow_none=True)
    uploaded_at = fields.DateTime(required=True)
    total_rows = fields.Integer(required=True)
    rows_ok = fields.Integer(required=True)
    rows_refused = fields.Integer(required=True)
    former_members = fields.Integer(
        required=True,
        metadata={"description": "Số dòng đạt về người không có trong danh sách đảng viên"},
    )
    imported_cases = fields.Integer(required=True)
    progress = fields.Integer(
        required=True, metadata={"description": "Số dòng đã xử lý ở bước hiện tại, trên total_rows"}
    )
    problem = fields.Dict(allow_none=True)
    refusals = fields.List(
        fields.Nested(HistoryRowOut),
        metadata={"description": "Những dòng bị từ chối đầu tiên; đủ ở …/rows?kind=refused"},
    )
    version = fields.Integer(required=True)
    events = fields.List(fields.Dict())
