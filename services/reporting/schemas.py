"""What the reporting API takes and gives."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.reporting.audit_copy import SERVICES
from services.reporting.domain.audit_chain import STATES
from services.reporting.exports.audit_entries import FORMATS as AUDIT_FORMATS
from services.reporting.exports.formats import FORMATS
from shared.web.schemas import DocumentSchema, PageQuery

_PERIOD = "2023-10, 2023-Q4, 2023-H1, 2023, term (nhiệm kỳ chứa ngày to hoặc hôm nay) hoặc term:2020–2025"


def _reason(message: str) -> fields.String:
    return fields.String(required=True, validate=validate.Length(min=3, max=500, error=message))


class PeriodQuery(Schema):
    """Kỳ báo cáo và thời điểm biết số liệu: which days, as known at the end of which day."""

    period = fields.String(metadata={"description": _PERIOD})
    starts_on = fields.String(data_key="from", metadata={"format": "date"})
    ends_on = fields.String(data_key="to", metadata={"format": "date"})
    as_of = fields.Date(load_default=None, metadata={"description": "Mặc định: hôm nay"})


class ReportQuery(PeriodQuery):
    """Which organisation's report."""

    organization = fields.String(required=True)


class CasesQuery(ReportQuery):
    """Which figure to open."""

    figure = fields.String(
        required=True, metadata={"description": "Khóa của chỉ tiêu, ví dụ listed hoặc listed.by_criterion.C1"}
    )


class FileQuery(PeriodQuery):
    """Which reports as one file, in which format, and why."""

    format = fields.String(required=True, validate=validate.OneOf(sorted(FORMATS)))
    organizations = fields.String(
        required=True, metadata={"description": "Mã các tổ chức, cách nhau bằng dấu phẩy, tối đa 50"}
    )
    reason = _reason("Hãy ghi lý do xuất báo cáo (3–500 ký tự).")


class ExportQuery(Schema):
    """In which format, and why."""

    format = fields.String(required=True, validate=validate.OneOf(sorted(FORMATS)))
    reason = _reason("Hãy ghi lý do xuất báo cáo (3–500 ký tự).")


class PackageQuery(Schema):
    """Why the package is taken out."""

    reason = _reason("Hãy ghi lý do lấy gói báo cáo (3–500 ký tự).")


class ExportOrderSchema(PeriodQuery):
    """Which report as a file that the worker makes, in which format, and why."""

    what = fields.String(
        required=True,
        validate=validate.OneOf(("screening_report", "pipeline", "frozen_report", "consolidated_report")),
    )
    format = fields.String(required=True, validate=validate.OneOf(sorted(FORMATS)))
    reason = _reason("Hãy ghi lý do xuất báo cáo (3–500 ký tự).")
    organizations = fields.List(
        fields.String(),
        load_default=list,
        metadata={"description": "Mã tổ chức: screening_report đến 1000, pipeline đúng 1"},
    )
    with_below = fields.Boolean(
        load_default=False,
        metadata={"description": "Thêm các tổ chức trực thuộc của từng tổ chức (screening_report)"},
    )
    sort = fields.String(load_default="name", metadata={"description": "Thứ tự của pipeline"})
    report_id = fields.String(load_default=None, metadata={"description": "Mã của frozen_report"})


class ExportJobSchema(Schema):
    """Một lượt xuất: đang lập, xong, hay vì sao không có tệp."""

    id = fields.String(required=True)
    state = fields.String(
        required=True,
        metadata={"description": "ordered, executing, done, failed, cancelled, expired"},
    )
    what = fields.String(required=True)
    request = fields.Dict(required=True)
    format = fields.String(required=True)
    reason = fields.String(required=True)
    ordered_at = fields.DateTime(required=True)
    total = fields.Integer(required=True)
    progress = fields.Integer(required=True)
    file_name = fields.String(required=True, allow_none=True)
    sha256 = fields.String(required=True, allow_none=True)
    size = fields.Integer(required=True, allow_none=True)
    expires_at = fields.DateTime(required=True, allow_none=True)
    problem = fields.Dict(required=True, allow_none=True)
    version = fields.Integer(required=True)
    events = fields.List(fields.Dict())


class ExportJobPageSchema(Schema):
    """Các lượt xuất của chính mình."""

    items = fields.List(fields.Nested(ExportJobSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class FreezeSchema(PeriodQuery):
    """Which report to freeze."""

    organization = fields.String(required=True)


class SignSchema(Schema):
    """Number, date and issuer of the signed paper."""

    paper = fields.Nested(DocumentSchema, required=True)


class CorrectionSchema(Schema):
    """Why a frozen report is corrected."""

    reason = _reason("Hãy ghi lý do sửa báo cáo đã chốt (3–500 ký tự).")
    as_of = fields.Date(load_default=None, metadata={"description": "Mặc định: hôm nay"})


class OrganizationPageQuery(PageQuery):
    """Whose frozen reports."""

    organization = fields.String(required=True)


class FrozenSchema(Schema):
    """Một bản báo cáo đã chốt, không kèm nội dung."""

    id = fields.String(required=True)
    organization_id = fields.String(required=True)
    year = fields.Integer(required=True)
    serial = fields.Integer(required=True)
    revision = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    frozen_at = fields.DateTime(required=True)
    frozen_by = fields.String(required=True)
    signature = fields.Dict(required=True, allow_none=True)
    corrects = fields.Dict(required=True, allow_none=True)
    replaced_by = fields.String(required=True, allow_none=True)
    events = fields.List(fields.Dict())


class FrozenReportSchema(FrozenSchema):
    """Một bản báo cáo đã chốt với nội dung."""

    report = fields.Dict(required=True)


class FrozenPageSchema(Schema):
    """Các báo cáo đã chốt của một tổ chức."""

    items = fields.List(fields.Nested(FrozenSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ReceivedSchema(Schema):
    """Một báo cáo nhận của đơn vị khác."""

    id = fields.String(required=True)
    source = fields.String(required=True)
    organization_id = fields.String(required=True)
    organization_name = fields.String(required=True)
    period = fields.Dict(required=True)
    number = fields.String(required=True)
    revision = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    corrects = fields.Dict(required=True, allow_none=True)
    replaced_by = fields.String(required=True, allow_none=True)
    received_at = fields.DateTime(required=True)
    events = fields.List(fields.Dict())


class ReceivedPageSchema(Schema):
    """Các báo cáo đã nhận."""

    items = fields.List(fields.Nested(ReceivedSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ConsolidatedQuery(PeriodQuery):
    """Of which period the received reports are added up; ``as_of`` is that of the reports themselves."""

    class Meta:
        """Everything of the period but the day of knowledge."""

        exclude = ("as_of",)


class ConsolidatedFileQuery(ConsolidatedQuery, ExportQuery):
    """The same as a file."""


class ConsolidatedSchema(Schema):
    """Báo cáo tổng hợp của các đơn vị đã gửi."""

    report = fields.Dict(required=True)
    holds = fields.Boolean(required=True, metadata={"description": "Cân đối của từng đơn vị và của tổng"})
    unbalanced = fields.List(fields.String(), required=True)
    reports = fields.List(fields.Nested(ReceivedSchema), required=True)


class ReportedOrganizationSchema(Schema):
    """Tổ chức đảng của báo cáo."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    level_name = fields.String(required=True)
    superior_name = fields.String(allow_none=True)


class PeriodSchema(Schema):
    """Kỳ báo cáo."""

    kind = fields.String(required=True)
    starts_on = fields.Date(data_key="from", required=True)
    ends_on = fields.Date(data_key="to", required=True)
    label = fields.String(required=True)


class AppliedSchema(Schema):
    """Sự kiện đã áp dụng của một nguồn."""

    events = fields.Integer(required=True)
    time = fields.DateTime(allow_none=True)


class BalanceSchema(Schema):
    """Cân đối: entries minus exits, which must be 0."""

    entries = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    exits = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    unreconciled = fields.Integer(required=True)
    holds = fields.Boolean(required=True)
    cases = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata={"description": "Hồ sơ làm lệch cân đối; null với người không được xem hồ sơ của tổ chức"},
    )


class ComparedSchema(Schema):
    """Số liệu của kỳ trước hoặc của cùng kỳ năm trước."""

    with_ = fields.String(data_key="with", required=True)
    period = fields.Nested(PeriodSchema, required=True)
    figures = fields.Dict(required=True)


class KindFiguresSchema(Schema):
    """Số liệu của các tổ chức cùng loại hình trực thuộc."""

    level = fields.String(required=True)
    level_name = fields.String(required=True)
    organizations = fields.Integer(required=True)
    figures = fields.Dict(required=True)


class ReportSchema(Schema):
    """Báo cáo sàng lọc đảng viên."""

    organization = fields.Nested(ReportedOrganizationSchema, required=True)
    period = fields.Nested(PeriodSchema, required=True)
    as_of = fields.Date(required=True)
    generated_at = fields.DateTime(required=True)
    applied = fields.Dict(keys=fields.String(), values=fields.Nested(AppliedSchema), required=True)
    figures = fields.Dict(required=True, allow_none=True)
    balance = fields.Nested(BalanceSchema, required=True, allow_none=True)
    assumptions = fields.List(fields.String(), required=True)
    published = fields.List(fields.Dict(), required=True)
    comparison = fields.List(fields.Nested(ComparedSchema), required=True)
    by_organization_kind = fields.List(fields.Nested(KindFiguresSchema), required=True, allow_none=True)
    rounds_held = fields.Integer(
        allow_none=True,
        metadata={"description": "Số đợt rà soát trong kỳ; không có ở báo cáo chốt trước khi có số này"},
    )
    withheld = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Vì sao không hiện số liệu của tổ chức ít đảng viên với người ngoài"},
    )


class CountedCaseSchema(Schema):
    """Hồ sơ được tính vào một chỉ tiêu: ids, paths and dated facts, no names."""

    case_id = fields.String(required=True)
    member_id = fields.String(required=True)
    on_list = fields.Boolean(required=True)
    historical = fields.Boolean(
        required=True, metadata={"description": "Vụ việc trước khi có hệ thống, được nhập từ hồ sơ cũ"}
    )
    facts = fields.Dict(required=True)


class CasesSchema(Schema):
    """Các hồ sơ của một chỉ tiêu."""

    figure = fields.String(required=True)
    count = fields.Integer(required=True)
    cases = fields.List(fields.Nested(CountedCaseSchema), required=True)
    as_of = fields.Date(required=True)
    applied = fields.Dict(keys=fields.String(), values=fields.Nested(AppliedSchema), required=True)


class PartSchema(Schema):
    """Số của một tổ chức trực thuộc."""

    organization_id = fields.String(required=True)
    name = fields.String(required=True)
    level = fields.String(required=True)
    level_name = fields.String(required=True)
    count = fields.Integer(required=True, allow_none=True)


class PartsSchema(Schema):
    """Một chỉ tiêu theo tổ chức trực thuộc."""

    figure = fields.String(required=True)
    count = fields.Integer(required=True, allow_none=True)
    items = fields.List(fields.Nested(PartSchema), required=True)
    moved_within = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Phần cộng thừa do chuyển giữa các tổ chức trực thuộc"},
    )
    withheld = fields.String(required=True, allow_none=True)
    as_of = fields.Date(required=True)
    applied = fields.Dict(keys=fields.String(), values=fields.Nested(AppliedSchema), required=True)


class PipelineQuery(ReportQuery):
    """Whose pipeline, in which order the organisations below stand."""

    sort = fields.String(
        load_default="name",
        metadata={
            "description": (
                "name, hoặc khóa của một chỉ tiêu như stages.education.cases, rounds.not_reported; "
                "thêm - phía trước: giảm dần"
            )
        },
    )


class PipelineFileQuery(PipelineQuery, ExportQuery):
    """The same as a file."""


class InRoundsSchema(Schema):
    """Chi bộ phải báo cáo, đã báo cáo, chưa báo cáo: cells and what they owe, no members."""

    cells = fields.Integer(required=True)
    reported = fields.Integer(required=True)
    late = fields.Integer(required=True, metadata={"description": "Trong số đã báo cáo"})
    not_reported = fields.Integer(required=True)
    overdue = fields.Integer(required=True, metadata={"description": "Trong số chưa báo cáo"})


class SilentCellSchema(Schema):
    """Chi bộ chưa báo cáo."""

    organization_id = fields.String(required=True)
    name = fields.String(required=True)
    above = fields.List(fields.String(), required=True)
    overdue = fields.Boolean(required=True)


class RoundInPipelineSchema(Schema):
    """Đợt rà soát mở trong kỳ hoặc chưa kết thúc."""

    round_id = fields.String(required=True)
    name = fields.String(required=True)
    opened_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    closed_on = fields.Date(required=True, allow_none=True)
    silent = fields.List(fields.Nested(SilentCellSchema), required=True)


class PipelinePartSchema(Schema):
    """Tiến độ của một tổ chức."""

    organization_id = fields.String(required=True)
    name = fields.String(required=True)
    level_name = fields.String(required=True)
    pipeline = fields.Dict(required=True, allow_none=True)
    in_transit = fields.Integer(required=True, allow_none=True)
    in_transit_overdue = fields.Integer(required=True, allow_none=True)
    rounds = fields.Nested(InRoundsSchema, required=True)
    by_round = fields.List(
        fields.Nested(InRoundsSchema), required=True, metadata={"description": "Theo thứ tự của rounds"}
    )


class PipelineSchema(Schema):
    """Tiến độ giải quyết của một tổ chức và các tổ chức trực thuộc."""

    whole = fields.Nested(PipelinePartSchema, required=True)
    items = fields.List(fields.Nested(PipelinePartSchema), required=True)
    period = fields.Nested(PeriodSchema, required=True)
    rounds = fields.List(fields.Nested(RoundInPipelineSchema), required=True)
    stages = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    ages = fields.List(fields.Integer(), required=True)
    withheld = fields.String(required=True, allow_none=True)
    as_of = fields.Date(required=True)
    applied = fields.Dict(keys=fields.String(), values=fields.Nested(AppliedSchema), required=True)


class CaseEventSchema(Schema):
    """Một bước của hồ sơ."""

    event = fields.String(required=True)
    sequence = fields.Integer(required=True)
    on = fields.Date(required=True)
    recorded_at = fields.DateTime(required=True)
    organization_path = fields.List(fields.String(), required=True)
    data = fields.Dict(required=True)


class CaseSchema(CountedCaseSchema):
    """Hồ sơ sàng lọc với các bước theo thứ tự."""

    organization_path = fields.List(fields.String(), required=True)
    events = fields.List(fields.Nested(CaseEventSchema), required=True)
    as_of = fields.DateTime(required=True)
    applied = fields.Dict(keys=fields.String(), values=fields.Nested(AppliedSchema), required=True)


class PublishedQuery(Schema):
    """Whose published figures."""

    organization = fields.String(required=True)


class PublishedFigureSetSchema(Schema):
    """Số liệu đã công bố đã nhập."""

    id = fields.String(required=True)
    organization_id = fields.String(allow_none=True)
    published = fields.Dict(required=True)
    events = fields.List(fields.Dict())


class PublishedPreviewItemSchema(Schema):
    """Một bộ số liệu trong tệp."""

    organization_id = fields.String(required=True, allow_none=True)
    published = fields.Dict(required=True)
    known = fields.Boolean(required=True, metadata={"description": "Đã nhập từ trước"})


class PublishedPreviewSchema(Schema):
    """Những gì một tệp số liệu công bố có, và chỗ nào không đúng."""

    sha256 = fields.String(required=True)
    importable = fields.Boolean(required=True)
    items = fields.List(fields.Nested(PublishedPreviewItemSchema), required=True)
    errors = fields.List(fields.Dict(), required=True)
    events = fields.List(fields.Dict())


class PublishedImportedSchema(Schema):
    """Các bộ số liệu đã nhập từ một tệp."""

    items = fields.List(fields.Nested(PublishedFigureSetSchema), required=True)
    events = fields.List(fields.Dict())


class PublishedListSchema(Schema):
    """Các số liệu đã công bố của một tổ chức."""

    items = fields.List(fields.Dict(), required=True)


class RoundsQuery(Schema):
    """Whose review rounds."""

    organization = fields.String(required=True)


class RoundSchema(Schema):
    """Đợt rà soát: counts over all cells that reported."""

    round_id = fields.String(required=True)
    name = fields.String(allow_none=True)
    opened_on = fields.Date(allow_none=True)
    due_on = fields.Date(allow_none=True)
    closed_on = fields.Date(allow_none=True)
    cells_reported = fields.Integer(required=True)
    cells_not_reported = fields.Integer(allow_none=True)
    reviewed = fields.Integer(required=True)
    proposed = fields.Integer(required=True)
    cells_late = fields.Integer(allow_none=True)
    cells_corrected = fields.Integer(allow_none=True)
    cells_corrected_after_close = fields.Integer(allow_none=True)


class RoundsSchema(Schema):
    """Các đợt rà soát, mới nhất trước."""

    items = fields.List(fields.Nested(RoundSchema), required=True)
    as_of = fields.DateTime(required=True)
    applied = fields.Dict(keys=fields.String(), values=fields.Nested(AppliedSchema), required=True)


def _word(description: str) -> fields.String:
    return fields.String(
        load_default=None, validate=validate.Length(min=1, max=200), metadata={"description": description}
    )


class AuditFilterQuery(Schema):
    """Những dòng nhật ký nào: each that is given must be the same; days in Vietnam, both included."""

    member_id = _word("Mã đảng viên")
    subject = _word("Mã hồ sơ, hoặc của bản ghi khác mà dòng nhật ký nói đến")
    action = _word("Việc làm, ví dụ case.read")
    actor = _word("Tài khoản")
    service = fields.String(load_default=None, validate=validate.OneOf(SERVICES))
    starts_on = fields.Date(load_default=None, data_key="from")
    ends_on = fields.Date(load_default=None, data_key="to")


class AuditPageQuery(AuditFilterQuery, PageQuery):
    """One page of them."""


class AuditFileQuery(AuditFilterQuery):
    """The same as a file, and why."""

    format = fields.String(required=True, validate=validate.OneOf(sorted(AUDIT_FORMATS)))
    reason = _reason("Hãy ghi lý do xuất nhật ký (3–500 ký tự).")


class ConsolidatedEntrySchema(Schema):
    """Một dòng nhật ký kiểm toán của một dịch vụ."""

    service = fields.String(required=True)
    number = fields.Integer(required=True)
    at = fields.DateTime(required=True)
    actor = fields.String(required=True)
    role = fields.String(allow_none=True)
    organization = fields.String(allow_none=True)
    action = fields.String(required=True)
    subject = fields.String(required=True)
    member_id = fields.String(allow_none=True)
    before = fields.String(allow_none=True)
    after = fields.String(allow_none=True)
    request_id = fields.String(required=True)
    has_reason = fields.Boolean(required=True, metadata={"description": "Nội dung lý do đọc tại entry"})
    sound = fields.Boolean(required=True, metadata={"description": "Nội dung khớp với mã băm"})
    previous = fields.String(required=True)
    hash = fields.String(required=True)
    entry = fields.String(required=True, metadata={"description": "Nơi đọc dòng này tại dịch vụ"})


class ConsolidatedAuditSchema(Schema):
    """Một trang nhật ký của mọi dịch vụ, newest first."""

    items = fields.List(fields.Nested(ConsolidatedEntrySchema), required=True)
    next = fields.String(allow_none=True)
    states = fields.Dict(
        keys=fields.String(), values=fields.String(validate=validate.OneOf(list(STATES))), required=True
    )


class AuditFaultSchema(Schema):
    """Một chỗ hỏng của chuỗi nhật ký."""

    number = fields.Integer(required=True)
    why = fields.String(required=True)


class AuditVerifiedSchema(Schema):
    """Lần kiểm tra gần nhất tại chính dịch vụ."""

    at = fields.DateTime(required=True)
    good_up_to = fields.Integer(required=True)
    hash = fields.String(required=True)
    broken_at = fields.Integer(allow_none=True)
    why = fields.String(allow_none=True)


class AuditChainSchema(Schema):
    """Tình trạng chuỗi nhật ký của một dịch vụ."""

    service = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(STATES)))
    received = fields.Integer(
        required=True, metadata={"description": "Đã nhận, và kiểm tra khi nhận, đến dòng này"}
    )
    newest_at = fields.DateTime(allow_none=True)
    received_at = fields.DateTime(allow_none=True)
    missing = fields.List(fields.Integer(), required=True)
    missing_count = fields.Integer(required=True)
    faults = fields.List(fields.Nested(AuditFaultSchema), required=True)
    verified = fields.Nested(AuditVerifiedSchema, allow_none=True)


class AuditChainsSchema(Schema):
    """Tình trạng chuỗi nhật ký của mọi dịch vụ."""

    items = fields.List(fields.Nested(AuditChainSchema), required=True)
