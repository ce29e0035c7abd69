"""What the dashboard's part of the reporting API takes and gives; the page shows nothing else."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.reporting.schemas import AppliedSchema, PeriodSchema, ReportQuery

MOST_QUARTERS = 40


class OrganizationsQuery(Schema):
    """Which organisation to look into; the topmost ones that the caller may see when none is named."""

    organization = fields.String(load_default=None)


class NamedOrganizationSchema(Schema):
    """Tổ chức đảng: id and name."""

    organization_id = fields.String(required=True)
    name = fields.String(required=True)


class StandingOrganizationSchema(NamedOrganizationSchema):
    """Tổ chức đảng đang hoạt động."""

    level = fields.String(required=True)
    level_name = fields.String(required=True)
    is_cell = fields.Boolean(required=True)
    members = fields.Integer(required=True, metadata={"description": "Số đảng viên hiện nay, kể cả cấp dưới"})
    organizations = fields.Integer(
        required=True, metadata={"description": "Số tổ chức cấp dưới hiện nay, mọi cấp"}
    )


class OrganizationsSchema(Schema):
    """Tổ chức đang xem và các tổ chức trực thuộc, theo thứ tự trong cây tổ chức."""

    organization = fields.Nested(StandingOrganizationSchema, required=True, allow_none=True)
    above = fields.List(
        fields.Nested(NamedOrganizationSchema),
        required=True,
        metadata={"description": "Các tổ chức cấp trên mà người gọi được xem, từ trên xuống"},
    )
    items = fields.List(fields.Nested(StandingOrganizationSchema), required=True)
    as_of = fields.Date(required=True)
    applied = fields.Dict(keys=fields.String(), values=fields.Nested(AppliedSchema), required=True)


class OrganizationFiguresSchema(NamedOrganizationSchema):
    """Số liệu của một tổ chức trực thuộc."""

    level = fields.String(required=True)
    level_name = fields.String(required=True)
    figures = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True, allow_none=True)


class FiguresByOrganizationSchema(Schema):
    """Mọi chỉ tiêu theo tổ chức trực thuộc."""

    figures = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True, allow_none=True)
    items = fields.List(fields.Nested(OrganizationFiguresSchema), required=True)
    period = fields.Nested(PeriodSchema, required=True)
    withheld = fields.String(required=True, allow_none=True)
    as_of = fields.Date(required=True)
    applied = fields.Dict(keys=fields.String(), values=fields.Nested(AppliedSchema), required=True)


class TrendQuery(Schema):
    """Whose trend, how many quarters, up to which day."""

    organization = fields.String(required=True)
    quarters = fields.Integer(load_default=8, validate=validate.Range(min=1, max=MOST_QUARTERS))
    until = fields.Date(
        load_default=None, metadata={"description": "Ngày thuộc quý cuối cùng; mặc định: hôm nay"}
    )
    as_of = fields.Date(load_default=None, metadata={"description": "Mặc định: hôm nay"})


class QuarterSchema(Schema):
    """Số liệu của một quý."""

    period = fields.Nested(PeriodSchema, required=True)
    figures = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True, allow_none=True)


class TrendSchema(Schema):
    """Xu hướng theo quý."""

    items = fields.List(fields.Nested(QuarterSchema), required=True)
    withheld = fields.String(required=True, allow_none=True)
    as_of = fields.Date(required=True)
    applied = fields.Dict(keys=fields.String(), values=fields.Nested(AppliedSchema), required=True)


class FunnelFiguresSchema(Schema):
    """Từ rà soát đến kết quả: proposed = listed + waiting + not_listed; listed = with_outcome + continuing."""

    reviewed = fields.Integer(required=True)
    proposed = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    not_listed = fields.Integer(required=True)
    listed = fields.Integer(required=True)
    continuing = fields.Integer(required=True)
    with_outcome = fields.Integer(required=True)
    outcomes = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class FunnelSchema(Schema):
    """Kết quả của những vụ việc bắt đầu trong kỳ."""

    figures = fields.Nested(FunnelFiguresSchema, required=True, allow_none=True)
    period = fields.Nested(PeriodSchema, required=True)
    withheld = fields.String(required=True, allow_none=True)
    as_of = fields.Date(required=True)
    applied = fields.Dict(keys=fields.String(), values=fields.Nested(AppliedSchema), required=True)


class PipelineCasesQuery(Schema):
    """Which stage or state of a deadline to open, of which day."""

    organization = fields.String(required=True)
    figure = fields.String(
        required=True,
        metadata={"description": "stages.education, deadlines.follow_up.overdue, deadlines.overdue …"},
    )
    as_of = fields.Date(load_default=None, metadata={"description": "Mặc định: hôm nay"})


class FunnelCasesQuery(ReportQuery):
    """Which step of the funnel to open."""

    figure = fields.String(
        required=True,
        metadata={"description": "proposed, listed, outcomes.removed …; reviewed không mở được"},
    )
